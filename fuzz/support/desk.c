/* The desk: handles, and what is known about them. */
#include "desk.h"

#include <string.h>

#include "digest.h"
#include "expect_status.h"
#include "script.h"

static void open_database(struct desk *d)
{
    quire_options options;
    quire_options_init(&options);
    options.page_size = 512;
    options.cache_bytes = 64 * 512;
    options.vfs = d->vfs;
    EXPECT_EQUAL(quire_open("desk", &options, &d->db), QUIRE_OK);
    d->key_max = quire_key_max(d->db);
}

void desk_open(struct desk *d)
{
    memset(d, 0, sizeof *d);
    EXPECT_EQUAL(quire_vfs_memory_new(1, &d->vfs), QUIRE_OK);
    open_database(d);
    d->key_bytes = malloc(d->key_max + 8);
    if (d->key_bytes == NULL)
        abort();
}

/* Handles that go with the transaction at `at`. */
static void forget_handles(struct desk *d, size_t at)
{
    for (size_t i = 0; i < DESK_TREES; i++)
        if (d->trees[i].at == at)
            d->trees[i].tree = NULL;
    for (size_t i = 0; i < DESK_CURSORS; i++)
        if (d->cursors[i].at == at)
            d->cursors[i].cursor = NULL;
    for (size_t i = 0; i < DESK_BLOBS; i++)
        if (d->blobs[i].at == at)
            d->blobs[i].blob = NULL;
}

void desk_close(struct desk *d)
{
    for (size_t i = 0; i < DESK_TXNS; i++)
        if (d->txns[i].live)
            quire_rollback(d->txns[i].txn);
    desk_end_backup(d);
    for (int again = 0; again < 2; again++) {
        audit_expect(d->db);
        EXPECT_EQUAL(quire_close(d->db), QUIRE_OK);
        if (!again)
            open_database(d);
    }
    digest_file(d->vfs, "desk");
    quire_vfs_memory_free(d->vfs);
    free(d->key_bytes);
}

int desk_has_writer(const struct desk *d)
{
    for (size_t i = 0; i < DESK_TXNS; i++)
        if (d->txns[i].live && d->txns[i].writes)
            return 1;
    return 0;
}

int desk_has_transaction(const struct desk *d)
{
    if (d->backup != NULL)
        return 1;
    for (size_t i = 0; i < DESK_TXNS; i++)
        if (d->txns[i].live)
            return 1;
    return 0;
}

static void refuse(struct desk *d, quire_status status)
{
    if (d->refusal == QUIRE_OK)
        d->refusal = status;
}

void desk_wrong(struct desk *d)
{
    refuse(d, QUIRE_INVALID);
}

static void enter(struct desk *d, size_t at, int writes)
{
    d->at = at;
    d->refusal = QUIRE_OK;
    d->may_be_refused = 0;
    if (at == DESK_TXNS || !d->txns[at].live)
        refuse(d, QUIRE_INVALID);
    else if (writes && !d->txns[at].writes)
        refuse(d, QUIRE_READ_ONLY);
}

/* A handle that has ended may have been given out again, and is then the live one's. */
static size_t place_of(const struct desk *d, size_t at)
{
    for (size_t i = 0; i < DESK_TXNS; i++)
        if (d->txns[i].live && d->txns[i].txn == d->txns[at].txn)
            return i;
    return at;
}

quire_txn *desk_txn(struct desk *d, struct input *input, int writes)
{
    uint8_t choice = input_u8(input);
    size_t at = choice / 8u % 8u == 7 ? DESK_TXNS : place_of(d, choice % DESK_TXNS);
    enter(d, at, writes);
    return at == DESK_TXNS ? NULL : d->txns[at].txn;
}

quire_tree *desk_tree(struct desk *d, struct input *input)
{
    size_t i = input_u8(input) % (DESK_TREES + 2u);
    if (i >= DESK_TREES || d->trees[i].tree == NULL)
        return NULL;
    if (d->trees[i].at != d->at)
        refuse(d, QUIRE_INVALID);
    d->may_be_refused = 1; /* dropped, or rolled back */
    return d->trees[i].tree;
}

quire_cursor *desk_cursor(struct desk *d, struct input *input, int writes, size_t *place)
{
    *place = input_u8(input) % DESK_CURSORS;
    quire_cursor *cursor = d->cursors[*place].cursor;
    enter(d, cursor != NULL ? d->cursors[*place].at : DESK_TXNS, writes);
    d->may_be_refused = 1; /* its tree was rolled back */
    return cursor;
}

