/*
 * Lies about trees in a file: rules T1 to T6. Each page is well formed; what it
 * says of another is not so.
 */
#include "file_patient.h"

#include <string.h>

/* ---- Branches, leaves and their links: T1 to T3, T6 ---- */

static void child_of_two_parents(struct file *file)
{
    memcpy(child_bytes(low_branch(file, 1), 0), child_bytes(low_branch(file, 0), 0), 4);
}

static void child_of_two_slots(struct file *file)
{
    uint8_t *branch = low_branch(file, 0);
    memcpy(child_bytes(branch, 1), child_bytes(branch, 0), 4);
}

static void children_swapped(struct file *file)
{
    uint8_t kept[4], *branch = low_branch(file, 0);
    memcpy(kept, child_bytes(branch, 1), 4);
    memcpy(child_bytes(branch, 1), child_bytes(branch, 2), 4);
    memcpy(child_bytes(branch, 2), kept, 4);
}

static void branch_is_its_child(struct file *file)
{
    uint8_t *branch = low_branch(file, 0);
    put_number(child_bytes(branch, 0), 4, pgno_of(branch));
}

static void child_is_root(struct file *file)
{
    memcpy(child_bytes(low_branch(file, 0), 0), catalog_value(file, 0) + 4, 4);
}

static void child_past_the_file(struct file *file)
{
    put_number(child_bytes(low_branch(file, 0), 0), 4, file->size / N);
}

static void child_is_map(struct file *file)
{
    put_number(child_bytes(low_branch(file, 0), 0), 4, 2);
}

static void child_two_levels_down(struct file *file)
{
    uint8_t *root = page_at(file, number(catalog_value(file, 0) + 4));
    must(root[20] == PAGE_BRANCH && root[21] == 2);
    memcpy(child_bytes(root, 0), child_bytes(child_page(file, root, 0), 0), 4);
}

static void child_of_another_tree(struct file *file)
{
    put_number(child_page(file, low_branch(file, 0), 1) + 16, 4, NAMED);
}

static void child_is_overflow(struct file *file)
{
    put_number(child_bytes(low_branch(file, 0), 0), 4, pgno_of(long_value_page(file, 0)));
}

/* The last byte of a fence of the leaf: its keys stay within. */
static void high_fence_raised(struct file *file)
{
    uint8_t *leaf = child_page(file, low_branch(file, 0), 1);
    size_t low_len = get_number(leaf + 30, 2), high_len = get_number(leaf + 32, 2);
    must(high_len > 0);
    leaf[48 + low_len + high_len - 1]++;
}

static void low_fence_lowered(struct file *file)
{
    uint8_t *leaf = child_page(file, low_branch(file, 0), 1);
    size_t low_len = get_number(leaf + 30, 2);
    must(low_len > 0);
    leaf[48 + low_len - 1]--;
}

static void root_with_fences(struct file *file)
{
    put_number(catalog_value(file, 0) + 4, 4, pgno_of(low_branch(file, 0)));
}

static void root_of_another_tree(struct file *file)
{
    memcpy(catalog_value(file, 0) + 4, catalog_value(file, 1) + 4, 4);
}

static void root_is_overflow(struct file *file)
{
    put_number(catalog_value(file, 0) + 4, 4, pgno_of(long_value_page(file, 0)));
}

static void root_past_the_file(struct file *file)
{
    put_number(catalog_value(file, 0) + 4, 4, 4294967295);
}

static void link_of_leaf(struct file *file, size_t slot, size_t offset, uint32_t pgno)
{
    put_number(child_page(file, low_branch(file, 0), slot) + offset, 4, pgno);
}

static void sibling_is_itself(struct file *file)
{
    link_of_leaf(file, 1, 44, pgno_of(child_page(file, low_branch(file, 0), 1)));
}

static void sibling_cycle_back(struct file *file)
{
    link_of_leaf(file, 2, 44, pgno_of(child_page(file, low_branch(file, 0), 0)));
}

static void left_link_wrong(struct file *file)
{
    link_of_leaf(file, 2, 40, pgno_of(child_page(file, low_branch(file, 0), 0)));
}

static void right_link_skips(struct file *file)
{
    link_of_leaf(file, 0, 44, pgno_of(child_page(file, low_branch(file, 0), 2)));
}

static void right_link_none(struct file *file)
{
    link_of_leaf(file, 1, 44, 0);
}

static void left_link_past_the_file(struct file *file)
{
    link_of_leaf(file, 1, 40, 4294967295);
}

