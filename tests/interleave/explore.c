/* Choosers, and the two loops over them. */
#include "explore.h"

#include "../support/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which were there already ---- */

/* Fingerprints by open addressing; 0 is none. */
struct seen {
    uint64_t *slots;
    size_t capacity;
};

static int seen_add(struct seen *seen, uint64_t fingerprint)
{
    fingerprint += fingerprint == 0;
    size_t at = (size_t)fingerprint & (seen->capacity - 1);
    while (seen->slots[at] != 0 && seen->slots[at] != fingerprint)
        at = (at + 1) & (seen->capacity - 1);
    int is_new = seen->slots[at] == 0;
    seen->slots[at] = fingerprint;
    return is_new;
}

static int seen_init(struct seen *seen, uint64_t most)
{
    seen->capacity = 64;
    while (seen->capacity < 2 * most)
        seen->capacity *= 2;
    seen->slots = calloc(seen->capacity, sizeof *seen->slots);
    return seen->slots != NULL;
}

/* ---- one schedule of a play ---- */

static int explore_one(const struct play *play, struct schedule *schedule, uint64_t number, const char *how,
                       struct seen *seen, struct tally *tally)
{
    void *stage = play->begin(number);
    if (stage == NULL) {
        printf("# play %s cannot begin\n", play->name);
        return 0;
    }
    schedule_run(schedule, play->threads, play->body, stage);
    if (!schedule->is_stuck)
        play->end(stage);
    tally->schedules++;
    tally->points += schedule->points;
    tally->switches += schedule->switches;
    tally->sum += schedule->fingerprint;
    tally->distinct += (uint64_t)seen_add(seen, schedule->fingerprint);
    if (schedule->failure[0] == '\0')
        return 1;
    printf("# schedule %s of play %s, after %llu points: %s\n# INTERLEAVING=%s:%s shows it again\n", how, play->name,
           (unsigned long long)schedule->points, schedule->failure, play->name, how);
    return 0;
}

static int rests_never(void *chooser)
{
    (void)chooser;
    return 0;
}

/* ---- by lot ---- */

enum { CHANGES_MAX = 4 };

struct lot {
    struct random random;
    size_t odds; /* of a walk: one in so many; 0: priorities */
    size_t rest_odds;
    uint32_t priorities[SCHEDULE_THREADS_MAX];
    uint64_t changes[CHANGES_MAX];
    size_t change_count;
    const struct schedule *schedule;
};

static size_t lot_walk(struct lot *lot, const struct schedule_choice *choice)
{
    if (choice->current_can && random_below(&lot->random, lot->odds) != 0)
        return choice->current;
    return choice->threads[random_below(&lot->random, choice->count)];
}

static size_t lot_first(struct lot *lot, const struct schedule_choice *choice)
{
    for (size_t i = 0; i < lot->change_count; i++)
        if (lot->changes[i] <= lot->schedule->points) {
            if (choice->current_can)
                lot->priorities[choice->current] =
                    (uint32_t)(lot->change_count - i); /* lower than all that were drawn */
            lot->changes[i] = UINT64_MAX;
        }
    size_t best = choice->threads[0];
    for (size_t i = 1; i < choice->count; i++)
        if (lot->priorities[choice->threads[i]] > lot->priorities[best])
            best = choice->threads[i];
    return best;
}

static size_t lot_choose(void *chooser, const struct schedule_choice *choice)
{
    struct lot *lot = chooser;
    return lot->odds > 0 ? lot_walk(lot, choice) : lot_first(lot, choice);
}

static int lot_rests(void *chooser)
{
    struct lot *lot = chooser;
    return lot->rest_odds > 0 && random_below(&lot->random, lot->rest_odds) == 0;
}

static struct lot lot_draw(const struct play *play, uint64_t number, uint64_t length, const struct schedule *schedule)
{
    static const size_t odds[4] = {3, 12, 50, 0};
    struct lot lot = {.random = {number * UINT64_C(0x9e3779b97f4a7c15) + 1}, .schedule = schedule};
    for (size_t i = 0; i < 8; i++)
        (void)random_u32(&lot.random);
    lot.odds = odds[number % 4];
    lot.rest_odds = play->may_rest && number % 3 != 0 ? 3 : 0;
    for (size_t i = 0; i < play->threads; i++)
        lot.priorities[i] = CHANGES_MAX + 1 + (random_u32(&lot.random) >> 1);
    lot.change_count = 1 + random_below(&lot.random, CHANGES_MAX);
    for (size_t i = 0; i < lot.change_count; i++)
        lot.changes[i] = 1 + random_below(&lot.random, (size_t)length);
    return lot;
}

