/* Lies of the slot directory and about the space of a page: rules P7 to P10. `at` is a slot. */
#include "lies.h"

#include <string.h>

static void set_offset(struct patient *p, long slot, size_t offset)
{
    put_number(patient_slot(p, (size_t)slot), 2, offset);
}

/* V1 has no lengths to lie about: the page then stays as it is. */
static void set_length(struct patient *p, long slot, size_t length)
{
    if (!patient_is_v1(p))
        put_number(patient_slot(p, (size_t)slot) + 2, 2, length);
}

static size_t length_of(struct patient *p, long slot)
{
    return patient_end(p, (size_t)slot) - patient_offset(p, (size_t)slot);
}

static void offset_is(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, (size_t)lie->value);
}

static void offset_moves(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_offset(p, (size_t)lie->at) + (size_t)lie->value);
}

static void offset_from_arena(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_arena(p) + (size_t)lie->value);
}

static void offset_from_free_start(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_field(p, 26) + (size_t)lie->value);
}

static void offset_from_free_end(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_field(p, 28) + (size_t)lie->value);
}

static void offset_below_slot(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_offset(p, (size_t)lie->value) - 2);
}

static void length_is(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, (size_t)lie->value);
}

static void length_moves(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, length_of(p, lie->at) + (size_t)lie->value);
}

static void length_below_shortest(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, p->draft.kind == PAGE_LEAF && p->draft.flags % 2 == 1 ? 2 : 3);
}

static void length_to_free_start(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, patient_field(p, 26) - patient_offset(p, (size_t)lie->at) + (size_t)lie->value);
}

/* So that offset and length come to `value` in 16 bits. */
static void length_wraps(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, 65536 - patient_offset(p, (size_t)lie->at) + (size_t)lie->value);
}

static void slot_copied(struct patient *p, const struct lie *lie)
{
    memcpy(patient_slot(p, (size_t)lie->at), patient_slot(p, (size_t)lie->value), built_width(p->draft.flags));
}

static void offset_copied(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_offset(p, (size_t)lie->value));
}

static void nested(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_offset(p, (size_t)lie->value) + 1);
    set_length(p, lie->at, 4);
}

static void all_of_the_arena(struct patient *p, const struct lie *lie)
{
    set_offset(p, lie->at, patient_arena(p));
    set_length(p, lie->at, patient_field(p, 26) - patient_arena(p));
}

/* From the end of the record before: the whole of it. */
static void swallows_neighbour(struct patient *p, const struct lie *lie)
{
    set_length(p, lie->at, patient_end(p, (size_t)lie->value) - patient_offset(p, (size_t)lie->at));
}

static void slot_all_zero(struct patient *p, const struct lie *lie)
{
    memset(patient_slot(p, (size_t)lie->at), 0, built_width(p->draft.flags));
}

static void slot_all_ones(struct patient *p, const struct lie *lie)
{
    memset(patient_slot(p, (size_t)lie->at), 0xff, built_width(p->draft.flags));
}

/* Takes the last slot out of the directory; where its record was remains as it is. */
static size_t drop_last(struct patient *p)
{
    size_t last = p->draft.count - 1, width = built_width(p->draft.flags), length = length_of(p, (long)last);
    memset(patient_slot(p, last), 0, width);
    put_number(p->page + 24, 2, last);
    put_number(p->page + 28, 2, patient_field(p, 28) + width);
    return length;
}

static void slot_dropped(struct patient *p, const struct lie *lie)
{
    (void)lie;
    drop_last(p);
}

/* The same, and its bytes are counted as a hole, but still there. V1 has no holes to count. */
static void record_left_in_hole(struct patient *p, const struct lie *lie)
{
    (void)lie;
    size_t length = drop_last(p);
    if (!patient_is_v1(p))
        put_number(p->page + 36, 2, patient_field(p, 36) + length);
}

/* A record loses its last byte to a hole; `value` 1: and the byte is zeroed. */
static void record_shortened(struct patient *p, const struct lie *lie)
{
    if (patient_is_v1(p))
        return;
    set_length(p, lie->at, length_of(p, lie->at) - 1);
    put_number(p->page + 36, 2, patient_field(p, 36) + 1);
    if (lie->value)
        p->page[patient_end(p, (size_t)lie->at)] = 0;
}

