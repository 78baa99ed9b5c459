/*
 * The catalogue of lies, told one by one (see lies.h): every lie on every kind of
 * page and every page size breaks the rule it declares and is named by it; a page
 * that did not change, silence, and another rule's name are failures. The same for
 * lies about files. And no healthy page is taken for a liar.
 *
 *   lies_test --table   prints docs/CORRUPTION.md
 *   HEALTHY_PAGES       how many healthy pages are looked at (default 4000)
 */
#include "lies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../support/page_judge.h"
#include "../support/random.h"
#include "../../src/reference/rebuild.h"

enum { SALT = 99, LIES_WANTED = 150, FILE_LIES_WANTED = 60, RULE_SIZE = 4 };

static const size_t page_sizes[] = {512, 1024, 2048, 4096, 8192, 16384, 32768};
enum { PAGE_SIZES = sizeof page_sizes / sizeof page_sizes[0] };

static const struct {
    const char *title;
    const struct lie *lies;
} parts[] = {
    {"The seal: P1", seal_lies},
    {"Header and fences: P2 to P6", header_lies},
    {"Slots and space: P7 to P10", slot_lies},
    {"Records: P11", record_lies},
    {"Keys, heads and separators: P12 to P15", key_lies},
    {"Meta, free, overflow and map pages: P16 to P18", other_lies},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static const struct file_lie *const file_parts[] = {tree_lies, space_lies, log_lies};
enum { FILE_PARTS = sizeof file_parts / sizeof file_parts[0] };

/* ---- Judging ---------------------------------------------------------------------- */

/* page_check's rule, in buffers of exactly the sizes it may use; the second judge must agree. */
static enum page_rule judge(const uint8_t *page, size_t page_size)
{
    struct page_fault fault;
    struct page_scratch scratch;
    uint8_t *exact = malloc(page_size);
    void *block = malloc(page_scratch_size(page_size));
    assert_non_null(exact);
    assert_non_null(block);
    memcpy(exact, page, page_size);
    page_scratch_carve(&scratch, block, page_size);
    enum page_rule rule = page_check(exact, page_size, &scratch, &fault);
    assert_int_equal(page_judge(page, page_size).rule, rule);
    free(block);
    free(exact);
    return rule;
}

static const char *name_of(const struct patient *patient, int is_sealed)
{
    if (is_sealed)
        return page_verify(patient->page, patient->page_size, patient->pgno, SALT, 0) ? "P0" : "P1";
    enum page_rule rule = judge(patient->page, patient->page_size);
    return rule == RULE_OK ? "~" : page_rule_name(rule);
}

/* 1 if the lie is named as it declares, or has nothing to say of this kind of page. */
static int tell(const struct lie *lie, int column, size_t page_size, int is_sealed)
{
    static struct patient patient, healthy;
    char rule[RULE_SIZE];
    lie_rule(lie, column, rule);
    if (strcmp(rule, "-") == 0)
        return 1;
    patient_make(&patient, column, page_size);
    assert_int_equal(judge(patient.page, page_size), RULE_OK);
    if (is_sealed) {
        page_seal(patient.page, page_size, SALT);
        assert_true(page_verify(patient.page, page_size, patient.pgno, SALT, 0));
    }
    memcpy(&healthy, &patient, sizeof healthy);
    if (lie->draft != NULL) {
        lie->draft(&patient, lie);
        assert_true(patient_lay_out(&patient));
    }
    if (lie->page != NULL)
        lie->page(&patient, lie);
    int is_changed = memcmp(patient.page, healthy.page, page_size) != 0;
    const char *found = name_of(&patient, is_sealed);
    if (strcmp(found, rule) == 0 && (is_changed || strcmp(rule, "~") == 0))
        return 1;
    print_error("\"%s\" on a page of %zu bytes, %s: %s is declared, %s is found%s\n", lie->name, page_size,
                column_name(column), rule, found, is_changed ? "" : ", and the page is unchanged");
    return 0;
}

static void every_lie_on_a_page_is_named_as_declared(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t part = 0; part < PARTS; part++)
        for (const struct lie *lie = parts[part].lies; lie->name != NULL; lie++)
            for (int column = 0; column < COLUMNS; column++)
                for (size_t i = 0; i < PAGE_SIZES; i++)
                    wrong += !tell(lie, column, page_sizes[i], parts[part].lies == seal_lies);
    assert_int_equal(wrong, 0);
}

static size_t count_lies(void)
{
    size_t count = 0;
    for (size_t part = 0; part < PARTS; part++)
        for (const struct lie *lie = parts[part].lies; lie->name != NULL; lie++)
            count++;
    return count;
}

/* One lie under two names. */
static int are_twins(const struct lie *a, const struct lie *b)
{
    if (strcmp(a->rules, b->rules) != 0)
        return 0;
    return a->draft == b->draft && a->page == b->page && a->at == b->at && a->value == b->value && a->text == b->text;
}