quire_blob *desk_blob(struct desk *d, struct input *input, int writes, size_t *place)
{
    *place = input_u8(input) % DESK_BLOBS;
    quire_blob *blob = d->blobs[*place].blob;
    enter(d, blob != NULL ? d->blobs[*place].at : DESK_TXNS, writes);
    d->may_be_refused = 1; /* its value was written by other means */
    return blob;
}

quire_bytes desk_key(struct desk *d, struct input *input)
{
    uint8_t choice = input_u8(input);
    size_t size = choice < 224 ? 1u + choice / 32u : choice < 240 ? d->key_max : choice < 248 ? 0 : d->key_max + 1;
    memset(d->key_bytes, 'a' + choice % 24u, size);
    if (size == 0 || size > d->key_max || choice % 32u == 31)
        refuse(d, QUIRE_INVALID);
    return (quire_bytes){choice % 32u == 31 ? NULL : d->key_bytes, size};
}

quire_bytes desk_bytes(struct desk *d, struct input *input)
{
    static const uint8_t some[80] = "cdefghijklmnop";
    uint8_t choice = input_u8(input);
    if (choice % 16u == 15 && choice >= 16)
        refuse(d, QUIRE_INVALID);
    return (quire_bytes){choice % 16u == 15 ? NULL : some + choice % 16u, choice / 16u};
}

quire_bytes desk_value(struct desk *d, struct input *input)
{
    static const uint8_t zeros[2048];
    uint8_t choice = input_u8(input);
    if (choice < 240)
        return (quire_bytes){zeros, (size_t)choice * (choice > 120 ? 8u : 1u)};
    refuse(d, QUIRE_INVALID); /* longer than any value, or nowhere */
    return choice < 248 ? (quire_bytes){zeros, (size_t)1 << 31} : (quire_bytes){NULL, 1u + choice % 8u};
}

const char *desk_name(struct desk *d, struct input *input)
{
    static const char longest[] = "fifty-six bytes are the longest name that a tree can hav";
    static const char too_long[] = "fifty-seven bytes are one more than a tree's name can be:";
    static const char *const names[] = {"a", "b", "c", longest, NULL, "", too_long, "a"};
    uint8_t choice = input_u8(input) % 32u;
    size_t i = choice < 8 ? choice : choice % 3u;
    if (i >= 4 && i <= 6)
        refuse(d, QUIRE_INVALID);
    return names[i];
}

void *desk_out(struct desk *d, struct input *input, void *out)
{
    if (input_u8(input) % 16u != 15)
        return out;
    refuse(d, QUIRE_INVALID);
    return NULL;
}

int desk_answer(struct desk *d, quire_status status)
{
    if (d->refusal != QUIRE_OK) {
        EXPECT_STATUS_OF(d->db, status, d->refusal);
        return 0;
    }
    int fine = status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS;
    if (!fine && !(d->may_be_refused && status == QUIRE_INVALID))
        EXPECT_STATUS_OF(d->db, status, QUIRE_OK);
    return status == QUIRE_OK;
}

void desk_begin(struct desk *d, struct input *input)
{
    uint8_t choice = input_u8(input);
    size_t at = choice % DESK_TXNS;
    int mode = choice / 8u % 16u == 15 ? choice : choice / 4u % 2u ? QUIRE_WRITE | QUIRE_NO_WAIT : QUIRE_READ;
    if (d->txns[at].live)
        return;
    quire_txn *txn = NULL;
    quire_status status = quire_begin(d->db, mode, &txn);
    quire_status wanted = (mode & ~3) != 0                             ? QUIRE_INVALID
                          : (mode & QUIRE_WRITE) && desk_has_writer(d) ? QUIRE_BUSY
                                                                       : QUIRE_OK;
    EXPECT_STATUS_OF(d->db, status, wanted);
    EXPECT((txn != NULL) == (wanted == QUIRE_OK));
    if (txn == NULL)
        return;
    d->txns[at].txn = txn;
    d->txns[at].live = 1;
    d->txns[at].writes = (mode & QUIRE_WRITE) != 0;
}

void desk_end(struct desk *d, struct input *input, int commits)
{
    quire_txn *txn = desk_txn(d, input, 0);
    if (commits)
        (void)desk_answer(d, quire_commit(txn));
    else
        quire_rollback(txn);
    if (d->at == DESK_TXNS || !d->txns[d->at].live)
        return;
    d->txns[d->at].live = 0;
    forget_handles(d, d->at);
}
