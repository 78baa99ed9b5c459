/* Cursors: bounds, both directions, and a place that outlives edits. */
#include "../support/random.h"
#include "../support/store_fixture.h"
#include "../../src/reference/model.h"

enum { PAGE = 512 };

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

static void put_letters(struct fixture *fixture, const char *letters)
{
    for (; *letters; letters++)
        fixture_put(fixture, (quire_bytes){(const uint8_t *)letters, 1}, text_bytes("value"));
}

static void put_numbers(struct fixture *fixture, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fixture_put(fixture, fixture_key(i), text_bytes("0123456789"));
}

typedef quire_status move(struct cursor *cursor, quire_bytes *key, quire_bytes *value);

/* Walks to the end by `step` and writes the keys (of one letter) one after the other. */
static const char *walk(struct fixture *fixture, struct cursor *cursor, move *start, move *step)
{
    static char letters[64];
    size_t count = 0;
    quire_bytes key, value;
    quire_status status = start(cursor, &key, &value);
    while (status == QUIRE_OK) {
        assert_int_equal(key.size, 1);
        letters[count++] = (char)key.data[0];
        status = step(cursor, &key, &value);
    }
    assert_status(fixture, QUIRE_NOT_FOUND, status);
    letters[count] = '\0';
    return letters;
}

static void open_cursor(struct fixture *fixture, struct cursor *cursor)
{
    assert_ok(fixture, cursor_open(cursor, &fixture->view, &fixture->unnamed));
}

static void assert_at(struct fixture *fixture, quire_status status, quire_bytes found, quire_bytes wanted)
{
    assert_ok(fixture, status);
    assert_int_equal(found.size, wanted.size);
    assert_memory_equal(found.data, wanted.data, wanted.size);
}

/* ---- Bounds --------------------------------------------------------------- */

static void bounds_are_exact(void **unused)
{
    (void)unused;
    static const struct {
        int low_kind;
        const char *low;
        int high_kind;
        const char *high;
        const char *forward;
    } cases[] = {
        {QUIRE_BOUND_NONE, "", QUIRE_BOUND_NONE, "", "bdfhj"},
        {QUIRE_BOUND_INCLUDED, "d", QUIRE_BOUND_INCLUDED, "h", "dfh"},
        {QUIRE_BOUND_EXCLUDED, "d", QUIRE_BOUND_EXCLUDED, "h", "f"},
        {QUIRE_BOUND_INCLUDED, "c", QUIRE_BOUND_EXCLUDED, "i", "dfh"},
        {QUIRE_BOUND_INCLUDED, "d", QUIRE_BOUND_INCLUDED, "d", "d"},
        {QUIRE_BOUND_EXCLUDED, "d", QUIRE_BOUND_INCLUDED, "d", ""},
        {QUIRE_BOUND_INCLUDED, "h", QUIRE_BOUND_INCLUDED, "d", ""},
        {QUIRE_BOUND_INCLUDED, "k", QUIRE_BOUND_NONE, "", ""},
        {QUIRE_BOUND_NONE, "", QUIRE_BOUND_EXCLUDED, "b", ""},
        {QUIRE_BOUND_INCLUDED, "", QUIRE_BOUND_INCLUDED, "zz", "bdfhj"},
        {QUIRE_BOUND_NONE, "", QUIRE_BOUND_INCLUDED, "", ""},
        {QUIRE_BOUND_EXCLUDED, "d", QUIRE_BOUND_NONE, "", "fhj"},
        {QUIRE_BOUND_INCLUDED, "da", QUIRE_BOUND_INCLUDED, "ha", "fh"},
    };
    struct fixture fixture;
    struct cursor cursor;
    open_writing(&fixture);
    put_letters(&fixture, "hbjdf");
    open_cursor(&fixture, &cursor);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char backward[16] = "";
        size_t length = strlen(cases[i].forward);
        for (size_t c = 0; c < length; c++)
            backward[c] = cases[i].forward[length - 1 - c];
        assert_ok(&fixture, cursor_bounds(&cursor, cases[i].low_kind, text_bytes(cases[i].low), cases[i].high_kind,
                                          text_bytes(cases[i].high)));
        assert_string_equal(walk(&fixture, &cursor, cursor_first, cursor_next), cases[i].forward);
        assert_string_equal(walk(&fixture, &cursor, cursor_last, cursor_previous), backward);
        /* Past the end, the step back comes to the last record again. */
        assert_string_equal(walk(&fixture, &cursor, cursor_next, cursor_next), cases[i].forward);
        assert_string_equal(walk(&fixture, &cursor, cursor_previous, cursor_previous), backward);
    }
    cursor_close(&cursor);
    close_all(&fixture);
}

