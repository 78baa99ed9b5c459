/*
 * The catalogue of lies: what can be said falsely in a page or in a file, each
 * with the rule of docs/FORMAT.md that names it. A lie is a row of a table; what
 * breaks first is declared beforehand, kind of page by kind of page, and the test
 * holds page_check, the second judge and the audit against the declaration.
 *
 * A page lie is told to a patient: a healthy page laid out from a draft. Some
 * change the draft, before the bytes are laid out, others the bytes.
 */
#ifndef QUIRE_TESTS_LIES_H
#define QUIRE_TESTS_LIES_H

#include "../../src/page/check.h"
#include "../support/page_builder.h"

/* The columns of the table; the leaf columns are numbered as the flags of their versions. */
enum column { COLUMN_BRANCH = LEAF_VERSIONS, COLUMN_META, COLUMN_FREE, COLUMN_OVERFLOW, COLUMN_MAP, COLUMNS };

enum { PATIENT_RECORDS = 8, PATIENT_CHILDREN = 6, PATIENT_PGNO = 17 };

struct patient {
    int column;
    size_t page_size;
    uint32_t pgno;
    struct draft draft; /* of leaf and branch */
    struct draft_record records[PATIENT_RECORDS];
    uint8_t raw[PAGE_SIZE_MAX];    /* of a record whose bytes the lie makes up */
    uint8_t filler[PAGE_SIZE_MAX]; /* 'k' */
    uint8_t page[PAGE_SIZE_MAX];
};

struct lie {
    const char *name;
    const char *says; /* what it changes */
    const char
        *rules; /* column by column: the rule, "-" where there is nothing to lie about, "~" where no rule can tell */
    void (*draft)(struct patient *patient, const struct lie *lie);
    void (*page)(struct patient *patient, const struct lie *lie);
    long at, value; /* what these mean, draft and page say */
    const char *text;
};

/* Rules for columns side by side. */
#define LEAVES_EACH(rule) rule " " rule " " rule " " rule " " rule " " rule
#define EVERY(rule) LEAVES_EACH(rule) " " rule " " rule " " rule " " rule " " rule
#define SLOTTED(rule) LEAVES_EACH(rule) " " rule " - - - -"
#define LEAVES(rule) LEAVES_EACH(rule) " - - - - -"
#define PLAIN(rule) "- " rule " - " rule " - " rule " - - - - -"
#define PREFIX(rule) rule " - " rule " - " rule " - - - - - -"
/* One rule for V1, another for slots that have lengths. */
#define BY_LENGTH(v1, others) v1 " " v1 " " others " " others " " others " " others " " others " - - - -"
#define HEADS(rule) "- - - - " rule " " rule " " rule " - - - -"
#define BRANCH(rule) "- - - - - - " rule " - - - -"
#define META(rule) "- - - - - - - " rule " - - -"
#define FREE(rule) "- - - - - - - - " rule " - -"
#define OVERFLOW(rule) "- - - - - - - - - " rule " -"
#define UNSLOTTED(rule) "- - - - - - - " rule " " rule " " rule " " rule

/* The parts of the catalogue, each ended by a row without a name. */
extern const struct lie header_lies[], slot_lies[], record_lies[], key_lies[], other_lies[], seal_lies[];

/* A healthy page of that column. */
void patient_make(struct patient *patient, int column, size_t page_size);
/* Lays the draft out again; slotted pages only. 0 if it does not fit. */
int patient_lay_out(struct patient *patient);
const char *column_name(int column);
/* The token of the rules for the column, into `rule` (4 bytes). */
void lie_rule(const struct lie *lie, int column, char *rule);

/* Fields of the page as it stands. */
size_t patient_field(const struct patient *patient, size_t offset);
uint8_t *patient_slot(struct patient *patient, size_t slot);
size_t patient_offset(struct patient *patient, size_t slot);
size_t patient_end(struct patient *patient, size_t slot);
size_t patient_arena(const struct patient *patient);
int patient_is_v1(const struct patient *patient);

/* Changes that several parts use; `at` below 0 counts from the page's end. */
void lie_set1(struct patient *patient, const struct lie *lie);
void lie_set2(struct patient *patient, const struct lie *lie);
void lie_set4(struct patient *patient, const struct lie *lie);
void lie_set8(struct patient *patient, const struct lie *lie);
void lie_add2(struct patient *patient, const struct lie *lie);
void lie_flip(struct patient *patient, const struct lie *lie);

/*
 * Lies about a file: each page may be well formed, and what one says of another
 * is not so. `first` is the rule that the audit names first; `others` are those
 * that may follow, because one lie shows in several places.
 */
struct file;
struct file_lie {
    const char *name;
    const char *says;
    const char *first;
    const char *others;
    void (*tell)(struct file *file);
};
/* The parts of the catalogue, each ended by a row without a name. */
extern const struct file_lie tree_lies[], space_lies[], log_lies[];

/* A healthy file made by the public API, lied about, and what the audit says of it. */
enum { FILE_RULES_MAX = 64 };
struct file_verdict {
    char first[8];
    char rules[FILE_RULES_MAX][8]; /* each once */
    size_t count;
    int is_changed;
    int is_open; /* else the open refused it, naming `first` */
};
void file_lie_tell(const struct file_lie *lie, struct file_verdict *verdict);

#endif
