/*
 * See replay_speed.h. Other programs on the machine shall disturb little: the
 * processor's time is what counts, and of stretches of it the quickest one.
 */
#define _POSIX_C_SOURCE 200809L
#include "replay_speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct speed_input {
    uint8_t *data;
    size_t size;
    struct tally tally;
};

enum { STRETCH_US = 30000 };

static struct speed_input *inputs;
static size_t count;

void speed_add(uint8_t *data, size_t size)
{
    inputs = realloc(inputs, (count + 1) * sizeof *inputs);
    if (inputs == NULL)
        abort();
    inputs[count++] = (struct speed_input){.data = data, .size = size};
}

static long long spent_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Whole rounds over the inputs of one page size, for a stretch of time: microseconds of a round. */
static double stretch(size_t page_size)
{
    long long begin = spent_us(), spent = 0, rounds = 0;
    for (; spent < STRETCH_US; rounds++) {
        for (size_t i = 0; i < count; i++) {
            if (inputs[i].tally.page_size == page_size && LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size) != 0)
                abort();
        }
        spent = spent_us() - begin;
    }
    return (double)spent / (double)rounds;
}

static void measure_group(size_t page_size, long milliseconds)
{
    unsigned long long members = 0, operations = 0, accepted = 0;
    long long begin = spent_us();
    double best = stretch(page_size);
    for (size_t i = 0; i < count; i++) {
        if (inputs[i].tally.page_size != page_size)
            continue;
        members++;
        operations += inputs[i].tally.operations;
        accepted += inputs[i].tally.page_is_accepted != 0;
    }
    while (spent_us() - begin < milliseconds * 1000LL) {
        double round = stretch(page_size);
        best = round < best ? round : best;
    }
    printf("%zu %llu %.1f %llu %llu\n", page_size, members, best, operations, accepted);
}

void speed_measure(long milliseconds)
{
    size_t groups = 0, sizes[16] = {0};
    for (size_t i = 0; i < count; i++) {
        size_t group = 0;
        tally = (struct tally){0};
        if (LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size) != 0)
            abort();
        inputs[i].tally = tally;
        while (group < groups && sizes[group] != tally.page_size)
            group++;
        if (group == groups && groups < sizeof sizes / sizeof sizes[0])
            sizes[groups++] = tally.page_size;
    }
    for (size_t group = 0; group < groups; group++)
        measure_group(sizes[group], milliseconds);
    for (size_t i = 0; i < count; i++)
        free(inputs[i].data);
    free(inputs);
    inputs = NULL;
    count = 0;
}
