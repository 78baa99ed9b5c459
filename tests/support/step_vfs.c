/* See step_vfs.h. */
#include "step_vfs.h"

#include <string.h>

static void note_call(struct step_vfs *step, const quire_file *file, char own, char other)
{
    size_t length = strlen(step->calls);
    if (length + 1 < sizeof step->calls) {
        step->calls[length] = file == step->file ? own : other;
        step->calls[length + 1] = '\0';
    }
}

static void step_call_back(struct step_vfs *step, const quire_file *file)
{
    if (file != step->file)
        return;
    step->steps++;
    if (step->hook == NULL || step->is_inside)
        return;
    step->is_inside = 1;
    step->hook(step->context);
    step->is_inside = 0;
}

static int step_open(void *context, const char *path, int flags, quire_file **file)
{
    struct step_vfs *step = context;
    int error = step->inner->open(step->inner->context, path, flags, file);
    if (error == 0 && strcmp(path, step->path) == 0)
        step->file = *file;
    return error;
}

static int step_close(void *context, quire_file *file)
{
    struct step_vfs *step = context;
    if (file == step->file)
        step->file = NULL;
    return step->inner->close(step->inner->context, file);
}

static int step_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct step_vfs *step = context;
    return step->inner->read(step->inner->context, file, offset, buffer, size, got);
}

static int step_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    struct step_vfs *step = context;
    step_call_back(step, file);
    note_call(step, file, 'w', 'W');
    return step->inner->write(step->inner->context, file, offset, buffer, size);
}

static int step_sync(void *context, quire_file *file)
{
    struct step_vfs *step = context;
    step_call_back(step, file);
    note_call(step, file, 's', 'S');
    return step->inner->sync(step->inner->context, file);
}

static int step_size(void *context, quire_file *file, uint64_t *size)
{
    struct step_vfs *step = context;
    return step->inner->size(step->inner->context, file, size);
}

static int step_truncate(void *context, quire_file *file, uint64_t size)
{
    struct step_vfs *step = context;
    note_call(step, file, 't', 'T');
    return step->inner->truncate(step->inner->context, file, size);
}

static int step_lock(void *context, quire_file *file, int lock)
{
    struct step_vfs *step = context;
    return step->inner->lock(step->inner->context, file, lock);
}

static int step_remove(void *context, const char *path)
{
    struct step_vfs *step = context;
    return step->inner->remove(step->inner->context, path);
}

static int step_rename(void *context, const char *from, const char *to)
{
    struct step_vfs *step = context;
    return step->inner->rename(step->inner->context, from, to);
}

static int step_sync_name(void *context, const char *path)
{
    struct step_vfs *step = context;
    return step->inner->sync_name(step->inner->context, path);
}

static int step_random(void *context, void *buffer, size_t size)
{
    struct step_vfs *step = context;
    return step->inner->random(step->inner->context, buffer, size);
}

static uint64_t step_now_ms(void *context)
{
    struct step_vfs *step = context;
    return step->inner->now_ms(step->inner->context);
}

static void step_sleep_ms(void *context, uint32_t milliseconds)
{
    struct step_vfs *step = context;
    step->inner->sleep_ms(step->inner->context, milliseconds);
}

void step_vfs_init(struct step_vfs *step, const quire_vfs *inner, const char *path)
{
    memset(step, 0, sizeof *step);
    step->vfs = (quire_vfs){step,        step_open,     step_close,  step_read,   step_write,     step_sync,
                            step_size,   step_truncate, step_lock,   step_remove, step_sync_name, step_random,
                            step_now_ms, step_sleep_ms, step_rename, NULL};
    step->inner = inner;
    step->path = path;
}

void step_vfs_hook(struct step_vfs *step, void (*hook)(void *context), void *context)
{
    step->hook = hook;
    step->context = context;
}