static void the_catalogue_is_large_and_has_no_doubles(void **state)
{
    (void)state;
    assert_true(count_lies() >= LIES_WANTED);
    for (size_t part = 0; part < PARTS; part++)
        for (const struct lie *a = parts[part].lies; a->name != NULL; a++)
            for (size_t other = part; other < PARTS; other++)
                for (const struct lie *b = other == part ? a + 1 : parts[other].lies; b->name != NULL; b++) {
                    assert_string_not_equal(a->name, b->name);
                    if (parts[part].lies != seal_lies && are_twins(a, b))
                        fail_msg("\"%s\" is \"%s\" once more", b->name, a->name);
                }
}

/* ---- Lies about files ----------------------------------------------------------------- */

static int is_listed(const char *list, const char *rule)
{
    size_t length = strlen(rule);
    for (const char *at = list; (at = strstr(at, rule)) != NULL; at += length)
        if (at[length] == ' ' || at[length] == '\0')
            return 1;
    return 0;
}

static int is_named_as_declared(const struct file_lie *lie)
{
    struct file_verdict verdict;
    file_lie_tell(lie, &verdict);
    int is_named = verdict.is_changed && strcmp(verdict.first, lie->first) == 0;
    for (size_t i = 1; i < verdict.count; i++)
        is_named = is_named && is_listed(lie->others, verdict.rules[i]);
    if (is_named)
        return 1;
    print_error("\"%s\": %s, then [%s] are declared%s; found:", lie->name, lie->first, lie->others,
                verdict.is_changed ? "" : ", but the file did not change");
    for (size_t i = 0; i < verdict.count; i++)
        print_error(" %s", verdict.rules[i]);
    print_error("\n");
    return 0;
}

static void every_lie_about_a_file_is_named_as_declared(void **state)
{
    (void)state;
    size_t count = 0, wrong = 0;
    for (size_t part = 0; part < FILE_PARTS; part++)
        for (const struct file_lie *lie = file_parts[part]; lie->name != NULL; lie++, count++)
            wrong += !is_named_as_declared(lie);
    assert_int_equal(wrong, 0);
    assert_true(count >= FILE_LIES_WANTED);
}

static void a_file_without_a_lie_passes(void **state)
{
    (void)state;
    struct file_verdict verdict;
    file_lie_tell(NULL, &verdict);
    assert_true(verdict.is_open);
    assert_int_equal(verdict.count, 0);
}

/* ---- Healthy pages ------------------------------------------------------------------------ */

enum { HEALTHY_RECORDS = 60, KEY_ROOM = 24 };

struct healthy {
    struct entry entries[HEALTHY_RECORDS];
    uint8_t keys[HEALTHY_RECORDS][KEY_ROOM];
    size_t count;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    size_t shorter = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, shorter);
    return order != 0 ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

/* Keys that begin with `m` and a byte of few, ascending and each once; values of all lengths, references too. */
static void draw_records(struct healthy *h, struct random *random, size_t page_size)
{
    static uint8_t value[PAGE_SIZE_MAX];
    size_t count = random_below(random, HEALTHY_RECORDS + 1), kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &h->entries[i];
        h->keys[i][0] = 'm';
        entry->key_len = 2 + random_below(random, KEY_ROOM - 2);
        for (size_t b = 1; b < entry->key_len; b++)
            h->keys[i][b] = (uint8_t)(random_below(random, 2) ? random_below(random, 256) : random_below(random, 3));
        entry->key = h->keys[i];
        entry->value = value;
        entry->value_len = (uint32_t)random_below(random, random_below(random, 4) == 0 ? page_size / 8 + 1 : 20);
        entry->overflow = random_below(random, 10) == 0;
        if (entry->overflow) {
            entry->value = NULL;
            entry->value_len = (uint32_t)(page_size / 8 + 1 + random_below(random, 1u << 30));
            entry->ref = (struct overflow_ref){.first = 2 + random_u32(random) / 2, .chain = random_u32(random)};
        }
    }
    random_fill(random, value, page_size / 8);
    qsort(h->entries, count, sizeof *h->entries, compare_entries);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_entries(&h->entries[kept - 1], &h->entries[i]) < 0)
            h->entries[kept++] = h->entries[i];
    h->count = kept;
}

/* A leaf that the old path writes whole: no code of the edits in place has a part in it. */
static void healthy_leaf(struct random *random, uint8_t *page, size_t page_size)
{
    static struct healthy h;
    uint8_t flags = (uint8_t)random_below(random, LEAF_VERSIONS);
    const uint8_t *low = (const uint8_t *)"m", *high = (const uint8_t *)"n";
    size_t low_len = random_below(random, 2), high_len = random_below(random, 2);
    memset(page, 0, page_size);
    page_init_slotted(page, page_size, 9, 2, PAGE_LEAF, 0, flags, low, low_len, high, high_len);
    draw_records(&h, random, page_size);
    while (!rebuild_leaf(page, page_size, flags, low, low_len, high, high_len, h.entries, h.count))
        h.count = h.count / 2;
}

