/* Lies about keys, heads and separators: rules P12 to P15. `at` is a slot, `text` a key. */
#include "lies.h"

#include <string.h>

/* ---- Before the layout --------------------------------------------------------- */

static void key_is(struct patient *p, const struct lie *lie)
{
    p->records[lie->at].key = (const uint8_t *)lie->text;
    p->records[lie->at].key_len = strlen(lie->text);
}

static void keys_swapped(struct patient *p, const struct lie *lie)
{
    struct draft_record *a = &p->records[lie->at], *b = &p->records[lie->value], kept = *a;
    a->key = b->key;
    a->key_len = b->key_len;
    b->key = kept.key;
    b->key_len = kept.key_len;
}

static void key_copied(struct patient *p, const struct lie *lie)
{
    p->records[lie->at].key = p->records[lie->value].key;
    p->records[lie->at].key_len = p->records[lie->value].key_len;
}

static void low_is(struct patient *p, const struct lie *lie)
{
    p->draft.low = (const uint8_t *)lie->text;
    p->draft.low_len = strlen(lie->text);
}

static void high_is(struct patient *p, const struct lie *lie)
{
    p->draft.high = (const uint8_t *)lie->text;
    p->draft.high_len = strlen(lie->text);
}

/* ---- On the bytes ----------------------------------------------------------------- */

static void slots_swapped(struct patient *p, const struct lie *lie)
{
    uint8_t kept[8];
    size_t width = built_width(p->draft.flags);
    uint8_t *a = patient_slot(p, (size_t)lie->at), *b = patient_slot(p, (size_t)lie->value);
    memcpy(kept, a, width);
    memcpy(a, b, width);
    memcpy(b, kept, width);
}

static void directory_reversed(struct patient *p, const struct lie *lie)
{
    struct lie swap = *lie;
    for (size_t i = 0, k = p->draft.count - 1; i < k; i++, k--) {
        swap.at = (long)i;
        swap.value = (long)k;
        slots_swapped(p, &swap);
    }
}

/* A byte of the head: the lower 4 bits of `value` say which, the others what is added. */
static void head_byte(struct patient *p, const struct lie *lie)
{
    uint8_t *byte = patient_slot(p, (size_t)lie->at) + 4 + lie->value % 16;
    *byte = (uint8_t)(*byte + lie->value / 16);
}

static void head_is(struct patient *p, const struct lie *lie)
{
    memcpy(patient_slot(p, (size_t)lie->at) + 4, lie->text, 4);
}

static void head_zero(struct patient *p, const struct lie *lie)
{
    memset(patient_slot(p, (size_t)lie->at) + 4, 0, 4);
}

static void head_copied(struct patient *p, const struct lie *lie)
{
    memcpy(patient_slot(p, (size_t)lie->at) + 4, patient_slot(p, (size_t)lie->value) + 4, 4);
}

static void heads_swapped(struct patient *p, const struct lie *lie)
{
    uint8_t kept[4];
    memcpy(kept, patient_slot(p, (size_t)lie->at) + 4, 4);
    head_copied(p, lie);
    memcpy(patient_slot(p, (size_t)lie->value) + 4, kept, 4);
}

static void child_is(struct patient *p, const struct lie *lie)
{
    put_number(p->page + patient_offset(p, (size_t)lie->at), 4, (uint64_t)lie->value);
}

#define ALL_LEAVES_AND_BRANCH(leaf, branch) LEAVES_EACH(leaf) " " branch " - - - -"

