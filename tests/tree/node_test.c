/* The gate: pointers that lie are found by whoever follows them, with page and rule. */
#include "../support/tree_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A tree of three levels and 512 byte pages, with a key for each record number. */
static void make_tree(struct tree_world *world)
{
    world_open(world, 512, 1u << 20);
    for (int i = 0; i < 600; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key%05d", i);
        world_put_text(world, key, "value");
    }
    world_commit(world);
}

static struct frame *edit(struct tree_world *world, uint32_t pgno)
{
    struct frame *frame;
    world_expect(world, node_get(&world->view, pgno, &frame), QUIRE_OK);
    world_expect(world, pager_edit(world->store.pager, &frame, &world->fault), QUIRE_OK);
    return frame;
}

static void edit_done(struct tree_world *world, struct frame *frame)
{
    world_expect(world, pager_log_image(world->store.pager, frame, &world->fault), QUIRE_OK);
    node_release(&world->view, frame);
}

static uint32_t child_of(struct tree_world *world, uint32_t pgno, size_t slot)
{
    struct frame *frame;
    world_expect(world, node_get(&world->view, pgno, &frame), QUIRE_OK);
    uint32_t child = branch_child(frame->data, 512, slot);
    node_release(&world->view, frame);
    return child;
}

static void set_child(struct tree_world *world, uint32_t pgno, size_t slot, uint32_t child)
{
    struct frame *frame = edit(world, pgno);
    branch_set_child(frame->data, 512, slot, child);
    edit_done(world, frame);
}

/* Each operation on the first key comes by the pointer and must say that page `pgno` breaks `rule`. */
static void expect_found(struct tree_world *world, uint32_t pgno, const char *rule)
{
    static const uint8_t key[] = "key00000", high[] = "key00001";
    char start[32];
    quire_bytes k = {key, 8}, value;
    uint64_t deleted;
    int length = snprintf(start, sizeof start, "page %u breaks %s ", (unsigned)pgno, rule);
    world_expect(world, tree_get(&world->view, &world->tree, k, &value), QUIRE_CORRUPT);
    assert_memory_equal(world->fault.message, start, (size_t)length);
    world_expect(world, tree_put(&world->view, &world->tree, k, k, 0), QUIRE_CORRUPT);
    assert_memory_equal(world->fault.message, start, (size_t)length);
    world_expect(world, tree_delete(&world->view, &world->tree, k), QUIRE_CORRUPT);
    world_expect(world, tree_delete_range(&world->view, &world->tree, k, (quire_bytes){high, 8}, &deleted),
                 QUIRE_CORRUPT);
    world_expect(world, tree_free(&world->view, &world->tree), QUIRE_CORRUPT);
    assert_memory_equal(world->fault.message, start, (size_t)length);
    assert_false(world->view.doomed);
}

static void a_pointer_to_a_sibling_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    uint32_t sibling = child_of(&world, branch, 1);
    set_child(&world, branch, 0, sibling);
    expect_found(&world, sibling, "T1");
    world_rollback(&world);
    world_check(&world);
    world_close(&world);
}

/* As a page would be that a split left behind in its old form: only its high fence is not the parent's. */
static void a_stale_page_is_found_by_either_fence(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    uint32_t leaf = child_of(&world, branch, 0);
    struct frame *frame = edit(&world, leaf);
    assert_true(page_keep(frame->data, 512, 0, page_slot_count(frame->data), NULL, 0, (const uint8_t *)"key0001", 7,
                          world.view.buffers.page));
    edit_done(&world, frame);
    expect_found(&world, leaf, "T1");
    world_rollback(&world);
    frame = edit(&world, leaf);
    uint8_t high[64];
    size_t high_len = page_high_len(frame->data);
    memcpy(high, page_high(frame->data), high_len);
    assert_true(page_keep(frame->data, 512, 0, page_slot_count(frame->data), (const uint8_t *)"k", 1, high, high_len,
                          world.view.buffers.page));
    edit_done(&world, frame);
    expect_found(&world, leaf, "T1");
    world_rollback(&world);
    world_check(&world);
    world_close(&world);
}

static void a_pointer_to_a_freed_page_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    uint32_t leaf = child_of(&world, branch, 0);
    world_expect(&world, space_free(&world.view, leaf), QUIRE_OK);
    expect_found(&world, leaf, "T2");
    world_close(&world);
}

static void a_pointer_back_up_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    set_child(&world, branch, 0, world.tree.root);
    expect_found(&world, world.tree.root, "T2");
    set_child(&world, branch, 0, branch);
    expect_found(&world, branch, "T2");
    world_close(&world);
}