static void hole_forgotten(struct patient *p, const struct lie *lie)
{
    (void)lie;
    put_number(p->page + 36, 2, 0);
}

static void no_gap(struct patient *p, const struct lie *lie)
{
    (void)lie;
    memset(p->page + patient_field(p, 26), 0, patient_field(p, 28) - patient_field(p, 26));
    put_number(p->page + 26, 2, patient_field(p, 28));
}

/* A byte of the gap: `at` 0 counts from its start, 1 back from its end. */
static void gap_byte(struct patient *p, const struct lie *lie)
{
    p->page[lie->at == 0 ? (long)patient_field(p, 26) + lie->value : (long)patient_field(p, 28) - 1 - lie->value] = 1;
}

static void gap_middle(struct patient *p, const struct lie *lie)
{
    (void)lie;
    p->page[(patient_field(p, 26) + patient_field(p, 28)) / 2] = 0x80;
}

static void gap_filled(struct patient *p, const struct lie *lie)
{
    memset(p->page + patient_field(p, 26), (int)lie->value, patient_field(p, 28) - patient_field(p, 26));
}

/* The hole stands before slot 2; V1 has none. */
static void hole_byte(struct patient *p, const struct lie *lie)
{
    if (!patient_is_v1(p))
        p->page[(long)patient_offset(p, 2) - lie->at] = (uint8_t)lie->value;
}

