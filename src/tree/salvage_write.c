/*
 * From the table of intact leaves to a new database, tree by tree.
 *
 * The catalog comes first, by the same rule as every other tree; what it says
 * is turned round into a tree of its own, from id to name and options. Then
 * each tree: inline records go into the new tree at once, records whose value
 * stands in a chain wait in a second tree until it is settled which of them are
 * the newest, so that no chain is read for a record that is dropped later.
 *
 * The trees that serve for this only are no catalog's and are freed at the end.
 */
#include "cursor.h"
#include "edit.h"
#include "pair_run.h"
#include "salvage.h"

#include <stdio.h>

enum {
    COMMIT_BYTES = 16 * 1024 * 1024, /* written between commits */
    WAITING_SIZE = 16,               /* first page, chain, length */
    NAME_ENTRY_MAX = 4 + 56,         /* options, name */
    NAME_SIZE = 57
};
/* Ids of the trees that serve for this only. */
enum { SERVING_CATALOG = 0x7ffffffd, SERVING_NAMES = 0x7ffffffe, SERVING_WAITING = 0x7fffffff };

struct writing {
    struct salvage *salvage;
    struct view *to;
    quire_status (*commit)(void *context);
    void *commit_context;
    uint64_t uncommitted_bytes;
    struct leaf_reader reader;
    uint8_t *leaf; /* the bytes of the leaf that is being read */
    struct pair_run run;
    uint8_t *key; /* of the waiting record at hand */
    struct tree names;
    size_t done; /* leaves */
};

/* Counts bytes towards the next commit. Nothing may be pinned. */
static quire_status note_bytes(struct writing *writing, uint64_t bytes)
{
    writing->uncommitted_bytes += bytes;
    if (writing->uncommitted_bytes < COMMIT_BYTES) {
        return QUIRE_OK;
    }
    writing->uncommitted_bytes = 0;
    view_hold(writing->to, NULL);
    return writing->commit(writing->commit_context);
}

static quire_status serving_tree(struct view *to, uint32_t id, struct tree *tree)
{
    quire_tree_options options;
    catalog_default_options(&options);
    *tree = (struct tree){.id = id, .options = options};
    return catalog_new_root(to, id, &options, &tree->root);
}

/* ---- Leaves ---------------------------------------------------------------------- */

static quire_status flush_run(struct writing *writing, const struct tree *target)
{
    size_t bytes, records;
    quire_status status = pair_run_put(&writing->run, writing->to, target, &bytes, &records);
    writing->salvage->report.records += records;
    return status == QUIRE_OK ? note_bytes(writing, bytes) : status;
}

static quire_status put_inline(struct writing *writing, const struct tree *target, const struct record *record)
{
    if (pair_run_add(&writing->run, record)) {
        return QUIRE_OK;
    }
    quire_status status = flush_run(writing, target);
    (void)pair_run_add(&writing->run, record);
    return status;
}

static quire_status put_waiting(struct writing *writing, const struct tree *waiting, const struct record *record)
{
    uint8_t entry[WAITING_SIZE];
    reference_encode_plain(entry, leaf_ref(writing->reader.page, record));
    store32(entry + REFERENCE_PLAIN, record->value_len);
    return tree_put(writing->to, waiting, (quire_bytes){record->key, record->key_len},
                    (quire_bytes){entry, sizeof entry}, 0);
}

/* Empties the leaf's range of what older leaves said of it. */
static quire_status clear_range(struct writing *writing, const struct tree *target, const struct tree *waiting)
{
    const uint8_t *leaf = writing->leaf;
    quire_salvage_report *report = &writing->salvage->report;
    quire_bytes low = {page_low(leaf), page_low_len(leaf)}, high = {page_high(leaf), page_high_len(leaf)};
    uint64_t deleted = 0, waited = 0;
    quire_status status = tree_delete_range(writing->to, target, low, high, &deleted);
    if (status == QUIRE_OK) {
        status = tree_delete_range(writing->to, waiting, low, high, &waited);
    }
    report->records -= deleted;
    report->records_superseded += deleted + waited;
    return status;
}