static void last_leaf_goes_on(struct file *file)
{
    for (int nth = 0;; nth++) {
        uint8_t *leaf = find_page(file, PAGE_LEAF, 0, UNNAMED, nth);
        if (get_number(leaf + 32, 2) == 0) {
            put_number(leaf + 44, 4, pgno_of(child_page(file, low_branch(file, 0), 0)));
            return;
        }
    }
}

static void branch_link_wrong(struct file *file)
{
    put_number(low_branch(file, 1) + 40, 4, pgno_of(low_branch(file, 1)));
}

/* A leaf without records, between the fences of `like`. */
static void empty_leaf(uint8_t *leaf, const uint8_t *like)
{
    size_t fences = get_number(like + 30, 2) + get_number(like + 32, 2);
    memcpy(leaf + 30, like + 30, 6);
    memcpy(leaf + 48, like + 48, fences);
    memset(leaf + 48 + fences, 0, N - 48 - fences);
    put_number(leaf + 24, 2, 0);
    put_number(leaf + 26, 2, 48 + fences);
    put_number(leaf + 28, 2, N);
    put_number(leaf + 36, 2, 0);
}

static void leaf_emptied(struct file *file)
{
    uint8_t *leaf = child_page(file, low_branch(file, 0), 1);
    empty_leaf(leaf, leaf);
}

/* The first child then stands for all of them. */
static void branch_of_one_child(struct file *file)
{
    uint8_t *branch = low_branch(file, 0), *leaf = child_page(file, branch, 0);
    uint32_t child = pgno_of(leaf);
    empty_leaf(leaf, branch);
    empty_leaf(branch, branch);
    size_t arena = 48 + get_number(branch + 30, 2) + get_number(branch + 32, 2);
    put_number(branch + 24, 2, 1);
    put_number(branch + 26, 2, arena + 4);
    put_number(branch + 28, 2, N - 8);
    put_number(branch + arena, 4, child);
    put_number(branch + N - 8, 2, arena);
    put_number(branch + N - 6, 2, 4);
}

/* ---- Chains: T4 ---- */

static void chain_position(struct file *file)
{
    put_number(long_value_page(file, 2) + 56, 4, 7);
}

static void chain_of_another(struct file *file)
{
    put_number(long_value_page(file, 2) + 48, 8, 77);
}

static void chain_left_link(struct file *file)
{
    put_number(long_value_page(file, 2) + 40, 4, pgno_of(long_value_page(file, 0)));
}

static void chain_not_full(struct file *file)
{
    uint8_t *page = long_value_page(file, 2);
    put_number(page + 60, 4, N - 65);
    page[N - 1] = 0;
}

static void chain_ends_early(struct file *file)
{
    put_number(long_value_page(file, 2) + 44, 4, 0);
}

static void chain_ends_late(struct file *file)
{
    put_number(long_value_page(file, 4) + 44, 4, pgno_of(long_value_page(file, 0)));
}

static void chain_cycle(struct file *file)
{
    put_number(long_value_page(file, 2) + 44, 4, pgno_of(long_value_page(file, 0)));
}

static void chain_of_another_tree(struct file *file)
{
    put_number(long_value_page(file, 2) + 16, 4, NAMED);
}

static void chain_goes_to_leaf(struct file *file)
{
    put_number(long_value_page(file, 2) + 44, 4, pgno_of(find_page(file, PAGE_LEAF, 0, NAMED, 0)));
}

static void next_chain_behind(struct file *file)
{
    set_state(file, 16, 8, 1);
}

static void next_chain_none(struct file *file)
{
    set_state(file, 16, 8, 0);
}

/* ---- The catalog: T5 ---- */

static void tree_id_twice(struct file *file)
{
    put_number(catalog_value(file, 1), 4, UNNAMED);
}

static void tree_id_not_given_out(struct file *file)
{
    put_number(catalog_value(file, 1), 4, 99);
}

static void tree_id_of_the_catalog(struct file *file)
{
    put_number(catalog_value(file, 1), 4, 1);
}

static void next_tree_too_low(struct file *file)
{
    set_state(file, 8, 4, 2);
}

static void tree_of_unknown_slots(struct file *file)
{
    catalog_value(file, 1)[8] = 9;
}

static void tree_of_unknown_option(struct file *file)
{
    catalog_value(file, 1)[11] = 2;
}

static void unnamed_tree_renamed(struct file *file)
{
    uint8_t *record = record_of(find_page(file, PAGE_LEAF, 0, 1, 0), 0);
    must(record[0] == 1 && record[2] == 0);
    record[2] = 'a';
    built_slot(find_page(file, PAGE_LEAF, 0, 1, 0), N, 4, 0)[4] = 'a';
}