const struct lie slot_lies[] = {
    {"offset nowhere", "a slot's offset is 0", SLOTTED("P7"), .page = offset_is, .at = 3, .value = 0},
    {"offset in the header", "a slot's offset is 47", SLOTTED("P7"), .page = offset_is, .at = 3, .value = 47},
    {"offset in the fences", "a slot's offset is arena - 1", SLOTTED("P7"), .page = offset_from_arena, .at = 3,
     .value = -1},
    {"offset at free_start", "a slot's offset is free_start", SLOTTED("P7"), .page = offset_from_free_start, .at = 3},
    {"offset in the gap", "a slot's offset is free_start + 1", SLOTTED("P7"), .page = offset_from_free_start, .at = 0,
     .value = 1},
    {"offset just before free_start", "a slot's offset is free_start - 1", SLOTTED("P7"),
     .page = offset_from_free_start, .at = 0, .value = -1},
    {"offset in the directory", "a slot's offset is free_end", SLOTTED("P7"), .page = offset_from_free_end, .at = 3},
    {"offset past the page", "a slot's offset is 65535", SLOTTED("P7"), .page = offset_is, .at = 3, .value = 65535},
    {"offset of the last slot", "the last slot's offset is 1", SLOTTED("P7"), .page = offset_is, .at = 5, .value = 1},
    {"slot of zeros", "all bytes of a slot are zero", SLOTTED("P7"), .page = slot_all_zero, .at = 2},
    {"slot of ones", "all bytes of a slot are 0xff", SLOTTED("P7"), .page = slot_all_ones, .at = 2},
    {"length none", "a slot's length is 0", BY_LENGTH("~", "P7"), .page = length_is, .at = 3, .value = 0},
    {"length below the shortest", "a slot's length is one less than the shortest record's", BY_LENGTH("~", "P7"),
     .page = length_below_shortest, .at = 3},
    {"length past free_start", "a record ends one byte past free_start", BY_LENGTH("~", "P7"),
     .page = length_to_free_start, .at = 3, .value = 1},
    {"length past free_start, last", "the last record is one byte longer", BY_LENGTH("~", "P7"), .page = length_moves,
     .at = 5, .value = 1},
    {"length past the page", "a slot's length is 65535", BY_LENGTH("~", "P7"), .page = length_is, .at = 3,
     .value = 65535},
    {"length that wraps to zero", "offset and length come to 65536", BY_LENGTH("~", "P7"), .page = length_wraps,
     .at = 3},
    {"length that wraps into the page", "offset and length come to 65536 + 20", BY_LENGTH("~", "P7"),
     .page = length_wraps, .at = 3, .value = 20},
    /* P8, and what V1 makes of it */
    {"overlap of the last byte", "a record takes the first byte of the next one", BY_LENGTH("~", "P8"),
     .page = length_moves, .at = 3, .value = 1},
    {"overlap of the first byte", "a slot's offset is one less; in V1 the record below loses a byte to it",
     BY_LENGTH("P11", "P8"), .page = offset_moves, .at = 0, .value = -1},
    {"backward offset", "a slot's offset is two bytes below the next record", BY_LENGTH("P7", "P8"),
     .page = offset_below_slot, .at = 1, .value = 2},
    {"slot copied", "two slots name one record", BY_LENGTH("P9", "P8"), .page = slot_copied, .at = 1, .value = 4},
    {"slot copied to the first", "slot 0 is what the last one is", BY_LENGTH("P9", "P8"), .page = slot_copied, .at = 0,
     .value = 5},
    {"offset copied", "two slots have one offset", BY_LENGTH("P9", "P8"), .page = offset_copied, .at = 0, .value = 3},
    {"record within a record", "a slot names the inside of another's record", BY_LENGTH("P7", "P8"), .page = nested,
     .at = 1, .value = 3},
    {"record over all records", "a slot names the whole arena", BY_LENGTH("P9", "P8"), .page = all_of_the_arena,
     .at = 5},
    {"record over its neighbour", "a record ends where the next one does", BY_LENGTH("~", "P8"),
     .page = swallows_neighbour, .at = 3, .value = 0},
    /* P9 */
    {"offset one on", "a slot's offset is one more: a byte belongs to nobody, in V1 to the record below",
     BY_LENGTH("P11", "P8"), .page = offset_moves, .at = 0, .value = 1},
    {"hole uncounted, one", "hole_bytes - 1", SLOTTED("P9"), .page = lie_add2, .at = 36, .value = -1},
    {"hole counted twice", "hole_bytes + 6", SLOTTED("P9"), .page = lie_add2, .at = 36, .value = 6},
    {"hole in a V1 page", "hole_bytes + 1", SLOTTED("P9"), .page = lie_add2, .at = 36, .value = 1},
    {"hole as large as can be", "hole_bytes 65535", SLOTTED("P9"), .page = lie_set2, .at = 36, .value = 65535},
    {"hole forgotten", "hole_bytes 0", BY_LENGTH("~", "P9"), .page = hole_forgotten},
    {"slot dropped",
     "the last slot is gone, its record is not; V1 gives the bytes to the record below, and a prefix "
     "record takes them for its value",
     .page = slot_dropped, .rules = "~ P11 P9 P9 P9 P9 P9 - - - -"},
    {"record shortened, uncounted", "a slot's length is one less", BY_LENGTH("~", "P9"), .page = length_moves, .at = 1,
     .value = -1},
    {"free_start one on",
     "free_start + 1: V1 gives the byte to the last record, and a prefix record takes it for its "
     "value",
     .page = lie_add2, .at = 26, .value = 1, .rules = "~ P11 P9 P9 P9 P9 P9 - - - -"},
    {"free_start one early", "free_start - 1: the last record loses a byte to the gap", BY_LENGTH("P10", "P7"),
     .page = lie_add2, .at = 26, .value = -1},
    {"no gap", "free_start is free_end", "P11 P11 P9 P9 P9 P9 P9 - - - -", .page = no_gap},
    /* P10 */
    {"record left in a hole", "the last slot is gone and its bytes are counted as a hole, but not zeroed",
     .page = record_left_in_hole, .rules = "~ P11 P10 P10 P10 P10 P10 - - - -"},
    {"last byte left in a hole", "a record loses its last byte to a hole", BY_LENGTH("~", "P10"),
     .page = record_shortened, .at = 1},
    {"first byte of the gap", "the gap's first byte is 1", SLOTTED("P10"), .page = gap_byte, .at = 0},
    {"second byte of the gap", "the gap's second byte is 1", SLOTTED("P10"), .page = gap_byte, .at = 0, .value = 1},
    {"last byte of the gap", "the gap's last byte is 1", SLOTTED("P10"), .page = gap_byte, .at = 1},
    {"middle of the gap", "a byte in the middle of the gap is 128", SLOTTED("P10"), .page = gap_middle},
    {"gap of ones", "all bytes of the gap are 255", SLOTTED("P10"), .page = gap_filled, .value = 255},
    {"first byte of a hole", "the hole's first byte is 1", BY_LENGTH("~", "P10"), .page = hole_byte, .at = 6,
     .value = 1},
    {"last byte of a hole", "the hole's last byte is 255", BY_LENGTH("~", "P10"), .page = hole_byte, .at = 1,
     .value = 255},
    {.name = NULL},
};