/* Pages of the other kinds, and leaves with holes in any order, as the builder lays them out. */
static void healthy_built(struct random *random, uint8_t *page, size_t page_size)
{
    static struct patient patient;
    patient_make(&patient, (int)random_below(random, COLUMNS), page_size);
    if (patient.column <= COLUMN_BRANCH) {
        for (size_t i = 0; i < patient.draft.count; i++)
            patient.records[i].hole_before = random_below(random, 9);
        patient.draft.count -= random_below(random, patient.draft.count);
        patient.draft.order = NULL;
        assert_true(patient_lay_out(&patient));
    }
    memcpy(page, patient.page, page_size);
}

static void no_healthy_page_is_taken_for_a_liar(void **state)
{
    (void)state;
    static uint8_t page[PAGE_SIZE_MAX];
    const char *wanted = getenv("HEALTHY_PAGES");
    size_t pages = wanted != NULL ? strtoull(wanted, NULL, 10) : 4000;
    struct random random = {20};
    for (size_t i = 0; i < pages; i++) {
        size_t page_size = page_sizes[random_below(&random, PAGE_SIZES)];
        if (i % 4 == 3)
            healthy_built(&random, page, page_size);
        else
            healthy_leaf(&random, page, page_size);
        enum page_rule rule = judge(page, page_size);
        if (rule != RULE_OK)
            fail_msg("healthy page %zu breaks %s", i, page_rule_name(rule));
    }
    print_message("# %zu healthy pages, none of them taken for a liar\n", pages);
}

/* ---- The table ------------------------------------------------------------------------------ */

static void print_part(const char *title, const struct lie *lies)
{
    printf("\n## %s\n\n| lie | what is changed |", title);
    for (int column = 0; column < COLUMNS; column++)
        printf(" %s |", column_name(column));
    printf("\n|---|---|");
    for (int column = 0; column < COLUMNS; column++)
        printf("---|");
    printf("\n");
    for (const struct lie *lie = lies; lie->name != NULL; lie++) {
        printf("| %s | %s |", lie->name, lie->says);
        for (int column = 0; column < COLUMNS; column++) {
            char rule[RULE_SIZE];
            lie_rule(lie, column, rule);
            printf(" %s |", strcmp(rule, "-") == 0 ? "" : rule);
        }
        printf("\n");
    }
}

static void print_table(void)
{
    size_t files = 0;
    for (size_t part = 0; part < FILE_PARTS; part++)
        for (const struct file_lie *lie = file_parts[part]; lie->name != NULL; lie++)
            files++;
    printf("# The catalogue of lies\n\n"
           "Written by `make corruption-table` from the tables in `tests/damage/`; the test `tests/damage/lies_test.c` "
           "tells each of them.\n\n"
           "%zu lies about pages, each told to every kind of page that it fits, at all seven page sizes, and %zu lies "
           "about files, whose pages\n"
           "are each well formed and sealed. Each declares beforehand which rule of [FORMAT.md](FORMAT.md) is the "
           "first one broken. A page that did\n"
           "not change, silence, and the name of another rule are failures. `~` says that no rule of a page can tell: "
           "the layout has no byte for\n"
           "the lie (V1 has neither lengths nor holes), or what is left is a well-formed page of something else, which "
           "only its place in the file\n"
           "can give away. An empty cell: this kind of page has nothing to lie about there.\n",
           count_lies(), files);
    for (size_t part = 0; part < PARTS; part++)
        print_part(parts[part].title, parts[part].lies);
    printf("\n## Files\n\nThe first rule is the one that the audit (or the opening) names first; others may follow, "
           "since one lie shows in several places.\n\n"
           "| lie | what is changed | first | others |\n|---|---|---|---|\n");
    for (size_t part = 0; part < FILE_PARTS; part++)
        for (const struct file_lie *lie = file_parts[part]; lie->name != NULL; lie++)
            printf("| %s | %s | %s | %s |\n", lie->name, lie->says, lie->first, lie->others);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lie_on_a_page_is_named_as_declared),
        cmocka_unit_test(the_catalogue_is_large_and_has_no_doubles),
        cmocka_unit_test(every_lie_about_a_file_is_named_as_declared),
        cmocka_unit_test(a_file_without_a_lie_passes),
        cmocka_unit_test(no_healthy_page_is_taken_for_a_liar),
    };
    if (argc > 1 && strcmp(argv[1], "--table") == 0) {
        print_table();
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
