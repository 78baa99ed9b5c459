/*
 * The catalog: a tree whose records name the other trees. Its own root stands
 * in the state; its leaves are plain V3, edited in place.
 *
 * Invariant (rule T5): a record's bytes are believed only after decode() has
 * held every field against what the database allows. The root a record names is
 * then still unproved; node_root asks whether that page is such a root.
 *
 * Nearly every transaction wants the unnamed tree and hardly one changes the
 * catalog, so a view keeps that tree's record for its next transactions. Whoever
 * changes the catalog first says so in the store, by the LSN of the commit that
 * it builds on. Views that build on commits above that LSN see one catalog; all
 * others ask it anew.
 */
#include "catalog.h"
#include "cursor.h"
#include "edit.h"

enum {
    RECORD_ID = 0,
    RECORD_ROOT = CATALOG_ROOT_OFFSET,
    RECORD_SLOTS = 8,
    RECORD_RECORDS = 9,
    RECORD_IN_PLACE = 10,
    RECORD_KEEP = 11,
    RECORD_SIZE = 12
};
enum { NAME_MAX_BYTES = 56 }; /* the longest key at the smallest page size */

static const quire_tree_options default_options = {
    .slots = QUIRE_TREE_SLOTS_V3, .records = QUIRE_RECORDS_PLAIN, .in_place = 1, .keep = 0};

void catalog_default_options(quire_tree_options *options)
{
    *options = default_options;
}

void catalog_tree(struct view *view, struct tree *catalog)
{
    struct state state;
    view_state(view, &state);
    *catalog = (struct tree){.id = TREE_CATALOG, .root = state.catalog_root, .options = default_options};
}

uint8_t catalog_leaf_flags(const quire_tree_options *options)
{
    return (uint8_t)(2u * (options->slots - 1u) + options->records);
}

static size_t name_length(const char *name)
{
    size_t length = 0;
    while (name[length] != '\0' && length <= NAME_MAX_BYTES) {
        length++;
    }
    return length;
}

/* The key of a name: its bytes, or one zero byte for the unnamed tree. */
static quire_status name_key(struct view *view, const char *name, quire_bytes *key)
{
    static const uint8_t unnamed[1] = {0};
    if (!name) {
        *key = (quire_bytes){unnamed, 1};
        return QUIRE_OK;
    }
    size_t length = name_length(name);
    if (length == 0 || length > NAME_MAX_BYTES) {
        return fault_set(view->fault, QUIRE_INVALID, "a tree's name has 1 to %d bytes", (int)NAME_MAX_BYTES);
    }
    *key = (quire_bytes){(const uint8_t *)name, length};
    return QUIRE_OK;
}

static int options_are_legal(const quire_tree_options *options)
{
    return options->slots >= QUIRE_TREE_SLOTS_V1 && options->slots <= QUIRE_TREE_SLOTS_V3 &&
           options->records <= QUIRE_RECORDS_PLAIN && options->in_place <= 1 && options->keep <= 1;
}

static void encode(uint8_t value[RECORD_SIZE], const struct tree *tree)
{
    store32(value + RECORD_ID, tree->id);
    store32(value + RECORD_ROOT, tree->root);
    value[RECORD_SLOTS] = tree->options.slots;
    value[RECORD_RECORDS] = tree->options.records;
    value[RECORD_IN_PLACE] = tree->options.in_place;
    value[RECORD_KEEP] = tree->options.keep;
}

static int is_unnamed_key(quire_bytes key)
{
    return key.size == 1 && key.data[0] == 0;
}

const char *catalog_record_read(quire_bytes key, quire_bytes value, struct tree *tree)
{
    int is_unnamed = is_unnamed_key(key);
    if (value.size != RECORD_SIZE) {
        return "a catalog record has another length";
    }
    tree->id = load32(value.data + RECORD_ID);
    tree->root = load32(value.data + RECORD_ROOT);
    tree->options = (quire_tree_options){.slots = value.data[RECORD_SLOTS],
                                         .records = value.data[RECORD_RECORDS],
                                         .in_place = value.data[RECORD_IN_PLACE],
                                         .keep = value.data[RECORD_KEEP]};
    for (size_t i = 0; i < key.size && !is_unnamed; i++) {
        if (key.data[i] == 0) {
            return "a tree's name has a zero byte";
        }
    }
    if (key.size > NAME_MAX_BYTES) {
        return "a tree's name is too long";
    }
    if (is_unnamed ? tree->id != TREE_UNNAMED : tree->id < TREE_FIRST_NAMED) {
        return "a tree's id is not one that was given out";
    }
    return options_are_legal(&tree->options) ? NULL : "a tree's options are unknown";
}

