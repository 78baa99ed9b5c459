/* Calls on trees, records, cursors and blobs, as one side of a mirror makes them. */
#include "mirror.h"

#include <string.h>

#include "script.h"

enum { RUN_MOST = 16, WALK_MOST = 400 };

static const char *const names[MIRROR_TREES] = {"", "a", "b", "c"};

static quire_status tree_of(struct side *side, uint8_t number, quire_tree **tree)
{
    size_t at = number % MIRROR_TREES;
    quire_status status = QUIRE_OK;
    if (at > 0 && side->trees[at] == NULL)
        status = quire_tree_open(side->txn, names[at], &side->trees[at]);
    *tree = side->trees[at];
    return status;
}

/* Long keys make branches of few children, so that a tree of few records is deep. */
static quire_bytes key_of(struct side *side, uint8_t number)
{
    size_t size = number >= 192 ? side->key_max : 3;
    memset(side->key, 'k', size);
    side->key[size - 2] = (uint8_t)('0' + number / 16);
    side->key[size - 1] = (uint8_t)('0' + number % 16);
    return (quire_bytes){side->key, size};
}

static quire_bytes value_of(struct side *side, uint8_t kind)
{
    size_t size = kind < 192 ? kind % 64u : side->value_room / 64u * (kind - 191u);
    for (size_t i = 0; i < size; i++)
        side->value[i] = (uint8_t)(kind + i * 3u);
    return (quire_bytes){side->value, size};
}

static void add(struct side *side, quire_bytes bytes)
{
    side_add(side, bytes.data, bytes.size);
}

/* ---- Reading ---- */

static quire_status get(struct side *side, quire_tree *tree, const struct call *call)
{
    quire_bytes value;
    quire_status status = quire_get(side->txn, tree, key_of(side, call->b), &value);
    if (status == QUIRE_OK)
        add(side, value);
    return status;
}

/* Both ways, within bounds, a prefix, or all. */
static quire_status scan(struct side *side, quire_tree *tree, const struct call *call)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    uint8_t low = 'k';
    quire_status status = quire_cursor_open(side->txn, tree, &cursor);
    if (status != QUIRE_OK)
        return status;
    if (call->b / 4u % 4u == 1)
        status = quire_cursor_prefix(cursor, (quire_bytes){&low, 1});
    else if (call->b / 4u % 4u == 2)
        status = quire_cursor_bounds(cursor, QUIRE_BOUND_EXCLUDED, (quire_bytes){&low, 1}, QUIRE_BOUND_NONE,
                                     (quire_bytes){NULL, 0});
    if (status == QUIRE_OK)
        status = (call->b % 2u ? quire_cursor_last : quire_cursor_first)(cursor, &key, &value);
    for (int i = 0; status == QUIRE_OK && i < WALK_MOST; i++) {
        add(side, key);
        add(side, value);
        status = (call->b % 2u ? quire_cursor_previous : quire_cursor_next)(cursor, &key, &value);
    }
    quire_cursor_close(cursor);
    return status;
}

/* A cursor that stays where it was, and is moved and written through. */
static quire_status kept_cursor(struct side *side, const struct call *call)
{
    quire_bytes key, value;
    quire_status status;
    if (side->cursor == NULL)
        return quire_cursor_open(side->txn, NULL, &side->cursor);
    switch (call->b % 8u) {
    case 0:
        status = quire_cursor_next(side->cursor, &key, &value);
        break;
    case 1:
        status = quire_cursor_previous(side->cursor, &key, &value);
        break;
    case 2:
        status = quire_cursor_seek_back(side->cursor, key_of(side, call->c), &key, &value);
        break;
    case 3:
        return quire_cursor_replace(side->cursor, value_of(side, call->c));
    case 4:
        return quire_cursor_delete(side->cursor);
    case 5:
        quire_cursor_close(side->cursor);
        side->cursor = NULL;
        return QUIRE_OK;
    default:
        status = quire_cursor_seek(side->cursor, key_of(side, call->c), &key, &value);
    }
    if (status == QUIRE_OK) {
        add(side, key);
        add(side, value);
    }
    return status;
}

static quire_status stat(struct side *side, quire_tree *tree)
{
    quire_tree_stat of;
    quire_status status = quire_tree_stat_get(side->txn, tree, &of);
    if (status == QUIRE_OK)
        side_add_number(side, of.records);
    return status;
}

static int visit_name(void *context, const char *name)
{
    side_add(context, name, strlen(name));
    return 0;
}

