/*
 * Lies about records: rule P11. Those that leave a well-formed record of another
 * key are told here too, with what then notices: heads (P14), or nothing.
 */
#include "lies.h"

#include <string.h>

static uint8_t *record_at(struct patient *p, long slot)
{
    return p->page + patient_offset(p, (size_t)slot);
}

static int is_plain(const struct patient *p)
{
    return p->draft.flags % 2 == 1;
}

/* ---- Bytes of a record as it stands: `at` is the slot ------------------------ */

static void key_len_moves(struct patient *p, const struct lie *lie)
{
    record_at(p, lie->at)[0] = (uint8_t)(record_at(p, lie->at)[0] + lie->value);
}

static void key_len_is(struct patient *p, const struct lie *lie)
{
    record_at(p, lie->at)[0] = (uint8_t)lie->value;
}

static void val_len_moves(struct patient *p, const struct lie *lie)
{
    record_at(p, lie->at)[1] = (uint8_t)(record_at(p, lie->at)[1] + lie->value);
}

static void val_len_is(struct patient *p, const struct lie *lie)
{
    record_at(p, lie->at)[1] = (uint8_t)lie->value;
}

static void prefix_len_is(struct patient *p, const struct lie *lie)
{
    put_number(record_at(p, lie->at), 2, (uint64_t)lie->value);
}

static void suffix_len_is(struct patient *p, const struct lie *lie)
{
    put_number(record_at(p, lie->at) + 2, 2, (uint64_t)lie->value);
}

static void suffix_len_moves(struct patient *p, const struct lie *lie)
{
    put_number(record_at(p, lie->at) + 2, 2, get_number(record_at(p, lie->at) + 2, 2) + (uint64_t)lie->value);
}

static void key_takes_value_byte(struct patient *p, const struct lie *lie)
{
    uint8_t *record = record_at(p, lie->at);
    if (is_plain(p)) {
        record[0]++;
        record[1]--;
    } else {
        record[2]++;
    }
}

static void record_zeroed(struct patient *p, const struct lie *lie)
{
    size_t offset = patient_offset(p, (size_t)lie->at);
    memset(p->page + offset, 0, patient_end(p, (size_t)lie->at) - offset);
}

static void record_of_ones(struct patient *p, const struct lie *lie)
{
    size_t offset = patient_offset(p, (size_t)lie->at);
    memset(p->page + offset, 0xff, patient_end(p, (size_t)lie->at) - offset);
}

/* ---- The reference of slot 3 -------------------------------------------------- */

static void reference_first(struct patient *p, const struct lie *lie)
{
    put_number(p->page + patient_end(p, 3) - 12, 4, (uint64_t)lie->value);
}

static void reference_chain(struct patient *p, const struct lie *lie)
{
    put_number(p->page + patient_end(p, 3) - 8, 8, (uint64_t)lie->value);
}

static void prefix_reference_length(struct patient *p, const struct lie *lie)
{
    put_number(p->page + patient_end(p, 3) - 16, 4, (uint64_t)lie->value);
}

static void prefix_reference_inline(struct patient *p, const struct lie *lie)
{
    (void)lie;
    put_number(p->page + patient_end(p, 3) - 16, 4, p->page_size / 8);
}

static void draft_value_len(struct patient *p, const struct lie *lie)
{
    p->records[lie->at].value_len = (uint32_t)lie->value;
}

/* ---- Records whose bytes are made up: before the layout ----------------------- */

/* A varint with `padding` bytes more than it needs. */
static size_t varint(uint8_t *p, uint64_t value, size_t padding)
{
    size_t size = 0;
    for (; value >= 128; value >>= 7)
        p[size++] = (uint8_t)(value | 128);
    p[size++] = (uint8_t)(value | (padding > 0 ? 128 : 0));
    for (; padding > 0; padding--)
        p[size++] = padding > 1 ? 128 : 0;
    return size;
}

static void take_raw(struct patient *p, size_t slot, size_t size)
{
    p->records[slot].raw = p->raw;
    p->records[slot].raw_len = size;
}

struct plain {
    uint64_t key_len, val_len; /* as they are said */
    size_t key_padding, val_padding;
    size_t key, stored; /* bytes that follow */
};

/* Slot 4 as a plain record, which stands among its neighbours by the first byte of its key. */
static void plain_record(struct patient *p, struct plain plain)
{
    size_t at = varint(p->raw, plain.key_len, plain.key_padding);
    at += varint(p->raw + at, plain.val_len, plain.val_padding);
    memset(p->raw + at, 'k', plain.key);
    if (plain.key > 1)
        p->raw[at + 1] = 'c';
    at += plain.key;
    memset(p->raw + at, 9, plain.stored);
    take_raw(p, 4, at + plain.stored);
}

static void key_len_padded(struct patient *p, const struct lie *lie)
{
    plain_record(p,
                 (struct plain){.key_len = 2, .val_len = 5, .key = 2, .stored = 5, .key_padding = (size_t)lie->value});
}

