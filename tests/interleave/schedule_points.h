/*
 * The seam between the library and the scheduler of tests/interleave. The rooms
 * that share memory among threads are compiled once more for these tests, with
 * this header in front of each source: every mutex, condition and atomic
 * operation then tells the scheduler that it is about to happen, and the library
 * itself knows nothing of it. Calls to the disk are such places, too, since the
 * disk in memory has a mutex.
 *
 * What is left out: plain accesses, which the thread sanitizer watches, and
 * those atomic members that are read and written by name alone.
 */
#ifndef QUIRE_TESTS_SCHEDULE_POINTS_H
#define QUIRE_TESTS_SCHEDULE_POINTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* Another thread may run here. `place` names the line and what is about to be done there. */
void schedule_point(const char *place);
int schedule_lock(pthread_mutex_t *mutex, const char *place);
int schedule_unlock(pthread_mutex_t *mutex);
int schedule_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, const char *place);
int schedule_broadcast(pthread_cond_t *condition);
/* A number for the thread that is the same in each run. */
uintptr_t schedule_self(void);

#ifndef QUIRE_TESTS_SCHEDULER /* the scheduler itself needs the real ones */

#define SCHEDULE_TEXT(x) #x
#define SCHEDULE_LINE(x) SCHEDULE_TEXT(x)
#define SCHEDULE_PLACE(what) __FILE__ ":" SCHEDULE_LINE(__LINE__) " " what
#define SCHEDULED(object, what) (schedule_point(SCHEDULE_PLACE(what)), (object))

#define pthread_mutex_lock(mutex) schedule_lock((mutex), SCHEDULE_PLACE("lock"))
#define pthread_mutex_unlock(mutex) schedule_unlock(mutex)
#define pthread_cond_wait(condition, mutex) schedule_wait((condition), (mutex), SCHEDULE_PLACE("wait"))
#define pthread_cond_broadcast(condition) schedule_broadcast(condition)
#define pthread_self() schedule_self()

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_strong_explicit

#ifdef __clang__
#define atomic_load_explicit(object, order) __c11_atomic_load(SCHEDULED(object, "load"), order)
#define atomic_store_explicit(object, value, order) __c11_atomic_store(SCHEDULED(object, "store"), value, order)
#define atomic_exchange_explicit(object, value, order)                                                                 \
    __c11_atomic_exchange(SCHEDULED(object, "exchange"), value, order)
#define atomic_fetch_add_explicit(object, value, order) __c11_atomic_fetch_add(SCHEDULED(object, "add"), value, order)
#define atomic_fetch_sub_explicit(object, value, order)                                                                \
    __c11_atomic_fetch_sub(SCHEDULED(object, "subtract"), value, order)
#define atomic_compare_exchange_strong_explicit(object, expected, value, order, failure)                               \
    __c11_atomic_compare_exchange_strong(SCHEDULED(object, "compare and swap"), expected, value, order, failure)
#else
#define atomic_load_explicit(object, order) __atomic_load_n(SCHEDULED(object, "load"), order)
#define atomic_store_explicit(object, value, order) __atomic_store_n(SCHEDULED(object, "store"), value, order)
#define atomic_exchange_explicit(object, value, order) __atomic_exchange_n(SCHEDULED(object, "exchange"), value, order)
#define atomic_fetch_add_explicit(object, value, order) __atomic_fetch_add(SCHEDULED(object, "add"), value, order)
#define atomic_fetch_sub_explicit(object, value, order) __atomic_fetch_sub(SCHEDULED(object, "subtract"), value, order)
#define atomic_compare_exchange_strong_explicit(object, expected, value, order, failure)                               \
    __atomic_compare_exchange_n(SCHEDULED(object, "compare and swap"), expected, value, 0, order, failure)
#endif

#define atomic_load(object) atomic_load_explicit(object, memory_order_seq_cst)
#define atomic_store(object, value) atomic_store_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_add(object, value) atomic_fetch_add_explicit(object, value, memory_order_seq_cst)
#define atomic_compare_exchange_strong(object, expected, value)                                                        \
    atomic_compare_exchange_strong_explicit(object, expected, value, memory_order_seq_cst, memory_order_seq_cst)
/* It never fails without a reason here, so that a schedule can be replayed. */
#define atomic_compare_exchange_weak(object, expected, value) atomic_compare_exchange_strong(object, expected, value)

#endif
#endif
