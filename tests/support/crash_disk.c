/* See crash_disk.h. Files are few and small, so everything here is linear and obvious. */
#include "crash_disk.h"

#include "../../src/base/bytes.h"
#include "../../src/file/sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 6, NAME = 64, SECTOR = 512 };

enum event_kind { EVENT_WRITE, EVENT_TRUNCATE, EVENT_SYNC, EVENT_CREATE, EVENT_REMOVE, EVENT_SYNC_NAME, EVENT_MARK };

struct event {
    enum event_kind kind;
    int file;
    uint64_t offset; /* of a write; the size of a truncation; the number of a mark */
    size_t size;
    uint8_t *bytes; /* of a write; NULL when all are zeros */
};

struct node {
    char name[NAME];
    int exists;
    struct sparse now;
    struct sparse first; /* at the disk's beginning */
    int first_exists;
    uint64_t *first_digests; /* of the pieces of `first`, when an image has asked for them */
};

struct crash_disk {
    quire_vfs vfs;
    uint64_t random;
    struct crash_disk *origin; /* of an image: the disk that it is one of; for the digest alone */
    int is_image;              /* nothing has changed yet: what the files were first is what they are now */
    struct node nodes[FILES];
    struct event *events;
    size_t count, capacity;
};

struct quire_file {
    int node;
};

static void *need(void *block)
{
    if (block == NULL)
        abort();
    return block;
}

static void content_write(struct sparse *content, uint64_t offset, const uint8_t *bytes, size_t size)
{
    if (!sparse_write(content, (size_t)offset, bytes, size))
        abort();
}

static void content_copy(struct sparse *to, const struct sparse *from)
{
    sparse_free(to);
    if (!sparse_copy(to, from))
        abort();
}

/* A log is written ahead with zeros: they are remembered as such. */
static int is_zero(const uint8_t *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static void note(struct crash_disk *disk, enum event_kind kind, int file, uint64_t offset, const void *bytes,
                 size_t size)
{
    if (disk->count == disk->capacity) {
        disk->capacity = disk->capacity ? 2 * disk->capacity : 256;
        disk->events = need(realloc(disk->events, disk->capacity * sizeof *disk->events));
    }
    struct event *event = &disk->events[disk->count++];
    *event = (struct event){.kind = kind, .file = file, .offset = offset, .size = size};
    if (size > 0 && bytes != NULL && !is_zero(bytes, size)) {
        event->bytes = need(malloc(size));
        memcpy(event->bytes, bytes, size);
    }
}

/* Before the first change of an image: most images are never changed, and need no copy. */
static void keep_first(struct crash_disk *disk)
{
    for (int i = 0; disk->is_image && i < FILES; i++)
        content_copy(&disk->nodes[i].first, &disk->nodes[i].now);
    disk->is_image = 0;
}

static int find(struct crash_disk *disk, const char *path)
{
    for (int i = 0; i < FILES; i++)
        if (strcmp(disk->nodes[i].name, path) == 0)
            return i;
    return -1;
}

/* ---- the VFS ---- */

static int disk_open(void *context, const char *path, int flags, quire_file **file)
{
    struct crash_disk *disk = context;
    int node = find(disk, path);
    if (node >= 0 && disk->nodes[node].exists && (flags & QUIRE_VFS_EXCLUSIVE) != 0)
        return EEXIST;
    if (node < 0 || !disk->nodes[node].exists) {
        if ((flags & QUIRE_VFS_CREATE) == 0)
            return ENOENT;
        node = node >= 0 ? node : find(disk, "");
        if (node < 0 || strlen(path) >= NAME)
            return EMFILE;
        keep_first(disk);
        strcpy(disk->nodes[node].name, path);
        disk->nodes[node].exists = 1;
        sparse_resize(&disk->nodes[node].now, 0);
        note(disk, EVENT_CREATE, node, 0, NULL, 0);
    }
    *file = need(malloc(sizeof **file));
    (*file)->node = node;
    return 0;
}

static int disk_close(void *context, quire_file *file)
{
    (void)context;
    free(file);
    return 0;
}

static int disk_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct crash_disk *disk = context;
    *got = sparse_read(&disk->nodes[file->node].now, offset, buffer, size);
    return 0;
}

static int disk_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    struct crash_disk *disk = context;
    keep_first(disk);
    content_write(&disk->nodes[file->node].now, offset, buffer, size);
    note(disk, EVENT_WRITE, file->node, offset, buffer, size);
    return 0;
}

static int disk_sync(void *context, quire_file *file)
{
    keep_first(context);
    note(context, EVENT_SYNC, file->node, 0, NULL, 0);
    return 0;
}