static void see_line(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static void see_violation(void *context, const quire_violation *violation)
{
    (void)context;
    (void)violation;
}

static int go_on(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return 0;
}

/* Page numbers differ from side to side: that there is none of that number is as good. */
static quire_status inspect(struct side *side, const struct call *call)
{
    quire_status status = quire_inspect(side->txn, call->b, see_line, NULL);
    return status == QUIRE_NOT_FOUND || status == QUIRE_CORRUPT ? QUIRE_OK : status;
}

/* ---- Writing ---- */

static quire_status put_many(struct side *side, quire_tree *tree, const struct call *call)
{
    uint8_t keys[RUN_MOST][4];
    quire_pair pairs[RUN_MOST];
    size_t count = 1 + call->b % RUN_MOST;
    quire_bytes value = value_of(side, call->c);
    for (size_t i = 0; i < count; i++) {
        memcpy(keys[i], (const uint8_t[4]){'k', (uint8_t)('0' + call->b / 16), '5', (uint8_t)('A' + i)}, 4);
        pairs[i] = (quire_pair){{keys[i], 4}, value};
    }
    return quire_put_many(side->txn, tree, pairs, count, NULL);
}

static quire_status delete_many(struct side *side, quire_tree *tree, const struct call *call)
{
    uint64_t deleted = 0;
    uint8_t low[2] = {'k', (uint8_t)('0' + call->b % 16)}, high[2] = {'k', (uint8_t)('0' + call->b / 16)};
    quire_status status = call->c % 3u == 0
                              ? quire_delete_prefix(side->txn, tree, (quire_bytes){low, 2}, &deleted)
                              : quire_delete_range(side->txn, tree, (quire_bytes){low, 2},
                                                   (quire_bytes){high, call->c % 3u == 1 ? 2u : 0u}, &deleted);
    if (status == QUIRE_OK)
        side_add_number(side, deleted);
    return status;
}

static quire_status upgrade(struct side *side, quire_tree *tree)
{
    uint64_t leaves; /* how many there were depends on where the sides' leaves were split */
    return quire_tree_upgrade(side->txn, tree, &leaves);
}

static quire_status set_options(struct side *side, quire_tree *tree, const struct call *call)
{
    quire_tree_options options = options_of(call->b);
    return quire_tree_options_set(side->txn, tree, &options);
}

static quire_status change_trees(struct side *side, const struct call *call)
{
    const char *name = names[1 + call->a % (MIRROR_TREES - 1)], *other = names[1 + call->b % (MIRROR_TREES - 1)];
    quire_tree *made;
    if (call->code == 16 || call->code == 17) {
        quire_tree_options options = options_of(call->c);
        return quire_tree_create(side->txn, name, call->c > 0 ? &options : NULL, &made);
    }
    memset(side->trees, 0, sizeof side->trees); /* a handle goes with its tree, not with the name */
    return call->code == 18 ? quire_tree_rename(side->txn, name, other) : quire_tree_drop(side->txn, name);
}

static quire_status blob(struct side *side, quire_tree *tree, const struct call *call)
{
    quire_blob *blob;
    uint8_t bytes[300];
    size_t got = 0, place = call->c * side->value_room / 256u;
    quire_status status = call->code == 20 ? quire_blob_create(side->txn, tree, key_of(side, call->b),
                                                               call->c * side->value_room / 200u, &blob)
                                           : quire_blob_open(side->txn, tree, key_of(side, call->b), &blob);
    if (status != QUIRE_OK)
        return status;
    uint64_t size = quire_blob_size(blob);
    side_add_number(side, size);
    if (call->code == 21) {
        status = quire_blob_read(blob, place, bytes, sizeof bytes, &got);
        if (status == QUIRE_OK)
            side_add(side, bytes, got);
    } else if (call->code == 22) {
        memset(bytes, call->c, sizeof bytes);
        place = place < size ? place : 0;
        status =
            quire_blob_write(blob, place, bytes, size - place < sizeof bytes ? (size_t)(size - place) : sizeof bytes);
    } else if (call->code == 23) {
        status = quire_blob_resize(blob, place);
    }
    quire_blob_close(blob);
    return status;
}

int tree_call(struct side *side, const struct call *call)
{
    quire_tree *tree = NULL;
    if (call->code >= 16 && call->code <= 19)
        return change_trees(side, call);
    quire_status status = tree_of(side, call->a, &tree);
    if (status != QUIRE_OK)
        return status;
    switch (call->code) {
    case 0:
        return get(side, tree, call);
    case 1:
        return scan(side, tree, call);
    case 2:
    case 3:
        return kept_cursor(side, call);
    case 4:
        return call->b % 2u ? quire_tree_list(side->txn, visit_name, side) : stat(side, tree);
    case 5:
        return inspect(side, call);
    case 6:
        return quire_check(side->txn, see_violation, NULL, call->b % 2u ? go_on : NULL, NULL);
    case 7:
    case 8:
        return quire_delete(side->txn, tree, key_of(side, call->b));
    case 9:
    case 10:
        return put_many(side, tree, call);
    case 11:
        return delete_many(side, tree, call);
    case 12:
        return call->b % 4u ? set_options(side, tree, call) : upgrade(side, tree);
    case 13:
    case 14:
    case 15:
        return quire_put(side->txn, tree, key_of(side, call->b), value_of(side, call->c),
                         call->code == 15 ? QUIRE_PUT_INSERT_ONLY : 0);
    default:
        return blob(side, tree, call);
    }
}
