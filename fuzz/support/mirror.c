/* The two sides: transactions, opening and closing, and what is compared. */
#include "mirror.h"

#include <errno.h>
#include <string.h>

#include "digest.h"
#include "expect_status.h"
#include "script.h"

enum { VALUE_PAGES = 8 };

/* ---- What a side holds and hands out: FNV-1a ---- */

static uint64_t fold(uint64_t sum, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    return (sum ^ size) * UINT64_C(1099511628211);
}

void side_add(struct side *side, const void *bytes, size_t size)
{
    side->sum = fold(side->sum, bytes, size);
}

void side_add_number(struct side *side, uint64_t number)
{
    side->sum = (side->sum ^ number) * UINT64_C(1099511628211);
}

struct holding {
    quire_txn *txn;
    const quire_db *db;
    uint64_t sum;
};

static void fold_tree(struct holding *holding, quire_tree *tree)
{
    quire_tree_options options;
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_status status;
    EXPECT_STATUS_OF(holding->db, quire_tree_options_get(holding->txn, tree, &options), QUIRE_OK);
    uint8_t numbers[4] = {options.slots, options.records, options.in_place, options.keep};
    holding->sum = fold(holding->sum, numbers, sizeof numbers);
    EXPECT_STATUS_OF(holding->db, quire_cursor_open(holding->txn, tree, &cursor), QUIRE_OK);
    while ((status = quire_cursor_next(cursor, &key, &value)) == QUIRE_OK)
        holding->sum = fold(fold(holding->sum, key.data, key.size), value.data, value.size);
    EXPECT_STATUS_OF(holding->db, status, QUIRE_NOT_FOUND);
    quire_cursor_close(cursor);
}

static int fold_named(void *context, const char *name)
{
    struct holding *holding = context;
    quire_tree *tree;
    holding->sum = fold(holding->sum, name, strlen(name));
    EXPECT_STATUS_OF(holding->db, quire_tree_open(holding->txn, name, &tree), QUIRE_OK);
    fold_tree(holding, tree);
    return 0;
}

uint64_t mirror_sum(quire_txn *txn, const quire_db *db)
{
    struct holding holding = {txn, db, UINT64_C(14695981039346656037)};
    fold_tree(&holding, NULL);
    EXPECT_STATUS_OF(db, quire_tree_list(txn, fold_named, &holding), QUIRE_OK);
    return holding.sum;
}

static uint64_t committed_sum(quire_db *db)
{
    quire_txn *txn;
    EXPECT_STATUS_OF(db, quire_begin(db, QUIRE_READ, &txn), QUIRE_OK);
    uint64_t sum = mirror_sum(txn, db);
    quire_rollback(txn);
    return sum;
}

static void expect_alike(struct mirror *m)
{
    EXPECT(mirror_sum(m->tried.txn, m->tried.db) == mirror_sum(m->sound.txn, m->sound.db));
}

/* ---- Failures ---- */

static void heal(struct mirror *m)
{
    m->has_failed |= trip_heal(&m->trip);
}

int mirror_failed(struct mirror *m, int status)
{
    digest_number((uint64_t)(int64_t)status);
    switch (status) {
    case QUIRE_IO:
    case QUIRE_DISK_FULL:
    case QUIRE_NO_MEMORY:
    case QUIRE_DOOMED:
        EXPECT(m->trip.has_tripped);
        return 1;
    case QUIRE_POISONED: /* perhaps by an earlier failure */
        EXPECT(m->trip.has_tripped || m->has_failed);
        return 1;
    case QUIRE_BUSY:
        EXPECT(m->trip.has_tripped && m->trip.error == EAGAIN);
        return 1;
    default:
        return 0;
    }
}

/* ---- Transactions ---- */

static void side_leave(struct side *side)
{
    if (side->cursor != NULL)
        quire_cursor_close(side->cursor);
    quire_graph_close(side->graph);
    memset(side->trees, 0, sizeof side->trees);
    side->graph = NULL;
    side->graph_cursor = NULL;
    side->cursor = NULL;
}

static void both_leave(struct mirror *m)
{
    side_leave(&m->tried);
    side_leave(&m->sound);
    m->has_savepoint = 0;
}

