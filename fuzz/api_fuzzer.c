/*
 * The public interface in any order: handles before, during and after their
 * life, arguments that are wrong in every way, several transactions at once.
 *
 *  Input   steps, a code (1) each, then its choices, a byte each: the transaction, tree, cursor or
 *          blob of a few that are kept; key, value, name; where results go (now and then nowhere).
 *          0 begin  1 commit  2 roll back  3, 4 savepoints  5 open, make  6 rename, drop a tree
 *          7 options  8 get  9, 10 put  11 delete  12 put_many  13 delete range or prefix
 *          14 cursor opens  15, 16 moves  17 edits, bounds  18 closes
 *          19 blob opens  20 reads, writes, resizes  21 closes
 *          22 questions to the database  23 to a transaction  24 the backup begins, goes on, ends
 *  Oracle  a call known to be wrong is refused with its own status and changes no result; any
 *          other does its work or answers in quire.h's words; a finished backup holds what its
 *          snapshot held; the audit finds nothing at the end.
 *  Seeds   every call with every handle, in order and out of order.
 */
#include "support/desk.h"
#include "support/tally.h"

enum { STEPS_MOST = 200 };

static void step(struct desk *d, struct input *input)
{
    int code = input_u8(input) % 25;
    if (code == 0)
        desk_begin(d, input);
    else if (code <= 2)
        desk_end(d, input, code == 1);
    else if (code <= 4)
        desk_savepoint(d, input, code);
    else if (code <= 6)
        desk_tree_call(d, input, code);
    else if (code == 7)
        desk_options(d, input);
    else if (code <= 13)
        desk_record(d, input, code);
    else if (code <= 18)
        desk_cursor_call(d, input, code);
    else if (code <= 21)
        desk_blob_call(d, input, code);
    else if (code == 24)
        desk_backup_call(d, input);
    else
        (code == 22 ? desk_ask_database : desk_ask_transaction)(d, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct desk d;
    desk_open(&d);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&d, &input);
    desk_close(&d);
    return 0;
}
