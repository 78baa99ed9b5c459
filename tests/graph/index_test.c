/* Property indexes: true order, kept by every write. Strings are ordered by their bytes, not by their length. */
#include "../support/graph_fixture.h"

static void assert_range(struct graph_fixture *f, int low_kind, const quire_graph_value *low, int high_kind,
                         const quire_graph_value *high, const char *expected)
{
    quire_graph_cursor *cursor;
    OK(quire_graph_find_range(f->graph, 1, 1, low_kind, low, high_kind, high, &cursor));
    assert_string_equal(nodes_of(cursor), expected);
}

static void assert_found(struct graph_fixture *f, quire_graph_value value, const char *expected)
{
    quire_graph_cursor *cursor;
    OK(quire_graph_find(f->graph, 1, 1, &value, &cursor));
    assert_string_equal(nodes_of(cursor), expected);
}

enum { NONE = QUIRE_BOUND_NONE, INCLUDED = QUIRE_BOUND_INCLUDED, EXCLUDED = QUIRE_BOUND_EXCLUDED };

static void strings_are_found_in_lexical_order(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t person = label(f, "person"), name = property(f, "name");
    const char *names[] = {"b", "aa", "a", "ab", "abc", "c"};
    for (size_t i = 0; i < 3; i++)
        make_node_with(f, person, name, string_value(names[i]));
    OK(quire_graph_index_create(f->graph, person, name));
    for (size_t i = 3; i < 6; i++)
        make_node_with(f, person, name, string_value(names[i]));
    quire_graph_value a = string_value("a"), ab = string_value("ab"), b = string_value("b");
    assert_range(f, NONE, NULL, NONE, NULL, "3 2 4 5 1 6 ");
    assert_range(f, INCLUDED, &a, EXCLUDED, &b, "3 2 4 5 ");
    assert_range(f, EXCLUDED, &a, INCLUDED, &ab, "2 4 ");
    assert_range(f, EXCLUDED, &ab, NONE, NULL, "5 1 6 ");
    assert_range(f, NONE, NULL, INCLUDED, &a, "3 ");
    assert_found(f, ab, "4 ");
    assert_found(f, string_value("x"), "");
    assert_graph_sound(f);
}

static void numbers_are_found_by_size_and_types_keep_apart(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t thing = label(f, "thing"), size = property(f, "size");
    OK(quire_graph_index_create(f->graph, thing, size));
    make_node_with(f, thing, size, integer_value(-1));
    make_node_with(f, thing, size, integer_value(300));
    make_node_with(f, thing, size, integer_value(2));
    make_node_with(f, thing, size, real_value(-1e9));
    make_node_with(f, thing, size, real_value(-0.0));
    make_node_with(f, thing, size, string_value("2"));
    quire_graph_value zero = integer_value(0), real = real_value(-3), one = integer_value(1);
    assert_range(f, INCLUDED, &zero, NONE, NULL, "3 2 ");
    assert_range(f, NONE, NULL, EXCLUDED, &zero, "1 ");
    assert_range(f, INCLUDED, &real, NONE, NULL, "5 ");
    assert_found(f, real_value(0.0), "5 ");
    assert_found(f, integer_value(-1), "1 "); /* its key ends in bytes that nothing comes after */
    assert_range(f, NONE, NULL, NONE, NULL, "1 3 2 4 5 6 ");
    assert_range(f, INCLUDED, &one, EXCLUDED, &zero, "");
    quire_graph_cursor *cursor;
    GIVES(QUIRE_INVALID, quire_graph_find_range(f->graph, 1, 1, INCLUDED, &zero, INCLUDED, &real, &cursor));
    GIVES(QUIRE_INVALID, quire_graph_find_range(f->graph, 1, 1, INCLUDED, NULL, NONE, NULL, &cursor));
    GIVES(QUIRE_NOT_FOUND, quire_graph_find(f->graph, 1, 2, &zero, &cursor));
}