static quire_status put_records(struct writing *writing, const struct tree *target, const struct tree *waiting)
{
    struct record record;
    quire_status status = leaf_reader_open(&writing->reader, writing->to, writing->leaf);
    for (size_t i = 0; status == QUIRE_OK && i < writing->reader.count; i++) {
        leaf_reader_get(&writing->reader, i, &record);
        status = record.overflow ? put_waiting(writing, waiting, &record) : put_inline(writing, target, &record);
    }
    return status == QUIRE_OK ? flush_run(writing, target) : status;
}

static quire_status apply_leaf(struct writing *writing, const struct salvage_page *entry, const struct tree *target,
                               const struct tree *waiting)
{
    int loaded;
    quire_status status = salvage_load(writing->salvage, entry, writing->leaf, &loaded);
    if (status == QUIRE_OK && loaded) {
        status = clear_range(writing, target, waiting);
        if (status == QUIRE_OK) {
            status = put_records(writing, target, waiting);
        }
    }
    if (status != QUIRE_OK) {
        return status;
    }
    writing->done++;
    uint64_t places = writing->salvage->report.pages;
    return salvage_progress(writing->salvage, places + places * writing->done / (writing->salvage->leaf_count + 1),
                            2 * places);
}

/* ---- Waiting records -------------------------------------------------------------- */

/* The first record of a serving tree, copied into `key` and `entry`. */
static quire_status take_first(struct writing *writing, const struct tree *tree, quire_bytes *key, uint8_t *entry,
                               size_t entry_size, size_t *entry_len)
{
    struct cursor cursor;
    quire_bytes first, value;
    TRY(cursor_open(&cursor, writing->to, tree));
    quire_status status = cursor_next(&cursor, &first, &value);
    if (status == QUIRE_OK) {
        *entry_len = value.size < entry_size ? value.size : entry_size;
        bytes_copy(writing->key, first.data, first.size);
        bytes_copy(entry, value.data, *entry_len);
        *key = (quire_bytes){writing->key, first.size};
    }
    cursor_close(&cursor);
    view_hold(writing->to, NULL);
    return status == QUIRE_OK ? tree_delete(writing->to, tree, *key) : status;
}

static void tell_lost(struct salvage *salvage, uint32_t tree, quire_bytes key, uint64_t size)
{
    salvage->report.values_lost++;
    if (salvage->options.lost) {
        salvage->options.lost(salvage->options.lost_context, tree, key, size);
    }
}