static int disk_size(void *context, quire_file *file, uint64_t *size)
{
    struct crash_disk *disk = context;
    *size = disk->nodes[file->node].now.size;
    return 0;
}

static int disk_truncate(void *context, quire_file *file, uint64_t size)
{
    struct crash_disk *disk = context;
    keep_first(disk);
    sparse_resize(&disk->nodes[file->node].now, (size_t)size);
    note(disk, EVENT_TRUNCATE, file->node, size, NULL, 0);
    return 0;
}

static int disk_lock(void *context, quire_file *file, int lock)
{
    (void)context;
    (void)file;
    (void)lock;
    return 0;
}

static int disk_remove(void *context, const char *path)
{
    struct crash_disk *disk = context;
    int node = find(disk, path);
    if (node < 0 || !disk->nodes[node].exists)
        return ENOENT;
    keep_first(disk);
    disk->nodes[node].exists = 0;
    note(disk, EVENT_REMOVE, node, 0, NULL, 0);
    return 0;
}

/* The new name is a file of its own, whose content was synced under the old one; either name may be lost in a crash. */
static int disk_rename(void *context, const char *from, const char *to)
{
    struct crash_disk *disk = context;
    quire_file *file;
    int old = find(disk, from);
    if (old < 0 || !disk->nodes[old].exists)
        return ENOENT;
    int error = disk_open(context, to, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file);
    if (error != 0)
        return error;
    int made = file->node;
    free(file);
    size_t size = disk->nodes[old].now.size;
    uint8_t *bytes = need(malloc(size + 1));
    (void)sparse_read(&disk->nodes[old].now, 0, bytes, size);
    content_copy(&disk->nodes[made].now, &disk->nodes[old].now);
    note(disk, EVENT_WRITE, made, 0, bytes, size);
    free(bytes);
    note(disk, EVENT_SYNC, made, 0, NULL, 0);
    return disk_remove(context, from);
}

static int disk_sync_name(void *context, const char *path)
{
    struct crash_disk *disk = context;
    note(disk, EVENT_SYNC_NAME, find(disk, path), 0, NULL, 0);
    return 0;
}

static int disk_random(void *context, void *buffer, size_t size)
{
    struct crash_disk *disk = context;
    for (size_t i = 0; i < size; i++) {
        disk->random = disk->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        ((uint8_t *)buffer)[i] = (uint8_t)(disk->random >> 56);
    }
    return 0;
}

static uint64_t disk_now(void *context)
{
    (void)context;
    return 0;
}

static void disk_sleep(void *context, uint32_t milliseconds)
{
    (void)context;
    (void)milliseconds;
}

struct crash_disk *crash_disk_new(uint64_t seed)
{
    struct crash_disk *disk = need(calloc(1, sizeof *disk));
    disk->random = seed;
    disk->vfs = (quire_vfs){disk,      disk_open,     disk_close,  disk_read,   disk_write,     disk_sync,
                            disk_size, disk_truncate, disk_lock,   disk_remove, disk_sync_name, disk_random,
                            disk_now,  disk_sleep,    disk_rename, NULL};
    return disk;
}

void crash_disk_free(struct crash_disk *disk)
{
    for (size_t i = 0; i < disk->count; i++)
        free(disk->events[i].bytes);
    free(disk->events);
    for (int i = 0; i < FILES; i++) {
        sparse_free(&disk->nodes[i].now);
        sparse_free(&disk->nodes[i].first);
        free(disk->nodes[i].first_digests);
    }
    free(disk);
}

const quire_vfs *crash_disk_vfs(struct crash_disk *disk)
{
    return &disk->vfs;
}

size_t crash_disk_events(const struct crash_disk *disk)
{
    return disk->count;
}

void crash_disk_mark(struct crash_disk *disk, uint32_t mark)
{
    note(disk, EVENT_MARK, -1, mark, NULL, 0);
}

uint32_t crash_disk_mark_at(const struct crash_disk *disk, size_t moment)
{
    for (size_t i = moment; i-- > 0;)
        if (disk->events[i].kind == EVENT_MARK)
            return (uint32_t)disk->events[i].offset;
    return 0;
}

/* ---- images ---- */

/*
 * What a walk up to a moment finds of one file: what is durable, and the events
 * since the last sync that are not. A name is durable once it was synced, and
 * a synced file keeps its name (as ext4 and others do it).
 */
static size_t last_event(const struct crash_disk *disk, size_t moment, int file, enum event_kind kind)
{
    for (size_t i = moment; i-- > 0;)
        if (disk->events[i].kind == kind && disk->events[i].file == file)
            return i + 1;
    return 0;
}

static size_t sectors_of(const struct event *event)
{
    if (event->kind == EVENT_TRUNCATE)
        return 1;
    return (size_t)((event->offset + event->size + SECTOR - 1) / SECTOR - event->offset / SECTOR);
}