static size_t count_forward(struct fixture *fixture, struct cursor *cursor)
{
    size_t count = 0;
    quire_status status = cursor_first(cursor, NULL, NULL);
    for (; status == QUIRE_OK; count++)
        status = cursor_next(cursor, NULL, NULL);
    assert_status(fixture, QUIRE_NOT_FOUND, status);
    return count;
}

static void a_prefix_takes_the_keys_that_start_with_it(void **unused)
{
    (void)unused;
    static const char *const keys[] = {"a", "ab", "abc", "ac", "b", "\xff", "\xff\xff", "\xff\xff\x01"};
    static const struct {
        const char *prefix;
        size_t count;
    } cases[] = {{"", 8}, {"a", 4}, {"ab", 2}, {"abc", 1}, {"abcd", 0}, {"\xff", 3}, {"\xff\xff", 2}, {"c", 0}};
    struct fixture fixture;
    struct cursor cursor;
    open_writing(&fixture);
    for (size_t i = 0; i < 8; i++)
        fixture_put(&fixture, text_bytes(keys[i]), text_bytes(""));
    open_cursor(&fixture, &cursor);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(&fixture, cursor_prefix(&cursor, text_bytes(cases[i].prefix)));
        assert_int_equal(count_forward(&fixture, &cursor), cases[i].count);
    }
    cursor_close(&cursor);
    close_all(&fixture);
}

static void bounds_longer_than_any_key_are_exact_too(void **unused)
{
    (void)unused;
    enum { KEY = KEY_MAX(PAGE) };
    uint8_t longest[KEY + 8];
    memset(longest, 'm', sizeof longest);
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_letters(&fixture, "az");
    fixture_put(&fixture, (quire_bytes){longest, KEY}, text_bytes(""));
    open_cursor(&fixture, &cursor);
    quire_bytes beyond = {longest, sizeof longest};
    assert_ok(&fixture, cursor_bounds(&cursor, QUIRE_BOUND_INCLUDED, beyond, QUIRE_BOUND_NONE, beyond));
    assert_int_equal(count_forward(&fixture, &cursor), 1);
    assert_ok(&fixture, cursor_bounds(&cursor, QUIRE_BOUND_NONE, beyond, QUIRE_BOUND_EXCLUDED, beyond));
    assert_int_equal(count_forward(&fixture, &cursor), 2);
    assert_ok(&fixture, cursor_prefix(&cursor, beyond));
    assert_int_equal(count_forward(&fixture, &cursor), 0);
    assert_ok(&fixture, cursor_prefix(&cursor, text_bytes("")));
    assert_at(&fixture, cursor_seek(&cursor, beyond, &key, NULL), key, text_bytes("z"));
    assert_at(&fixture, cursor_seek_back(&cursor, beyond, &key, NULL), key, (quire_bytes){longest, KEY});
    cursor_close(&cursor);
    close_all(&fixture);
}

static void seeks_go_to_the_nearest_record_on_their_side(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_letters(&fixture, "bdfhj");
    open_cursor(&fixture, &cursor);
    assert_at(&fixture, cursor_seek(&cursor, text_bytes("d"), &key, NULL), key, text_bytes("d"));
    assert_at(&fixture, cursor_seek(&cursor, text_bytes("e"), &key, NULL), key, text_bytes("f"));
    assert_at(&fixture, cursor_seek_back(&cursor, text_bytes("d"), &key, NULL), key, text_bytes("d"));
    assert_at(&fixture, cursor_seek_back(&cursor, text_bytes("e"), &key, NULL), key, text_bytes("d"));
    assert_at(&fixture, cursor_seek(&cursor, text_bytes(""), &key, NULL), key, text_bytes("b"));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_seek_back(&cursor, text_bytes("a"), &key, NULL));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, text_bytes("b"));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_seek(&cursor, text_bytes("k"), &key, NULL));
    assert_at(&fixture, cursor_previous(&cursor, &key, NULL), key, text_bytes("j"));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void seeks_stay_within_the_bounds(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_letters(&fixture, "bdfhj");
    open_cursor(&fixture, &cursor);
    assert_ok(&fixture,
              cursor_bounds(&cursor, QUIRE_BOUND_EXCLUDED, text_bytes("b"), QUIRE_BOUND_EXCLUDED, text_bytes("h")));
    assert_at(&fixture, cursor_seek(&cursor, text_bytes("a"), &key, NULL), key, text_bytes("d"));
    assert_at(&fixture, cursor_seek(&cursor, text_bytes("b"), &key, NULL), key, text_bytes("d"));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_seek(&cursor, text_bytes("g"), &key, NULL));
    assert_at(&fixture, cursor_seek_back(&cursor, text_bytes("z"), &key, NULL), key, text_bytes("f"));
    assert_at(&fixture, cursor_seek_back(&cursor, text_bytes("h"), &key, NULL), key, text_bytes("f"));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_seek_back(&cursor, text_bytes("c"), &key, NULL));
    cursor_close(&cursor);
    close_all(&fixture);
}

