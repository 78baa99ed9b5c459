/* A page as text: what it holds, and whatever it holds. */
#include "../support/random.h"
#include "../support/store_fixture.h"

enum { PAGE = 512, TEXT = 1 << 20 };

static char text[TEXT];
static size_t text_length;

static void add_line(void *context, const char *line)
{
    (void)context;
    int length = snprintf(text + text_length, sizeof text - text_length, "%s\n", line);
    assert_true(length > 0 && (size_t)length < sizeof text - text_length);
    text_length += (size_t)length;
}

static const char *inspect(struct fixture *fixture, uint32_t pgno)
{
    text_length = 0;
    text[0] = '\0';
    assert_ok(fixture, inspect_page(&fixture->view, pgno, add_line, NULL));
    return text;
}

static void assert_says(const char *all, const char *part)
{
    if (!strstr(all, part))
        fail_msg("\"%s\" is not in:\n%s", part, all);
}

static void open_writing(struct fixture *fixture)
{
    fixture_open(fixture, PAGE);
    fixture_begin(fixture);
}

static void close_all(struct fixture *fixture)
{
    fixture_rollback(fixture);
    fixture_close(fixture);
}

static void a_leaf_tells_its_records_and_free_regions(void **unused)
{
    (void)unused;
    static uint8_t value[100];
    struct fixture fixture;
    open_writing(&fixture);
    fixture_put(&fixture, text_bytes("apple"), text_bytes("red"));
    fixture_put(&fixture, text_bytes("pear\n"), text_bytes("green"));
    fixture_put(&fixture, text_bytes("plum"), (quire_bytes){value, 100});
    fixture_delete(&fixture, text_bytes("apple"));
    const char *all = inspect(&fixture, fixture.unnamed.root);
    assert_says(all, ": leaf, plain records, V3 slots\n");
    assert_says(all, "check: ok\n");
    assert_says(all, "fences: \"\" to the end\n");
    assert_says(all, "slot 0: offset 58, length 12, head 70656172, key \"pear\\x0a\", value 5 bytes\n");
    assert_says(all, "key \"plum\", value 100 bytes in chain 1 from page ");
    assert_says(all, "hole: 48 to 58, 10 bytes\n");
    assert_says(all, "gap: 88 to 496, 408 bytes\n");
    close_all(&fixture);
}

static void a_prefix_leaf_tells_its_suffixes(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_writing(&fixture);
    fixture_set_version(&fixture, QUIRE_TREE_SLOTS_V1, QUIRE_RECORDS_PREFIX);
    fixture_put(&fixture, text_bytes("apple"), text_bytes("red"));
    fixture_put(&fixture, text_bytes("apricot"), text_bytes("orange"));
    const char *all = inspect(&fixture, fixture.unnamed.root);
    assert_says(all, ": leaf, prefix-compressed records, V1 slots\n");
    assert_says(all, "key 0 bytes of the one before and \"apple\", value 3 bytes\n");
    assert_says(all, "key 2 bytes of the one before and \"ricot\", value 6 bytes\n");
    close_all(&fixture);
}

static void every_kind_of_page_has_its_text(void **unused)
{
    (void)unused;
    static uint8_t value[2000];
    struct fixture fixture;
    struct state state;
    open_writing(&fixture);
    fixture_put(&fixture, text_bytes("a"), (quire_bytes){value, sizeof value});
    for (size_t i = 0; i < 300; i++)
        fixture_put(&fixture, fixture_key(i), text_bytes("value"));
    for (size_t i = 0; i < 200; i++)
        fixture_delete(&fixture, fixture_key(i));
    fixture_commit(&fixture);
    fixture_checkpoint(&fixture);
    fixture_begin(&fixture);
    assert_says(inspect(&fixture, 2), "page 2: map\n");
    assert_says(inspect(&fixture, fixture.unnamed.root), ": branch\n");
    assert_says(text, "child ");
    view_state(&fixture.view, &state);
    assert_says(inspect(&fixture, state.free_head), ": free\n");
    assert_says(text, "free pages: ");
    int has_overflow = 0;
    for (uint32_t pgno = 3; pgno < view_page_count(&fixture.view); pgno++)
        has_overflow |= strstr(inspect(&fixture, pgno), "chain 1, position 4, used 208 of 448 bytes") != NULL;
    assert_true(has_overflow);
    close_all(&fixture);
}