/* A writer on both sides; whatever was armed, it begins. */
static void begin(struct mirror *m)
{
    quire_status status = quire_begin(m->tried.db, QUIRE_WRITE, &m->tried.txn);
    if (mirror_failed(m, status)) {
        heal(m);
        status = quire_begin(m->tried.db, QUIRE_WRITE, &m->tried.txn);
        if (status == QUIRE_POISONED) { /* by an earlier sync: it has been told already */
            const struct call plain = {0, 0, 0, 0};
            m->tried.txn = NULL;
            mirror_reopen(m, &plain);
            return;
        }
    }
    EXPECT_STATUS_OF(m->tried.db, status, QUIRE_OK);
    EXPECT_STATUS_OF(m->sound.db, quire_begin(m->sound.db, QUIRE_WRITE, &m->sound.txn), QUIRE_OK);
}

static void both_roll_back(struct mirror *m)
{
    both_leave(m);
    quire_rollback(m->tried.txn);
    quire_rollback(m->sound.txn);
    m->tried.txn = m->sound.txn = NULL;
}

void mirror_roll_back(struct mirror *m)
{
    both_roll_back(m);
    begin(m);
}

/* After a failure of a call: the transaction is as it was, or doomed, and the way back is there. */
static void recover_call(struct mirror *m)
{
    uint32_t savepoint;
    heal(m);
    quire_status status = quire_savepoint(m->tried.txn, &savepoint);
    if (status == QUIRE_OK) {
        EXPECT_STATUS_OF(m->tried.db, quire_release(m->tried.txn, savepoint), QUIRE_OK);
        expect_alike(m);
    } else if (m->has_savepoint) {
        side_leave(&m->tried);
        side_leave(&m->sound);
        EXPECT_STATUS_OF(m->tried.db, quire_rollback_to(m->tried.txn, m->tried.savepoint), QUIRE_OK);
        EXPECT_STATUS_OF(m->sound.db, quire_rollback_to(m->sound.txn, m->sound.savepoint), QUIRE_OK);
        expect_alike(m);
    } else {
        EXPECT_STATUS_OF(m->tried.db, status, QUIRE_DOOMED);
        EXPECT_STATUS_OF(m->tried.db, quire_tree_drop(m->tried.txn, "a"), QUIRE_DOOMED);
        mirror_roll_back(m);
        expect_alike(m);
    }
}

int mirror_call(struct mirror *m, const struct call *call, int (*make)(struct side *side, const struct call *call))
{
    m->tried.sum = m->sound.sum = 0;
    int status = make(&m->tried, call);
    if (mirror_failed(m, status)) {
        recover_call(m);
        return 0;
    }
    EXPECT_STATUS_OF(m->sound.db, make(&m->sound, call), status);
    EXPECT(m->tried.sum == m->sound.sum);
    return 1;
}

/* A commit that failed and poisoned the database is there after reopening, or is not: the other does alike. */
static void settle(struct mirror *m)
{
    uint64_t found = committed_sum(m->tried.db);
    if (m->sound.txn == NULL || found == committed_sum(m->sound.db)) {
        EXPECT(found == committed_sum(m->sound.db));
        quire_rollback(m->sound.txn);
    } else {
        EXPECT(found == mirror_sum(m->sound.txn, m->sound.db));
        EXPECT_STATUS_OF(m->sound.db, quire_commit(m->sound.txn), QUIRE_OK);
    }
    m->sound.txn = NULL;
    m->is_in_doubt = 0;
}

static void end_reader(struct mirror *m)
{
    quire_rollback(m->tried.reader);
    quire_rollback(m->sound.reader);
    m->tried.reader = m->sound.reader = NULL;
}

void mirror_commit(struct mirror *m)
{
    both_leave(m);
    quire_status status = quire_commit(m->tried.txn);
    m->tried.txn = NULL;
    if (!mirror_failed(m, status)) {
        EXPECT_STATUS_OF(m->tried.db, status, QUIRE_OK);
        EXPECT_STATUS_OF(m->sound.db, quire_commit(m->sound.txn), QUIRE_OK);
        m->sound.txn = NULL;
        begin(m);
        return;
    }
    heal(m);
    status = quire_begin(m->tried.db, QUIRE_WRITE, &m->tried.txn);
    if (status == QUIRE_POISONED) {
        const struct call plain = {0, 0, 0, 0};
        m->tried.txn = NULL;
        m->is_in_doubt = 1;
        mirror_reopen(m, &plain);
        return;
    }
    EXPECT_STATUS_OF(m->tried.db, status, QUIRE_OK); /* so the commit is gone for good */
    quire_rollback(m->sound.txn);
    EXPECT_STATUS_OF(m->sound.db, quire_begin(m->sound.db, QUIRE_WRITE, &m->sound.txn), QUIRE_OK);
    expect_alike(m);
}

