/* Lies about the space of a file, S1 and S2, about seals, P1, and of a page's own bytes in their place. */
#include "file_patient.h"

#include <string.h>

#include "../../fuzz/support/raw_file.h"

static void page_used_and_free(struct file *file)
{
    put_number(trunk(file) + 48, 4, pgno_of(find_page(file, PAGE_LEAF, 0, UNNAMED, 0)));
}

static void page_free_twice(struct file *file)
{
    memcpy(trunk(file) + 52, trunk(file) + 48, 4);
}

static void trunk_names_itself(struct file *file)
{
    put_number(trunk(file) + 48, 4, pgno_of(trunk(file)));
}

static void trunk_cycle(struct file *file)
{
    put_number(trunk(file) + 44, 4, pgno_of(trunk(file)));
}

static void free_page_past_the_file(struct file *file)
{
    put_number(trunk(file) + 48, 4, file->size / N + 7);
}

static void free_page_is_map(struct file *file)
{
    put_number(trunk(file) + 48, 4, 2);
}

static void free_list_forgotten(struct file *file)
{
    set_state(file, 0, 4, 0);
}

static void free_count_one_more(struct file *file)
{
    set_state(file, 4, 4, state_number(file, 4) + 1);
}

static void free_count_one_less(struct file *file)
{
    set_state(file, 4, 4, state_number(file, 4) - 1);
}

static void last_entry_dropped(struct file *file)
{
    uint8_t *page = trunk(file);
    size_t count = get_number(page + 24, 2);
    put_number(page + 48 + 4 * (count - 1), 4, 0);
    put_number(page + 24, 2, count - 1);
}

/* The count agrees with the list, and yet a page is nobody's. */
static void free_page_lost(struct file *file)
{
    last_entry_dropped(file);
    free_count_one_less(file);
}

static void free_page_of_another_kind(struct file *file)
{
    build_overflow(page_at(file, number(trunk(file) + 48)), N, number(trunk(file) + 48), 5, 0, 100);
}

static void free_page_that_lists(struct file *file)
{
    uint8_t *page = page_at(file, number(trunk(file) + 48));
    put_number(page + 24, 2, 1);
    put_number(page + 48, 4, 2);
}

static void trunk_of_another_kind(struct file *file)
{
    uint32_t pgno = pgno_of(trunk(file));
    build_overflow(trunk(file), N, pgno, 5, 0, 100);
}

static void free_head_is_leaf(struct file *file)
{
    set_state(file, 0, 4, pgno_of(find_page(file, PAGE_LEAF, 0, UNNAMED, 0)));
}

static void page_count_one_less(struct file *file)
{
    put_number(file->bytes + 76, 4, file->size / N - 1);
    put_number(file->bytes + N + 76, 4, file->size / N - 1);
}

static void map_is_free(struct file *file)
{
    build_free(page_at(file, 2), N, 2, NULL, 0);
}

static void second_meta_damaged(struct file *file)
{
    raw_file_reseal(file->bytes, file->size);
    file->bytes[N + 100] ^= 1;
    file->is_sealed = 1;
}

static void map_says_otherwise(struct file *file)
{
    uint32_t pgno = pgno_of(find_page(file, PAGE_LEAF, 0, UNNAMED, 1));
    raw_file_reseal(file->bytes, file->size);
    put_number(page_at(file, 2) + 48 + 4 * (pgno - 2), 4, 0x12345678);
    page_seal(page_at(file, 2), N, get_number(file->bytes + 64, 8));
    file->is_sealed = 1;
}

static void pages_swapped(struct file *file)
{
    uint8_t kept[N], *a = find_page(file, PAGE_LEAF, 0, UNNAMED, 1), *b = find_page(file, PAGE_LEAF, 0, UNNAMED, 2);
    raw_file_reseal(file->bytes, file->size);
    memcpy(kept, a, N);
    memcpy(a, b, N);
    memcpy(b, kept, N);
    file->is_sealed = 1;
}

static void leaf_with_a_full_gap(struct file *file)
{
    uint8_t *leaf = find_page(file, PAGE_LEAF, 0, UNNAMED, 1);
    leaf[get_number(leaf + 28, 2) - 1] = 1;
}

const struct file_lie space_lies[] = {
    {"page both used and free", "the free list names a leaf", "S1", "S2", page_used_and_free},
    {"page free twice in a trunk", "two entries of a trunk name one page", "S1", "S2", page_free_twice},
    {"trunk in its own list", "a trunk names itself as a free page", "S1", "S2", trunk_names_itself},
    {"trunk cycle", "a trunk's link is itself", "S1", "S2", trunk_cycle},
    {"free page not in the file", "the free list names a page past the file's end", "S1", "", free_page_past_the_file},
    {"free map page", "the free list names the map page", "S1", "", free_page_is_map},
    {"free list forgotten", "free_head is 0", "S2", "S1", free_list_forgotten},
    {"free count too high", "free_count is one more", "S2", "", free_count_one_more},
    {"free count too low", "free_count is one less", "S2", "", free_count_one_less},
    {"free page dropped", "a trunk's last entry is gone", "S2", "S1", last_entry_dropped},
    {"page neither used nor free", "a trunk's last entry is gone, and free_count is one less", "S1", "",
     free_page_lost},
    {"free page of another kind", "a page of the free list is an overflow page", "S2", "", free_page_of_another_kind},
    {"free page that lists", "a page that a trunk names has entries of its own", "S2", "S1", free_page_that_lists},
    {"trunk of another kind", "the trunk is an overflow page", "S2", "S1", trunk_of_another_kind},
    {"free list's head in use", "free_head is a leaf", "S1", "S2", free_head_is_leaf},
    {"page count too low", "page_count is one less than the pages in use", "S1", "S2 T3 T4", page_count_one_less},
    {"map page of another kind", "the map page is a free page", "S1", "", map_is_free},
    {"second meta page damaged", "a bit of the second meta page", "P1", "", second_meta_damaged},
    {"map page says otherwise", "the map's entry of a leaf is not its checksum", "P1", "", map_says_otherwise},
    {"pages in each other's place", "two leaves change places, with their seals", "P1", "", pages_swapped},
    {"page rule broken in its place", "a leaf's gap is not zero", "P10", "", leaf_with_a_full_gap},
    {NULL, NULL, NULL, NULL, NULL},
};
