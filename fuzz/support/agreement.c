/* See agreement.h. */
#include "agreement.h"

#include <string.h>

const char *agreement_scan(quire_txn *txn, quire_tree *tree, size_t most, struct model *model, quire_status *status)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    const char *fault = NULL;
    *status = quire_cursor_open(txn, tree, &cursor);
    if (*status != QUIRE_OK)
        return NULL;
    while (!fault && (*status = quire_cursor_next(cursor, &key, &value)) == QUIRE_OK) {
        size_t count = model->count;
        int found;
        if (count == most)
            fault = "a scan found more records than there can be";
        else if (model_search(model, key.data, key.size, &found) != count || found)
            fault = "a scan found a key that is not behind the one before it";
        else if (!model_put(model, key.data, key.size, value.data, value.size))
            fault = "there is no memory for the model";
    }
    quire_cursor_close(cursor);
    return fault;
}

static int is_value_of(const struct model_pair *pair, quire_bytes value)
{
    return value.size == pair->value_len && (value.size == 0 || memcmp(value.data, model_value(pair), value.size) == 0);
}

/* The record before the one that the cursor stands on (or, `first`, the last of all) is the model's. */
static const char *step_back(quire_cursor *cursor, int first, const struct model_pair *pair)
{
    quire_bytes key, value;
    if ((first ? quire_cursor_last(cursor, &key, &value) : quire_cursor_previous(cursor, &key, &value)) != QUIRE_OK)
        return "the way back ends before the first record";
    if (key.size != pair->key_len || memcmp(key.data, model_key(pair), key.size) != 0)
        return "the way back met another key than the way there";
    return is_value_of(pair, value) ? NULL : "the way back met another value than the way there";
}

static const char *look_up(quire_txn *txn, quire_tree *tree, const struct model_pair *pair)
{
    quire_bytes value;
    if (quire_get(txn, tree, (quire_bytes){model_key(pair), pair->key_len}, &value) != QUIRE_OK)
        return "a key of the scan is not found";
    return is_value_of(pair, value) ? NULL : "a key is found with another value than the scan's";
}

const char *agreement_check(quire_txn *txn, quire_tree *tree, const struct model *model)
{
    quire_tree_stat stat;
    quire_cursor *cursor;
    const char *fault = NULL;
    if (quire_tree_stat_get(txn, tree, &stat) != QUIRE_OK || stat.records != model->count)
        return "the count of records is not what the scan found";
    if (quire_cursor_open(txn, tree, &cursor) != QUIRE_OK)
        return "a cursor does not open";
    for (size_t i = model->count; i > 0 && !fault; i--) {
        fault = step_back(cursor, i == model->count, model->pairs[i - 1]);
        if (!fault)
            fault = look_up(txn, tree, model->pairs[i - 1]);
    }
    if (!fault && quire_cursor_previous(cursor, NULL, NULL) != QUIRE_NOT_FOUND)
        fault = "the way back goes on before the first record";
    quire_cursor_close(cursor);
    return fault;
}

struct lines {
    size_t count;
    int is_text;
};

static void see_line(void *context, const char *text)
{
    struct lines *lines = context;
    lines->count++;
    for (; *text != '\0'; text++)
        lines->is_text &= *text >= ' ' && *text <= '~';
}

const char *agreement_inspect(quire_txn *txn, uint32_t pages)
{
    for (uint32_t pgno = 0; pgno < pages; pgno++) {
        struct lines lines = {0, 1};
        quire_status status = quire_inspect(txn, pgno, see_line, &lines);
        if (!lines.is_text)
            return "a line about a page is no text";
        if (status == QUIRE_OK && lines.count == 0)
            return "a page is described by no line";
        if (status != QUIRE_OK && status != QUIRE_CORRUPT && status != QUIRE_NOT_FOUND)
            return "a page is neither there, nor missing, nor damaged";
    }
    return NULL;
}