static void every_write_keeps_the_index(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), name = property(f, "name"), b = label(f, "b");
    quire_graph_property x = {name, string_value("x")}, y = {name, string_value("y")};
    OK(quire_graph_index_create(f->graph, a, name));
    uint64_t id = make_node_with(f, a, name, x.value);
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.set = &y, .set_count = 1}, NULL));
    assert_found(f, x.value, "");
    assert_found(f, y.value, "1 ");
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.remove_labels = &a, .remove_label_count = 1}, NULL));
    assert_found(f, y.value, "");
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.add_labels = &a, .add_label_count = 1}, NULL));
    assert_found(f, y.value, "1 ");
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.remove = &name, .remove_count = 1}, NULL));
    assert_found(f, y.value, "");
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.set = &x, .set_count = 1}, NULL));
    make_node_with(f, b, name, x.value);
    assert_found(f, x.value, "1 ");
    assert_graph_sound(f);
    OK(quire_graph_node_delete(f->graph, id, QUIRE_GRAPH_RESTRICT, NULL));
    assert_found(f, x.value, "");
    assert_graph_sound(f);
}

static int note_index(void *context, uint32_t with_label, uint32_t with_property)
{
    char *list = context;
    snprintf(list + strlen(list), 64, "%u:%u ", (unsigned)with_label, (unsigned)with_property);
    return 0;
}

static void indexes_come_and_go(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), name = property(f, "name"), size = property(f, "size");
    char list[100] = "";
    OK(quire_graph_index_create(f->graph, a, size));
    OK(quire_graph_index_create(f->graph, a, name));
    GIVES(QUIRE_EXISTS, quire_graph_index_create(f->graph, a, name));
    GIVES(QUIRE_INVALID, quire_graph_index_create(f->graph, 9, name));
    make_node_with(f, a, name, string_value("x"));
    OK(quire_graph_index_list(f->graph, note_index, list));
    assert_string_equal(list, "1:1 1:2 ");
    OK(quire_graph_index_drop(f->graph, a, name));
    GIVES(QUIRE_NOT_FOUND, quire_graph_index_drop(f->graph, a, name));
    quire_graph_value x = string_value("x");
    quire_graph_cursor *cursor;
    GIVES(QUIRE_NOT_FOUND, quire_graph_find(f->graph, a, name, &x, &cursor));
    assert_graph_sound(f);
    OK(quire_graph_index_create(f->graph, a, name));
    OK(quire_graph_index_drop(f->graph, a, size));
    make_node_with(f, a, name, string_value("y"));
    assert_graph_sound(f);
}

static void a_graph_has_as_many_indexes_as_it_likes(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a");
    for (uint32_t i = 1; i <= 200; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%u", (unsigned)i);
        OK(quire_graph_index_create(f->graph, a, property(f, name)));
    }
    uint64_t id = make_node_with(f, a, 200, integer_value(7));
    quire_graph_value seven = integer_value(7);
    quire_graph_cursor *cursor;
    OK(quire_graph_find(f->graph, a, 200, &seven, &cursor));
    assert_string_equal(nodes_of(cursor), "1 ");
    OK(quire_graph_node_delete(f->graph, id, QUIRE_GRAPH_RESTRICT, NULL));
    assert_graph_sound(f);
}

static void content_too_long_for_the_index_is_refused_and_nothing_stays(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), name = property(f, "name");
    size_t most = quire_graph_index_content_max(f->graph);
    char content[100] = "";
    assert_int_equal(most, 34);
    memset(content, 'x', most + 1);
    uint64_t id, other = make_node_with(f, 0, name, string_value(content));
    quire_graph_property property_of = {name, string_value(content)};
    OK(quire_graph_index_create(f->graph, a, name));
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, &a, 1, &property_of, 1, &id));
    GRAPH_SAYS(f, "35 bytes; 34 can be indexed");
    GIVES(QUIRE_INVALID,
          quire_graph_node_update(f->graph, other, &(quire_graph_patch){.add_labels = &a, .add_label_count = 1}, NULL));
    assert_found(f, string_value(content), "");
    content[most] = '\0';
    uint64_t fits = make_node_with(f, a, name, string_value(content));
    assert_int_equal(fits, 2);
    assert_found(f, string_value(content), "2 ");
    content[most] = 'x';
    quire_graph_value bound = string_value(content);
    assert_range(f, NONE, NULL, INCLUDED, &bound, "2 ");
    assert_range(f, INCLUDED, &bound, NONE, NULL, "");
    assert_graph_sound(f);
    OK(quire_graph_index_drop(f->graph, a, name));
    make_node_with(f, a, name, string_value(content));
    GIVES(QUIRE_INVALID, quire_graph_index_create(f->graph, a, name));
    assert_graph_sound(f);
}