static size_t max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* 1 if the last create or remove of the file before the moment is not durable yet. */
static int name_is_pending(const struct crash_disk *disk, size_t moment, int file)
{
    size_t changed = max(last_event(disk, moment, file, EVENT_CREATE), last_event(disk, moment, file, EVENT_REMOVE));
    size_t synced = last_event(disk, moment, file, EVENT_SYNC_NAME);
    return changed > synced;
}

size_t crash_disk_pending(const struct crash_disk *disk, size_t moment)
{
    size_t count = 0;
    for (int file = 0; file < FILES; file++) {
        for (size_t i = last_event(disk, moment, file, EVENT_SYNC); i < moment; i++) {
            const struct event *event = &disk->events[i];
            if (event->file == file && (event->kind == EVENT_WRITE || event->kind == EVENT_TRUNCATE))
                count += sectors_of(event);
        }
        count += (size_t)name_is_pending(disk, moment, file);
    }
    return count;
}

/* Applies those sectors of a write that arrived. */
static void write_some(struct sparse *content, const struct event *event, size_t *index,
                       int (*keep)(void *context, size_t index), void *context)
{
    for (uint64_t at = event->offset, end = event->offset + event->size; at < end;) {
        uint64_t next = (at / SECTOR + 1) * SECTOR < end ? (at / SECTOR + 1) * SECTOR : end;
        if (keep(context, (*index)++))
            content_write(content, at, event->bytes != NULL ? event->bytes + (at - event->offset) : NULL,
                          (size_t)(next - at));
        at = next;
    }
}

static void image_content(const struct crash_disk *disk, size_t moment, int file, struct sparse *content, size_t *index,
                          int (*keep)(void *context, size_t index), void *context)
{
    const struct node *node = &disk->nodes[file];
    size_t synced = last_event(disk, moment, file, EVENT_SYNC);
    content_copy(content, disk->is_image ? &node->now : &node->first);
    for (size_t i = 0; i < moment; i++) {
        const struct event *event = &disk->events[i];
        if (event->file != file)
            continue;
        if (event->kind == EVENT_CREATE)
            sparse_resize(content, 0);
        else if (event->kind == EVENT_WRITE && i < synced)
            content_write(content, event->offset, event->bytes, event->size);
        else if (event->kind == EVENT_TRUNCATE && i < synced)
            sparse_resize(content, (size_t)event->offset);
        else if (event->kind == EVENT_WRITE)
            write_some(content, event, index, keep, context);
        else if (event->kind == EVENT_TRUNCATE && keep(context, (*index)++))
            sparse_resize(content, (size_t)event->offset);
    }
}

/* Whether the name is there after the crash. */
static int image_exists(const struct crash_disk *disk, size_t moment, int file, size_t *index,
                        int (*keep)(void *context, size_t index), void *context)
{
    int pending = name_is_pending(disk, moment, file);
    size_t created = last_event(disk, moment, file, EVENT_CREATE);
    size_t removed = last_event(disk, moment, file, EVENT_REMOVE);
    int exists = created == 0 && removed == 0 ? disk->nodes[file].first_exists : created > removed;
    return pending && !keep(context, (*index)++) ? !exists : exists;
}

struct crash_disk *crash_disk_image(struct crash_disk *disk, size_t moment, int (*keep)(void *context, size_t index),
                                    void *context)
{
    struct crash_disk *image = crash_disk_new(disk->random + moment);
    size_t index = 0;
    image->is_image = 1;
    image->origin = disk;
    for (int file = 0; file < FILES; file++) {
        struct node *node = &image->nodes[file];
        strcpy(node->name, disk->nodes[file].name);
        image_content(disk, moment, file, &node->now, &index, keep, context);
        node->exists = image_exists(disk, moment, file, &index, keep, context);
        node->first_exists = node->exists;
    }
    return image;
}

/* ---- lies ---- */

int crash_disk_write_of(const struct crash_disk *disk, size_t event, const char *path, uint64_t *offset, size_t *size)
{
    const struct event *call = &disk->events[event];
    if (call->kind != EVENT_WRITE || strcmp(disk->nodes[call->file].name, path) != 0)
        return 0;
    *offset = call->offset;
    *size = call->size;
    return 1;
}

int crash_disk_is_sync_of(const struct crash_disk *disk, size_t event, const char *path)
{
    const struct event *call = &disk->events[event];
    return call->kind == EVENT_SYNC && strcmp(disk->nodes[call->file].name, path) == 0;
}

static void write_part(struct sparse *content, const struct event *write, uint64_t from, uint64_t end, uint64_t to)
{
    if (from < end)
        content_write(content, to, write->bytes != NULL ? write->bytes + (from - write->offset) : NULL,
                      (size_t)(end - from));
}

