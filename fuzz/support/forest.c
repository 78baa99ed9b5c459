/* Trees, transactions and savepoints of a forest; its records are in forest_records.c. */
#include "forest.h"

#include <string.h>

#include "digest.h"
#include "expect_status.h"
#include "forest_inside.h"
#include "script.h"

static const char *const names[FOREST_NAMES] = {NULL, "a", "ab", "tree", "zz"};

static void copy_state(struct forest_state *to, const struct forest_state *from)
{
    memcpy(to->identities, from->identities, sizeof to->identities);
    memcpy(to->options, from->options, sizeof to->options);
    for (size_t i = 0; i < FOREST_NAMES; i++)
        EXPECT(model_copy(&to->models[i], &from->models[i]));
}

static void free_state(struct forest_state *state)
{
    for (size_t i = 0; i < FOREST_NAMES; i++)
        model_free(&state->models[i]);
}

/* A transaction's handles are gone with it; all stand for the unnamed tree again. */
static void begin(struct forest *f)
{
    EXPECT_OK(f, quire_begin(f->db, QUIRE_WRITE, &f->txn));
    for (size_t i = 0; i < FOREST_HANDLES; i++) {
        f->handles[i].tree = NULL;
        f->handles[i].identity = f->now.identities[0];
        f->handles[i].ended = 0;
    }
    f->blob.blob = NULL;
    f->savepoint_count = 0;
}

static void open_database(struct forest *f)
{
    quire_options options;
    quire_options_init(&options);
    options.page_size = (uint32_t)f->page_size;
    options.vfs = f->vfs;
    options.cache_bytes = f->page_size * f->cache_pages;
    EXPECT_EQUAL(quire_open("forest", &options, &f->db), QUIRE_OK);
    f->key_max = quire_key_max(f->db);
    begin(f);
}

void forest_open(struct forest *f, size_t page_size, uint8_t cache)
{
    memset(f, 0, sizeof *f);
    f->page_size = page_size;
    f->cache_pages = 32u + cache;
    f->key = malloc(page_size);
    f->value = malloc(page_size * VALUE_PAGES);
    f->blob.key = malloc(page_size);
    if (f->key == NULL || f->value == NULL || f->blob.key == NULL)
        abort();
    f->now.identities[0] = f->committed.identities[0] = ++f->made;
    quire_tree_options_init(&f->now.options[0]);
    quire_tree_options_init(&f->committed.options[0]);
    EXPECT_EQUAL(quire_vfs_memory_new(1, &f->vfs), QUIRE_OK);
    open_database(f);
}

void forest_close(struct forest *f)
{
    quire_rollback(f->txn);
    EXPECT_EQUAL(quire_close(f->db), QUIRE_OK);
    digest_file(f->vfs, "forest");
    quire_vfs_memory_free(f->vfs);
    free_state(&f->now);
    free_state(&f->committed);
    for (size_t i = 0; i < FOREST_SAVEPOINTS; i++)
        free_state(&f->savepoints[i]);
    free(f->key);
    free(f->value);
    free(f->blob.key);
}

size_t forest_name_of(const struct forest *f, uint32_t identity)
{
    size_t name = 0;
    while (name < FOREST_NAMES && f->now.identities[name] != identity)
        name++;
    return name;
}

void forest_create(struct forest *f, size_t name, size_t handle, uint8_t number)
{
    quire_tree *tree = NULL;
    quire_tree_options options = options_of(number);
    if (name == 0) {
        EXPECT_STATUS(f, quire_tree_create(f->txn, "", &options, &tree), QUIRE_INVALID);
        return;
    }
    quire_status wanted = f->now.identities[name] != 0 ? QUIRE_EXISTS : QUIRE_OK;
    EXPECT_STATUS(f, quire_tree_create(f->txn, names[name], &options, &tree), wanted);
    if (wanted != QUIRE_OK)
        return;
    f->now.identities[name] = ++f->made;
    f->now.options[name] = options;
    model_free(&f->now.models[name]);
    f->handles[handle].tree = tree;
    f->handles[handle].identity = f->made;
    f->handles[handle].ended = 0;
}

void forest_open_tree(struct forest *f, size_t name, size_t handle)
{
    quire_tree *tree = NULL;
    if (name != 0) {
        quire_status wanted = f->now.identities[name] != 0 ? QUIRE_OK : QUIRE_NOT_FOUND;
        EXPECT_STATUS(f, quire_tree_open(f->txn, names[name], &tree), wanted);
        if (wanted != QUIRE_OK)
            return;
    }
    f->handles[handle].tree = tree;
    f->handles[handle].identity = f->now.identities[name];
    f->handles[handle].ended = 0;
}

void forest_rename(struct forest *f, size_t from, size_t to)
{
    if (from == 0 || to == 0)
        return;
    quire_status wanted = f->now.identities[from] == 0 ? QUIRE_NOT_FOUND
                          : from == to                 ? QUIRE_OK
                          : f->now.identities[to] != 0 ? QUIRE_EXISTS
                                                       : QUIRE_OK;
    quire_status status = quire_tree_rename(f->txn, names[from], names[to]);
    if (from == to && status == QUIRE_EXISTS)
        return;
    EXPECT_STATUS(f, status, wanted);
    if (wanted != QUIRE_OK || from == to)
        return;
    f->now.identities[to] = f->now.identities[from];
    f->now.options[to] = f->now.options[from];
    EXPECT(model_copy(&f->now.models[to], &f->now.models[from]));
    f->now.identities[from] = 0;
    model_free(&f->now.models[from]);
}

