/* Named trees and their options. */
#include "database.h"

#include <string.h>

enum { NAME_MAX_SIZE = 56 };

/* A legal name, or not: 1 to 56 bytes. NULL stands for the unnamed tree where that is allowed. */
static quire_status check_name(quire_txn *txn, const char *what, const char *name)
{
    size_t size = 0;
    while (name && size <= NAME_MAX_SIZE && name[size] != '\0') {
        size++;
    }
    if (size == 0) {
        return database_invalid(txn->db, "%s: the tree's name is empty", what);
    }
    if (size > NAME_MAX_SIZE) {
        return database_invalid(txn->db, "%s: the tree's name is longer than %d bytes", what, NAME_MAX_SIZE);
    }
    return QUIRE_OK;
}

static quire_status check_options(quire_txn *txn, const quire_tree_options *options)
{
    if (!options) {
        return database_invalid(txn->db, "tree options: none given");
    }
    if (options->slots < QUIRE_TREE_SLOTS_V1 || options->slots > QUIRE_TREE_SLOTS_V3) {
        return database_invalid(txn->db, "tree options: slot version %d is not 1, 2 or 3", options->slots);
    }
    if (options->records > QUIRE_RECORDS_PLAIN || options->in_place > 1 || options->keep > 1) {
        return database_invalid(txn->db, "tree options: records %d, in_place %d, keep %d; each is 0 or 1",
                                options->records, options->in_place, options->keep);
    }
#ifdef QUIRE_OMIT_OLD
    if (options->slots == QUIRE_TREE_SLOTS_V1 || options->records == QUIRE_RECORDS_PREFIX || !options->in_place) {
        (void)fault_set(&txn->fault, QUIRE_OLD_FORMAT, "tree options: this build leaves the old versions out");
        return transaction_answer(txn, QUIRE_OLD_FORMAT);
    }
#endif
    return QUIRE_OK;
}

/* A handle that stands for no tree yet. */
static quire_status tree_handle(quire_txn *txn, const char *name, quire_tree **out)
{
    quire_tree *handle = database_allocate(txn->db, sizeof *handle);
    if (!handle) {
        (void)fault_set(&txn->fault, QUIRE_NO_MEMORY, "tree %s: no memory", name);
        return transaction_answer(txn, QUIRE_NO_MEMORY);
    }
    memset(handle, 0, sizeof *handle);
    handle->txn = txn;
    memcpy(handle->name, name, strlen(name));
    *out = handle;
    return QUIRE_OK;
}

/* The handle, listed in the transaction if there is a tree for it. */
static quire_status tree_hand_out(quire_tree *handle, quire_status status, quire_tree **out)
{
    quire_txn *txn = handle->txn;
    if (status != QUIRE_OK) {
        memory_release(&txn->db->memory, handle);
        return status;
    }
    handle->next = txn->trees;
    txn->trees = handle;
    *out = handle;
    return QUIRE_OK;
}

/* Ends a call that names a tree: also when there is none, or one already, a message says which. */
static quire_status answer_by_name(quire_txn *txn, quire_status status)
{
    return status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS ? database_tell(txn->db, &txn->fault, status)
                                                               : transaction_answer(txn, status);
}

quire_status quire_tree_open(quire_txn *txn, const char *name, quire_tree **out)
{
    TRY(transaction_check(txn, 0));
    if (!out) {
        return database_invalid(txn->db, "tree open: nowhere to put the handle");
    }
    *out = NULL;
    TRY(check_name(txn, "tree open", name));
    quire_tree *handle = NULL;
    TRY(tree_handle(txn, name, &handle));
    return tree_hand_out(handle, answer_by_name(txn, catalog_open(&txn->view, name, &handle->tree)), out);
}

