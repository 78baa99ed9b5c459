/*
 * The work of compare-bench. The clock runs from the first begin to the last
 * commit, or with --checkpoint to the end of the checkpoint after it; opening, and
 * loading what a mode finds there, stand outside it.
 */
#define _POSIX_C_SOURCE 200809L

#include "compare_bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct worker {
    const struct bench_engine *engine;
    const struct bench_options *options;
    void *session;
    struct samples *operations, *commits; /* NULL: not sampled */
    struct document *documents;           /* GROUP_MAX of them */
    quire_pair *pairs;                    /* as many */
    uint32_t *sorted;                     /* numbers of all documents, each run in order; NULL: there are no runs */
    uint64_t number;                      /* of the thread */
    const struct walked *whole;           /* what a walk over all sees in the end; where nothing is written, always */
    int ok;
};

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- Samples ---- */

/* At most SAMPLES_MAX of `events`, and no more than one in `least_stride`. */
static void samples_start(struct samples *samples, uint64_t events, uint64_t least_stride)
{
    uint64_t stride = events / SAMPLES_MAX + 1;
    samples->stride = (uint32_t)(stride > least_stride ? stride : least_stride);
    samples->waiting = samples->stride;
    samples->count = 0;
}

/* The time, if this event's duration is wanted; else 0. */
static uint64_t sample_begin(struct samples *samples)
{
    if (!samples || --samples->waiting != 0) {
        return 0;
    }
    samples->waiting = samples->stride;
    return now_ns();
}

static void sample_end(struct samples *samples, uint64_t begin)
{
    if (begin != 0 && samples->count < SAMPLES_MAX) {
        samples->ns[samples->count++] = (float)(now_ns() - begin);
    }
}

/* ---- Single steps ---- */

static int begin_read(struct worker *worker, uint64_t operations)
{
    return worker->engine->begin(worker->session, 0, operations);
}

static int begin_write(struct worker *worker, uint64_t operations)
{
    return worker->engine->begin(worker->session, 1, operations);
}

static int end_read(struct worker *worker)
{
    return worker->engine->commit(worker->session);
}

static int commit(struct worker *worker)
{
    uint64_t begin = sample_begin(worker->commits);
    int ok = worker->engine->commit(worker->session);
    sample_end(worker->commits, begin);
    return ok;
}

static int put_one(struct worker *worker, uint64_t number, uint64_t content)
{
    struct document *document = worker->documents;
    bench_document(worker->options, number, content, document);
    uint64_t begin = sample_begin(worker->operations);
    int ok = worker->engine->put(worker->session, &document->pair);
    sample_end(worker->operations, begin);
    return ok;
}

static int get_one(struct worker *worker, uint64_t number)
{
    uint8_t key[KEY_MAX];
    quire_bytes value;
    quire_bytes sought = bench_key(worker->options, number, key);
    uint64_t begin = sample_begin(worker->operations);
    int ok = worker->engine->get(worker->session, sought, &value);
    sample_end(worker->operations, begin);
    return ok && (bench_value_says(worker->options, value, number) ||
                  bench_fail(worker->engine->name, "get", "a wrong value came back"));
}

static int remove_one(struct worker *worker, uint64_t number)
{
    uint8_t key[KEY_MAX];
    quire_bytes sought = bench_key(worker->options, number, key);
    uint64_t begin = sample_begin(worker->operations);
    int ok = worker->engine->remove(worker->session, sought);
    sample_end(worker->operations, begin);
    return ok;
}

/* Up to `limit` records, of which there must be one at least. */
static int walk_some(struct worker *worker, quire_bytes from, uint64_t limit, struct walked *walked)
{
    *walked = (struct walked){0, 0, 0};
    uint64_t begin = sample_begin(worker->operations);
    int ok = worker->engine->walk(worker->session, from, (size_t)limit, walked);
    sample_end(worker->operations, begin);
    return ok && ((walked->count > 0 && walked->count <= limit) ||
                  bench_fail(worker->engine->name, "walk", "a wrong number of records"));
}

/* All records, which must be those that the mode leaves; one more would be seen. */
static int walk_all(struct worker *worker)
{
    static const uint8_t first[1] = {0};
    const struct walked *whole = worker->whole;
    struct walked walked;
    return walk_some(worker, (quire_bytes){first, sizeof first}, whole->count + 1, &walked) &&
           ((walked.count == whole->count && walked.keys == whole->keys && walked.values == whole->values) ||
            bench_fail(worker->engine->name, "walk", "not the records that were written"));
}

/* ---- Runs ---- */