void mirror_savepoint(struct mirror *m, uint8_t how)
{
    struct side *sides[2] = {&m->tried, &m->sound};
    if (how % 3u == 0 && !m->has_savepoint) {
        quire_status status = quire_savepoint(m->tried.txn, &m->tried.savepoint);
        if (mirror_failed(m, status)) {
            recover_call(m);
            return;
        }
        EXPECT_STATUS_OF(m->sound.db, quire_savepoint(m->sound.txn, &m->sound.savepoint), status);
        m->has_savepoint = 1;
        return;
    }
    if (!m->has_savepoint)
        return;
    side_leave(&m->tried);
    side_leave(&m->sound);
    for (size_t i = 0; i < 2; i++) {
        quire_status status = (how % 3u == 1 ? quire_rollback_to : quire_release)(sides[i]->txn, sides[i]->savepoint);
        if (i == 0 && mirror_failed(m, status)) {
            recover_call(m);
            return;
        }
        EXPECT_STATUS_OF(sides[i]->db, status, QUIRE_OK);
    }
    m->has_savepoint = how % 3u == 1;
}

void mirror_reader(struct mirror *m, uint8_t how)
{
    if (m->tried.reader == NULL) {
        quire_status status = quire_begin(m->tried.db, QUIRE_READ, &m->tried.reader);
        if (!mirror_failed(m, status)) {
            EXPECT_STATUS_OF(m->sound.db, quire_begin(m->sound.db, QUIRE_READ, &m->sound.reader), status);
        } else {
            m->tried.reader = NULL;
            heal(m);
        }
    } else if (how % 2u == 0) {
        struct side reading[2] = {{.txn = m->tried.reader, .memory = m->tried.memory}, {.txn = m->sound.reader}};
        const struct call scan = {1, 0, 0, how}; /* of the unnamed tree */
        int status = tree_call(&reading[0], &scan);
        if (status == QUIRE_SNAPSHOT_LOST) { /* it pinned too much */
            end_reader(m);
        } else if (mirror_failed(m, status)) {
            heal(m);
        } else {
            EXPECT_STATUS_OF(m->sound.db, tree_call(&reading[1], &scan), status);
            EXPECT(reading[0].sum == reading[1].sum);
        }
    } else {
        end_reader(m);
    }
}

/* ---- Files that are made of the database ---- */

static void forget_files(struct mirror *m)
{
    static const char *const names[] = {"out", "out-log", "out-partial", "out-partial-log"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)m->trip.files->remove(m->trip.files->context, names[i]);
}

/* If there is such a file, it is whole. */
static void expect_whole(struct mirror *m, int is_done, uint64_t sum)
{
    quire_options options = m->options;
    quire_db *db;
    heal(m);
    options.flags = QUIRE_OPEN_READ_ONLY;
    quire_status status = quire_open("out", &options, &db);
    if (status == QUIRE_NOT_FOUND && !is_done)
        return forget_files(m);
    EXPECT_EQUAL(status, QUIRE_OK);
    EXPECT(committed_sum(db) == sum);
    audit_expect(db);
    EXPECT_EQUAL(quire_close(db), QUIRE_OK);
    forget_files(m);
}

static int count_progress(void *context, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return (*(uint8_t *)context)-- == 0; /* stops the work after so many calls */
}