/* The key handed out may be the next call's target, also where it lies in the cursor (prefix records). */
static void a_seek_takes_the_key_that_was_handed_out(void **unused)
{
    (void)unused;
    for (uint8_t records = QUIRE_RECORDS_PREFIX; records <= QUIRE_RECORDS_PLAIN; records++) {
        struct fixture fixture;
        struct cursor cursor;
        quire_bytes key;
        open_writing(&fixture);
        fixture_set_version(&fixture, QUIRE_TREE_SLOTS_V2, records);
        put_numbers(&fixture, 1000);
        fixture_commit(&fixture);
        fixture_read(&fixture);
        open_cursor(&fixture, &cursor);
        assert_ok(&fixture, cursor_seek(&cursor, fixture_key(500), &key, NULL));
        assert_at(&fixture, cursor_seek(&cursor, key, &key, NULL), key, fixture_key(500));
        assert_at(&fixture, cursor_seek_back(&cursor, key, &key, NULL), key, fixture_key(500));
        assert_ok(&fixture, cursor_bounds(&cursor, QUIRE_BOUND_EXCLUDED, key, QUIRE_BOUND_NONE, key));
        assert_at(&fixture, cursor_first(&cursor, &key, NULL), key, fixture_key(501));
        cursor_close(&cursor);
        fixture_end_read(&fixture);
        fixture_close(&fixture);
    }
}

static uint64_t descents(struct fixture *fixture)
{
    return atomic_load(&fixture->store.counters.branch_searches);
}

/* Targets in order: the tree is gone down once a leaf, by a reader as by a writer, forwards as backwards. */
static void seeks_in_order_begin_in_the_leaf_at_hand(void **unused)
{
    (void)unused;
    enum { RECORDS = 1000, FEW = RECORDS / 4 };
    for (int writes = 0; writes < 2; writes++) {
        struct fixture fixture;
        struct cursor cursor;
        quire_bytes key;
        open_writing(&fixture);
        put_numbers(&fixture, RECORDS);
        fixture_commit(&fixture);
        writes ? fixture_begin(&fixture) : fixture_read(&fixture);
        atomic_store(&fixture.store.counters.on, 1);
        open_cursor(&fixture, &cursor);
        for (size_t i = 0; i < RECORDS; i++)
            assert_at(&fixture, cursor_seek(&cursor, fixture_key(i), &key, NULL), key, fixture_key(i));
        for (size_t i = RECORDS; i-- > 0;)
            assert_at(&fixture, cursor_seek_back(&cursor, fixture_key(i), &key, NULL), key, fixture_key(i));
        assert_in_range(descents(&fixture), 1, 2 * FEW);
        cursor_close(&cursor);
        writes ? fixture_rollback(&fixture) : fixture_end_read(&fixture);
        fixture_close(&fixture);
    }
}

/* The leaf at hand may have changed since, or be another page's by now. */
static void a_seek_sees_what_was_edited_since_the_one_before(void **unused)
{
    (void)unused;
    enum { RECORDS = 300 };
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key, value;
    open_writing(&fixture);
    put_numbers(&fixture, 2);
    open_cursor(&fixture, &cursor);
    for (size_t i = 2; i < RECORDS; i++) {
        assert_at(&fixture, cursor_seek(&cursor, fixture_key(i - 1), &key, NULL), key, fixture_key(i - 1));
        fixture_put(&fixture, fixture_key(i), text_bytes("new"));
        assert_at(&fixture, cursor_seek(&cursor, fixture_key(i), &key, &value), key, fixture_key(i));
        assert_memory_equal(value.data, "new", 3);
        fixture_put(&fixture, fixture_key(i), text_bytes("newer, and longer"));
        assert_ok(&fixture, cursor_seek(&cursor, fixture_key(i), &key, &value));
        assert_memory_equal(value.data, "newer", 5);
        fixture_delete(&fixture, fixture_key(i - 2));
        assert_at(&fixture, cursor_seek(&cursor, fixture_key(i - 2), &key, NULL), key, fixture_key(i - 1));
        assert_status(&fixture, QUIRE_NOT_FOUND, cursor_seek_back(&cursor, fixture_key(i - 2), &key, NULL));
    }
    cursor_close(&cursor);
    close_all(&fixture);
}

