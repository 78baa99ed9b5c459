/* Lies about the header and the fences: rules P2 to P6. Offsets are those of docs/FORMAT.md. */
#include "lies.h"

#include <string.h>

/* One more than a key may have, in the 2-byte field at `at`. */
static void length_past_key_max(struct patient *p, const struct lie *lie)
{
    put_number(p->page + lie->at, 2, p->page_size / 8 - 7);
}

/* The 2-byte field at `at` from another quantity of the page. */
static void field_from_arena(struct patient *p, const struct lie *lie)
{
    put_number(p->page + lie->at, 2, patient_arena(p) + (uint64_t)lie->value);
}

static void field_from_free_end(struct patient *p, const struct lie *lie)
{
    put_number(p->page + lie->at, 2, patient_field(p, 28) + (uint64_t)lie->value);
}

static void field_from_page_size(struct patient *p, const struct lie *lie)
{
    put_number(p->page + lie->at, 2, p->page_size + (uint64_t)lie->value);
}

static void low_becomes_high(struct patient *p, const struct lie *lie)
{
    (void)lie;
    memcpy(p->page + 48, p->page + 50, 2);
}

static void fences_swapped(struct patient *p, const struct lie *lie)
{
    (void)lie;
    memcpy(p->page + 48, "kzka", 4);
}

/* Another slot version (value, 0 to 2) or record format (value 3) in the flags; the directory stays. */
static void version_of(struct patient *p, const struct lie *lie)
{
    p->page[22] = (uint8_t)((p->page[22] & 1) + 2 * lie->value);
}

/* The same with the slot count of as many bytes of directory. */
static void version_that_fits(struct patient *p, const struct lie *lie)
{
    size_t bytes = p->draft.count * built_width(p->draft.flags);
    version_of(p, lie);
    put_number(p->page + 24, 2, bytes / built_width(p->page[22]));
}

static void directory_dropped(struct patient *p, const struct lie *lie)
{
    (void)lie;
    put_number(p->page + 24, 2, 0);
    put_number(p->page + 28, 2, p->page_size);
}