/* Kind, tree and fences are right: the level alone says that the walk down would be longer than the tree is high. */
static void a_branch_of_another_level_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    struct frame *frame = edit(&world, branch);
    frame->data[HEADER_LEVEL] = 2;
    edit_done(&world, frame);
    expect_found(&world, branch, "T2");
    world_close(&world);
}

static void a_root_with_either_fence_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t root = world.tree.root;
    struct frame *frame = edit(&world, root);
    assert_true(page_keep(frame->data, 512, 0, page_slot_count(frame->data), NULL, 0, (const uint8_t *)"z", 1,
                          world.view.buffers.page));
    edit_done(&world, frame);
    expect_found(&world, root, "T1");
    world_rollback(&world);
    frame = edit(&world, root);
    assert_true(page_keep(frame->data, 512, 0, page_slot_count(frame->data), (const uint8_t *)"a", 1, NULL, 0,
                          world.view.buffers.page));
    edit_done(&world, frame);
    expect_found(&world, root, "T1");
    world_close(&world);
}

static void a_page_of_another_tree_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t leaf = child_of(&world, child_of(&world, world.tree.root, 0), 0);
    struct frame *frame = edit(&world, leaf);
    store32(frame->data + HEADER_TREE, 77);
    edit_done(&world, frame);
    expect_found(&world, leaf, "T2");
    world_close(&world);
}

static void a_pointer_behind_the_end_of_the_file_is_found(void **state)
{
    (void)state;
    struct tree_world world;
    quire_bytes value;
    make_tree(&world);
    set_child(&world, child_of(&world, world.tree.root, 0), 0, 1000000);
    world_expect(&world, tree_get(&world.view, &world.tree, (quire_bytes){(const uint8_t *)"key00000", 8}, &value),
                 QUIRE_CORRUPT);
    world_close(&world);
}

static void a_right_link_that_is_not_answered_is_found_by_a_split(void **state)
{
    (void)state;
    struct tree_world world;
    make_tree(&world);
    uint32_t branch = child_of(&world, world.tree.root, 0);
    struct frame *frame = edit(&world, child_of(&world, branch, 0));
    page_set_right(frame->data, child_of(&world, branch, 2));
    edit_done(&world, frame);
    quire_status status = QUIRE_OK;
    for (int i = 0; i < 60 && status == QUIRE_OK; i++) {
        char key[24];
        int length = snprintf(key, sizeof key, "key00000%05d", i);
        quire_bytes bytes = {(const uint8_t *)key, (size_t)length};
        status = tree_put(&world.view, &world.tree, bytes, bytes, 0);
    }
    world_expect(&world, status, QUIRE_CORRUPT);
    assert_non_null(strstr(world.fault.message, " breaks T3 "));
    world_close(&world);
}

static void damaged_bytes_are_named_by_page_and_rule(void **state)
{
    (void)state;
    struct tree_world world;
    struct frame *frame;
    quire_bytes value;
    char start[32];
    make_tree(&world);
    uint32_t leaf = child_of(&world, child_of(&world, world.tree.root, 0), 0);
    world_expect(&world, pager_edit_new(world.store.pager, leaf, &frame, &world.fault), QUIRE_OK);
    page_init_slotted(frame->data, 512, leaf, world.tree.id, PAGE_LEAF, 0, 0x05, NULL, 0, (const uint8_t *)"k", 1);
    frame->data[300] = 1;
    edit_done(&world, frame);
    world_expect(&world, tree_get(&world.view, &world.tree, (quire_bytes){(const uint8_t *)"key00000", 8}, &value),
                 QUIRE_CORRUPT);
    int length = snprintf(start, sizeof start, "page %u breaks P10 ", (unsigned)leaf);
    assert_memory_equal(world.fault.message, start, (size_t)length);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pointer_to_a_sibling_is_found),
        cmocka_unit_test(a_stale_page_is_found_by_either_fence),
        cmocka_unit_test(a_pointer_to_a_freed_page_is_found),
        cmocka_unit_test(a_pointer_back_up_is_found),
        cmocka_unit_test(a_branch_of_another_level_is_found),
        cmocka_unit_test(a_root_with_either_fence_is_found),
        cmocka_unit_test(a_page_of_another_tree_is_found),
        cmocka_unit_test(a_pointer_behind_the_end_of_the_file_is_found),
        cmocka_unit_test(a_right_link_that_is_not_answered_is_found_by_a_split),
        cmocka_unit_test(damaged_bytes_are_named_by_page_and_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