const struct lie key_lies[] = {
    /* P12 */
    {"key order broken", "the keys of two slots change places", ALL_LEAVES_AND_BRANCH("P12", "P15"),
     .draft = keys_swapped, .at = 1, .value = 2},
    {"key order broken at the end", "the same with the last two", LEAVES("P12"), .draft = keys_swapped, .at = 6,
     .value = 7},
    {"duplicate key", "a key as the one before it", ALL_LEAVES_AND_BRANCH("P12", "P15"), .draft = key_copied, .at = 2,
     .value = 1},
    {"duplicate of the first key", "the last key is the first", LEAVES("P12"), .draft = key_copied, .at = 7,
     .value = 0},
    {"key order by length", "a longer key before one that is a prefix of it", ALL_LEAVES_AND_BRANCH("P12", "P15"),
     .draft = key_is, .at = 2, .text = "kab"},
    {"key order by signed bytes", "a byte above 127 is taken for one below 0", ALL_LEAVES_AND_BRANCH("P12", "P15"),
     .draft = key_is, .at = 2, .text = "k\xf0"},
    {"key out of place, low", "a key in the middle is the lowest", ALL_LEAVES_AND_BRANCH("P12", "P15"), .draft = key_is,
     .at = 4, .text = "ka"},
    {"key out of place, high", "a key in the middle is the highest", ALL_LEAVES_AND_BRANCH("P12", "P15"),
     .draft = key_is, .at = 4, .text = "kyy"},
    {"slots swapped", "two slots change places; a prefix record then has another base, and another key",
     .page = slots_swapped, .at = 4, .value = 6, .rules = "P12 P12 P12 P12 P12 P12 - - - - -"},
    {"children swapped", "two slots of a branch change places", BRANCH("P15"), .page = slots_swapped, .at = 2,
     .value = 4},
    {"directory reversed", "the slots stand in descending order", .page = directory_reversed,
     .rules = "P12 P12 P12 P12 P12 P12 P14 - - - -"},
    /* P13 */
    {"key below the fence", "the first key is j", LEAVES("P13"), .draft = key_is, .at = 0, .text = "j"},
    {"key just below the fence", "the first key is the low fence less its last byte", LEAVES("P13"), .draft = key_is,
     .at = 0, .text = "k"},
    {"key at the high fence", "the last key is the high fence", LEAVES("P13"), .draft = key_is, .at = 7, .text = "kz"},
    {"key just above the high fence", "the last key is the high fence and a byte", LEAVES("P13"), .draft = key_is,
     .at = 7, .text = "kz!"},
    {"key above the fence", "the last key is l", LEAVES("P13"), .draft = key_is, .at = 7, .text = "l"},
    {"wrong fence, low too high", "the low fence stands above the first key", ALL_LEAVES_AND_BRANCH("P13", "P15"),
     .draft = low_is, .text = "kac"},
    {"wrong fence, high too low", "the high fence stands below the last key", ALL_LEAVES_AND_BRANCH("P13", "P15"),
     .draft = high_is, .text = "kd"},
    /* P14 */
    {"head's first byte", "a head's first byte is one more", HEADS("P14"), .page = head_byte, .at = 1, .value = 16},
    {"head's last byte", "a head's last byte is one less", HEADS("P14"), .page = head_byte, .at = 1,
     .value = 255 * 16 + 3},
    {"head of zeros", "a head is zero", HEADS("P14"), .page = head_zero, .at = 1},
    {"head of the next key", "a head is the next slot's", HEADS("P14"), .page = head_copied, .at = 1, .value = 2},
    {"heads swapped", "two heads change places", HEADS("P14"), .page = heads_swapped, .at = 2, .value = 4},
    {"head with the prefix", "a head holds what the fences have in common", HEADS("P14"), .page = head_is, .at = 1,
     .text = "kabc"},
    {"head not zero-padded", "a short key's head ends with spaces", HEADS("P14"), .page = head_is, .at = 2,
     .text = "b   "},
    {"head in another byte order", "a head's bytes are reversed", HEADS("P14"), .page = head_is, .at = 1,
     .text = "dcba"},
    {"head of the last slot", "the last head's first byte is one more", HEADS("P14"), .page = head_byte, .at = 5,
     .value = 16},
    {"head of slot 0", "the first head's last byte is one more; a branch's slot 0 has none", HEADS("P14"),
     .page = head_byte, .at = 0, .value = 16 + 3},
    /* P15 */
    {"child page 0", "slot 0's child is page 0", BRANCH("P15"), .page = child_is, .at = 0, .value = 0},
    {"child is a meta page", "a child is page 1", BRANCH("P15"), .page = child_is, .at = 2, .value = 1},
    {"last child page 0", "the last child is page 0", BRANCH("P15"), .page = child_is, .at = 5, .value = 0},
    {"child past the file", "a child is page 2^32 - 1: only the file tells (S1)", BRANCH("~"), .page = child_is,
     .at = 2, .value = 4294967295},
    {"separator of slot 0", "slot 0 has a separator", BRANCH("P15"), .draft = key_is, .at = 0, .text = "k"},
    {"separator with a head of slot 0", "slot 0 has a separator, and a head of it", BRANCH("P14"), .draft = key_is,
     .at = 0, .text = "ka"},
    {"separator empty", "slot 1's separator is empty", BRANCH("P15"), .draft = key_is, .at = 1, .text = ""},
    {"separator at the low fence", "slot 1's separator is the low fence", BRANCH("P15"), .draft = key_is, .at = 1,
     .text = "ka"},
    {"separator below the low fence", "slot 1's separator is j", BRANCH("P15"), .draft = key_is, .at = 1, .text = "j"},
    {"separator at the high fence", "the last separator is the high fence", BRANCH("P15"), .draft = key_is, .at = 5,
     .text = "kz"},
    {"separator above the high fence", "the last separator is l", BRANCH("P15"), .draft = key_is, .at = 5, .text = "l"},
    {.name = NULL},
};