const struct lie header_lies[] = {
    {"checksum in memory", "the checksum's first byte is 1", EVERY("P2"), .page = lie_set1, .at = 0, .value = 1},
    {"checksum's last byte", "the checksum's last byte is 128", EVERY("P2"), .page = lie_set1, .at = 3, .value = 128},
    {"kind none", "kind 0", EVERY("P2"), .page = lie_set1, .at = 20, .value = 0},
    {"kind beyond", "kind 7", EVERY("P2"), .page = lie_set1, .at = 20, .value = 7},
    {"kind far beyond", "kind 255", EVERY("P2"), .page = lie_set1, .at = 20, .value = 255},
    {"zero byte used", "byte 23 is 1", EVERY("P2"), .page = lie_set1, .at = 23, .value = 1},
    {"zero byte used later", "byte 38 is 1", EVERY("P2"), .page = lie_set1, .at = 38, .value = 1},
    {"zero byte used last", "byte 39 is 128", EVERY("P2"), .page = lie_set1, .at = 39, .value = 128},
    /* P3 */
    {"kind lie meta", "kind 1", .page = lie_set1, .at = 20, .value = 1, .rules = LEAVES_EACH("P3") " P3 - P4 P3 P16"},
    {"kind lie free", "kind 2", .page = lie_set1, .at = 20, .value = 2, .rules = LEAVES_EACH("P3") " P3 P17 - P3 P17"},
    {"kind lie branch", "kind 3", .page = lie_set1, .at = 20, .value = 3, .rules = LEAVES_EACH("P3") " - P3 P3 P3 P3"},
    {"kind lie leaf", "kind 4", .page = lie_set1, .at = 20, .value = 4, .rules = "- - - - - - P3 P3 P3 P6 P3"},
    {"kind lie overflow", "kind 5", .page = lie_set1, .at = 20, .value = 5, .rules = "P4 P3 P3 P3 P3 P3 P3 P3 P3 - P3"},
    {"kind lie map", "kind 6: any bytes are a map's, so of a meta page only its place tells", .page = lie_set1,
     .at = 20, .value = 6, .rules = LEAVES_EACH("P3") " P3 ~ P4 P3 -"},
    {"wrong level one", "level 1", .page = lie_set1, .at = 21, .value = 1, .rules = LEAVES_EACH("P3") " - P3 P3 P3 P3"},
    {"wrong level none", "a branch of level 0", BRANCH("P3"), .page = lie_set1, .at = 21, .value = 0},
    {"wrong level too deep", "level 32", EVERY("P3"), .page = lie_set1, .at = 21, .value = 32},
    {"wrong level deepest", "level 255", EVERY("P3"), .page = lie_set1, .at = 21, .value = 255},
    {"flag unknown", "bit 3 of the flags", EVERY("P3"), .page = lie_flip, .at = 22, .value = 8},
    {"flag unknown, high", "bit 7 of the flags", EVERY("P3"), .page = lie_flip, .at = 22, .value = 128},
    {"version beyond", "flags 6: slots of a version 4", EVERY("P3"), .page = lie_set1, .at = 22, .value = 6},
    {"version beyond, plain", "flags 7", EVERY("P3"), .page = lie_set1, .at = 22, .value = 7},
    {"branch of V1", "flags 0", BRANCH("P3"), .page = lie_set1, .at = 22, .value = 0},
    {"branch of V2", "flags 2", BRANCH("P3"), .page = lie_set1, .at = 22, .value = 2},
    {"branch of plain records", "flags 5", BRANCH("P3"), .page = lie_set1, .at = 22, .value = 5},
    {"tree none", "tree id 0", .page = lie_set4, .at = 16, .value = 0, .rules = LEAVES_EACH("P3") " P3 - - P3 -"},
    {"tree of the treeless", "tree id 2", .page = lie_set4, .at = 16, .value = 2, .rules = "- - - - - - - P3 P3 - P3"},
    /* P4 */
    {"slots of the slotless", "slot_count 1", .page = lie_set2, .at = 24, .value = 1,
     .rules = "- - - - - - - P4 - P4 P4"},
    {"free_start of the slotless", "free_start 1", UNSLOTTED("P4"), .page = lie_set2, .at = 26, .value = 1},
    {"free_end of the slotless", "free_end 1", UNSLOTTED("P4"), .page = lie_set2, .at = 28, .value = 1},
    {"low fence of the fenceless", "low_len 1", UNSLOTTED("P4"), .page = lie_set2, .at = 30, .value = 1},
    {"high fence of the fenceless", "high_len 256", UNSLOTTED("P4"), .page = lie_set2, .at = 32, .value = 256},
    {"prefix of the fenceless", "prefix_len 1", UNSLOTTED("P4"), .page = lie_set2, .at = 34, .value = 1},
    {"holes of the slotless", "hole_bytes 32768", UNSLOTTED("P4"), .page = lie_set2, .at = 36, .value = 32768},
    {"left of the lonely", "left link 9", .page = lie_set4, .at = 40, .value = 9, .rules = "- - - - - - - P4 - - P4"},
    {"right of the lonely", "right link 2^24", .page = lie_set4, .at = 44, .value = 1L << 24,
     .rules = "- - - - - - - P4 - - P4"},
    /* P5 */
    {"low fence too long", "low_len KEY_MAX + 1", SLOTTED("P5"), .page = length_past_key_max, .at = 30},
    {"high fence too long", "high_len KEY_MAX + 1", SLOTTED("P5"), .page = length_past_key_max, .at = 32},
    {"low fence past the page", "low_len 65535", SLOTTED("P5"), .page = lie_set2, .at = 30, .value = 65535},
    {"high fence past the page", "high_len 65535", SLOTTED("P5"), .page = lie_set2, .at = 32, .value = 65535},
    {"low fence one longer", "low_len + 1: it takes the high fence's first byte", SLOTTED("P5"), .page = lie_add2,
     .at = 30, .value = 1},
    {"low fence one shorter", "low_len - 1: the high fence takes its last byte", SLOTTED("P5"), .page = lie_add2,
     .at = 30, .value = -1},
    {"low fence gone", "low_len 0", SLOTTED("P5"), .page = lie_set2, .at = 30, .value = 0},
    {"high fence one longer", "high_len + 1: it takes the first record's first byte", SLOTTED("P7"), .page = lie_add2,
     .at = 32, .value = 1},
    {"high fence one shorter", "high_len - 1", SLOTTED("P5"), .page = lie_add2, .at = 32, .value = -1},
    {"high fence gone", "high_len 0: +infinity", SLOTTED("P5"), .page = lie_set2, .at = 32, .value = 0},
    {"wrong fence equal", "low is what high is", SLOTTED("P5"), .page = low_becomes_high},
    {"wrong fence swapped", "low and high change places", SLOTTED("P5"), .page = fences_swapped},
    {"wrong fence above", "low's first byte is z", SLOTTED("P5"), .page = lie_set1, .at = 48, .value = 'z'},
    {"wrong fence below", "low's first byte is j", SLOTTED("P5"), .page = lie_set1, .at = 48, .value = 'j'},
    {"wrong fence apart", "high's first byte is l", SLOTTED("P5"), .page = lie_set1, .at = 50, .value = 'l'},
    {"prefix one longer", "prefix_len + 1", SLOTTED("P5"), .page = lie_add2, .at = 34, .value = 1},
    {"prefix one shorter", "prefix_len - 1", SLOTTED("P5"), .page = lie_add2, .at = 34, .value = -1},
    {"prefix past the fence", "prefix_len 65535", SLOTTED("P5"), .page = lie_set2, .at = 34, .value = 65535},
    /* P6 */
    {"one slot more", "slot_count + 1", SLOTTED("P6"), .page = lie_add2, .at = 24, .value = 1},
    {"one slot less", "slot_count - 1", SLOTTED("P6"), .page = lie_add2, .at = 24, .value = -1},
    {"no slots", "slot_count 0", SLOTTED("P6"), .page = lie_set2, .at = 24, .value = 0},
    {"too many slots", "slot_count 65535", SLOTTED("P6"), .page = lie_set2, .at = 24, .value = 65535},
    {"directory one byte on", "free_end + 1", SLOTTED("P6"), .page = lie_add2, .at = 28, .value = 1},
    {"directory one byte early", "free_end - 1", SLOTTED("P6"), .page = lie_add2, .at = 28, .value = -1},
    {"directory nowhere", "free_end 0", SLOTTED("P6"), .page = lie_set2, .at = 28, .value = 0},
    {"directory empty", "free_end is the page's end", SLOTTED("P6"), .page = field_from_page_size, .at = 28},
    {"directory past the page", "free_end 65535", SLOTTED("P6"), .page = lie_set2, .at = 28, .value = 65535},
    {"directory dropped", "no slots, and free_end is the page's end: the records stay behind",
     LEAVES_EACH("P9") " P6 - - - -", .page = directory_dropped},
    {"free_start in the fences", "free_start is arena - 1", SLOTTED("P6"), .page = field_from_arena, .at = 26,
     .value = -1},
    {"free_start nowhere", "free_start 0", SLOTTED("P6"), .page = lie_set2, .at = 26, .value = 0},
    {"free_start in the directory", "free_start is free_end + 1", SLOTTED("P6"), .page = field_from_free_end, .at = 26,
     .value = 1},
    {"free_start past the page", "free_start 65535", SLOTTED("P6"), .page = lie_set2, .at = 26, .value = 65535},
    {"free_start at the records", "free_start is the arena's start: no room for a record", SLOTTED("P7"),
     .page = field_from_arena, .at = 26},
    {"version-flag lie V1", "the slots are said to be of V1", .page = version_of, .value = 0,
     .rules = "- - P6 P6 P6 P6 P3 - - - -"},
    {"version-flag lie V2", "the slots are said to be of V2", .page = version_of, .value = 1,
     .rules = "P6 P6 - - P6 P6 P3 - - - -"},
    {"version-flag lie V3", "the slots are said to be of V3", .page = version_of, .value = 2,
     .rules = "P6 P6 P6 P6 - - - - - - -"},
    {"version lie that fits V1", "the directory's bytes are read as slots of V1", .page = version_that_fits, .value = 0,
     .rules = "- - P7 P7 P7 P7 P3 - - - -"},
    {"version lie that fits V2", "the directory's bytes are read as slots of V2", .page = version_that_fits, .value = 1,
     .rules = "P7 P7 - - P7 P7 P3 - - - -"},
    {"version lie that fits V3", "the directory's bytes are read as slots of V3", .page = version_that_fits, .value = 2,
     .rules = "P7 P7 P9 P9 - - - - - - -"},
    {"record-flag lie", "plain records are said to be prefix records, or the other way round", LEAVES("P11"),
     .page = lie_flip, .at = 22, .value = 1},
    {.name = NULL},
};
