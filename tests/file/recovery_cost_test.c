/*
 * What an open after a crash costs, counted at the disk: it reads the log's file
 * once, both halves, writes back what it believes of it, and writes the pages that
 * it changed; it may take three times the bytes of the log and these pages.
 *
 *   LOG_MIB   the length of the log in MiB (default 4); if it is set the open is timed as well, beside a bare reading
 *             of the log and writing of as many pages, and nothing depends on it
 *   LOG_DIR   a folder for the files, which are read from the medium and not from the system's memory, and timed by
 *             the clock; without it they stand in memory, and the processor's time is told
 */
#define _POSIX_C_SOURCE 200809L /* posix_fadvise */

#include "../support/pager_fixture.h"
#include "../support/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_SIZE = 1024, WORDS = 16, SLACK = 256 << 10 };

/* Counts on the disk below, whose other calls it shares. When it is dead nothing reaches the disk any more. */
static struct {
    quire_vfs inner;
    int is_dead;
    uint64_t read_bytes, written_bytes, reads, writes;
} count;

static int counted_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = count.inner.read(context, file, offset, buffer, size, got);
    count.read_bytes += *got;
    count.reads++;
    return error;
}

static int counted_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (count.is_dead)
        return EIO;
    count.written_bytes += size;
    count.writes++;
    return count.inner.write(context, file, offset, buffer, size);
}

enum { PATH_SIZE = 256 };

struct stage {
    struct pager *pager;
    quire_vfs *disk;      /* in memory, or that of LOG_DIR */
    quire_vfs posix;      /* then this one */
    char path[PATH_SIZE]; /* of the database */
    quire_options options;
    uint32_t pages;
    uint32_t *pgnos;
    uint64_t *words; /* what each page holds */
    struct random random;
    struct fault fault;
};

static void stage_open(struct stage *stage)
{
    struct pager_config config = {.path = stage->path, .options = &stage->options, .codec = fake_codec()};
    assert_ok(stage, pager_open(&config, &stage->pager, &stage->fault));
}

static void write_page(struct stage *stage, uint32_t i, size_t word, uint64_t value)
{
    struct frame *frame;
    uint8_t delta[FAKE_DELTA_SIZE];
    assert_ok(stage, pager_read(stage->pager, NULL, stage->pgnos[i], &frame, &stage->fault));
    assert_ok(stage, pager_edit(stage->pager, &frame, &stage->fault));
    fake_word_set(frame->data, word, value, delta);
    assert_ok(stage, pager_log_delta(stage->pager, frame, delta, sizeof delta, &stage->fault));
    pager_release(stage->pager, frame);
    stage->words[i * WORDS + word] = value;
}

static void add_page(struct stage *stage, uint32_t i)
{
    struct frame *frame;
    uint32_t pgno;
    uint8_t delta[FAKE_DELTA_SIZE];
    assert_ok(stage, pager_grow(stage->pager, &pgno, &stage->fault));
    stage->pgnos[i] = pgno;
    assert_ok(stage, pager_edit_new(stage->pager, pgno, &frame, &stage->fault));
    fake_page_init(frame->data, pgno);
    /* No byte of a page is spared by its image. */
    fake_word_set(frame->data, fake_words(PAGE_SIZE) - 1, 1, delta);
    assert_ok(stage, pager_log_image(stage->pager, frame, &stage->fault));
    pager_release(stage->pager, frame);
}

static uint64_t log_bytes(struct stage *stage)
{
    struct pager_stat stat;
    pager_stat(stage->pager, &stat);
    return stat.log_bytes;
}

static void path_beside(const struct stage *stage, const char *ending, char path[PATH_SIZE])
{
    assert_in_range(snprintf(path, PATH_SIZE, "%s%s", stage->path, ending), 1, PATH_SIZE - 1);
}