/* What T5 says of a record, or NULL. */
static const char *decode(struct view *view, quire_bytes key, quire_bytes value, struct tree *tree)
{
    struct state state;
    const char *fault = catalog_record_read(key, value, tree);
    if (fault) {
        return fault;
    }
    view_state(view, &state);
    if (tree->id >= state.next_tree) {
        return "a tree's id is not one that was given out";
    }
    if (tree->root < MAP_FIRST || tree->root >= view_page_count(view) ||
        is_map_page(view->store->page_size, tree->root)) {
        return "a tree's root is no page of the file";
    }
    return NULL;
}

quire_status catalog_decode(struct view *view, quire_bytes key, quire_bytes value, struct tree *tree)
{
    const char *fault = decode(view, key, value, tree);
    if (fault) {
        struct tree catalog;
        catalog_tree(view, &catalog);
        return corrupt(view, catalog.root, "T5", "%s", fault);
    }
    return QUIRE_OK;
}

static quire_status refuse_old(struct view *view, const quire_tree_options *options)
{
#ifdef QUIRE_OMIT_OLD
    if (options->slots == QUIRE_TREE_SLOTS_V1 || options->records == QUIRE_RECORDS_PREFIX || !options->in_place) {
        return old_format(view);
    }
#endif
    if (!options_are_legal(options)) {
        return fault_set(view->fault, QUIRE_INVALID, "a tree's options are slots 1 to 3, and 0 or 1 for the others");
    }
    return QUIRE_OK;
}

/* ---- Reading -------------------------------------------------------------- */

static quire_status find(struct view *view, const char *name, quire_bytes *key, struct tree *tree)
{
    struct tree catalog;
    quire_bytes value;
    catalog_tree(view, &catalog);
    quire_status status = name_key(view, name, key);
    if (status == QUIRE_OK) {
        status = tree_get(view, &catalog, *key, &value);
    }
    if (status == QUIRE_NOT_FOUND && !name) {
        return corrupt(view, catalog.root, "T5", "the catalog does not name the unnamed tree");
    }
    return status == QUIRE_OK ? catalog_decode(view, *key, value, tree) : status;
}

static quire_status find_named(struct view *view, const char *name, quire_bytes *key, struct tree *tree)
{
    quire_status status = find(view, name, key, tree);
    return status == QUIRE_NOT_FOUND && name ? fault_set(view->fault, status, "there is no tree named %s", name)
                                             : status;
}

void catalog_note_change(struct view *view)
{
    atomic_store_explicit(&view->store->catalog_lsn, view_lsn(view), memory_order_release);
}

quire_status catalog_open(struct view *view, const char *name, struct tree *tree)
{
    quire_bytes key;
    struct tree found;
    uint64_t changed = atomic_load_explicit(&view->store->catalog_lsn, memory_order_acquire);
    uint64_t lsn = view_lsn(view);
    if (!name && lsn > changed && view->unnamed_lsn > changed) {
        *tree = view->unnamed;
        return QUIRE_OK;
    }
    TRY(find_named(view, name, &key, &found));
    if (!name) {
        view->unnamed = found;
        view->unnamed_lsn = lsn;
    }
    *tree = found;
    return QUIRE_OK;
}