/* ---- Ends ----------------------------------------------------------------- */

static void an_empty_tree_has_no_first_and_no_last(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    open_writing(&fixture);
    open_cursor(&fixture, &cursor);
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_next(&cursor, NULL, NULL));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_previous(&cursor, NULL, NULL));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_first(&cursor, NULL, NULL));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_last(&cursor, NULL, NULL));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_replace(&cursor, text_bytes("")));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_delete(&cursor));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void a_new_cursor_stands_before_the_first(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_letters(&fixture, "ab");
    open_cursor(&fixture, &cursor);
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_previous(&cursor, &key, NULL));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, text_bytes("a"));
    cursor_close(&cursor);
    close_all(&fixture);
}

/* ---- Edits under a cursor -------------------------------------------------- */

static void after_a_delete_the_neighbours_are_next(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_letters(&fixture, "abcde");
    open_cursor(&fixture, &cursor);
    assert_ok(&fixture, cursor_seek(&cursor, text_bytes("c"), &key, NULL));
    assert_ok(&fixture, cursor_delete(&cursor));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_delete(&cursor));
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_replace(&cursor, text_bytes("x")));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, text_bytes("d"));
    assert_ok(&fixture, cursor_delete(&cursor));
    assert_at(&fixture, cursor_previous(&cursor, &key, NULL), key, text_bytes("b"));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void a_scan_that_deletes_all_meets_all(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    put_numbers(&fixture, 2000);
    open_cursor(&fixture, &cursor);
    for (size_t i = 0; i < 2000; i++) {
        assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(i));
        assert_ok(&fixture, cursor_delete(&cursor));
    }
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_next(&cursor, &key, NULL));
    assert_int_equal(count_forward(&fixture, &cursor), 0);
    cursor_close(&cursor);
    fixture_assert_sound(&fixture);
    close_all(&fixture);
}

static void a_backward_scan_may_replace_all_by_longer_values(void **unused)
{
    (void)unused;
    static uint8_t value[200];
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key, found;
    open_writing(&fixture);
    put_numbers(&fixture, 500);
    open_cursor(&fixture, &cursor);
    assert_ok(&fixture, cursor_last(&cursor, &key, NULL));
    for (size_t i = 500; i > 0; i--) {
        assert_int_equal(key.size, 9);
        assert_memory_equal(key.data, fixture_key(i - 1).data, 9);
        assert_ok(&fixture, cursor_replace(&cursor, (quire_bytes){value, 20 + i % 150}));
        assert_status(&fixture, i > 1 ? QUIRE_OK : QUIRE_NOT_FOUND, cursor_previous(&cursor, &key, NULL));
    }
    for (size_t i = 0; i < 500; i++) {
        assert_at(&fixture, cursor_next(&cursor, &key, &found), key, fixture_key(i));
        assert_int_equal(found.size, 20 + (i + 1) % 150);
    }
    cursor_close(&cursor);
    fixture_assert_sound(&fixture);
    close_all(&fixture);
}

