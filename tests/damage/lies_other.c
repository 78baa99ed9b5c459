/*
 * Lies about meta, free-list and overflow pages, P16 to P18 (a map page has no
 * byte that a rule of its own could name: P19 is about none), and about the
 * seal, P1, which is tested where a page comes from the file.
 */
#include "lies.h"

/* Entries more than there is room for. */
static void too_many_entries(struct patient *p, const struct lie *lie)
{
    put_number(p->page + 24, 2, (p->page_size - 48) / 4 + (uint64_t)lie->value);
}

static void used_past_the_page(struct patient *p, const struct lie *lie)
{
    put_number(p->page + 60, 4, p->page_size - 64 + (uint64_t)lie->value);
}

static void page_size_is(struct patient *p, const struct lie *lie)
{
    put_number(p->page + 60, 4, p->page_size + (uint64_t)lie->value);
}

static void page_size_doubled(struct patient *p, const struct lie *lie)
{
    (void)lie;
    put_number(p->page + 60, 4, 2 * p->page_size);
}

const struct lie other_lies[] = {
    {"magic's first byte", "the magic begins with Q", META("P16"), .page = lie_set1, .at = 48, .value = 'Q'},
    {"magic as a text file", "the magic's line end was changed", META("P16"), .page = lie_set1, .at = 53,
     .value = '\n'},
    {"magic's last byte", "the magic ends with 0", META("P16"), .page = lie_set1, .at = 55, .value = 0},
    {"format version none", "format version 0", META("P16"), .page = lie_set4, .at = 56, .value = 0},
    {"format version beyond", "format version 2", META("P16"), .page = lie_set4, .at = 56, .value = 2},
    {"format version, high byte", "format version 2^24 + 1", META("P16"), .page = lie_set1, .at = 59, .value = 1},
    {"page size none", "page size 0", META("P16"), .page = lie_set4, .at = 60, .value = 0},
    {"page size one more", "page size n + 1", META("P16"), .page = page_size_is, .value = 1},
    {"page size doubled", "page size 2 n", META("P16"), .page = page_size_doubled},
    {"no pages", "page_count 0", META("P16"), .page = lie_set4, .at = 76, .value = 0},
    {"too few pages", "page_count 2", META("P16"), .page = lie_set4, .at = 76, .value = 2},
    {"state's rest used", "the byte behind the state's last number is 1", META("P16"), .page = lie_set1, .at = 120,
     .value = 1},
    {"state's last byte used", "the state's last byte is 1", META("P16"), .page = lie_set1, .at = 159, .value = 1},
    {"meta's rest used", "the byte behind the state is 1", META("P16"), .page = lie_set1, .at = 160, .value = 1},
    {"meta's last byte used", "the page's last byte is 255", META("P16"), .page = lie_set1, .at = -1, .value = 255},
    {"free list's head past the file", "free_head 2^32 - 1: only the file tells (S1)", META("~"), .page = lie_set4,
     .at = 96, .value = 4294967295},
    /* P17 */
    {"free page 0", "the first entry is page 0", FREE("P17"), .page = lie_set4, .at = 48, .value = 0},
    {"free meta page", "the second entry is page 1", FREE("P17"), .page = lie_set4, .at = 52, .value = 1},
    {"last free page 0", "the last entry is page 0", FREE("P17"), .page = lie_set4, .at = 56, .value = 0},
    {"one entry more", "slot_count + 1", FREE("P17"), .page = lie_add2, .at = 24, .value = 1},
    {"one entry less", "slot_count - 1", FREE("P17"), .page = lie_add2, .at = 24, .value = -1},
    {"entries dropped", "slot_count 0", FREE("P17"), .page = lie_set2, .at = 24, .value = 0},
    {"entries past the page", "slot_count one more than there is room for", FREE("P17"), .page = too_many_entries,
     .value = 1},
    {"entries without end", "slot_count 65535", FREE("P17"), .page = lie_set2, .at = 24, .value = 65535},
    {"byte behind the entries", "the first byte behind the entries is 1", FREE("P17"), .page = lie_set1, .at = 60,
     .value = 1},
    {"free page's last byte", "the page's last byte is 1", FREE("P17"), .page = lie_set1, .at = -1, .value = 1},
    {"page free twice", "two entries name one page: only the list tells (S1)", FREE("~"), .page = lie_set4, .at = 52,
     .value = 8},
    /* P18 */
    {"chain none", "chain id 0", OVERFLOW("P18"), .page = lie_set8, .at = 48, .value = 0},
    {"no bytes used", "used 0", OVERFLOW("P18"), .page = lie_set4, .at = 60, .value = 0},
    {"one byte less used", "used - 1: a byte stands behind the data", OVERFLOW("P18"), .page = lie_set4, .at = 60,
     .value = 99},
    {"used past the page", "used is capacity + 1", OVERFLOW("P18"), .page = used_past_the_page, .value = 1},
    {"used without end", "used 2^32 - 1", OVERFLOW("P18"), .page = lie_set4, .at = 60, .value = 4294967295},
    {"byte behind the data", "the first byte behind the data is 1", OVERFLOW("P18"), .page = lie_set1, .at = 164,
     .value = 1},
    {"overflow page's last byte", "the page's last byte is 128", OVERFLOW("P18"), .page = lie_set1, .at = -1,
     .value = 128},
    {"position in the chain", "position + 1: only the chain tells (T4)", OVERFLOW("~"), .page = lie_set4, .at = 56,
     .value = 3},
    {"one byte more used", "used + 1: only the chain's sum tells (T4)", OVERFLOW("~"), .page = lie_set4, .at = 60,
     .value = 101},
    {"entry of a map", "a checksum in a map: only the page it is about tells (P1)", "- - - - - - - - - - ~",
     .page = lie_set4, .at = 48, .value = 0x12345678},
    {.name = NULL},
};

/* ---- The seal: told after the page was sealed ----------------------------------- */

static void sealed_with_another_salt(struct patient *p, const struct lie *lie)
{
    page_seal(p->page, p->page_size, (uint64_t)lie->value);
}

/* The page of another place, sealed as what it is. */
static void another_place(struct patient *p, const struct lie *lie)
{
    put_number(p->page + 4, 4, p->pgno + (uint64_t)lie->value);
    page_seal(p->page, p->page_size, (uint64_t)lie->at);
}

const struct lie seal_lies[] = {
    {"checksum's bit", "a bit of the checksum", EVERY("P1"), .page = lie_flip, .at = 0, .value = 1},
    {"sealed zero", "the checksum is 0", EVERY("P1"), .page = lie_set4, .at = 0, .value = 0},
    {"bit of the pgno", "a bit of the page's number", EVERY("P1"), .page = lie_flip, .at = 4, .value = 64},
    {"bit of the lsn", "a bit of the lsn", EVERY("P1"), .page = lie_flip, .at = 15, .value = 128},
    {"bit of the last byte", "a bit of the page's last byte", EVERY("P1"), .page = lie_flip, .at = -1, .value = 1},
    {"burst of 32 bits", "four bytes of the header", EVERY("P1"), .page = lie_set4, .at = 41, .value = 0x5a5aa5a5},
    {"page of another place", "the next page, sealed as such", EVERY("P1"), .page = another_place, .at = 99,
     .value = 1},
    {"page of another file", "sealed with another salt", EVERY("P1"), .page = sealed_with_another_salt, .value = 98},
    {.name = NULL},
};
