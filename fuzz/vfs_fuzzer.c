/*
 * The VFS of the operating system against the VFS in memory (support/two_vfs.h).
 *
 *  Input   steps: a code (1), then as it asks a handle of six, a name of six, numbers (2 each), how (1):
 *          0 open: handle, name, flags (1)   1 close: handle   2, 3 read: handle, offset, size (far away
 *          if the offset's top bit is set)   4, 5 write: handle, offset, size   6 truncate: handle, size
 *          7 lock: handle, lock (1)   8 remove: name   9 rename: name, name   10 sync: handle, its name
 *          11 make a link: link, name, how   12 full path: name, how, size of the room
 *          13 what is no file
 *  Oracle  both answer the same errno, give the same bytes and sizes; a full path is one, stands in its room
 *          and leads to the same file; a folder, a device, a missing name are refused; nothing stays behind.
 *  Seeds   files made, renamed and removed under open handles; locks of two holders; links in all directions.
 */
#include "support/tally.h"
#include "support/two_vfs.h"

enum { STEPS_MOST = 80, FAR = 0x8000 };

static void handle_step(struct two_vfs *two, struct input *input, int code)
{
    size_t handle = input_u8(input) % TWO_HANDLES;
    if (code == 0) {
        size_t name = input_u8(input) % TWO_NAMES;
        two_vfs_open_file(two, handle, name, input_u8(input) % 8);
    } else if (code == 1) {
        two_vfs_close_file(two, handle);
    } else if (code <= 5) {
        uint64_t offset = input_u16(input);
        size_t size = input_u16(input) % 2048u;
        if (code <= 3)
            two_vfs_read(two, handle, offset >= FAR ? offset << 24 : offset, size);
        else
            two_vfs_write(two, handle, offset % FAR, size, (uint8_t)offset);
    } else if (code == 6) {
        two_vfs_truncate(two, handle, input_u16(input));
    } else if (code == 7) {
        two_vfs_lock(two, handle, input_u8(input) % 3);
    } else {
        two_vfs_sync(two, handle);
        two_vfs_sync_name(two, handle % TWO_NAMES);
    }
}

static void name_step(struct two_vfs *two, struct input *input, int code)
{
    size_t name = input_u8(input) % TWO_NAMES;
    if (code == 8) {
        two_vfs_remove(two, name);
    } else if (code == 9) {
        two_vfs_rename(two, name, input_u8(input) % TWO_NAMES);
    } else if (code == 11) {
        size_t other = input_u8(input) % TWO_NAMES;
        two_vfs_link(two, name, other, input_u8(input));
    } else if (code == 12) {
        uint8_t how = input_u8(input);
        two_vfs_full_path(two, name, how, input_u16(input) % 8192u);
    } else {
        two_vfs_refused(two, input_u8(input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct two_vfs two;
    two_vfs_open(&two);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++) {
        int code = input_u8(&input) % 14;
        (code <= 7 || code == 10 ? handle_step : name_step)(&two, &input, code);
    }
    two_vfs_close(&two);
    return 0;
}
