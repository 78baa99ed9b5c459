/*
 * compare-bench: the engines take turns, each repeat on a new database and in a
 * process of its own, so that no engine finds a heap that another one has used
 * and each one's memory can be told.
 */
#define _GNU_SOURCE

#include "compare_bench.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP_DOCS = 10000 };

extern const struct bench_engine engine_quire, engine_sqlite, engine_lmdb, engine_wiredtiger, engine_leveldb,
    engine_bdb;

const struct bench_engine *const bench_engines[] = {&engine_quire,
#ifdef HAVE_SQLITE
                                                    &engine_sqlite,
#endif
#ifdef HAVE_LMDB
                                                    &engine_lmdb,
#endif
#ifdef HAVE_WIREDTIGER
                                                    &engine_wiredtiger,
#endif
#ifdef HAVE_LEVELDB
                                                    &engine_leveldb,
#endif
#ifdef HAVE_BDB
                                                    &engine_bdb,
#endif
                                                    NULL};

int bench_fail(const char *engine, const char *what, const char *why)
{
    fprintf(stderr, "compare-bench: %s: %s: %s\n", engine, what, why);
    return 0;
}

void bench_path(const struct bench_options *options, const char *name, char path[BENCH_PATH])
{
    snprintf(path, BENCH_PATH, "%s/%s", options->folder, name);
}

/* ---- An engine's folder ---- */

/* Bytes allocated to the files of a folder; with `removes`, they go. Engines make no folders. */
static uint64_t visit_files(const char *folder, int removes)
{
    uint64_t bytes = 0;
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        char path[BENCH_PATH + sizeof entry->d_name];
        struct stat state;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &state) == 0 && S_ISREG(state.st_mode)) {
            bytes += 512u * (uint64_t)state.st_blocks;
            if (removes) {
                unlink(path);
            }
        }
    }
    if (directory) {
        closedir(directory);
    }
    return bytes;
}

static void remove_folder(const char *folder)
{
    (void)visit_files(folder, 1);
    (void)rmdir(folder);
}

/* ---- One repeat ---- */

static int run_here(const struct bench_engine *engine, const struct bench_options *options, struct outcome *outcome)
{
    void *store = NULL;
    int ok = engine->open(options, &store) && bench_work(engine, options, store, outcome);
    return store && engine->close(store) && ok;
}

/* The same in little and without syncs, so that the timed part does not pay for the first call of everything. */
static int warm_up(const struct bench_engine *engine, const struct bench_options *options, struct outcome *outcome)
{
    struct bench_options little = *options;
    little.docs = options->docs < WARM_UP_DOCS ? options->docs : WARM_UP_DOCS;
    little.sync = options->sync == QUIRE_SYNC_FULL ? QUIRE_SYNC_NORMAL : options->sync;
    int ok = run_here(engine, &little, outcome);
    (void)visit_files(options->folder, 1);
    return ok;
}

/* In a process of its own. */
static int run_alone(const struct bench_engine *engine, const struct bench_options *options, struct outcome *outcome)
{
    int ok = warm_up(engine, options, outcome) && run_here(engine, options, outcome);
    outcome->disk_bytes = visit_files(options->folder, 0);
    outcome->is_complete = ok;
    return ok;
}

/* ---- Signals: whoever stops the run finds no process and no files of it ---- */

static volatile sig_atomic_t stopped_by;
static volatile sig_atomic_t running_child;

static void stop(int number)
{
    stopped_by = number;
    if (running_child > 0) {
        (void)kill((pid_t)running_child, SIGKILL);
    }
}

static void set_stop(void (*action)(int))
{
    struct sigaction how = {.sa_handler = action};
    (void)sigemptyset(&how.sa_mask);
    (void)sigaction(SIGINT, &how, NULL);
    (void)sigaction(SIGTERM, &how, NULL);
}

static int run_once(const struct bench_engine *engine, const struct bench_options *options, struct outcome *outcome)
{
    struct bench_options own = *options;
    char folder[BENCH_PATH];
    snprintf(folder, sizeof folder, "%s/%s", options->base, engine->name);
    own.folder = folder;
    if (mkdir(folder, 0777) != 0) {
        return bench_fail(engine->name, folder, strerror(errno));
    }
    outcome->is_complete = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        set_stop(SIG_DFL);
        _exit(run_alone(engine, &own, outcome) ? 0 : 1);
    }
    running_child = child;
    if (stopped_by && child > 0) {
        (void)kill(child, SIGKILL);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    running_child = 0;
    remove_folder(folder);
    if (stopped_by) {
        return bench_fail(engine->name, "run", "stopped");
    }
    if (child < 0) {
        return bench_fail(engine->name, "fork", strerror(errno));
    }
    return WIFSIGNALED(status) ? bench_fail(engine->name, "run", strsignal(WTERMSIG(status))) : outcome->is_complete;
}