quire_status quire_tree_create(quire_txn *txn, const char *name, const quire_tree_options *options, quire_tree **out)
{
    TRY(transaction_check(txn, 1));
    if (!out) {
        return database_invalid(txn->db, "tree create: nowhere to put the handle");
    }
    *out = NULL;
    quire_tree_options defaults;
    quire_tree_options_init(&defaults);
    options = options ? options : &defaults;
    TRY(check_name(txn, "tree create", name));
    TRY(check_options(txn, options));
    quire_tree *handle = NULL; /* first, since without a handle the tree must not be there */
    TRY(tree_handle(txn, name, &handle));
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status = transaction_settle(txn, &mark, catalog_create(&txn->view, name, options, &handle->tree));
    return tree_hand_out(handle, answer_by_name(txn, status), out);
}

quire_status quire_tree_rename(quire_txn *txn, const char *from, const char *to)
{
    TRY(transaction_check(txn, 1));
    TRY(check_name(txn, "tree rename", from));
    TRY(check_name(txn, "tree rename", to));
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status = answer_by_name(txn, transaction_settle(txn, &mark, catalog_rename(&txn->view, from, to)));
    for (quire_tree *tree = txn->trees; tree && status == QUIRE_OK; tree = tree->next) {
        if (!tree->ended && strcmp(tree->name, from) == 0) {
            memset(tree->name, 0, sizeof tree->name);
            memcpy(tree->name, to, strlen(to));
        }
    }
    return status;
}

quire_status quire_tree_drop(quire_txn *txn, const char *name)
{
    TRY(transaction_check(txn, 1));
    TRY(check_name(txn, "tree drop", name));
    struct tree dropped;
    TRY(answer_by_name(txn, catalog_open(&txn->view, name, &dropped)));
    for (quire_cursor *cursor = txn->cursors; cursor; cursor = cursor->next) {
        if (!cursor->ended && cursor->cursor.tree.id == dropped.id) {
            return database_invalid(txn->db, "tree drop: a cursor on tree %s is open", name);
        }
    }
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status = transaction_settle(txn, &mark, catalog_drop(&txn->view, name));
    if (status == QUIRE_OK) {
        transaction_end_blobs(txn, dropped.id, (quire_bytes){NULL, 0}, (quire_bytes){NULL, 0});
        for (quire_tree *tree = txn->trees; tree; tree = tree->next) {
            tree->ended |= tree->tree.id == dropped.id;
        }
    }
    return status;
}

quire_status quire_tree_list(quire_txn *txn, int (*visit)(void *context, const char *name), void *context)
{
    TRY(transaction_check(txn, 0));
    if (!visit) {
        return database_invalid(txn->db, "tree list: no function to call");
    }
    return transaction_answer(txn, catalog_list(&txn->view, visit, context));
}

quire_status quire_tree_options_get(quire_txn *txn, quire_tree *handle, quire_tree_options *options)
{
    struct tree tree;
    TRY(transaction_check(txn, 0));
    TRY(transaction_tree(txn, handle, &tree));
    if (!options) {
        return database_invalid(txn->db, "tree options: nowhere to put them");
    }
    *options = tree.options;
    return QUIRE_OK;
}

quire_status quire_tree_options_set(quire_txn *txn, quire_tree *handle, const quire_tree_options *options)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(check_options(txn, options));
    tree.options = *options;
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    TRY(transaction_settle(txn, &mark, catalog_update(&txn->view, handle ? handle->name : NULL, &tree)));
    for (quire_tree *other = txn->trees; other; other = other->next) {
        if (other->tree.id == tree.id) {
            other->tree.options = *options;
        }
    }
    for (quire_cursor *cursor = txn->cursors; cursor; cursor = cursor->next) {
        if (cursor->cursor.tree.id == tree.id) {
            cursor->cursor.tree.options = *options;
        }
    }
    for (quire_blob *blob = txn->blobs; blob; blob = blob->next) {
        if (blob->tree.id == tree.id) {
            blob->tree.options = *options;
        }
    }
    if (txn->unnamed_is_known && txn->unnamed.id == tree.id) {
        txn->unnamed.options = *options;
    }
    return QUIRE_OK;
}

quire_status quire_tree_upgrade(quire_txn *txn, quire_tree *handle, uint64_t *leaves)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    if (!leaves) {
        return database_invalid(txn->db, "tree upgrade: nowhere to put the count");
    }
    *leaves = 0;
    return transaction_answer(txn, tree_upgrade(&txn->view, &tree, leaves));
}