static void val_len_padded(struct patient *p, const struct lie *lie)
{
    plain_record(p,
                 (struct plain){.key_len = 2, .val_len = 5, .key = 2, .stored = 5, .val_padding = (size_t)lie->value});
}

static void val_len_said(struct patient *p, const struct lie *lie)
{
    plain_record(p, (struct plain){.key_len = 2, .val_len = (uint64_t)lie->value, .key = 2, .stored = 12});
}

static void key_len_said(struct patient *p, const struct lie *lie)
{
    plain_record(p, (struct plain){.key_len = (uint64_t)lie->value, .val_len = 5, .key = 2, .stored = 5});
}

static void plain_without_key(struct patient *p, const struct lie *lie)
{
    (void)lie;
    plain_record(p, (struct plain){.val_len = 5, .stored = 5});
}

static void reference_of_another_size(struct patient *p, const struct lie *lie)
{
    plain_record(p, (struct plain){.key_len = 2, .val_len = 100000, .key = 2, .stored = 12 + (size_t)lie->value});
}

static void reference_to_inline(struct patient *p, const struct lie *lie)
{
    (void)lie;
    plain_record(p, (struct plain){.key_len = 2, .val_len = p->page_size / 8, .key = 2, .stored = 12});
}

static void varint_cut_off(struct patient *p, const struct lie *lie)
{
    memset(p->raw, 0x80, (size_t)lie->value);
    take_raw(p, 4, (size_t)lie->value);
}

/* Prefix record of slot 4: nothing shared, these many bytes of suffix and value. */
static void prefix_record(struct patient *p, size_t suffix, size_t stored, size_t flags)
{
    put_number(p->raw, 2, 0);
    put_number(p->raw + 2, 2, suffix + flags);
    memset(p->raw + 4, 'k', suffix);
    if (suffix > 1)
        p->raw[5] = 'c';
    memset(p->raw + 4 + suffix, 9, stored);
    take_raw(p, 4, 4 + suffix + stored);
}

static void value_too_long(struct patient *p, const struct lie *lie)
{
    (void)lie;
    size_t longest = p->page_size / 8;
    if (is_plain(p))
        plain_record(p, (struct plain){.key_len = 2, .val_len = longest + 1, .key = 2, .stored = longest + 1});
    else
        prefix_record(p, 2, longest + 1, 0);
}

static void key_too_long(struct patient *p, const struct lie *lie)
{
    (void)lie;
    size_t longest = p->page_size / 8 - 8;
    if (p->draft.kind == PAGE_BRANCH) {
        p->records[4].key = p->filler;
        p->records[4].key_len = longest + 1;
    } else if (is_plain(p)) {
        plain_record(p, (struct plain){.key_len = longest + 1, .val_len = 1, .key = longest + 1, .stored = 1});
    } else {
        prefix_record(p, longest + 1, 1, 0);
    }
}

static void prefix_without_key(struct patient *p, const struct lie *lie)
{
    (void)lie;
    prefix_record(p, 0, 5, 0);
}

static void prefix_reference_of_another_size(struct patient *p, const struct lie *lie)
{
    prefix_record(p, 2, 16 + (size_t)lie->value, 0x8000);
}

#define BOTH_BUT_BRANCH(v1, v2, v3) v1 " " v1 " " v2 " " v2 " " v3 " " v3 " - - - - -"