void mirror_backup(struct mirror *m, const struct call *call)
{
    quire_status status;
    if (m->backup == NULL) {
        m->backup_sum = committed_sum(m->sound.db);
        status = quire_backup_begin(m->tried.db, "out", call->a % 2u ? &m->options : NULL, &m->backup);
        if (!mirror_failed(m, status))
            return;
        m->backup = NULL;
        expect_whole(m, 0, 0);
        return;
    }
    uint64_t left = 0, total = 0;
    status = quire_backup_step(m->backup, call->b, call->a % 2u ? &left : NULL, call->a % 2u ? &total : NULL);
    if (status == QUIRE_OK && call->c % 2u) {
        status = quire_backup_finish(m->backup);
        if (status == QUIRE_INVALID) /* pages remain */
            return;
        m->backup = NULL;
        int is_done = !mirror_failed(m, status);
        EXPECT(!is_done || status == QUIRE_OK);
        expect_whole(m, is_done, m->backup_sum);
    } else if (status != QUIRE_OK) {
        EXPECT(mirror_failed(m, status) || status == QUIRE_SNAPSHOT_LOST);
        quire_backup_abort(m->backup);
        m->backup = NULL;
        expect_whole(m, 0, 0);
    }
}

static void end_backup(struct mirror *m)
{
    quire_backup_abort(m->backup);
    if (m->backup != NULL)
        forget_files(m);
    m->backup = NULL;
}

static void copy(struct mirror *m, const struct call *call)
{
    uint8_t rounds = call->c;
    quire_options files = m->options;
    quire_txn *txn;
    files.page_size = 512u << call->a % 3u;
    if (mirror_failed(m, quire_begin(m->tried.db, QUIRE_READ, &txn))) {
        heal(m);
        return;
    }
    quire_status status = quire_copy(txn, "out", &files, rounds > 0 ? count_progress : NULL, &rounds);
    int is_done = !mirror_failed(m, status);
    if (is_done && !(status == QUIRE_CANCELLED && call->c > 0))
        EXPECT_STATUS_OF(m->tried.db, status, QUIRE_OK);
    expect_whole(m, status == QUIRE_OK, committed_sum(m->sound.db));
    quire_rollback(txn);
}

static int ask_reader(void *context, const quire_reader *reader)
{
    (void)context;
    return reader->is_lost;
}

static quire_status ask_database(struct mirror *m, const struct call *call)
{
    quire_counter counters[8];
    quire_db_stat stat;
    switch (call->b % 8u) {
    case 0:
        return quire_sync(m->tried.db);
    case 1:
        return quire_readers(m->tried.db, ask_reader, NULL);
    case 2:
        quire_counters_enable(m->tried.db, call->c % 2u);
        (void)quire_counters_get(m->tried.db, counters, call->c % 8u);
        quire_counters_reset(m->tried.db);
        return QUIRE_OK;
    case 3:
        return quire_db_stat_get(m->tried.db, &stat);
    default:
        return quire_checkpoint(m->tried.db);
    }
}

void mirror_database(struct mirror *m, const struct call *call)
{
    both_roll_back(m);
    if (call->a % 4u == 3 && m->backup == NULL) /* both make a file of the same name */
        copy(m, call);
    else if (mirror_failed(m, ask_database(m, call)))
        heal(m);
    begin(m);
}

/* ---- Opening and closing ---- */

static void salvage(struct mirror *m, uint8_t how)
{
    uint8_t rounds = how;
    quire_options files = m->options;
    quire_salvage_options options = {.progress = how > 0 ? count_progress : NULL, .progress_context = &rounds};
    quire_salvage_report report;
    quire_status status = quire_salvage("db", "out", &files, &options, how % 2u ? &report : NULL);
    int is_done = !mirror_failed(m, status);
    /* A place that cannot be read is a damaged one, and what stood there is left out. */
    int is_all = !(m->trip.has_tripped && (m->trip.kinds & TRIP_READ) != 0);
    if (status == QUIRE_OK && m->sound.txn == NULL && is_all)
        expect_whole(m, 1, committed_sum(m->sound.db));
    if (is_done && !(status == QUIRE_CANCELLED && how > 0))
        EXPECT_EQUAL(status, QUIRE_OK);
    heal(m);
    forget_files(m);
}

static void note(void *context, const char *message)
{
    *(size_t *)context += strlen(message);
}

static void open_tried(struct mirror *m)
{
    m->options.log = note;
    m->options.log_context = &m->noted;
    quire_status status = quire_open("db", &m->options, &m->tried.db);
    if (status == QUIRE_CANCELLED)
        EXPECT(m->options.progress != NULL);
    if (status == QUIRE_CANCELLED || mirror_failed(m, status)) {
        EXPECT(m->message[0] != '\0');
        heal(m);
        m->options.progress = NULL;
        m->options.flags &= ~(uint32_t)QUIRE_OPEN_READ_ONLY;
        status = quire_open("db", &m->options, &m->tried.db);
        if (status != QUIRE_OK)
            fprintf(stderr, "%s\n", m->message);
    }
    EXPECT_EQUAL(status, QUIRE_OK);
    m->options.log = NULL;
    heal(m);
    m->has_failed = 0;
}