/* ---- All of them ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

static int keep_samples(const struct samples *samples, float **all, size_t *count)
{
    float *grown = realloc(*all, (*count + samples->count + 1) * sizeof **all);
    if (!grown) {
        return bench_fail("samples", "keep", "no memory");
    }
    memcpy(grown + *count, samples->ns, samples->count * sizeof *grown);
    *all = grown;
    *count += samples->count;
    return 1;
}

static int keep(struct result *result, const struct outcome *outcome)
{
    result->seconds[result->repeats++] = outcome->seconds;
    result->last = *outcome;
    result->peak_bytes = outcome->peak_bytes > result->peak_bytes ? outcome->peak_bytes : result->peak_bytes;
    return keep_samples(&outcome->operations, &result->operations, &result->operation_count) &&
           keep_samples(&outcome->commits, &result->commits, &result->commit_count);
}

/* The engines that were asked for and can do what is asked. */
static size_t choose(const struct bench_options *options, struct result *results)
{
    size_t count = 0;
    for (size_t i = 0; bench_engines[i]; i++) {
        if (!bench_chosen(options, bench_engines[i])) {
            continue;
        }
        if (options->mode == MIXED && options->read_with_write && !bench_engines[i]->sees_own_writes) {
            fprintf(stderr, "compare-bench: %s is left out: its write transactions do not see what they wrote\n",
                    bench_engines[i]->name);
            continue;
        }
        results[count++].engine = bench_engines[i];
    }
    return count;
}

static int run_all(const struct bench_options *options, struct result *results, size_t count, struct outcome *outcome)
{
    int ok = 1;
    int shows = isatty(STDERR_FILENO);
    for (size_t r = 0; r < options->repeat && ok; r++) {
        for (size_t turn = 0; turn < count && ok; turn++) {
            size_t e = (r + turn) % count; /* each begins a repeat in its turn */
            if (options->seconds != 0 && results[e].spent >= (double)options->seconds) {
                continue;
            }
            if (shows) {
                fprintf(stderr, "\rcompare-bench: repeat %zu of %llu, %s\033[K", r + 1,
                        (unsigned long long)options->repeat, results[e].engine->name);
            }
            double begin = now();
            ok = run_once(results[e].engine, options, outcome) && keep(&results[e], outcome);
            results[e].spent += now() - begin;
        }
    }
    if (shows) {
        fprintf(stderr, "\r\033[K");
    }
    for (size_t e = 0; e < count && ok; e++) {
        qsort(results[e].seconds, results[e].repeats, sizeof(double), compare_doubles);
        qsort(results[e].operations, results[e].operation_count, sizeof(float), compare_floats);
        qsort(results[e].commits, results[e].commit_count, sizeof(float), compare_floats);
    }
    return ok;
}

/* Answers the exit code. */
static int run(const struct bench_options *options)
{
    static struct result results[sizeof bench_engines / sizeof bench_engines[0]];
    struct outcome *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t count = choose(options, results);
    if (outcome == MAP_FAILED || count == 0) {
        fprintf(stderr, "compare-bench: %s\n", count == 0 ? "no database is left to run" : strerror(errno));
        return 2;
    }
    int ok = run_all(options, results, count, outcome) && bench_report(options, results, count);
    for (size_t e = 0; e < count; e++) {
        free(results[e].operations);
        free(results[e].commits);
    }
    munmap(outcome, sizeof *outcome);
    return ok ? 0 : 2;
}

int main(int count, char **words)
{
    struct bench_options options = {.cache_mib = 1024,
                                    .page_size = 8192,
                                    .log_bytes = 64u << 20,
                                    .in_place = 1,
                                    .slots = 3,
                                    .mode = INSERTS_ONLY,
                                    .docs = 10000,
                                    .commit_every = 1,
                                    .put_many_group = 1,
                                    .repeat = 5,
                                    .threads = 1,
                                    .seed = 42,
                                    .databases = "all"};
    int code;
    if (!bench_parse(count, words, &options, &code)) {
        return code;
    }
    /* Always in a folder of its own: what else stands there is somebody's. */
    char folder[BENCH_PATH / 2];
    const char *base = options.base ? options.base : getenv("TMPDIR");
    int length = snprintf(folder, sizeof folder, "%s/compare-bench-XXXXXX", base && base[0] ? base : "/tmp");
    if (length < 0 || (size_t)length >= sizeof folder) {
        fprintf(stderr, "compare-bench: --folder: its path is too long\n");
        return 2;
    }
    options.base = mkdtemp(folder);
    if (!options.base) {
        fprintf(stderr, "compare-bench: %s: %s\n", folder, strerror(errno));
        return 2;
    }
    set_stop(stop);
    code = run(&options);
    (void)rmdir(folder);
    return stopped_by ? 128 + stopped_by : code;
}