const struct lie record_lies[] = {
    /* plain */
    {"key one longer", "key_len + 1", PLAIN("P11"), .page = key_len_moves, .at = 0, .value = 1},
    {"key one shorter", "key_len - 1", PLAIN("P11"), .page = key_len_moves, .at = 0, .value = -1},
    {"key of no bytes", "key_len 0, and no key", PLAIN("P11"), .draft = plain_without_key},
    {"key_len of a long key", "key_len 127", PLAIN("P11"), .page = key_len_is, .at = 0, .value = 127},
    {"value one longer", "val_len + 1", PLAIN("P11"), .page = val_len_moves, .at = 0, .value = 1},
    {"value one shorter", "val_len - 1", PLAIN("P11"), .page = val_len_moves, .at = 0, .value = -1},
    {"val_len without an end", "val_len's byte is 0xff", PLAIN("P11"), .page = val_len_is, .at = 4, .value = 255},
    {"key_len not minimal", "key_len in two bytes", PLAIN("P11"), .draft = key_len_padded, .value = 1},
    {"key_len padded to five", "key_len in five bytes", PLAIN("P11"), .draft = key_len_padded, .value = 4},
    {"val_len not minimal", "val_len in two bytes", PLAIN("P11"), .draft = val_len_padded, .value = 1},
    {"val_len padded to six", "val_len in six bytes", PLAIN("P11"), .draft = val_len_padded, .value = 5},
    {"val_len beyond 32 bits", "val_len 2^32 + 100000", PLAIN("P11"), .draft = val_len_said,
     .value = (1L << 20) * 4096 + 100000},
    {"val_len of the longest, and one", "val_len 2^31", PLAIN("P11"), .draft = val_len_said, .value = 1L << 31},
    {"key_len beyond 32 bits", "key_len 2^32 + 2", PLAIN("P11"), .draft = key_len_said, .value = (1L << 20) * 4096 + 2},
    {"varint cut off", "a record of three bytes 0x80", PLAIN("P11"), .draft = varint_cut_off, .value = 3},
    {"varint of six bytes", "a record of six bytes 0x80", PLAIN("P11"), .draft = varint_cut_off, .value = 6},
    {"reference a byte short", "a reference of 11 bytes", PLAIN("P11"), .draft = reference_of_another_size,
     .value = -1},
    {"reference a byte long", "a reference of 13 bytes", PLAIN("P11"), .draft = reference_of_another_size, .value = 1},
    {"reference to a short value", "INLINE_MAX bytes, and a reference", PLAIN("P11"), .draft = reference_to_inline},
    /* prefix */
    {"prefix longer than its base", "slot 1 shares 4 bytes with a key of 3", PREFIX("P11"), .page = prefix_len_is,
     .at = 1, .value = 4},
    {"prefix longer than the low fence", "slot 0 shares 3 bytes with a fence of 2", PREFIX("P11"),
     .page = prefix_len_is, .at = 0, .value = 3},
    {"prefix as long as can be", "prefix_len 65535", PREFIX("P11"), .page = prefix_len_is, .at = 2, .value = 65535},
    {"suffix past its record", "suffix_len 100", PREFIX("P11"), .page = suffix_len_is, .at = 0, .value = 100},
    {"suffix as long as can be", "suffix_len 32767", PREFIX("P11"), .page = suffix_len_is, .at = 0, .value = 32767},
    {"suffix one past its record", "suffix_len + 1 where there is no value", PREFIX("P11"), .page = suffix_len_moves,
     .at = 2, .value = 1},
    {"overflow bit on a value", "bit 15 of suffix_len set", PREFIX("P11"), .page = suffix_len_moves, .at = 4,
     .value = 32768},
    {"overflow bit off a reference", "bit 15 of suffix_len cleared: the reference reads as a value of 16 bytes",
     PREFIX("~"), .page = suffix_len_moves, .at = 3, .value = -32768},
    {"suffix of no bytes", "prefix_len 0, suffix_len 0", PREFIX("P11"), .draft = prefix_without_key},
    {"reference of 15 bytes", "a byte of the reference is missing", PREFIX("P11"),
     .draft = prefix_reference_of_another_size, .value = -1},
    {"reference of 17 bytes", "the reference is followed by a byte", PREFIX("P11"),
     .draft = prefix_reference_of_another_size, .value = 1},
    {"reference of length none", "the reference says 0 bytes", PREFIX("P11"), .page = prefix_reference_length},
    {"reference within the inline limit", "the reference says INLINE_MAX bytes", PREFIX("P11"),
     .page = prefix_reference_inline},
    /* both */
    {"reference to page 0", "first page 0", LEAVES("P11"), .page = reference_first, .value = 0},
    {"reference to the second meta page", "first page 1", LEAVES("P11"), .page = reference_first, .value = 1},
    {"reference to a page past the file", "first page 2^32 - 1: only the file tells (S1)", LEAVES("~"),
     .page = reference_first, .value = 4294967295},
    {"reference to chain 0", "chain id 0: only the chain tells (T4)", LEAVES("~"), .page = reference_chain, .value = 0},
    {"value of 2^31 bytes", "a reference to 2^31 bytes", LEAVES("P11"), .draft = draft_value_len, .at = 3,
     .value = 1L << 31},
    {"value of 2^32 - 1 bytes", "a reference to 2^32 - 1 bytes", LEAVES("P11"), .draft = draft_value_len, .at = 3,
     .value = 4294967295},
    {"value too long for a leaf", "INLINE_MAX + 1 bytes in the record", LEAVES("P11"), .draft = value_too_long},
    {"key too long", "a key, or a separator, of KEY_MAX + 1 bytes", SLOTTED("P11"), .draft = key_too_long},
    {"record of zeros", "all bytes of a record are zero; a branch's child is then page 0",
     LEAVES_EACH("P11") " P14 - - - -", .page = record_zeroed, .at = 1},
    {"record of ones", "all bytes of a record are 0xff", LEAVES_EACH("P11") " P14 - - - -", .page = record_of_ones,
     .at = 1},
    {"key takes a byte of the value", "both lengths agree: without heads it is another record, and a good one",
     BOTH_BUT_BRANCH("~", "~", "P14"), .page = key_takes_value_byte, .at = 0},
    {.name = NULL},
};
