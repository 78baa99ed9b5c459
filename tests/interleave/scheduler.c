/*
 * One baton: a thread waits at its gate, a semaphore, until another hands over.
 * All that is written here belongs to the thread that runs, so it needs no lock;
 * the gates order it. The threads live as long as the program and play one run
 * after the other. They share one processor, on which handing over is quickest.
 */
#define _GNU_SOURCE
#define QUIRE_TESTS_SCHEDULER
#include "scheduler.h"
#include "schedule_points.h"

#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>

enum { NOBODY = SCHEDULE_THREADS_MAX, POINTS_MAX = 2000000 };

enum worker_state { WORKER_ENDED = 0, WORKER_READY, WORKER_BLOCKED, WORKER_WAITS, WORKER_RESTS };

struct worker {
    pthread_t thread;
    sem_t gate;
    enum worker_state state;
    const void *awaited; /* the mutex or the condition */
    const char *place;
};

static struct {
    struct worker workers[SCHEDULE_THREADS_MAX];
    size_t made, count;
    sem_t over;
    struct schedule *schedule;
    void (*body)(void *context, size_t thread);
    void *context;
    int is_dead; /* a run was stuck: its threads are where they were */
} stage;

static _Thread_local size_t self = NOBODY;

static void gate_pass(sem_t *gate)
{
    while (sem_wait(gate) != 0)
        ;
}

void schedule_fail(const char *format, ...)
{
    struct schedule *schedule = stage.schedule;
    if (schedule->failure[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(schedule->failure, sizeof schedule->failure, format, arguments);
    va_end(arguments);
}

/* ---- who goes on ---- */

static const char *worker_words(enum worker_state state)
{
    static const char *const words[] = {"has ended", "is ready", "is blocked", "waits", "rests"};
    return words[state];
}

/* Nobody can go on, or it does not end: the main thread hears of it, and this one stops for good. */
static void stage_stop(const char *why)
{
    char states[SCHEDULE_FAILURE_SIZE / 2] = "";
    size_t used = 0;
    for (size_t i = 0; i < stage.count && used < sizeof states; i++) {
        const struct worker *worker = &stage.workers[i];
        int length = snprintf(states + used, sizeof states - used, "; thread %zu %s (%s)", i,
                              worker_words(worker->state), worker->place);
        used += length > 0 ? (size_t)length : 0;
    }
    schedule_fail("%s%s", why, states);
    stage.schedule->is_stuck = stage.is_dead = 1;
    (void)sem_post(&stage.over);
    for (;;)
        gate_pass(&stage.workers[self].gate);
}

static size_t stage_count(enum worker_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.count; i++)
        count += stage.workers[i].state == state;
    return count;
}

static void stage_ready(enum worker_state state, const void *awaited)
{
    for (size_t i = 0; i < stage.count; i++)
        if (stage.workers[i].state == state && stage.workers[i].awaited == awaited)
            stage.workers[i].state = WORKER_READY;
}

static struct schedule_choice stage_choice(void)
{
    const struct worker *current = &stage.workers[self];
    struct schedule_choice choice = {
        .current = self, .current_can = current->state == WORKER_READY, .place = current->place};
    for (size_t i = 0; i < stage.count; i++)
        if (stage.workers[i].state == WORKER_READY)
            choice.threads[choice.count++] = i;
    return choice;
}

/* The next thread, or NOBODY when all have ended. */
static size_t stage_pick(void)
{
    struct schedule_choice choice = stage_choice();
    if (choice.count == 0 && stage_count(WORKER_BLOCKED) + stage_count(WORKER_WAITS) > 0)
        stage_stop(stage_count(WORKER_RESTS) > 0 ? "somebody waits for a thread that rests between its calls"
                                                 : "deadlock");
    if (choice.count == 0) {
        stage_ready(WORKER_RESTS, NULL);
        choice = stage_choice();
    }
    if (choice.count == 0)
        return NOBODY;
    return choice.count == 1 ? choice.threads[0] : stage.schedule->choose(stage.schedule->chooser, &choice);
}

/* Lets the chosen thread go on; comes back when this one is chosen again. */
static void stage_turn(void)
{
    struct schedule *schedule = stage.schedule;
    size_t next = stage_pick();
    if (next == self)
        return;
    schedule->switches++;
    schedule->fingerprint = (schedule->fingerprint ^ (schedule->points << 3 | next)) * UINT64_C(0x9e3779b97f4a7c15);
    schedule->fingerprint ^= schedule->fingerprint >> 29;
    if (schedule->is_told && next != NOBODY)
        printf("# %8llu  thread %zu %s at %s; thread %zu goes on at %s\n", (unsigned long long)schedule->points, self,
               worker_words(stage.workers[self].state), stage.workers[self].place, next, stage.workers[next].place);
    int comes_back = stage.workers[self].state != WORKER_ENDED; /* behind the hand-over all belongs to another */
    (void)sem_post(next == NOBODY ? &stage.over : &stage.workers[next].gate);
    if (comes_back)
        gate_pass(&stage.workers[self].gate);
}

/* ---- the points ---- */

void schedule_point(const char *place)
{
    if (self == NOBODY)
        return;
    stage.workers[self].place = place;
    if (++stage.schedule->points > POINTS_MAX)
        stage_stop("it does not end");
    stage_turn();
}

static void worker_turn_as(enum worker_state state, const void *awaited)
{
    stage.workers[self].state = state;
    stage.workers[self].awaited = awaited;
    stage_turn();
}

static void worker_lock(pthread_mutex_t *mutex)
{
    while (pthread_mutex_trylock(mutex) != 0)
        worker_turn_as(WORKER_BLOCKED, mutex);
}

int schedule_lock(pthread_mutex_t *mutex, const char *place)
{
    if (self == NOBODY)
        return pthread_mutex_lock(mutex);
    schedule_point(place);
    worker_lock(mutex);
    return 0;
}

int schedule_unlock(pthread_mutex_t *mutex)
{
    int error = pthread_mutex_unlock(mutex);
    if (self != NOBODY)
        stage_ready(WORKER_BLOCKED, mutex);
    return error;
}

int schedule_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, const char *place)
{
    if (self == NOBODY)
        return pthread_cond_wait(condition, mutex);
    (void)schedule_unlock(mutex);
    stage.workers[self].place = place;
    worker_turn_as(WORKER_WAITS, condition);
    worker_lock(mutex);
    return 0;
}

