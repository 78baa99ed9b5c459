/* See lies.h: the healthy pages, and the changes that all parts of the catalogue use. */
#include "lies.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[COLUMNS] = {"V1 prefix", "V1 plain", "V2 prefix", "V2 plain", "V3 prefix", "V3 plain",
                                           "branch",    "meta",     "free",      "overflow", "map"};

const char *column_name(int column)
{
    return names[column];
}

void lie_rule(const struct lie *lie, int column, char *rule)
{
    const char *at = lie->rules;
    for (int i = 0; i < column; i++)
        at = strchr(at, ' ') + 1;
    size_t length = strcspn(at, " ");
    memcpy(rule, at, length);
    rule[length] = '\0';
}

static void record(struct patient *patient, size_t slot, const char *key, const char *value)
{
    patient->records[slot].key = (const uint8_t *)key;
    patient->records[slot].key_len = strlen(key);
    patient->records[slot].value = (const uint8_t *)value;
    patient->records[slot].value_len = (uint32_t)strlen(value);
    patient->records[slot].child = (uint32_t)(20 + slot);
}

/* Fences [ka, kz); the records stand in an order of their own, with a hole before slot 2 where the version has holes.
 */
static void draft_leaf(struct patient *patient)
{
    static const size_t order[PATIENT_RECORDS] = {3, 0, 6, 4, 1, 7, 2, 5};
    record(patient, 0, "kaa", "one");
    record(patient, 1, "kabcdef", "two!!");
    record(patient, 2, "kb", "");
    record(patient, 3, "kbcd", "");
    record(patient, 4, "kc", "a value of some length");
    record(patient, 5, "kd\x80", "high bit");
    record(patient, 6, "ke", "x");
    record(patient, 7, "kf", "last value");
    patient->records[3].value_len = 100000;
    patient->records[3].first = 9;
    patient->records[3].chain = 77;
    patient->draft.kind = PAGE_LEAF;
    patient->draft.flags = (uint8_t)patient->column;
    patient->draft.count = PATIENT_RECORDS;
    patient->draft.order = order;
}

static void draft_branch(struct patient *patient)
{
    static const size_t order[PATIENT_CHILDREN] = {3, 0, 4, 1, 2, 5};
    static const char *const separators[PATIENT_CHILDREN] = {"", "kabc", "kb", "kd", "kp", "kx"};
    for (size_t i = 0; i < PATIENT_CHILDREN; i++)
        record(patient, i, separators[i], "");
    patient->draft.kind = PAGE_BRANCH;
    patient->draft.level = 1;
    patient->draft.flags = PAGE_FLAG_SLOTS_V3;
    patient->draft.count = PATIENT_CHILDREN;
    patient->draft.order = order;
}

int patient_lay_out(struct patient *patient)
{
    return build_slotted(patient->page, &patient->draft);
}

static void make_other(struct patient *patient)
{
    static const uint32_t entries[3] = {8, 2, 70000};
    size_t n = patient->page_size;
    if (patient->column == COLUMN_META)
        build_meta(patient->page, n, 0);
    else if (patient->column == COLUMN_FREE)
        build_free(patient->page, n, PATIENT_PGNO, entries, 3);
    else if (patient->column == COLUMN_OVERFLOW)
        build_overflow(patient->page, n, PATIENT_PGNO, 5, 2, 100);
    else
        build_map(patient->page, n, 2);
    patient->pgno = (uint32_t)get_number(patient->page + 4, 4);
}

void patient_make(struct patient *patient, int column, size_t page_size)
{
    memset(patient, 0, sizeof *patient);
    memset(patient->filler, 'k', sizeof patient->filler);
    patient->column = column;
    patient->page_size = page_size;
    patient->pgno = PATIENT_PGNO;
    if (column >= COLUMN_META) {
        make_other(patient);
        return;
    }
    patient->draft = (struct draft){.page_size = page_size, .pgno = PATIENT_PGNO, .tree = 2, .left = 5, .right = 7};
    patient->draft.low = (const uint8_t *)"ka";
    patient->draft.high = (const uint8_t *)"kz";
    patient->draft.low_len = patient->draft.high_len = 2;
    patient->draft.records = patient->records;
    if (column == COLUMN_BRANCH)
        draft_branch(patient);
    else
        draft_leaf(patient);
    patient->records[2].hole_before = 6;
    if (!patient_lay_out(patient))
        abort();
}

size_t patient_field(const struct patient *patient, size_t offset)
{
    return (size_t)get_number(patient->page + offset, 2);
}

uint8_t *patient_slot(struct patient *patient, size_t slot)
{
    return built_slot(patient->page, patient->page_size, patient->draft.flags, slot);
}

size_t patient_offset(struct patient *patient, size_t slot)
{
    return (size_t)get_number(patient_slot(patient, slot), 2);
}

int patient_is_v1(const struct patient *patient)
{
    return built_width(patient->draft.flags) == 2;
}

size_t patient_end(struct patient *patient, size_t slot)
{
    size_t offset = patient_offset(patient, slot), end = patient_field(patient, 26);
    if (!patient_is_v1(patient))
        return offset + (size_t)get_number(patient_slot(patient, slot) + 2, 2);
    for (size_t i = 0; i < patient->draft.count; i++)
        if (patient_offset(patient, i) > offset && patient_offset(patient, i) < end)
            end = patient_offset(patient, i);
    return end;
}

size_t patient_arena(const struct patient *patient)
{
    return 48 + patient_field(patient, 30) + patient_field(patient, 32);
}

static uint8_t *place(struct patient *patient, const struct lie *lie)
{
    return patient->page + (lie->at < 0 ? (long)patient->page_size + lie->at : lie->at);
}

void lie_set1(struct patient *patient, const struct lie *lie)
{
    put_number(place(patient, lie), 1, (uint64_t)lie->value);
}

void lie_set2(struct patient *patient, const struct lie *lie)
{
    put_number(place(patient, lie), 2, (uint64_t)lie->value);
}

void lie_set4(struct patient *patient, const struct lie *lie)
{
    put_number(place(patient, lie), 4, (uint64_t)lie->value);
}

void lie_set8(struct patient *patient, const struct lie *lie)
{
    put_number(place(patient, lie), 8, (uint64_t)lie->value);
}

void lie_add2(struct patient *patient, const struct lie *lie)
{
    put_number(place(patient, lie), 2, get_number(place(patient, lie), 2) + (uint64_t)lie->value);
}

void lie_flip(struct patient *patient, const struct lie *lie)
{
    *place(patient, lie) ^= (uint8_t)lie->value;
}
