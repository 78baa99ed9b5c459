/* Constants of docs/FORMAT.md, in its order; they stand here only. */
#ifndef QUIRE_PAGE_FORMAT_H
#define QUIRE_PAGE_FORMAT_H

enum { PAGE_SIZE_MIN = 512, PAGE_SIZE_MAX = 32768 };

enum page_kind { PAGE_META = 1, PAGE_FREE = 2, PAGE_BRANCH = 3, PAGE_LEAF = 4, PAGE_OVERFLOW = 5, PAGE_MAP = 6 };

enum {
    HEADER_CHECKSUM = 0,
    HEADER_PGNO = 4,
    HEADER_LSN = 8,
    HEADER_TREE = 16,
    HEADER_KIND = 20,
    HEADER_LEVEL = 21,
    HEADER_FLAGS = 22,
    HEADER_ZERO = 23,
    HEADER_SLOT_COUNT = 24,
    HEADER_FREE_START = 26,
    HEADER_FREE_END = 28,
    HEADER_LOW_LEN = 30,
    HEADER_HIGH_LEN = 32,
    HEADER_PREFIX_LEN = 34,
    HEADER_HOLE_BYTES = 36,
    HEADER_ZERO16 = 38,
    HEADER_LEFT = 40,
    HEADER_RIGHT = 44,
    HEADER_SIZE = 48
};

enum {
    LEAF_FLAG_PLAIN_RECORDS = 0x01,
    PAGE_FLAG_SLOTS = 0x06, /* mask of the slot version */
    PAGE_FLAG_SLOTS_V1 = 0x00,
    PAGE_FLAG_SLOTS_V2 = 0x02,
    PAGE_FLAG_SLOTS_V3 = 0x04
};

enum { SLOT_WIDTH_V1 = 2, SLOT_WIDTH_V2 = 4, SLOT_WIDTH_V3 = 8, SLOT_HEAD = 4, SLOT_HEAD_SIZE = 4 };

enum {
    LEVEL_MAX = 31,
    BRANCH_CHILD_SIZE = 4,
    PREFIX_HEADER_SIZE = 4,
    PREFIX_OVERFLOW_BIT = 0x8000,
    REFERENCE_PLAIN = 12,
    REFERENCE_PREFIX = 16,
    RECORD_MIN_PLAIN = 3,
    RECORD_MIN_PREFIX = 4,
    RECORD_MIN_BRANCH = 4
};

#define VALUE_MAX 2147483647u

enum {
    META_MAGIC = 48,
    META_VERSION = 56,
    META_PAGE_SIZE = 60,
    META_SALT = 64,
    META_GENERATION = 72,
    META_PAGE_COUNT = 76,
    META_FIRST_LSN = 80,
    META_CHECKPOINT = 88,
    META_STATE = 96,
    META_STATE_SIZE = 64,
    META_END = 160
};

enum { OVERFLOW_CHAIN = 48, OVERFLOW_POSITION = 56, OVERFLOW_USED = 60, OVERFLOW_DATA = 64 };
enum { FREE_ENTRIES = 48, FREE_ENTRY_SIZE = 4, MAP_ENTRIES = 48, MAP_ENTRY_SIZE = 4, MAP_FIRST = 2 };

/* Rules P1 to P19; the number is the rule's. */
enum page_rule {
    RULE_OK = 0,
    RULE_SEAL = 1,
    RULE_KIND = 2,
    RULE_LEVEL = 3,
    RULE_UNUSED = 4,
    RULE_FENCES = 5,
    RULE_SPACE = 6,
    RULE_EXTENT = 7,
    RULE_OVERLAP = 8,
    RULE_HOLES = 9,
    RULE_FREE_BYTES = 10,
    RULE_RECORD = 11,
    RULE_ORDER = 12,
    RULE_BOUNDS = 13,
    RULE_HEAD = 14,
    RULE_BRANCH = 15,
    RULE_META = 16,
    RULE_FREE = 17,
    RULE_OVERFLOW = 18,
    RULE_MAP = 19
};

#define KEY_MAX(page_size) ((page_size) / 8u - 8u)
#define INLINE_MAX(page_size) ((page_size) / 8u)
#define FREE_CAPACITY(page_size) (((page_size)-48u) / 4u)
#define MAP_CAPACITY(page_size) (((page_size)-48u) / 4u)
#define OVERFLOW_CAPACITY(page_size) ((page_size)-64u)

#endif