struct ranked {
    uint64_t rank, number;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void sort_run(const struct bench_options *options, uint64_t from, uint64_t count, uint32_t *sorted)
{
    struct ranked run[GROUP_MAX];
    for (uint64_t i = 0; i < count; i++) {
        run[i] = (struct ranked){bench_rank(options, from + i), from + i};
    }
    qsort(run, (size_t)count, sizeof run[0], compare_ranks);
    for (uint64_t i = 0; i < count; i++) {
        sorted[from + i] = (uint32_t)run[i].number;
    }
}

/* The numbers of all documents, each run of them in order, which is none of the engine's work. NULL: no memory. */
static uint32_t *sort_runs(const struct bench_options *options)
{
    uint32_t *sorted = malloc((size_t)options->docs * sizeof *sorted);
    uint64_t group = options->put_many_group;
    for (uint64_t i = 0; sorted && i < options->docs; i += group) {
        sort_run(options, i, options->docs - i < group ? options->docs - i : group, sorted);
    }
    return sorted;
}

/* The run that begins with document `from`, in ascending order. */
static int put_run(struct worker *worker, uint64_t from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = worker->sorted[from + i];
        bench_document(worker->options, number, number, &worker->documents[i]);
        worker->pairs[i] = worker->documents[i].pair;
    }
    uint64_t begin = sample_begin(worker->operations);
    int ok = 1;
    if (worker->engine->put_many) {
        ok = worker->engine->put_many(worker->session, worker->pairs, (size_t)count);
    } else {
        for (uint64_t i = 0; i < count && ok; i++) {
            ok = worker->engine->put(worker->session, &worker->pairs[i]);
        }
    }
    sample_end(worker->operations, begin);
    return ok;
}

static int put_range(struct worker *worker, uint64_t from, uint64_t to)
{
    uint64_t group = worker->options->put_many_group;
    int ok = 1;
    for (uint64_t i = from; i < to && ok; i += group) {
        uint64_t count = to - i < group ? to - i : group;
        ok = group == 1 ? put_one(worker, i, i) : put_run(worker, i, count);
    }
    return ok;
}

/* ---- The modes: each does the operations [from, to) of one transaction ---- */

static uint64_t any_below(const struct worker *worker, uint64_t step, uint64_t bound)
{
    return bench_mix(worker->options->seed + step + (worker->number << 40)) % bound;
}

static int read_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    int ok = begin_read(worker, to - from);
    for (uint64_t i = from; i < to && ok; i++) {
        ok = get_one(worker, any_below(worker, i, worker->options->docs));
    }
    return ok && end_read(worker);
}

static int insert_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    return begin_write(worker, to - from) && put_range(worker, from, to) && commit(worker);
}

/* As many reads of what is there as inserts; they share the write transaction or have their own. */
static int mixed_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    int shares = worker->options->read_with_write;
    int ok = begin_write(worker, (shares ? 2 : 1) * (to - from)) && put_range(worker, from, to);
    ok = ok && (shares || (commit(worker) && begin_read(worker, to - from)));
    for (uint64_t i = from; i < to && ok; i++) {
        ok = get_one(worker, any_below(worker, i, to));
    }
    return ok && (shares ? commit(worker) : end_read(worker));
}

static int update_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    uint64_t docs = worker->options->docs;
    int ok = begin_write(worker, to - from);
    for (uint64_t i = from; i < to && ok; i++) {
        ok = put_one(worker, any_below(worker, i, docs), docs + i);
    }
    return ok && commit(worker);
}

/* Deletes one record and inserts another. */
static int churn_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    uint64_t docs = worker->options->docs;
    int ok = begin_write(worker, 2 * (to - from));
    for (uint64_t i = from; i < to && ok; i++) {
        ok = remove_one(worker, i) && put_one(worker, docs + i, docs + i);
    }
    return ok && commit(worker);
}

static int scan_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    (void)from;
    (void)to;
    return begin_read(worker, 1) && walk_all(worker) && end_read(worker);
}

static int range_batch(struct worker *worker, uint64_t from, uint64_t to)
{
    int ok = begin_read(worker, to - from);
    for (uint64_t i = from; i < to && ok; i++) {
        uint8_t key[KEY_MAX];
        quire_bytes start = bench_key(worker->options, any_below(worker, i, worker->options->docs), key);
        struct walked walked;
        ok = walk_some(worker, start, RANGE_ROWS, &walked);
    }
    return ok && end_read(worker);
}

