/* The tree room's fixture; see store_fixture.h. */
#include "store_fixture.h"

#include <stdlib.h>

static int refuses(struct fixture *fixture)
{
    return fixture->refuse_after > 0 && --fixture->refuse_after == 0;
}

static void *allocate(void *context, size_t size)
{
    return refuses(context) ? NULL : malloc(size);
}

static void *resize(void *context, void *block, size_t size)
{
    return refuses(context) ? NULL : realloc(block, size);
}

static void release(void *context, void *block)
{
    (void)context;
    free(block);
}

static void open_store(struct fixture *fixture)
{
    struct pager_config config = {.path = "test", .options = &fixture->options, .codec = &page_codec};
    assert_ok(fixture, store_open(&fixture->store, &config, &fixture->fault));
}

void fixture_open(struct fixture *fixture, uint32_t page_size)
{
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(quire_vfs_memory_new(7, &fixture->vfs), QUIRE_OK);
    fixture->memory = (quire_memory){.context = fixture, .allocate = allocate, .resize = resize, .release = release};
    fixture->options = (quire_options){.flags = QUIRE_OPEN_CREATE,
                                       .page_size = page_size,
                                       .cache_bytes = 16u << 20,
                                       .pinned_bytes = 16u << 20,
                                       .log_bytes = 64u << 20,
                                       .vfs = fixture->vfs,
                                       .memory = &fixture->memory};
    open_store(fixture);
}

void fixture_close(struct fixture *fixture)
{
    assert_ok(fixture, store_close(&fixture->store, &fixture->fault));
    quire_vfs_memory_free(fixture->vfs);
}

void fixture_reopen(struct fixture *fixture)
{
    assert_ok(fixture, store_close(&fixture->store, &fixture->fault));
    open_store(fixture);
}

void fixture_begin(struct fixture *fixture)
{
    assert_ok(fixture, pager_begin(fixture->store.pager, 0, &fixture->fault));
    assert_ok(fixture, view_open(&fixture->view, &fixture->store, NULL, &fixture->fault));
    assert_ok(fixture, catalog_open(&fixture->view, NULL, &fixture->unnamed));
    view_hold(&fixture->view, NULL);
}

void fixture_commit(struct fixture *fixture)
{
    view_close(&fixture->view);
    assert_ok(fixture, pager_commit(fixture->store.pager, &fixture->fault));
}

void fixture_rollback(struct fixture *fixture)
{
    view_close(&fixture->view);
    pager_rollback(fixture->store.pager);
}

void fixture_read(struct fixture *fixture)
{
    assert_ok(fixture, pager_snapshot_open(fixture->store.pager, &fixture->snapshot));
    assert_ok(fixture, view_open(&fixture->view, &fixture->store, &fixture->snapshot, &fixture->fault));
    assert_ok(fixture, catalog_open(&fixture->view, NULL, &fixture->unnamed));
}

void fixture_end_read(struct fixture *fixture)
{
    view_close(&fixture->view);
    pager_snapshot_close(fixture->store.pager, &fixture->snapshot);
}

void fixture_checkpoint(struct fixture *fixture)
{
    assert_ok(fixture, pager_checkpoint(fixture->store.pager, &fixture->fault));
}

void fixture_set_version(struct fixture *fixture, uint8_t slots, uint8_t records)
{
    struct view *view = &fixture->view;
    struct tree *tree = &fixture->unnamed;
    uint32_t old_root = tree->root;
    tree->options.slots = slots;
    tree->options.records = records;
    assert_ok(fixture, catalog_new_root(view, tree->id, &tree->options, &tree->root));
    assert_ok(fixture, catalog_update(view, NULL, tree));
    view_hold(view, NULL);
    assert_ok(fixture, space_free(view, old_root));
}

void fixture_put(struct fixture *fixture, quire_bytes key, quire_bytes value)
{
    assert_ok(fixture, tree_put(&fixture->view, &fixture->unnamed, key, value, 0));
}

void fixture_delete(struct fixture *fixture, quire_bytes key)
{
    assert_ok(fixture, tree_delete(&fixture->view, &fixture->unnamed, key));
}

quire_bytes fixture_key(size_t number)
{
    static char keys[3][32];
    static size_t next;
    char *key = keys[next++ % 3];
    int length = snprintf(key, sizeof keys[0], "k%08zu", number);
    return (quire_bytes){(const uint8_t *)key, (size_t)length};
}

void fixture_page(struct fixture *fixture, uint32_t pgno, uint8_t *bytes)
{
    struct frame *frame;
    view_hold(&fixture->view, NULL);
    assert_ok(fixture, pager_read(fixture->store.pager, NULL, pgno, &frame, &fixture->fault));
    memcpy(bytes, frame->data, fixture->store.page_size);
    pager_release(fixture->store.pager, frame);
}

void fixture_write(struct fixture *fixture, uint32_t pgno, const uint8_t *bytes)
{
    struct frame *frame;
    assert_ok(fixture, pager_edit_new(fixture->store.pager, pgno, &frame, &fixture->fault));
    memcpy(frame->data, bytes, fixture->store.page_size);
    assert_ok(fixture, pager_log_image(fixture->store.pager, frame, &fixture->fault));
    pager_release(fixture->store.pager, frame);
    fixture->view.edits++;
}

void fixture_spoil(struct fixture *fixture, uint64_t offset)
{
    const quire_vfs *vfs = fixture->vfs;
    quire_file *file;
    uint8_t byte;
    size_t got;
    assert_int_equal(vfs->open(vfs->context, "test", 0, &file), 0);
    assert_int_equal(vfs->read(vfs->context, file, offset, &byte, 1, &got), 0);
    byte ^= 1;
    assert_int_equal(vfs->write(vfs->context, file, offset, &byte, 1), 0);
    assert_int_equal(vfs->close(vfs->context, file), 0);
}

uint32_t fixture_leaf_of(struct fixture *fixture, quire_bytes key)
{
    struct path path;
    assert_ok(fixture, path_descend(&fixture->view, &fixture->unnamed, key.data, key.size, 0, &path));
    uint32_t pgno = path.step[path.depth - 1].pgno;
    path_release(&fixture->view, &path);
    return pgno;
}

static void note_violation(void *context, const quire_violation *violation)
{
    struct fixture *fixture = context;
    if (fixture->violations++ == 0) {
        snprintf(fixture->violation, sizeof fixture->violation, "%s", violation->message);
        snprintf(fixture->rule, sizeof fixture->rule, "%s", violation->rule);
    }
}

size_t fixture_audit(struct fixture *fixture)
{
    fixture->violations = 0;
    fixture->violation[0] = '\0';
    quire_status status = audit(&fixture->view, note_violation, fixture, NULL, NULL);
    if (status != QUIRE_OK && status != QUIRE_CORRUPT)
        fail_msg("the audit ended with status %d: %s", (int)status, fixture->fault.message);
    assert_int_equal(status, fixture->violations > 0 ? QUIRE_CORRUPT : QUIRE_OK);
    return fixture->violations;
}

void fixture_assert_sound(struct fixture *fixture)
{
    if (fixture_audit(fixture) > 0)
        fail_msg("%zu violations, first: %s", fixture->violations, fixture->violation);
}
