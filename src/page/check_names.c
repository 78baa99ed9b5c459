/* The rules of a page in words, for reports; docs/FORMAT.md has them in full. */
#include "check.h"

enum { RULE_COUNT = 20 };

static const char *const names[RULE_COUNT] = {"OK",  "P1",  "P2",  "P3",  "P4",  "P5",  "P6",  "P7",  "P8",  "P9",
                                              "P10", "P11", "P12", "P13", "P14", "P15", "P16", "P17", "P18", "P19"};

static const char *const texts[RULE_COUNT] = {
    "the page is valid",
    "checksum, page number or map entry do not match",
    "the kind is unknown, or reserved bytes are not zero",
    "level, flags or tree id are not legal for the kind",
    "a field that the kind does not use is not zero",
    "the fences are too long, out of order, or prefix_len is not their common prefix",
    "slot directory, records and fences do not fit the page's space",
    "a record lies outside the record area, or is too short",
    "two records share bytes",
    "hole_bytes is wrong, or a V1 page has a hole or two equal offsets",
    "a free byte is not zero",
    "a record is malformed",
    "keys do not ascend",
    "a key lies outside the fences",
    "a slot's head is not its key's",
    "a separator is out of place, or a child is no page",
    "the meta page is malformed",
    "the free-list page is malformed",
    "the overflow page is malformed",
    "the map page is malformed",
};

const char *page_rule_name(enum page_rule rule)
{
    return (unsigned)rule < RULE_COUNT ? names[rule] : "P?";
}

const char *page_rule_text(enum page_rule rule)
{
    return (unsigned)rule < RULE_COUNT ? texts[rule] : "an unknown rule is broken";
}
