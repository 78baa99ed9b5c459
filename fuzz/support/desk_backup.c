/* The desk's backup: one at a time, whatever goes on beside it. */
#include <string.h>

#include "desk.h"
#include "expect_status.h"
#include "script.h"

struct sum {
    quire_txn *txn;
    uint64_t sum; /* FNV-1a over names, keys and values */
};

static void add(struct sum *sum, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum->sum = (sum->sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    sum->sum = (sum->sum ^ size) * UINT64_C(1099511628211);
}

static void add_tree(struct sum *sum, quire_tree *tree)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    EXPECT_EQUAL(quire_cursor_open(sum->txn, tree, &cursor), QUIRE_OK);
    while (quire_cursor_next(cursor, &key, &value) == QUIRE_OK) {
        add(sum, key.data, key.size);
        add(sum, value.data, value.size);
    }
    quire_cursor_close(cursor);
}

static int add_named(void *context, const char *name)
{
    struct sum *sum = context;
    quire_tree *tree;
    EXPECT_EQUAL(quire_tree_open(sum->txn, name, &tree), QUIRE_OK);
    add(sum, name, strlen(name));
    add_tree(sum, tree);
    return 0;
}

/* All that the newest snapshot holds. */
static uint64_t sum_of(quire_db *db)
{
    struct sum sum = {NULL, UINT64_C(14695981039346656037)};
    EXPECT_STATUS_OF(db, quire_begin(db, QUIRE_READ, &sum.txn), QUIRE_OK);
    add_tree(&sum, NULL);
    EXPECT_STATUS_OF(db, quire_tree_list(sum.txn, add_named, &sum), QUIRE_OK);
    quire_rollback(sum.txn);
    return sum.sum;
}

static void begin(struct desk *d, int how)
{
    quire_backup *none;
    if (how == 1) {
        EXPECT_EQUAL(quire_backup_begin(NULL, "backup", NULL, &none), QUIRE_INVALID);
        EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, "", NULL, &none), QUIRE_INVALID);
        EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, NULL, NULL, &none), QUIRE_INVALID);
        EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, "backup", NULL, NULL), QUIRE_INVALID);
        EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, "desk", NULL, &none), QUIRE_EXISTS);
    }
    for (size_t i = 0; i < DESK_TXNS; i++)
        if (!d->txns[i].live)
            d->txns[i].txn = NULL; /* the backup's transaction may have been given that handle */
    d->backup_sum = sum_of(d->db);
    d->backup_left = 1;
    EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, "backup", NULL, &d->backup), QUIRE_OK);
}

/* A step fails when its snapshot pinned too much, and then every time. */
static void go_on(struct desk *d, uint64_t pages)
{
    uint64_t total = 0, before = d->backup_left;
    quire_status status = quire_backup_step(d->backup, pages, &d->backup_left, &total);
    if (status == QUIRE_OK) {
        EXPECT(total >= 3 && d->backup_left <= total && (d->backup_left <= before || before == 1));
        return;
    }
    EXPECT_STATUS_OF(d->db, status, QUIRE_SNAPSHOT_LOST);
    EXPECT_STATUS_OF(d->db, quire_backup_step(d->backup, 1, NULL, NULL), QUIRE_SNAPSHOT_LOST);
    quire_backup_abort(d->backup);
    d->backup = NULL;
}

/* The copy is a database of its own, with what the snapshot held. */
static void finish(struct desk *d)
{
    quire_options options;
    quire_db *copy;
    if (d->backup_left > 0) {
        EXPECT_STATUS_OF(d->db, quire_backup_finish(d->backup), QUIRE_INVALID);
        return;
    }
    EXPECT_STATUS_OF(d->db, quire_backup_finish(d->backup), QUIRE_OK);
    d->backup = NULL;
    quire_options_init(&options);
    options.flags = QUIRE_OPEN_READ_ONLY;
    options.cache_bytes = 64 * 512;
    options.vfs = d->vfs;
    EXPECT_EQUAL(quire_open("backup", &options, &copy), QUIRE_OK);
    audit_expect(copy);
    EXPECT(sum_of(copy) == d->backup_sum);
    EXPECT_EQUAL(quire_close(copy), QUIRE_OK);
    EXPECT_EQUAL(d->vfs->remove(d->vfs->context, "backup"), 0);
}

void desk_backup_call(struct desk *d, struct input *input)
{
    uint8_t how = input_u8(input);
    quire_backup *second;
    if (d->backup == NULL) {
        begin(d, how % 4u);
    } else if (how % 4u <= 1) {
        go_on(d, how / 4u);
    } else if (how % 4u == 2) {
        finish(d);
    } else if (how < 128) {
        EXPECT_STATUS_OF(d->db, quire_backup_begin(d->db, "backup", NULL, &second), QUIRE_EXISTS);
    } else {
        desk_end_backup(d);
    }
}

void desk_end_backup(struct desk *d)
{
    EXPECT(quire_backup_step(NULL, 1, NULL, NULL) == QUIRE_INVALID && quire_backup_finish(NULL) == QUIRE_INVALID);
    quire_backup_abort(d->backup);
    d->backup = NULL;
}