static size_t choose_in_turn(void *chooser, const struct schedule_choice *choice)
{
    (void)chooser;
    return choice->current_can ? choice->current : choice->threads[0];
}

int explore_by_lot(const struct play *play, uint64_t first, uint64_t count, int is_told, struct tally *tally)
{
    struct seen seen;
    if (!seen_init(&seen, count + 1))
        return 0;
    /* How long it is, from a run without changes. */
    struct schedule schedule = {.choose = choose_in_turn, .rests = rests_never};
    struct tally ignored = {0};
    int goes_on = explore_one(play, &schedule, 0, "0", &seen, &ignored);
    uint64_t length = schedule.points;
    for (uint64_t number = first; number < first + count && goes_on; number++) {
        char how[24];
        snprintf(how, sizeof how, "%llu", (unsigned long long)number);
        schedule = (struct schedule){.choose = lot_choose, .rests = lot_rests, .is_told = is_told};
        struct lot lot = lot_draw(play, number, length, &schedule);
        schedule.chooser = &lot;
        goes_on = explore_one(play, &schedule, number, how, &seen, tally);
    }
    free(seen.slots);
    return goes_on;
}

/* ---- one by one ---- */

/* A choice that there was: option 0 goes on without a change where that can be, the others are the other threads. */
struct fork {
    uint8_t taken, options;
};

struct enumeration {
    struct fork *forks;
    size_t count, capacity; /* of the run before this one, up to the fork that is changed */
    size_t at;
    unsigned bound, spent;
    const char *const *where; /* the play's forks */
    int is_out_of_memory;
};

static struct fork *enumeration_next_fork(struct enumeration *all, size_t options)
{
    if (all->at == all->capacity) {
        size_t capacity = all->capacity == 0 ? 1024 : 2 * all->capacity;
        struct fork *forks = realloc(all->forks, capacity * sizeof *forks);
        if (forks == NULL) {
            all->is_out_of_memory = 1;
            return NULL;
        }
        all->forks = forks;
        all->capacity = capacity;
    }
    struct fork *fork = &all->forks[all->at++];
    if (all->at > all->count)
        *fork = (struct fork){.taken = 0, .options = (uint8_t)options};
    return fork;
}

/* Whether a free switch may be spent at that place. */
static int is_fork(const struct enumeration *all, const char *place)
{
    return all->where[0] == NULL || strstr(place, all->where[0]) != NULL ||
           (all->where[1] != NULL && strstr(place, all->where[1]) != NULL);
}

static size_t enumeration_choose(void *chooser, const struct schedule_choice *choice)
{
    struct enumeration *all = chooser;
    if (choice->current_can && (all->spent == all->bound || !is_fork(all, choice->place)))
        return choice->current;
    const struct fork *fork = enumeration_next_fork(all, choice->count);
    size_t taken = fork != NULL ? fork->taken : 0;
    if (!choice->current_can)
        return choice->threads[taken];
    if (taken == 0)
        return choice->current;
    all->spent++;
    size_t other = choice->threads[taken - 1];
    return other < choice->current ? other : choice->threads[taken];
}

/* The next in the order of the deepest fork first; 0 when there is none. */
static int enumeration_advance(struct enumeration *all)
{
    all->count = all->at;
    while (all->count > 0 && all->forks[all->count - 1].taken + 1 == all->forks[all->count - 1].options)
        all->count--;
    if (all->count == 0)
        return 0;
    all->forks[all->count - 1].taken++;
    all->at = 0;
    all->spent = 0;
    return 1;
}

int explore_all(const struct play *play, unsigned bound, uint64_t most, int is_told, struct tally *tally)
{
    struct seen seen;
    struct enumeration all = {.bound = bound, .where = play->forks};
    if (!seen_init(&seen, most))
        return 0;
    int goes_on = 1;
    uint64_t number = 0;
    for (; number < most && goes_on && !tally->is_complete; number++) {
        char how[40];
        snprintf(how, sizeof how, "%u.%llu", bound, (unsigned long long)number);
        struct schedule schedule = {.choose = enumeration_choose,
                                    .rests = rests_never,
                                    .chooser = &all,
                                    .is_told = is_told && number + 1 == most};
        goes_on = explore_one(play, &schedule, 0, how, &seen, tally) && !all.is_out_of_memory;
        tally->is_complete = !enumeration_advance(&all);
    }
    free(all.forks);
    free(seen.slots);
    return goes_on;
}