void forest_drop(struct forest *f, size_t name)
{
    if (name == 0)
        return;
    uint32_t identity = f->now.identities[name];
    EXPECT_STATUS(f, quire_tree_drop(f->txn, names[name]), identity != 0 ? QUIRE_OK : QUIRE_NOT_FOUND);
    for (size_t i = 0; i < FOREST_HANDLES && identity != 0; i++)
        f->handles[i].ended |= f->handles[i].identity == identity;
    f->blob.ended |= f->blob.identity == identity;
    f->now.identities[name] = 0;
    model_free(&f->now.models[name]);
}

struct listing {
    const struct forest *f;
    size_t next;
};

static int visit(void *context, const char *name)
{
    struct listing *listing = context;
    while (listing->next < FOREST_NAMES && listing->f->now.identities[listing->next] == 0)
        listing->next++;
    EXPECT(listing->next < FOREST_NAMES && strcmp(names[listing->next], name) == 0);
    listing->next++;
    return 0;
}

void forest_list(struct forest *f)
{
    struct listing listing = {f, 1};
    EXPECT_OK(f, quire_tree_list(f->txn, visit, &listing));
    while (listing.next < FOREST_NAMES)
        EXPECT_EQUAL(f->now.identities[listing.next++], 0);
}

void forest_set_options(struct forest *f, size_t handle, uint8_t number)
{
    size_t name = forest_name_of(f, f->handles[handle].identity);
    quire_tree_options options = options_of(number), got;
    quire_status wanted = f->handles[handle].ended ? QUIRE_INVALID : QUIRE_OK;
    EXPECT_STATUS(f, quire_tree_options_set(f->txn, f->handles[handle].tree, &options), wanted);
    if (wanted != QUIRE_OK)
        return;
    f->now.options[name] = options;
    EXPECT_OK(f, quire_tree_options_get(f->txn, f->handles[handle].tree, &got));
    EXPECT_EQUAL(memcmp(&got, &options, sizeof got), 0);
}

/* ---- Transactions ---- */

void forest_commit(struct forest *f)
{
    EXPECT_OK(f, quire_commit(f->txn));
    copy_state(&f->committed, &f->now);
    begin(f);
}

void forest_rollback(struct forest *f)
{
    quire_rollback(f->txn);
    copy_state(&f->now, &f->committed);
    begin(f);
}

void forest_savepoint(struct forest *f)
{
    if (f->savepoint_count == FOREST_SAVEPOINTS)
        return;
    EXPECT_OK(f, quire_savepoint(f->txn, &f->savepoint_ids[f->savepoint_count]));
    copy_state(&f->savepoints[f->savepoint_count++], &f->now);
}

void forest_rollback_to(struct forest *f, uint8_t which)
{
    if (f->savepoint_count == 0)
        return;
    size_t kept = which % f->savepoint_count;
    if (which / 64u % 4u == 3) { /* given up without going back */
        EXPECT_OK(f, quire_release(f->txn, f->savepoint_ids[kept]));
        f->savepoint_count = kept;
        return;
    }
    EXPECT_OK(f, quire_rollback_to(f->txn, f->savepoint_ids[kept]));
    copy_state(&f->now, &f->savepoints[kept]);
    f->savepoint_count = kept + 1;
    f->blob.ended = 1;
    for (size_t i = 0; i < FOREST_HANDLES; i++)
        f->handles[i].ended |= forest_name_of(f, f->handles[i].identity) == FOREST_NAMES;
}

void forest_reopen(struct forest *f)
{
    quire_rollback(f->txn);
    EXPECT_EQUAL(quire_close(f->db), QUIRE_OK);
    copy_state(&f->now, &f->committed);
    open_database(f);
}

/* The handle is of its tree: it finds the first record there. What the tree holds is compared by name. */
static void expect_handle(struct forest *f, size_t handle)
{
    quire_cursor *cursor;
    quire_bytes key;
    size_t name = forest_name_of(f, f->handles[handle].identity);
    int ended = f->handles[handle].ended;
    EXPECT_STATUS(f, quire_cursor_open(f->txn, f->handles[handle].tree, &cursor), ended ? QUIRE_INVALID : QUIRE_OK);
    if (ended)
        return;
    const struct model *model = &f->now.models[name];
    EXPECT_STATUS(f, quire_cursor_first(cursor, &key, NULL), model->count > 0 ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (model->count > 0)
        EXPECT(key.size == model->pairs[0]->key_len && memcmp(key.data, model_key(model->pairs[0]), key.size) == 0);
    quire_cursor_close(cursor);
}

void forest_expect(struct forest *f)
{
    int same;
    forest_list(f);
    for (size_t name = 0; name < FOREST_NAMES; name++) {
        quire_tree *tree = NULL;
        if (f->now.identities[name] == 0)
            continue;
        if (name != 0)
            EXPECT_OK(f, quire_tree_open(f->txn, names[name], &tree));
        EXPECT_OK(f, model_compare(f->txn, tree, &f->now.models[name], &same));
        EXPECT(same);
    }
    for (size_t i = 0; i < FOREST_HANDLES; i++)
        expect_handle(f, i);
}