static void arm_for_open(struct mirror *m, const struct call *call)
{
    if (call->b != 0)
        trip_arm(&m->trip, call->b & 127u, call->c + 1u, call->b / 128u + 1u, call->c % 7u ? EIO : ENOMEM, 0);
}

void mirror_reopen(struct mirror *m, const struct call *call)
{
    uint8_t rounds = call->c;
    both_leave(m);
    end_backup(m);
    end_reader(m);
    quire_rollback(m->tried.txn);
    m->tried.txn = NULL;
    if (!m->is_in_doubt) {
        quire_rollback(m->sound.txn);
        m->sound.txn = NULL;
    }
    if (call->a % 2u) /* as if the process had ended: closing writes nothing */
        trip_arm(&m->trip, TRIP_CHANGES, 1, UINT32_MAX, EIO, 0);
    (void)mirror_failed(m, quire_close(m->tried.db));
    heal(m);
    arm_for_open(m, call);
    if (call->a / 2u % 2u)
        salvage(m, call->c);
    m->options.sync = (quire_sync_mode)(call->a / 4u % 4u % 3u);
    m->options.log_bytes = call->a / 16u % 2u ? 4096 : (uint64_t)1 << 20;
    m->options.flags = QUIRE_OPEN_CREATE | (call->a / 32u % 2u ? QUIRE_OPEN_PROFILE : 0);
    if (call->a / 64u == 1) { /* first only to read */
        m->options.flags = QUIRE_OPEN_READ_ONLY;
        open_tried(m);
        settle(m);
        EXPECT_EQUAL(quire_close(m->tried.db), QUIRE_OK);
        m->options.flags = QUIRE_OPEN_CREATE;
    }
    m->options.progress = call->a / 64u == 2 ? count_progress : NULL;
    m->options.progress_context = &rounds;
    open_tried(m);
    m->options.progress = NULL;
    settle(m);
    audit_expect(m->tried.db);
    begin(m);
}

static void side_open(struct side *side, size_t page_size)
{
    side->key_max = page_size / 8 - 8;
    side->value_room = page_size * VALUE_PAGES;
    side->key = malloc(side->key_max);
    side->value = malloc(side->value_room);
    if (side->key == NULL || side->value == NULL)
        abort();
}

static void side_close(struct side *side)
{
    free(side->key);
    free(side->value);
}

void mirror_open(struct mirror *m, size_t page_size, uint8_t how)
{
    memset(m, 0, sizeof *m);
    trip_open(&m->trip, 1);
    EXPECT_EQUAL(quire_vfs_memory_new(1, &m->sound_files), QUIRE_OK);
    side_open(&m->tried, page_size);
    side_open(&m->sound, page_size);
    quire_options_init(&m->options);
    m->options.vfs = m->sound_files;
    m->options.pinned_bytes = (size_t)64 << 20; /* its readers are asked beside any writer */
    m->options.page_size = (uint32_t)page_size;
    m->options.cache_bytes = page_size * (32u + how);
    m->options.message = m->message;
    m->options.message_size = sizeof m->message;
    EXPECT_EQUAL(quire_open("db", &m->options, &m->sound.db), QUIRE_OK);
    m->options.vfs = &m->trip.vfs;
    m->options.pinned_bytes = 0;
    m->options.memory = m->tried.memory = &m->trip.memory;
    open_tried(m);
    begin(m);
}

void mirror_close(struct mirror *m)
{
    heal(m);
    mirror_commit(m);
    const struct call plain = {0, 0, 0, 0};
    mirror_reopen(m, &plain);
    both_roll_back(m);
    EXPECT_EQUAL(quire_close(m->tried.db), QUIRE_OK);
    EXPECT_EQUAL(quire_close(m->sound.db), QUIRE_OK);
    digest_file(m->trip.files, "db");
    trip_close(&m->trip);
    quire_vfs_memory_free(m->sound_files);
    side_close(&m->tried);
    side_close(&m->sound);
}