const struct file_lie tree_lies[] = {
    {"child shared by two parents", "a branch leads to a leaf of the branch before it", "S1", "T3",
     child_of_two_parents},
    {"child shared by two slots", "two slots of a branch lead to one leaf", "S1", "T3", child_of_two_slots},
    {"children swapped in a branch", "two slots of a branch lead to each other's leaves", "T1", "T3", children_swapped},
    {"branch its own child", "a slot of a branch leads to the branch", "S1", "T3", branch_is_its_child},
    {"root a child", "a slot of a branch leads to the root", "S1", "T3", child_is_root},
    {"child not in the file", "a slot of a branch leads past the file's end", "S1", "T3", child_past_the_file},
    {"child a map page", "a slot of a branch leads to the map page", "S1", "T3", child_is_map},
    {"wrong level of a child", "a slot of the root leads two levels down", "T2", "S1 T3", child_two_levels_down},
    {"child of another tree", "a leaf names another tree", "T2", "T3", child_of_another_tree},
    {"child of another kind", "a slot of a branch leads to an overflow page", "T2", "S1 T3", child_is_overflow},
    {"wrong fence, high", "a leaf's high fence is above what its parent says", "T1", "", high_fence_raised},
    {"wrong fence, low", "a leaf's low fence is below what its parent says", "T1", "", low_fence_lowered},
    {"root with fences", "the catalog names a branch as the root", "T1", "T3 S1", root_with_fences},
    {"root of another tree", "two trees of the catalog have one root", "T2", "S1", root_of_another_tree},
    {"root of another kind", "the catalog names an overflow page as a root", "T2", "S1", root_is_overflow},
    {"root not in the file", "the catalog names a root past the file's end", "T5", "", root_past_the_file},
    {"sibling of itself", "a leaf's right link is itself", "T3", "", sibling_is_itself},
    {"sibling cycle", "a leaf's right link is the first leaf", "T3", "", sibling_cycle_back},
    {"left link of another", "a leaf's left link skips a leaf", "T3", "", left_link_wrong},
    {"right link of another", "a leaf's right link skips a leaf", "T3", "", right_link_skips},
    {"right link lost", "a leaf in the middle has no right link", "T3", "", right_link_none},
    {"left link not in the file", "a leaf's left link is past the file's end", "T3", "", left_link_past_the_file},
    {"last leaf goes on", "the last leaf's right link is the first leaf", "T3", "", last_leaf_goes_on},
    {"branch link of itself", "a branch's left link is itself", "T3", "", branch_link_wrong},
    {"empty leaf", "a leaf of a larger tree has no records", "T6", "", leaf_emptied},
    {"branch of one child", "a branch has one child, which is empty", "T6", "T3 S1", branch_of_one_child},
    {"position in a chain", "a page of a long value names another position", "T4", "", chain_position},
    {"chain of another value", "a page of a long value names another chain", "T4", "", chain_of_another},
    {"chain's link back", "a page of a long value links back to the first", "T4", "", chain_left_link},
    {"chain not full", "a page in the middle of a long value is not full", "T4", "", chain_not_full},
    {"chain too short", "a page in the middle of a long value is the last", "T4", "", chain_ends_early},
    {"chain too long", "the last page of a long value leads to the first", "T4", "", chain_ends_late},
    {"chain cycle", "a page in the middle of a long value leads to the first", "S1", "T4", chain_cycle},
    {"chain of another tree", "a page of a long value names another tree", "T2", "", chain_of_another_tree},
    {"chain into a leaf", "a page of a long value leads to a leaf", "T2", "S1", chain_goes_to_leaf},
    {"chain not given out", "next_chain is not above the chains in use", "T4", "", next_chain_behind},
    {"next chain none", "next_chain is 0", "T4", "", next_chain_none},
    {"tree id twice", "two trees have one id", "T5", "T2 S1", tree_id_twice},
    {"tree id not given out", "a tree's id is not below next_tree", "T5", "", tree_id_not_given_out},
    {"tree id of the catalog", "a tree has the catalog's id", "T5", "", tree_id_of_the_catalog},
    {"next tree too low", "next_tree is 2", "T5", "", next_tree_too_low},
    {"tree of unknown slots", "a tree's slot version is 9", "T5", "", tree_of_unknown_slots},
    {"tree of an unknown option", "a tree's option is neither 0 nor 1", "T5", "", tree_of_unknown_option},
    {"unnamed tree renamed", "the unnamed tree has a name", "T5", "", unnamed_tree_renamed},
    {NULL, NULL, NULL, NULL, NULL},
};