quire_status catalog_each(struct view *view, quire_status (*visit)(void *context, const char *name, struct tree *tree),
                          void *context)
{
    struct tree catalog, tree;
    struct cursor cursor;
    quire_bytes key, value;
    char name[NAME_MAX_BYTES + 1];
    catalog_tree(view, &catalog);
    TRY(cursor_open(&cursor, view, &catalog));
    quire_status status;
    while ((status = cursor_next(&cursor, &key, &value)) == QUIRE_OK) {
        status = catalog_decode(view, key, value, &tree);
        if (status != QUIRE_OK) {
            break;
        }
        bytes_copy((uint8_t *)name, key.data, key.size);
        name[key.size] = '\0';
        status = visit(context, name[0] == '\0' ? NULL : name, &tree);
        if (status != QUIRE_OK) {
            break;
        }
    }
    cursor_close(&cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

/* quire_tree_list's visitor stops with any number, catalog_each's with a status. */
struct listing {
    int (*visit)(void *context, const char *name);
    void *context;
    int stopped;
};

static quire_status list_one(void *context, const char *name, struct tree *tree)
{
    struct listing *listing = context;
    (void)tree;
    if (name && listing->visit(listing->context, name) != 0) {
        listing->stopped = 1;
        return QUIRE_CANCELLED;
    }
    return QUIRE_OK;
}

quire_status catalog_list(struct view *view, int (*visit)(void *context, const char *name), void *context)
{
    struct listing listing = {.visit = visit, .context = context};
    quire_status status = catalog_each(view, list_one, &listing);
    return listing.stopped ? QUIRE_OK : status;
}

/* ---- Writing -------------------------------------------------------------- */

quire_status catalog_new_root(struct view *view, uint32_t tree_id, const quire_tree_options *options, uint32_t *root)
{
    struct frame *frame;
    uint8_t flags = catalog_leaf_flags(options ? options : &default_options);
    TRY(node_new(view, tree_id, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0, &frame));
    *root = frame->pgno;
    quire_status status = pager_log_image(view->store->pager, frame, view->fault);
    node_release(view, frame);
    return status;
}

static quire_status put_record(struct view *view, quire_bytes key, const struct tree *tree)
{
    struct tree catalog;
    uint8_t value[RECORD_SIZE];
    catalog_note_change(view);
    catalog_tree(view, &catalog);
    encode(value, tree);
    return tree_put(view, &catalog, key, (quire_bytes){value, sizeof value}, 0);
}

static quire_status delete_record(struct view *view, quire_bytes key)
{
    struct tree catalog;
    catalog_note_change(view);
    catalog_tree(view, &catalog);
    return tree_delete(view, &catalog, key);
}

static quire_status make_tree(struct view *view, quire_bytes key, const quire_tree_options *options, struct tree *tree)
{
    struct state state;
    struct tree made = {.options = *options};
    view_state(view, &state);
    if (state.next_tree < TREE_FIRST_NAMED && !(is_unnamed_key(key) && state.next_tree == TREE_UNNAMED)) {
        return corrupt(view, state.catalog_root, "T5", "the state says that the next tree is number %u",
                       (unsigned)state.next_tree);
    }
    if (state.next_tree == UINT32_MAX) {
        return fault_set(view->fault, QUIRE_INVALID, "the ids of trees are used up");
    }
    made.id = state.next_tree++;
    view_set_state(view, &state);
    quire_status status = catalog_new_root(view, made.id, options, &made.root);
    if (status == QUIRE_OK) {
        status = put_record(view, key, &made);
    }
    if (status == QUIRE_OK) {
        *tree = made;
    }
    return status;
}

quire_status catalog_create(struct view *view, const char *name, const quire_tree_options *options, struct tree *tree)
{
    struct tree catalog;
    quire_bytes key, value;
    const quire_tree_options *wanted = options ? options : &default_options;
    TRY(refuse_old(view, wanted));
    TRY(name_key(view, name, &key));
    catalog_tree(view, &catalog);
    quire_status status = tree_get(view, &catalog, key, &value);
    if (status == QUIRE_OK) {
        return fault_set(view->fault, QUIRE_EXISTS, "a tree named %s exists", name ? name : "(unnamed)");
    }
    return status == QUIRE_NOT_FOUND ? make_tree(view, key, wanted, tree) : status;
}

quire_status catalog_rename(struct view *view, const char *from, const char *to)
{
    struct tree tree, other;
    quire_bytes from_key, to_key;
    if (!from || !to) {
        return fault_set(view->fault, QUIRE_INVALID, "the unnamed tree cannot be renamed");
    }
    TRY(find_named(view, from, &from_key, &tree));
    quire_status status = find(view, to, &to_key, &other);
    if (status == QUIRE_OK) {
        return other.id == tree.id ? QUIRE_OK : fault_set(view->fault, QUIRE_EXISTS, "a tree named %s exists", to);
    }
    if (status == QUIRE_NOT_FOUND) {
        status = put_record(view, to_key, &tree);
    }
    return status == QUIRE_OK ? delete_record(view, from_key) : status;
}

quire_status catalog_drop(struct view *view, const char *name)
{
    struct tree tree;
    quire_bytes key;
    if (!name) {
        return fault_set(view->fault, QUIRE_INVALID, "the unnamed tree cannot be dropped");
    }
    TRY(find_named(view, name, &key, &tree));
    TRY(tree_free(view, &tree));
    return delete_record(view, key);
}

quire_status catalog_update(struct view *view, const char *name, const struct tree *tree)
{
    struct tree old;
    quire_bytes key;
    quire_status status = refuse_old(view, &tree->options);
    if (status == QUIRE_OK) {
        status = find_named(view, name, &key, &old);
    }
    if (status == QUIRE_OK && old.id != tree->id) {
        return fault_set(view->fault, QUIRE_INVALID, "the tree is not the one of this name any more");
    }
    return status == QUIRE_OK ? put_record(view, key, tree) : status;
}

static int same_options(const quire_tree_options *a, const quire_tree_options *b)
{
    return a->slots == b->slots && a->records == b->records && a->in_place == b->in_place && a->keep == b->keep;
}

quire_status catalog_open_empty(struct view *view, const quire_tree_options *options, struct tree *tree)
{
    quire_status status = catalog_open(view, NULL, tree);
    if (status != QUIRE_OK || same_options(&tree->options, options)) {
        return status;
    }
    uint32_t old_root = tree->root;
    view_hold(view, NULL);
    tree->options = *options;
    status = catalog_new_root(view, tree->id, &tree->options, &tree->root);
    if (status == QUIRE_OK) {
        status = catalog_update(view, NULL, tree);
    }
    view_hold(view, NULL);
    return status == QUIRE_OK ? space_free(view, old_root) : status;
}