static void a_place_outlives_splits_by_others(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    for (size_t i = 0; i < 40; i += 2)
        fixture_put(&fixture, fixture_key(i * 100), text_bytes("v"));
    open_cursor(&fixture, &cursor);
    assert_ok(&fixture, cursor_seek(&cursor, fixture_key(2000), &key, NULL));
    for (size_t i = 0; i < 4000; i++)
        fixture_put(&fixture, fixture_key(i), text_bytes("v"));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(2001));
    assert_ok(&fixture,
              tree_delete_range(&fixture.view, &fixture.unnamed, fixture_key(1000), fixture_key(3000), &(uint64_t){0}));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(3000));
    assert_at(&fixture, cursor_previous(&cursor, &key, NULL), key, fixture_key(999));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void a_place_outlives_splits_of_other_leaves(void **unused)
{
    (void)unused;
    enum { RECORDS = 2000 };
    struct fixture fixture;
    struct cursor cursor;
    quire_bytes key;
    open_writing(&fixture);
    for (size_t i = 0; i < RECORDS; i++)
        fixture_put(&fixture, fixture_key(i * 100), text_bytes("0123456789"));
    open_cursor(&fixture, &cursor);
    for (size_t i = 0; i < RECORDS; i++) {
        assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(i * 100));
        /* Leaves before the cursor's split, so that the slots above it shift. */
        for (size_t j = 1; j < 3 && i > 40; j++)
            fixture_put(&fixture, fixture_key((i - 40) * 100 + j), text_bytes("0123456789"));
    }
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_next(&cursor, &key, NULL));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void a_place_outlives_a_rollback_to_a_mark(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    struct pager_mark mark;
    quire_bytes key;
    open_writing(&fixture);
    put_numbers(&fixture, 1000);
    open_cursor(&fixture, &cursor);
    assert_ok(&fixture, pager_savepoint(fixture.store.pager, &mark, &fixture.fault));
    for (size_t i = 0; i < 900; i++)
        fixture_delete(&fixture, fixture_key(i));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(900));
    cursor_unplace(&cursor);
    assert_ok(&fixture, view_rollback_to(&fixture.view, &mark));
    assert_at(&fixture, cursor_previous(&cursor, &key, NULL), key, fixture_key(899));
    assert_at(&fixture, cursor_next(&cursor, &key, NULL), key, fixture_key(900));
    cursor_close(&cursor);
    close_all(&fixture);
}

static void a_snapshot_is_scanned_while_a_writer_changes_all(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct cursor cursor;
    struct view reader;
    struct fault fault;
    struct snapshot snapshot;
    quire_bytes key, value;
    open_writing(&fixture);
    put_numbers(&fixture, 1000);
    fixture_commit(&fixture);
    assert_ok(&fixture, pager_snapshot_open(fixture.store.pager, &snapshot));
    assert_ok(&fixture, view_open(&reader, &fixture.store, &snapshot, &fault));
    fixture_begin(&fixture);
    assert_ok(&fixture, cursor_open(&cursor, &reader, &fixture.unnamed));
    for (size_t i = 0; i < 1000; i++) {
        assert_at(&fixture, cursor_next(&cursor, &key, &value), key, fixture_key(i));
        assert_int_equal(value.size, 10);
        fixture_delete(&fixture, fixture_key(999 - i));
    }
    assert_status(&fixture, QUIRE_NOT_FOUND, cursor_next(&cursor, &key, NULL));
    cursor_close(&cursor);
    view_close(&reader);
    pager_snapshot_close(fixture.store.pager, &snapshot);
    close_all(&fixture);
}

/* ---- Every version against the model ---------------------------------------- */

struct twin {
    struct fixture fixture;
    struct model model;
    struct random random;
    struct cursor cursor;
    size_t at; /* rank in the model, + 1; 0 before the first */
};

/* Short keys over few letters, so that prefixes abound. */
static size_t random_key(struct twin *twin, uint8_t *key)
{
    size_t length = 1 + random_below(&twin->random, 12);
    for (size_t i = 0; i < length; i++)
        key[i] = (uint8_t)("ab\x00\xff"[random_below(&twin->random, 4)]);
    return length;
}

static void fill_twin(struct twin *twin, size_t count)
{
    uint8_t key[16], value[700];
    for (size_t i = 0; i < count; i++) {
        size_t key_len = random_key(twin, key);
        size_t value_len = random_below(&twin->random, 20) == 0 ? 600 : random_below(&twin->random, 40);
        random_fill(&twin->random, value, value_len);
        fixture_put(&twin->fixture, (quire_bytes){key, key_len}, (quire_bytes){value, value_len});
        assert_true(model_put(&twin->model, key, key_len, value, value_len));
    }
}

static void assert_pair(struct twin *twin, quire_status status, quire_bytes key, quire_bytes value, size_t rank)
{
    if (rank >= twin->model.count) {
        assert_status(&twin->fixture, QUIRE_NOT_FOUND, status);
        return;
    }
    const struct model_pair *pair = twin->model.pairs[rank];
    assert_at(&twin->fixture, status, key, (quire_bytes){model_key(pair), pair->key_len});
    assert_int_equal(value.size, pair->value_len);
    assert_memory_equal(value.data, model_value(pair), pair->value_len);
}