static const struct mode_row {
    int (*batch)(struct worker *worker, uint64_t from, uint64_t to);
    int finds_documents; /* they are loaded before */
    uint64_t weight;     /* operations of a step, as the table counts them */
} mode_rows[MODES] = {
    [READS_ONLY] = {read_batch, 1, 1}, [INSERTS_ONLY] = {insert_batch, 0, 1}, [MIXED] = {mixed_batch, 0, 2},
    [UPDATE] = {update_batch, 1, 1},   [CHURN] = {churn_batch, 1, 2},         [SCAN] = {scan_batch, 1, 1},
    [RANGE] = {range_batch, 1, 1}};

/* One step of a scan reads all, one of a range a hundred rows. */
static uint64_t steps(const struct bench_options *options)
{
    if (options->mode == SCAN) {
        return 1;
    }
    return options->mode == RANGE ? (options->docs + RANGE_ROWS - 1) / RANGE_ROWS : options->docs;
}

uint64_t bench_operations(const struct bench_options *options)
{
    return options->threads * mode_rows[options->mode].weight * options->docs;
}

static int work(struct worker *worker)
{
    uint64_t end = steps(worker->options);
    uint64_t every = worker->options->commit_every;
    int ok = 1;
    for (uint64_t i = 0; i < end && ok; i += every) {
        ok = mode_rows[worker->options->mode].batch(worker, i, end - i < every ? end : i + every);
    }
    return ok;
}

/* ---- Threads ---- */

static void *work_in_thread(void *context)
{
    struct worker *worker = context;
    worker->ok = work(worker);
    return NULL;
}

/* The first worker is this thread. */
static int work_together(struct worker *workers, uint64_t count)
{
    pthread_t threads[THREADS_MAX];
    uint64_t started = 1;
    while (started < count && pthread_create(&threads[started], NULL, work_in_thread, &workers[started]) == 0) {
        started++;
    }
    (void)work_in_thread(&workers[0]);
    int ok = workers[0].ok && started == count;
    for (uint64_t i = 1; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
        ok = ok && workers[i].ok;
    }
    return ok;
}

static int open_worker(struct worker *worker, const struct bench_engine *engine, const struct bench_options *options,
                       void *store)
{
    worker->engine = engine;
    worker->options = options;
    worker->documents = calloc(GROUP_MAX, sizeof *worker->documents);
    worker->pairs = calloc(GROUP_MAX, sizeof *worker->pairs);
    worker->sorted = options->put_many_group > 1 ? sort_runs(options) : NULL;
    if (!worker->documents || !worker->pairs || (options->put_many_group > 1 && !worker->sorted)) {
        return bench_fail(engine->name, "run", "no memory");
    }
    return engine->session_open(store, &worker->session);
}

static void close_worker(struct worker *worker)
{
    if (worker->session) {
        worker->engine->session_close(worker->session);
    }
    free(worker->documents);
    free(worker->pairs);
    free(worker->sorted);
}

/* ---- The whole ---- */

/* What a mode leaves: documents by their numbers from `first` on, what they say, and what a walk over them sees. */
struct expected {
    uint64_t first;
    uint64_t *content; /* NULL: each its own number */
    struct walked whole;
};

static uint64_t content_of(const struct expected *expected, uint64_t i)
{
    return expected->content ? expected->content[i] : expected->first + i;
}

static int expect_updates(const struct worker *worker, struct expected *expected)
{
    uint64_t docs = worker->options->docs;
    expected->content = malloc((size_t)docs * sizeof *expected->content);
    if (!expected->content) {
        return bench_fail(worker->engine->name, "run", "no memory");
    }
    for (uint64_t i = 0; i < docs; i++) {
        expected->content[i] = i;
    }
    for (uint64_t i = 0; i < docs; i++) {
        expected->content[any_below(worker, i, docs)] = docs + i;
    }
    return 1;
}

static int expect(const struct worker *worker, struct expected *expected)
{
    const struct bench_options *options = worker->options;
    expected->first = options->mode == CHURN ? options->docs : 0;
    if (options->mode == UPDATE && !expect_updates(worker, expected)) {
        return 0;
    }
    for (uint64_t i = 0; i < options->docs; i++) {
        struct document document;
        bench_document(options, expected->first + i, content_of(expected, i), &document);
        bench_see(&expected->whole, document.key, document.value);
    }
    return 1;
}

enum { VERIFIED_MAX = 100000 };

/* Some of the documents, spread evenly, each byte of them; all, if they are few. */
static int verify_contents(struct worker *worker, const struct expected *expected)
{
    uint64_t docs = worker->options->docs, ok = 1;
    uint64_t stride = (docs + VERIFIED_MAX - 1) / VERIFIED_MAX;
    for (uint64_t i = 0; i < docs && ok; i += stride) {
        uint8_t key[KEY_MAX];
        quire_bytes value;
        ok = worker->engine->get(worker->session, bench_key(worker->options, expected->first + i, key), &value) &&
             (bench_value_is(worker->options, value, content_of(expected, i)) ||
              bench_fail(worker->engine->name, "verify", "a value is not what was written"));
    }
    return (int)ok;
}