static void write_but_for(struct sparse *content, const struct event *write, const struct crash_lie *lie)
{
    uint64_t end = lie->offset + lie->size;
    write_part(content, write, write->offset, lie->offset, write->offset);
    write_part(content, write, end, write->offset + write->size, end);
    if (!lie->is_lost)
        write_part(content, write, lie->offset, end, lie->instead);
}

struct crash_disk *crash_disk_with_lie(struct crash_disk *disk, size_t moment, const struct crash_lie *lie)
{
    struct crash_disk *image = crash_disk_new(disk->random + moment);
    image->is_image = 1;
    image->origin = disk;
    for (int file = 0; file < FILES; file++) {
        struct node *node = &image->nodes[file];
        strcpy(node->name, disk->nodes[file].name);
        content_copy(&node->now, disk->is_image ? &disk->nodes[file].now : &disk->nodes[file].first);
        node->exists = disk->nodes[file].first_exists;
    }
    for (size_t i = 0; i < moment; i++) {
        const struct event *event = &disk->events[i];
        struct node *node = event->file >= 0 ? &image->nodes[event->file] : NULL;
        if (event->kind == EVENT_WRITE && lie != NULL && i == lie->event)
            write_but_for(&node->now, event, lie);
        else if (event->kind == EVENT_WRITE)
            content_write(&node->now, event->offset, event->bytes, event->size);
        else if (event->kind == EVENT_TRUNCATE)
            sparse_resize(&node->now, (size_t)event->offset);
        else if (event->kind == EVENT_CREATE)
            sparse_resize(&node->now, 0);
        if (event->kind == EVENT_CREATE || event->kind == EVENT_REMOVE)
            node->exists = event->kind == EVENT_CREATE;
    }
    for (int file = 0; file < FILES; file++)
        image->nodes[file].first_exists = image->nodes[file].exists;
    return image;
}

struct crash_disk *crash_disk_killed(struct crash_disk *disk, size_t moment)
{
    struct crash_disk *killed = crash_disk_with_lie(disk, moment, NULL);
    killed->is_image = 0;
    for (int file = 0; file < FILES; file++) {
        content_copy(&killed->nodes[file].first, disk->is_image ? &disk->nodes[file].now : &disk->nodes[file].first);
        killed->nodes[file].first_exists = disk->nodes[file].first_exists;
    }
    for (size_t i = 0; i < moment; i++) {
        const struct event *event = &disk->events[i];
        note(killed, event->kind, event->file, event->offset, event->bytes, event->size);
    }
    return killed;
}

/* ---- digests ---- */

static uint64_t digest_word(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(11400714819323198485);
    return digest ^ digest >> 29;
}

/* The sum over the words of a piece, each mixed with its place: no word waits for the one before. 0 for zeros alone. */
static uint64_t digest_piece(const uint8_t *piece)
{
    uint64_t sum = 1, any = 0;
    for (size_t i = 0; i < SPARSE_PIECE; i += sizeof(uint64_t)) {
        uint64_t word = load64(piece + i);
        any |= word;
        sum += digest_word(digest_word(i, word), 0);
    }
    return any != 0 ? sum : 0;
}

/* Of the piece at `place` of a file that was `origin`, NULL if unknown: mostly nothing has happened to it since. */
static uint64_t digest_place(const struct sparse *content, size_t place, struct node *origin)
{
    const uint8_t *piece = content->pieces[place];
    if (piece == NULL || origin == NULL || place >= origin->first.places || origin->first.pieces[place] == NULL ||
        memcmp(origin->first.pieces[place], piece, SPARSE_PIECE) != 0)
        return piece != NULL ? digest_piece(piece) : 0;
    if (origin->first_digests == NULL)
        origin->first_digests = need(calloc(origin->first.places, sizeof(uint64_t)));
    if (origin->first_digests[place] == 0)
        origin->first_digests[place] = digest_piece(piece);
    return origin->first_digests[place];
}

static uint64_t digest_content(const struct sparse *content, struct node *origin)
{
    uint64_t sum = content->size;
    for (size_t place = 0; place < content->places; place++) {
        uint64_t piece = digest_place(content, place, origin);
        if (piece != 0)
            sum += digest_word(digest_word(place, piece), 0);
    }
    return sum;
}

uint64_t crash_disk_digest(const struct crash_disk *disk)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (int file = 0; file < FILES; file++) {
        digest = digest_word(digest, (uint64_t)disk->nodes[file].exists);
        if (disk->nodes[file].exists)
            digest = digest_word(digest, digest_content(&disk->nodes[file].now,
                                                        disk->origin != NULL ? &disk->origin->nodes[file] : NULL));
    }
    return digest;
}