static void long_content_can_be_indexed_where_keys_are_long(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), name = property(f, "name");
    char content[800] = "";
    memset(content, 'x', 700);
    OK(quire_graph_index_create(f->graph, a, name));
    uint64_t id = make_node_with(f, a, name, string_value(content));
    assert_found(f, string_value(content), "1 ");
    content[0] = 'y';
    quire_graph_property set = {name, string_value(content)};
    OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.set = &set, .set_count = 1}, NULL));
    assert_found(f, string_value(content), "1 ");
    content[0] = 'x';
    assert_found(f, string_value(content), "");
    assert_graph_sound(f);
    OK(quire_graph_index_drop(f->graph, a, name));
    OK(quire_graph_index_create(f->graph, a, name));
    OK(quire_graph_node_delete(f->graph, id, QUIRE_GRAPH_RESTRICT, NULL));
    assert_graph_sound(f);
}

/*
 * Which of a batch's long values an entry is made of: each node has two of them. The
 * keys together take more than one run has room for.
 */
static void of_two_long_values_the_indexed_one_is_found(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), tale = property(f, "tale"), name = property(f, "name");
    char other[400] = "", content[900] = "";
    quire_graph_writer *writer;
    uint64_t id;
    memset(other, 'o', 399);
    memset(content, 'x', 899);
    OK(quire_graph_index_create(f->graph, a, name));
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    for (int i = 0; i < 200; i++) {
        content[0] = (char)('a' + i % 10);
        content[1] = (char)('a' + i / 10);
        quire_graph_property both[] = {{tale, string_value(other)}, {name, string_value(content)}};
        OK(quire_graph_writer_node(writer, &a, 1, both, 2, &id));
    }
    OK(quire_graph_writer_execute(writer));
    content[0] = 'b';
    content[1] = 'c';
    quire_graph_cursor *cursor;
    quire_graph_value wanted = string_value(content);
    OK(quire_graph_find(f->graph, a, name, &wanted, &cursor));
    assert_string_equal(nodes_of(cursor), "22 ");
    OK(quire_graph_index_drop(f->graph, a, name));
    OK(quire_graph_index_create(f->graph, a, name));
    assert_graph_sound(f);
}

static void an_index_over_many_nodes_is_filled_in_runs(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), number = property(f, "number");
    quire_graph_writer *writer;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    uint64_t id, count = 10000;
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    for (uint64_t i = 0; i < count; i++) {
        quire_graph_property with = {number, integer_value((int64_t)(i * 7919 % count) - 5000)};
        OK(quire_graph_writer_node(writer, &a, 1, &with, 1, &id));
    }
    OK(quire_graph_writer_execute(writer));
    OK(quire_graph_index_create(f->graph, a, number));
    OK(quire_graph_find_range(f->graph, a, number, NONE, NULL, NONE, NULL, &cursor));
    for (uint64_t i = 0; i < count; i++) {
        OK(quire_graph_cursor_next(cursor, &entry));
        quire_graph_value value;
        OK(quire_graph_node_property(f->graph, entry.node, number, &value));
        assert_int_equal(value.as.integer, (int64_t)i - 5000);
    }
    assert_graph_sound(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST(strings_are_found_in_lexical_order),
        GRAPH_TEST(numbers_are_found_by_size_and_types_keep_apart),
        GRAPH_TEST(every_write_keeps_the_index),
        GRAPH_TEST(indexes_come_and_go),
        GRAPH_TEST(content_too_long_for_the_index_is_refused_and_nothing_stays),
        GRAPH_TEST_LARGE(long_content_can_be_indexed_where_keys_are_long),
        GRAPH_TEST_LARGE(of_two_long_values_the_indexed_one_is_found),
        GRAPH_TEST(a_graph_has_as_many_indexes_as_it_likes),
        GRAPH_TEST_LARGE(an_index_over_many_nodes_is_filled_in_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