/* One random move, and where the model says it goes. Ranks are + 1, so that 0 is before the first. */
static void random_move(struct twin *twin)
{
    uint8_t target[16];
    quire_bytes key, value;
    size_t count = twin->model.count;
    size_t rank;
    int found;
    size_t kind = random_below(&twin->random, 12);
    if (kind == 0) {
        size_t length = random_key(twin, target);
        rank = model_search(&twin->model, target, length, NULL);
        assert_pair(twin, cursor_seek(&twin->cursor, (quire_bytes){target, length}, &key, &value), key, value, rank);
        twin->at = rank + 1;
    } else if (kind == 1) {
        size_t length = random_key(twin, target);
        rank = model_search(&twin->model, target, length, &found) + (size_t)found;
        assert_pair(twin, cursor_seek_back(&twin->cursor, (quire_bytes){target, length}, &key, &value), key, value,
                    rank - 1);
        twin->at = rank;
    } else if (kind < 7) {
        rank = twin->at > count ? count : twin->at;
        assert_pair(twin, cursor_next(&twin->cursor, &key, &value), key, value, rank);
        twin->at = rank + 1;
    } else {
        rank = twin->at == 0 ? SIZE_MAX : twin->at - 2;
        if (twin->at == 1)
            rank = SIZE_MAX;
        assert_pair(twin, cursor_previous(&twin->cursor, &key, &value), key, value, rank);
        twin->at = twin->at == 0 ? 0 : twin->at - 1;
    }
}

static void check_version(uint8_t slots, uint8_t records)
{
    struct twin twin = {.random = {slots * 10u + records + 1u}};
    fixture_open(&twin.fixture, PAGE);
    model_init(&twin.model);
    fixture_begin(&twin.fixture);
    fixture_set_version(&twin.fixture, slots, records);
    fill_twin(&twin, 3000);
    assert_ok(&twin.fixture, cursor_open(&twin.cursor, &twin.fixture.view, &twin.fixture.unnamed));
    for (size_t i = 0; i < 3000; i++)
        random_move(&twin);
    cursor_close(&twin.cursor);
    fixture_commit(&twin.fixture);
    fixture_read(&twin.fixture);
    twin.at = 0;
    assert_ok(&twin.fixture, cursor_open(&twin.cursor, &twin.fixture.view, &twin.fixture.unnamed));
    for (size_t i = 0; i < 5000; i++)
        random_move(&twin);
    cursor_close(&twin.cursor);
    fixture_end_read(&twin.fixture);
    model_free(&twin.model);
    fixture_close(&twin.fixture);
}

static void every_version_is_walked_as_the_model_is(void **unused)
{
    (void)unused;
    for (uint8_t slots = QUIRE_TREE_SLOTS_V1; slots <= QUIRE_TREE_SLOTS_V3; slots++) {
        check_version(slots, QUIRE_RECORDS_PLAIN);
        check_version(slots, QUIRE_RECORDS_PREFIX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(a_prefix_takes_the_keys_that_start_with_it),
        cmocka_unit_test(bounds_longer_than_any_key_are_exact_too),
        cmocka_unit_test(seeks_go_to_the_nearest_record_on_their_side),
        cmocka_unit_test(seeks_stay_within_the_bounds),
        cmocka_unit_test(a_seek_takes_the_key_that_was_handed_out),
        cmocka_unit_test(seeks_in_order_begin_in_the_leaf_at_hand),
        cmocka_unit_test(a_seek_sees_what_was_edited_since_the_one_before),
        cmocka_unit_test(an_empty_tree_has_no_first_and_no_last),
        cmocka_unit_test(a_new_cursor_stands_before_the_first),
        cmocka_unit_test(after_a_delete_the_neighbours_are_next),
        cmocka_unit_test(a_scan_that_deletes_all_meets_all),
        cmocka_unit_test(a_backward_scan_may_replace_all_by_longer_values),
        cmocka_unit_test(a_place_outlives_splits_by_others),
        cmocka_unit_test(a_place_outlives_splits_of_other_leaves),
        cmocka_unit_test(a_place_outlives_a_rollback_to_a_mark),
        cmocka_unit_test(a_snapshot_is_scanned_while_a_writer_changes_all),
        cmocka_unit_test(every_version_is_walked_as_the_model_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