static void a_damaged_page_is_told_and_shown(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint8_t page[PAGE];
    open_writing(&fixture);
    fixture_put(&fixture, text_bytes("apple"), text_bytes("red"));
    fixture_page(&fixture, fixture.unnamed.root, page);
    page[PAGE - 8] = 0xff;
    page[PAGE - 7] = 0xff;
    fixture_write(&fixture, fixture.unnamed.root, page);
    const char *all = inspect(&fixture, fixture.unnamed.root);
    assert_says(all, "check: breaks P7 (");
    assert_says(all, "slot 0: offset 65535, length 10, head 6170706c, not within the page\n");
    close_all(&fixture);
}

/* The bytes are put under the gate, into a frame that the writer has pinned: no log would take them. */
static void any_bytes_can_be_shown(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct random random = {31};
    struct frame *frame;
    uint32_t pgno;
    open_writing(&fixture);
    assert_ok(&fixture, space_allocate(&fixture.view, &pgno));
    assert_ok(&fixture, pager_edit_new(fixture.store.pager, pgno, &frame, &fixture.fault));
    for (size_t i = 0; i < 3000; i++) {
        uint8_t *page = frame->data;
        random_fill(&random, page, PAGE);
        page[HEADER_KIND] = (uint8_t)random_below(&random, 8);
        if (i % 2 == 0) {
            /* Believable lengths, so that the text gets further. */
            store16(page + HEADER_LOW_LEN, (uint16_t)random_below(&random, 80));
            store16(page + HEADER_HIGH_LEN, (uint16_t)random_below(&random, 80));
            store16(page + HEADER_SLOT_COUNT, (uint16_t)random_below(&random, 100));
        }
        (void)inspect(&fixture, pgno);
    }
    page_init(frame->data, PAGE, pgno, 0, PAGE_FREE);
    assert_ok(&fixture, pager_log_image(fixture.store.pager, frame, &fixture.fault));
    pager_release(fixture.store.pager, frame);
    close_all(&fixture);
}

static void a_page_whose_checksum_is_wrong_is_shown_as_the_file_holds_it(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_writing(&fixture);
    fixture_put(&fixture, text_bytes("apple"), text_bytes("red"));
    uint32_t root = fixture.unnamed.root;
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    fixture_spoil(&fixture, (uint64_t)root * PAGE + 50);
    fixture_begin(&fixture);
    const char *all = inspect(&fixture, root);
    assert_says(all, "breaks P1");
    assert_says(all, "what the file holds, sealed with the checksum ");
    assert_says(all, "key \"`pple\", value 3 bytes\n");
    close_all(&fixture);
}

/* What a page has in place of an LSN until its image goes to the log is nothing to show. */
static void a_page_that_owes_its_image_has_no_lsn_yet(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_writing(&fixture);
    fixture_put(&fixture, text_bytes("apple"), text_bytes("0"));
    assert_says(inspect(&fixture, fixture.unnamed.root), ", lsn 1");
    for (uint8_t i = 0; i < PAGE / 8; i++)
        fixture_put(&fixture, text_bytes("apple"), (quire_bytes){&i, 1});
    assert_says(inspect(&fixture, fixture.unnamed.root), ", lsn not known yet, tree 2, ");
    close_all(&fixture);
}

static void a_page_beyond_the_file_is_not_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_writing(&fixture);
    assert_status(&fixture, QUIRE_NOT_FOUND, inspect_page(&fixture.view, 1000, add_line, NULL));
    close_all(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_tells_its_records_and_free_regions),
        cmocka_unit_test(a_prefix_leaf_tells_its_suffixes),
        cmocka_unit_test(every_kind_of_page_has_its_text),
        cmocka_unit_test(a_damaged_page_is_told_and_shown),
        cmocka_unit_test(any_bytes_can_be_shown),
        cmocka_unit_test(a_page_whose_checksum_is_wrong_is_shown_as_the_file_holds_it),
        cmocka_unit_test(a_page_that_owes_its_image_has_no_lsn_yet),
        cmocka_unit_test(a_page_beyond_the_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
