/*
 * The plain driver: runs files, and all files of folders, through a target,
 * each once and in an exact heap block, in the order of their names.
 *
 *   <target> [-limit_ms=N] [-verbose=1] [-digest=1] [-backwards=1] [-speed_ms=N] FILE-OR-FOLDER...
 *
 * -digest=1 prints what each input ended with (support/digest.h) instead of the
 * sum, -backwards=1 takes the inputs of a folder from the last to the first,
 * -speed_ms=N runs them round and round for that long (replay_speed.h).
 * An input slower than the limit (default 1000 ms) fails the run; a finding
 * ends it by the sanitizer's or the oracle's abort, after its name was printed.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "replay_speed.h"

#ifdef __SANITIZE_ADDRESS__
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;
static size_t bytes;
static long limit_ms = 1000;
static int verbose;
static int digests;
static int backwards;
static long speed_ms;
static int failed;
static long slowest_us;
static char slowest[4096];
static const char *current = "";

/* Names the input when the process is about to die; set up for abort only, sanitizers report before they call it. */
#ifdef WITH_ADDRESS_SANITIZER
void __asan_on_error(void);
void __asan_on_error(void)
{
    fprintf(stderr, "replay: the input is %s\n", current);
}
#endif

static long long now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static uint8_t *read_all(const char *path, size_t size)
{
    uint8_t *data = malloc(size != 0 ? size : 1);
    FILE *file = fopen(path, "rb");
    if (data == NULL || file == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return data;
}

static void run_file(const char *path, size_t size)
{
    uint8_t *data = read_all(path, size);
    current = path;
    if (speed_ms != 0) {
        speed_add(data, size);
        return;
    }
    if (verbose)
        fprintf(stderr, "%s\n", path);
    if (digests)
        digest_start();
    long long begin = now_us();
    int answer = LLVMFuzzerTestOneInput(data, size);
    long spent = (long)(now_us() - begin);
    if (digests)
        printf("%s %016llx\n", path, (unsigned long long)digest_result());
    free(data);
    inputs++;
    bytes += size;
    if (spent > slowest_us) {
        slowest_us = spent;
        snprintf(slowest, sizeof slowest, "%s", path);
    }
    if (answer != 0 || spent > limit_ms * 1000) {
        fprintf(stderr, "replay: %s %s (%ld ms)\n", path, answer != 0 ? "was not answered with 0" : "is too slow",
                spent / 1000);
        failed = 1;
    }
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(2);
    }
    if (!S_ISDIR(status.st_mode)) {
        run_file(path, (size_t)status.st_size);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[4096];
        struct dirent *entry = entries[backwards ? count - 1 - i : i];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        free(entry);
        if (stat(inner, &status) == 0 && S_ISREG(status.st_mode))
            run_file(inner, (size_t)status.st_size);
    }
    if (count >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    long long begin = now_us();
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-limit_ms=", 10) == 0)
            limit_ms = strtol(argv[i] + 10, NULL, 10);
        else if (strcmp(argv[i], "-verbose=1") == 0)
            verbose = 1;
        else if (strcmp(argv[i], "-digest=1") == 0)
            digests = 1;
        else if (strcmp(argv[i], "-backwards=1") == 0)
            backwards = 1;
        else if (strncmp(argv[i], "-speed_ms=", 10) == 0)
            speed_ms = strtol(argv[i] + 10, NULL, 10);
        else
            run_path(argv[i]);
    }
    if (speed_ms != 0) {
        speed_measure(speed_ms);
        return failed;
    }
    long spent = (long)(now_us() - begin);
    const char *name = strrchr(argv[0], '/');
    if (digests)
        return failed;
    printf("%-24s %5zu inputs, %8zu bytes, %6ld ms, slowest %ld ms %s\n", name != NULL ? name + 1 : argv[0], inputs,
           bytes, spent / 1000, slowest_us / 1000, slowest_us > 100000 ? slowest : "");
    return failed;
}