static void stage_find_disk(struct stage *stage)
{
    const char *folder = getenv("LOG_DIR");
    assert_in_range(snprintf(stage->path, PATH_SIZE, "%s%sdb", folder != NULL ? folder : "", folder != NULL ? "/" : ""),
                    1, PATH_SIZE - 1);
    if (folder == NULL) {
        assert_int_equal(quire_vfs_memory_new(1, &stage->disk), QUIRE_OK);
        return;
    }
    stage->posix = *quire_vfs_posix();
    stage->disk = &stage->posix;
}

static const char *const endings[] = {"", "-log", "-copy"};

static void stage_remove_files(struct stage *stage)
{
    for (size_t i = 0; stage->disk == &stage->posix && i < sizeof endings / sizeof endings[0]; i++) {
        char path[PATH_SIZE];
        path_beside(stage, endings[i], path);
        (void)unlink(path);
    }
}

/* From here on the system must read the files from the medium. */
static void stage_forget_files(struct stage *stage)
{
    for (size_t i = 0; stage->disk == &stage->posix && i < sizeof endings / sizeof endings[0]; i++) {
        char path[PATH_SIZE];
        path_beside(stage, endings[i], path);
        int file = open(path, O_RDONLY);
        if (file < 0)
            continue;
        assert_int_equal(fsync(file), 0);
        assert_int_equal(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
        assert_int_equal(close(file), 0);
    }
}

/* `pages` pages in the file, then small commits all over them, until the log is long enough; then the process dies. */
static uint64_t stage_wreck(struct stage *stage, uint32_t pages, size_t cache_bytes, uint64_t long_enough)
{
    *stage = (struct stage){.pages = pages, .random = {7}};
    stage->pgnos = calloc(pages, sizeof *stage->pgnos);
    stage->words = calloc((size_t)pages * WORDS, sizeof *stage->words);
    stage_find_disk(stage);
    count.inner = *stage->disk;
    count.is_dead = 0;
    stage->disk->read = counted_read;
    stage->disk->write = counted_write;
    stage->options = (quire_options){.flags = QUIRE_OPEN_CREATE,
                                     .page_size = PAGE_SIZE,
                                     .cache_bytes = cache_bytes,
                                     .pinned_bytes = cache_bytes,
                                     .log_bytes = 2 * long_enough,
                                     .sync = QUIRE_SYNC_NORMAL, /* only here: a real disk would take minutes */
                                     .vfs = stage->disk,
                                     .memory = memory_default()};
    stage_open(stage);
    assert_ok(stage, pager_begin(stage->pager, 1, &stage->fault));
    for (uint32_t i = 0; i < pages; i++)
        add_page(stage, i);
    assert_ok(stage, pager_commit(stage->pager, &stage->fault));
    assert_ok(stage, pager_checkpoint(stage->pager, &stage->fault));
    for (uint32_t c = 0; c % 64 != 0 || log_bytes(stage) < long_enough; c++) {
        assert_ok(stage, pager_begin(stage->pager, 1, &stage->fault));
        for (size_t n = 0; n < 3; n++)
            write_page(stage, (uint32_t)random_below(&stage->random, pages), random_below(&stage->random, WORDS),
                       random_u32(&stage->random));
        assert_ok(stage, pager_commit(stage->pager, &stage->fault));
    }
    uint64_t bytes = log_bytes(stage);
    count.is_dead = 1;
    (void)pager_close(stage->pager, &stage->fault);
    return bytes;
}

static void stage_recover(struct stage *stage)
{
    count.is_dead = 0;
    stage->options.sync = QUIRE_SYNC_FULL;
    count.read_bytes = count.written_bytes = count.reads = count.writes = 0;
    stage_open(stage);
}

static void stage_check(struct stage *stage)
{
    struct snapshot snapshot;
    assert_ok(stage, pager_snapshot_open(stage->pager, &snapshot));
    for (uint32_t i = 0; i < stage->pages; i++) {
        struct frame *frame;
        assert_ok(stage, pager_read(stage->pager, &snapshot, stage->pgnos[i], &frame, &stage->fault));
        for (size_t word = 0; word < WORDS; word++)
            assert_int_equal(fake_word(frame->data, word), stage->words[i * WORDS + word]);
        pager_release(stage->pager, frame);
    }
    pager_snapshot_close(stage->pager, &snapshot);
    assert_ok(stage, pager_close(stage->pager, &stage->fault));
    stage_remove_files(stage);
    if (stage->disk != &stage->posix)
        quire_vfs_memory_free(stage->disk);
    free(stage->words);
    free(stage->pgnos);
}

static uint64_t wanted_log_bytes(void)
{
    const char *wanted = getenv("LOG_MIB");
    return (wanted != NULL ? strtoull(wanted, NULL, 10) : 4) << 20;
}

/* Of the processor, when the disk is in memory: what it does is part of that, and what other programs do is not. */
static double now_ms(const struct stage *stage)
{
    struct timespec now;
    if (stage->disk != &stage->posix)
        return (double)clock() * 1e3 / CLOCKS_PER_SEC;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* What cannot be spared: the log read from end to end, and as many bytes of pages written, and synced. */
static double bare_ms(struct stage *stage)
{
    const quire_vfs *disk = stage->disk;
    enum { PIECE = 128 << 10 };
    uint8_t *bytes = malloc(PIECE);
    char log_path[PATH_SIZE], copy_path[PATH_SIZE];
    quire_file *log, *copy;
    size_t got = PIECE;
    path_beside(stage, "-log", log_path);
    path_beside(stage, "-copy", copy_path);
    stage_forget_files(stage);
    assert_int_equal(disk->open(disk->context, log_path, QUIRE_VFS_READ_ONLY, &log), 0);
    assert_int_equal(disk->open(disk->context, copy_path, QUIRE_VFS_CREATE, &copy), 0);
    count.is_dead = 0;
    double begin = now_ms(stage);
    for (uint64_t offset = 0; got == PIECE; offset += PIECE)
        assert_int_equal(disk->read(disk->context, log, offset, bytes, PIECE, &got), 0);
    for (uint64_t offset = 0; offset < (uint64_t)stage->pages * PAGE_SIZE; offset += PIECE)
        assert_int_equal(disk->write(disk->context, copy, offset, bytes, PIECE), 0);
    assert_int_equal(disk->sync(disk->context, copy), 0);
    double end = now_ms(stage);
    (void)disk->close(disk->context, log);
    (void)disk->close(disk->context, copy);
    free(bytes);
    return end - begin;
}

static void an_open_moves_three_times_the_log_and_its_pages_at_most(void **state)
{
    (void)state;
    struct stage stage;
    const uint64_t half = wanted_log_bytes() / 2; /* so many bytes of pages: about half of the log is their images */
    const uint32_t pages = (uint32_t)(half / PAGE_SIZE);
    uint64_t bytes = stage_wreck(&stage, pages, (size_t)half * 2, 2 * half);
    double bare = bare_ms(&stage);
    stage_forget_files(&stage);
    double begin = now_ms(&stage);
    stage_recover(&stage);
    if (getenv("LOG_MIB") != NULL)
        print_message("# the open took %.0f ms, bare reading and writing on the same disk %.0f ms\n",
                      now_ms(&stage) - begin, bare);
    uint64_t needed = bytes + (uint64_t)pages * PAGE_SIZE;
    print_message("# a log of %llu bytes that changed %u pages: %llu bytes read in %llu calls, %llu written in %llu\n",
                  (unsigned long long)bytes, pages, (unsigned long long)count.read_bytes,
                  (unsigned long long)count.reads, (unsigned long long)count.written_bytes,
                  (unsigned long long)count.writes);
    assert_in_range(count.read_bytes + count.written_bytes, needed / 2, 3 * needed + SLACK);
    assert_in_range(count.reads + count.writes, 1, 3 * needed / (32 << 10) + 100);
    stage_check(&stage);
}

static void pages_that_the_cache_cannot_hold_are_recovered_all_the_same(void **state)
{
    (void)state;
    struct stage stage;
    (void)stage_wreck(&stage, 600, 64 << 10, 1 << 20);
    stage_recover(&stage);
    stage_check(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_moves_three_times_the_log_and_its_pages_at_most),
        cmocka_unit_test(pages_that_the_cache_cannot_hold_are_recovered_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