int schedule_broadcast(pthread_cond_t *condition)
{
    if (self == NOBODY)
        return pthread_cond_broadcast(condition);
    stage_ready(WORKER_WAITS, condition);
    return 0;
}

uintptr_t schedule_self(void)
{
    return (uintptr_t)self;
}

void schedule_rest(void)
{
    stage.workers[self].place = "between its calls";
    if (stage.schedule->rests(stage.schedule->chooser))
        worker_turn_as(WORKER_RESTS, NULL);
    else
        schedule_point("between its calls");
}

/* ---- a run ---- */

static void *worker_main(void *context)
{
    self = (size_t)((struct worker *)context - stage.workers);
    for (;;) {
        gate_pass(&stage.workers[self].gate);
        stage.body(stage.context, self);
        stage.workers[self].place = "end";
        worker_turn_as(WORKER_ENDED, NULL);
    }
    return NULL;
}

static int stage_make(size_t count)
{
    if (stage.made == 0) {
        int here = sched_getcpu();
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET((size_t)(here < 0 ? 0 : here), &one);
        (void)sched_setaffinity(0, sizeof one, &one);
        if (sem_init(&stage.over, 0, 0) != 0)
            return 0;
    }
    for (; stage.made < count; stage.made++) {
        struct worker *worker = &stage.workers[stage.made];
        if (sem_init(&worker->gate, 0, 0) != 0 || pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            return 0;
    }
    return 1;
}

void schedule_run(struct schedule *schedule, size_t count, void (*body)(void *context, size_t thread), void *context)
{
    stage.schedule = schedule;
    if (stage.is_dead || !stage_make(count)) {
        schedule_fail(stage.is_dead ? "an earlier run is stuck" : "cannot make the threads");
        schedule->is_stuck = 1;
        return;
    }
    stage.count = count;
    stage.body = body;
    stage.context = context;
    struct schedule_choice choice = {.current = NOBODY, .place = "begin", .count = count};
    for (size_t i = 0; i < count; i++) {
        stage.workers[i].state = WORKER_READY;
        stage.workers[i].place = "begin";
        choice.threads[i] = i;
    }
    size_t first = count == 1 ? 0 : schedule->choose(schedule->chooser, &choice);
    schedule->fingerprint = first + 1;
    (void)sem_post(&stage.workers[first].gate);
    gate_pass(&stage.over);
}