/* Every mode ends with as many records as there are documents, and each says what was last written. */
static int verify(struct worker *worker, const struct expected *expected)
{
    worker->operations = NULL;
    return begin_read(worker, worker->options->docs + 1) && walk_all(worker) && verify_contents(worker, expected) &&
           end_read(worker);
}

/* What a mode finds is loaded in the order in which it would be inserted, in one transaction, and is in the file. */
static int load(struct worker *worker)
{
    return !mode_rows[worker->options->mode].finds_documents ||
           (begin_write(worker, worker->options->docs) && put_range(worker, 0, worker->options->docs) &&
            worker->engine->commit(worker->session) && worker->engine->checkpoint(worker->session));
}

static void sample(struct worker *worker, struct outcome *outcome)
{
    const struct bench_options *options = worker->options;
    uint64_t events = steps(options) / options->put_many_group;
    uint64_t commits = steps(options) / options->commit_every;
    int is_slow = options->mode == SCAN || options->mode == RANGE || options->put_many_group > 1;
    samples_start(&outcome->operations, events, is_slow ? 1 : events >= 6400 ? 64 : events / 100 + 1);
    samples_start(&outcome->commits, commits, options->sync == QUIRE_SYNC_FULL || options->commit_every > 16 ? 1 : 16);
    worker->operations = &outcome->operations;
    worker->commits = &outcome->commits;
}

/* ---- The timed part ---- */

static size_t counters_now(const struct worker *worker, quire_counter counters[COUNTERS_MAX])
{
    size_t count = worker->engine->counters ? worker->engine->counters(worker->session, counters, COUNTERS_MAX) : 0;
    return count < COUNTERS_MAX ? count : COUNTERS_MAX;
}

/* What they grew by since `before`. */
static void keep_counters(const struct worker *worker, const quire_counter *before, struct outcome *outcome)
{
    outcome->counter_count = counters_now(worker, outcome->counters);
    for (size_t i = 0; i < outcome->counter_count; i++) {
        outcome->counters[i].value -= before[i].value;
    }
}

static int end_with_checkpoint(struct worker *worker, struct outcome *outcome)
{
    uint64_t begin = now_ns();
    int ok = !worker->options->checkpoint || worker->engine->checkpoint(worker->session);
    outcome->checkpoint_seconds = worker->options->checkpoint ? 1e-9 * (double)(now_ns() - begin) : 0;
    return ok;
}

static uint64_t peak_bytes(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return 1024u * (uint64_t)usage.ru_maxrss;
}

static int timed_part(struct worker *workers, struct outcome *outcome)
{
    struct calls calls;
    quire_counter counters[COUNTERS_MAX];
    sample(&workers[0], outcome);
    (void)counters_now(&workers[0], counters);
    calls_begin(workers[0].engine->log_name);
    uint64_t begin = now_ns();
    int ok = work_together(workers, workers[0].options->threads) && end_with_checkpoint(&workers[0], outcome);
    outcome->seconds = 1e-9 * (double)(now_ns() - begin);
    calls_end(&calls);
    outcome->peak_bytes = peak_bytes();
    keep_counters(&workers[0], counters, outcome);
    outcome->written_bytes = calls.written_bytes;
    outcome->logged_bytes = calls.logged_bytes;
    outcome->syncs = calls.syncs;
    return ok;
}

int bench_work(const struct bench_engine *engine, const struct bench_options *options, void *store,
               struct outcome *outcome)
{
    struct worker *workers = calloc((size_t)options->threads, sizeof *workers);
    struct expected expected = {.content = NULL};
    int ok = workers ? 1 : bench_fail(engine->name, "run", "no memory");
    for (uint64_t i = 0; i < options->threads && ok; i++) {
        workers[i].number = i;
        workers[i].whole = &expected.whole;
        ok = open_worker(&workers[i], engine, options, store);
    }
    /* A scan is held against it while the clock runs; elsewhere its memory would be told as the engine's. */
    int is_scan = options->mode == SCAN;
    ok = ok && load(&workers[0]) && (!is_scan || expect(&workers[0], &expected)) && timed_part(workers, outcome) &&
         (is_scan || expect(&workers[0], &expected)) && verify(&workers[0], &expected);
    for (uint64_t i = 0; workers && i < options->threads; i++) {
        close_worker(&workers[i]);
    }
    free(workers);
    free(expected.content);
    return ok;
}
