/*
 * The witness of `make triage`: linked into a fuzz target with the linker's
 * --wrap=page_check and --wrap=abort, it keeps the page that page_check judged
 * last, and draws it when the run is about to end: by a sanitizer, or because an
 * oracle was disappointed. The bytes also go to the file that QUIRE_TRIAGE_PAGE
 * names. Nothing of quire or of the target is changed for it.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "page_draw.h"
#include "page_oracle.h"

enum page_rule __real_page_check(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                 struct page_fault *fault);
enum page_rule __wrap_page_check(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                 struct page_fault *fault);
void __real_abort(void);
void __wrap_abort(void);
void __asan_on_error(void);
void __ubsan_on_report(void);

static struct {
    const uint8_t *place; /* where the page stood, to tell a read beside it */
    uint8_t bytes[PAGE_SIZE_MAX];
    size_t page_size;
    struct page_fault fault;
    size_t judged;
    int is_drawn;
} last;

enum page_rule __wrap_page_check(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                 struct page_fault *fault)
{
    if (!last.is_drawn) { /* before it is judged: the judge may be what fails */
        memcpy(last.bytes, page, page_size);
        last.place = page;
        last.page_size = page_size;
        last.fault = (struct page_fault){RULE_OK, SIZE_MAX, SIZE_MAX};
        last.judged++;
    }
    enum page_rule rule = __real_page_check(page, page_size, scratch, fault);
    if (!last.is_drawn)
        last.fault = *fault;
    return rule;
}

static const char *rule_name(int rule)
{
    return rule == RULE_OK ? "accepts it" : page_rule_name((enum page_rule)rule);
}

/* What the address sanitizer complains of, if it is in the page or right beside it. */
static void mark_address(uint8_t *marks)
{
    if (!__asan_report_present())
        return;
    uintptr_t address = (uintptr_t)__asan_get_report_address(), start = (uintptr_t)last.place;
    if (address >= start && address < start + last.page_size)
        marks[address - start] = 1;
    else if (address >= start && address < start + last.page_size + 64)
        fprintf(stderr, "  the address is %zu bytes past the page's end\n", (size_t)(address - start - last.page_size));
    else if (address < start && address + 64 >= start)
        fprintf(stderr, "  the address is %zu bytes before the page\n", (size_t)(start - address));
}

static void save_page(void)
{
    const char *path = getenv("QUIRE_TRIAGE_PAGE");
    FILE *file = path != NULL ? fopen(path, "wb") : NULL;
    if (file != NULL) {
        fwrite(last.bytes, 1, last.page_size, file);
        fclose(file);
    }
}

static void draw_once(void)
{
    static uint8_t marks[PAGE_SIZE_MAX];
    if (last.is_drawn || last.judged == 0)
        return;
    last.is_drawn = 1;
    int second = page_oracle(last.bytes, last.page_size);
    fprintf(stderr, "triage: page %zu, %zu bytes; page_check: %s, the second judge: %s\n", last.judged, last.page_size,
            rule_name((int)last.fault.rule), rule_name(second));
    page_mark(last.bytes, last.page_size, &last.fault, marks);
    if (last.fault.rule == RULE_OK && second != RULE_OK) {
        struct page_fault fault = {(enum page_rule)second, SIZE_MAX, SIZE_MAX};
        page_mark(last.bytes, last.page_size, &fault, marks);
    }
    mark_address(marks);
    page_draw(stderr, last.bytes, last.page_size, marks);
    fprintf(stderr, "triage: end of the page\n");
    save_page();
}

void __wrap_abort(void)
{
    draw_once();
    __real_abort();
}

void __asan_on_error(void)
{
    draw_once();
}

void __ubsan_on_report(void)
{
    draw_once();
}