static quire_status settle_waiting(struct writing *writing, const struct tree *target, const struct tree *waiting,
                                   uint32_t source_tree)
{
    uint8_t entry[WAITING_SIZE];
    quire_bytes key;
    size_t length;
    quire_status status;
    while ((status = take_first(writing, waiting, &key, entry, sizeof entry, &length)) == QUIRE_OK) {
        uint32_t size = load32(entry + REFERENCE_PLAIN);
        status =
            salvage_value(writing->salvage, writing->to, target, source_tree, key, reference_decode_plain(entry), size);
        if (status == QUIRE_NOT_FOUND) {
            tell_lost(writing->salvage, source_tree, key, size);
            size = 0;
            status = QUIRE_OK;
        } else if (status == QUIRE_OK) {
            writing->salvage->report.records++;
        }
        if (status == QUIRE_OK) {
            status = note_bytes(writing, size + WAITING_SIZE);
        }
        if (status == QUIRE_OK) {
            status = salvage_progress(writing->salvage, writing->salvage->report.pages, 0);
        }
        if (status != QUIRE_OK) {
            return status;
        }
    }
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

/* ---- Trees ------------------------------------------------------------------------ */

/* Puts the leaves [from, to) of the table, all of one tree, into `target`. */
static quire_status write_tree(struct writing *writing, size_t from, size_t to, const struct tree *target)
{
    const struct salvage_page *leaves = writing->salvage->leaves;
    struct tree waiting;
    quire_status status = serving_tree(writing->to, SERVING_WAITING, &waiting);
    for (size_t i = from; status == QUIRE_OK && i < to; i++) {
        status = apply_leaf(writing, &leaves[i], target, &waiting);
    }
    if (status == QUIRE_OK) {
        status = settle_waiting(writing, target, &waiting, leaves[from].tree);
    }
    return status == QUIRE_OK ? tree_free(writing->to, &waiting) : status;
}

/* The end of the leaves of the tree that the leaf at `from` is of. */
static size_t group_end(const struct salvage *salvage, size_t from)
{
    size_t end = from;
    while (end < salvage->leaf_count && salvage->leaves[end].tree == salvage->leaves[from].tree) {
        end++;
    }
    return end;
}

/* ---- Names ------------------------------------------------------------------------ */

static void encode_id(uint8_t key[4], uint32_t id)
{
    for (int i = 0; i < 4; i++) {
        key[i] = (uint8_t)(id >> (24 - 8 * i));
    }
}

/* A catalog record becomes an entry of the names; the first name of an id is kept. */
static quire_status note_name(struct writing *writing, quire_bytes key, quire_bytes value)
{
    struct tree tree;
    uint8_t id[4], entry[NAME_ENTRY_MAX];
    if (catalog_record_read(key, value, &tree)) {
        return QUIRE_OK;
    }
    encode_id(id, tree.id);
    entry[0] = tree.options.slots;
    entry[1] = tree.options.records;
    entry[2] = tree.options.in_place;
    entry[3] = tree.options.keep;
    bytes_copy(entry + 4, key.data, key.size);
    quire_status status =
        tree_put(writing->to, &writing->names, (quire_bytes){id, sizeof id}, (quire_bytes){entry, 4 + key.size}, 1);
    return status == QUIRE_EXISTS ? QUIRE_OK : status;
}

/* What is left of the catalog, put in order by id. */
static quire_status write_names(struct writing *writing)
{
    struct salvage *salvage = writing->salvage;
    struct tree catalog;
    size_t from = 0, length;
    uint8_t entry[NAME_ENTRY_MAX];
    quire_bytes key;
    quire_status status = serving_tree(writing->to, SERVING_NAMES, &writing->names);
    while (from < salvage->leaf_count && salvage->leaves[from].tree < TREE_CATALOG) {
        from++;
    }
    if (status != QUIRE_OK || from == salvage->leaf_count || salvage->leaves[from].tree != TREE_CATALOG) {
        return status;
    }
    status = serving_tree(writing->to, SERVING_CATALOG, &catalog);
    if (status == QUIRE_OK) {
        quire_salvage_report before = salvage->report;
        status = write_tree(writing, from, group_end(salvage, from), &catalog);
        salvage->report.records = before.records; /* these are names, not records */
        salvage->report.records_superseded = before.records_superseded;
        salvage->report.values_lost = before.values_lost;
    }
    while (status == QUIRE_OK &&
           (status = take_first(writing, &catalog, &key, entry, sizeof entry, &length)) == QUIRE_OK) {
        status = note_name(writing, key, (quire_bytes){entry, length});
    }
    return status == QUIRE_NOT_FOUND ? tree_free(writing->to, &catalog) : status;
}

/* QUIRE_NOT_FOUND: the catalog's record of that id is lost. The name is "" for the unnamed tree. */
static quire_status find_name(struct writing *writing, uint32_t id, char name[NAME_SIZE], quire_tree_options *options)
{
    uint8_t key[4];
    quire_bytes value;
    encode_id(key, id);
    quire_status status = tree_get(writing->to, &writing->names, (quire_bytes){key, sizeof key}, &value);
    if (status != QUIRE_OK) {
        return status;
    }
    *options = (quire_tree_options){value.data[0], value.data[1], value.data[2], value.data[3]};
    bytes_copy((uint8_t *)name, value.data + 4, value.size - 4);
    name[value.size - 4] = '\0';
    view_hold(writing->to, NULL);
    return QUIRE_OK;
}

/* A tree whose name is lost gets one with its id, and a number if some other tree has that name. */
static quire_status create_nameless(struct writing *writing, uint32_t id, struct tree *target)
{
    char name[NAME_SIZE];
    quire_status status = QUIRE_EXISTS;
    for (uint32_t attempt = 0; status == QUIRE_EXISTS; attempt++) {
        (void)snprintf(name, sizeof name, attempt == 0 ? "salvaged-%u" : "salvaged-%u-%u", (unsigned)id,
                       (unsigned)attempt);
        status = catalog_create(writing->to, name, NULL, target);
    }
    writing->salvage->report.trees_unnamed++;
    return status;
}

/* Makes the tree of that id; QUIRE_NOT_FOUND for one whose name is lost, unless it may be given another. */
static quire_status open_target(struct writing *writing, uint32_t id, int may_make_up, struct tree *target)
{
    char name[NAME_SIZE];
    quire_tree_options options;
    if (may_make_up) {
        return create_nameless(writing, id, target);
    }
    catalog_default_options(&options);
    quire_status status = find_name(writing, id, name, &options);
    if (id == TREE_UNNAMED && (status == QUIRE_OK || status == QUIRE_NOT_FOUND)) {
        return catalog_open_empty(writing->to, &options, target);
    }
    return status == QUIRE_OK ? catalog_create(writing->to, name, &options, target) : status;
}

/* Those of the trees that have leaves and were not written yet. */
static quire_status write_trees(struct writing *writing, int may_make_up)
{
    struct salvage *salvage = writing->salvage;
    quire_status status = QUIRE_OK;
    for (size_t from = 0, end; status == QUIRE_OK && from < salvage->leaf_count; from = end) {
        struct salvage_page *first = &salvage->leaves[from];
        struct tree target;
        end = group_end(salvage, from);
        if (first->tree == TREE_CATALOG || first->flags & SALVAGE_WRITTEN) {
            continue;
        }
        status = open_target(writing, first->tree, may_make_up, &target);
        if (status == QUIRE_NOT_FOUND) {
            status = QUIRE_OK;
            continue;
        }
        first->flags |= SALVAGE_WRITTEN;
        salvage->report.trees++;
        if (status == QUIRE_OK) {
            status = write_tree(writing, from, end, &target);
        }
        if (status == QUIRE_OK) {
            status = note_bytes(writing, salvage->page_size);
        }
    }
    return status;
}

static int has_leaf(const struct salvage *salvage, uint32_t id)
{
    size_t low = 0, high = salvage->leaf_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (salvage->leaves[middle].tree < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < salvage->leaf_count && salvage->leaves[low].tree == id;
}

/* A tree that the catalog names and of which no leaf is left is there all the same, empty. Uses the names up. */
static quire_status write_empty_trees(struct writing *writing)
{
    uint8_t entry[NAME_ENTRY_MAX];
    size_t length;
    quire_bytes key;
    quire_status status;
    while ((status = take_first(writing, &writing->names, &key, entry, sizeof entry, &length)) == QUIRE_OK) {
        char name[NAME_SIZE];
        struct tree target;
        quire_tree_options options = {entry[0], entry[1], entry[2], entry[3]};
        uint32_t id = load32_big(key.data);
        bytes_copy((uint8_t *)name, entry + 4, length - 4);
        name[length - 4] = '\0';
        if (has_leaf(writing->salvage, id) || id == TREE_UNNAMED) {
            continue;
        }
        writing->salvage->report.trees++;
        TRY(catalog_create(writing->to, name, &options, &target));
        TRY(note_bytes(writing, writing->salvage->page_size));
    }
    return status == QUIRE_NOT_FOUND ? tree_free(writing->to, &writing->names) : status;
}

/* ---- All ------------------------------------------------------------------------- */

/* Trees that have a name go first, so that no made-up name is in their way. */
static quire_status write_all(struct writing *writing)
{
    quire_status status = write_names(writing);
    if (status == QUIRE_OK) {
        status = write_trees(writing, 0);
    }
    if (status == QUIRE_OK) {
        status = write_empty_trees(writing);
    }
    return status == QUIRE_OK ? write_trees(writing, 1) : status;
}

quire_status salvage_write(struct salvage *salvage, struct view *to, quire_status (*commit)(void *context),
                           void *commit_context)
{
    const quire_memory *memory = to->store->memory;
    struct writing writing = {.salvage = salvage, .to = to, .commit = commit, .commit_context = commit_context};
    quire_status status = QUIRE_NO_MEMORY;
    leaf_reader_init(&writing.reader, to);
    writing.leaf = memory_allocate(memory, salvage->page_size);
    writing.key = memory_allocate(memory, KEY_MAX(salvage->page_size));
    if (pair_run_allocate(&writing.run, memory) && writing.leaf && writing.key) {
        status = write_all(&writing);
    } else {
        (void)fault_set(to->fault, status, "no memory for a salvage");
    }
    view_hold(to, NULL);
    leaf_reader_free(&writing.reader);
    memory_release(memory, writing.leaf);
    memory_release(memory, writing.key);
    pair_run_free(&writing.run, memory);
    return status;
}
