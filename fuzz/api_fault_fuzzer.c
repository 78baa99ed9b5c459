/*
 * The whole public interface, graph included, while memory and files fail: each call is made on a
 * database whose hooks may fail, and once it says that it is done on a sound one (support/mirror.h).
 *
 *  Input   mode (1): page size, cache; then steps of a code and three bytes a, b, c:
 *          0-23 a call on tree a (a name of four): get, scan, cursor that stays (2, 3), list or stat,
 *          inspect, check, delete (7, 8), put_many (9, 10), delete range, options or upgrade,
 *          put (13, 14), insert only, make a tree (16, 17), rename, drop, blob: make, read, write, resize
 *          24-43 a call on the graph: names (24-26), rows made (27-29), changed (30, 31), deleted
 *          (32, 33), a batch (34, 35), indexes, cursor that stays, rows read, check, drop or stat, walks
 *          44, 45 commit   46 roll back   47 savepoint (a)   48 reader (a)   49, 50 to the database: sync,
 *          checkpoint, questions, copy   51, 52 backup begins, goes on, ends
 *          53, 54 close and open: a says how, after a crash or not, by way of a salvage or not; the
 *          c-th call of the kinds of b fails meanwhile
 *          55-63 failure: kinds by the code, errno by a, which call from now (b), how many from there on (c)
 *  Oracle  a call fails only after something was made to fail, with a status for it; one that fails has
 *          changed nothing, or doomed its transaction; one that is done did what the sound database did and
 *          handed out the same; what was committed, and nothing else, is there after opening again and in
 *          copies, backups and salvage; the audits find nothing, nothing leaks.
 *  Seeds   each call with the 1st, 2nd, 3rd.. allocation and call of the files failing, on cold caches too.
 */
#include <errno.h>

#include "support/input.h"
#include "support/mirror.h"
#include "support/tally.h"

enum { STEPS_MOST = 160, GRAPH_FROM = TREE_CALLS, OTHERS_FROM = TREE_CALLS + GRAPH_CALLS, CODES = 64 };

static void arm(struct mirror *m, uint8_t code, const struct call *call)
{
    static const uint8_t kinds[] = {TRIP_MEMORY, TRIP_READ,    TRIP_WRITE,  TRIP_SYNC,  TRIP_NAMES,
                                    TRIP_SHAPE,  TRIP_CHANGES, TRIP_OTHERS, TRIP_MEMORY};
    static const int errors[] = {EIO,    ENOSPC,  ENOMEM, EDQUOT, EFBIG,  EACCES, EPERM,  EROFS,
                                 EISDIR, ENOTDIR, EINVAL, EMFILE, ENFILE, EINTR,  EAGAIN, EIO};
    uint32_t times = call->c % 16u == 15 ? UINT32_MAX : call->c % 16u + 1u;
    m->has_failed |= trip_heal(&m->trip);
    trip_arm(&m->trip, kinds[code - 55u], call->b + 1u, times, errors[call->a % 16u], call->c / 16u % 2u);
}

static void step(struct mirror *m, uint8_t code, struct call *call)
{
    if (code >= GRAPH_FROM && code < OTHERS_FROM) {
        call->code = code - GRAPH_FROM;
        if (m->tried.graph != NULL || mirror_call(m, call, graph_open_call))
            if (m->tried.graph != NULL)
                mirror_call(m, call, graph_call);
    } else if (code < GRAPH_FROM) {
        call->code = code;
        mirror_call(m, call, tree_call);
    } else if (code <= 45) {
        mirror_commit(m);
    } else if (code == 46) {
        mirror_roll_back(m);
    } else if (code == 47) {
        mirror_savepoint(m, call->a);
    } else if (code == 48) {
        mirror_reader(m, call->a);
    } else if (code <= 50) {
        mirror_database(m, call);
    } else if (code <= 52) {
        mirror_backup(m, call);
    } else if (code <= 54) {
        mirror_reopen(m, call);
    } else {
        arm(m, code, call);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct mirror m;
    uint8_t mode = input_u8(&input);
    mirror_open(&m, mode % 4u == 3 ? 1024 : 512, mode / 4u);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++) {
        uint8_t code = input_u8(&input) % CODES;
        struct call call = {.a = input_u8(&input)};
        call.b = input_u8(&input);
        call.c = input_u8(&input);
        step(&m, code, &call);
    }
    mirror_close(&m);
    return 0;
}
