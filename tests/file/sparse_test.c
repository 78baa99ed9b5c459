/* The bytes of a file in pieces are those of the file in one block, and what is zero takes no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/file/sparse.h"
#include "../support/random.h"

enum { MOST = 50000, PIECE = 4096 };

static size_t pieces(const struct sparse *sparse)
{
    size_t count = 0;
    for (size_t i = 0; i < sparse->places; i++)
        count += sparse->pieces[i] != NULL;
    return count;
}

static void assert_reads(const struct sparse *sparse, const uint8_t *block, size_t size)
{
    static uint8_t read[MOST + 100];
    assert_int_equal(sparse->size, size);
    memset(read, 0x77, sizeof read);
    assert_int_equal(sparse_read(sparse, 0, read, sizeof read), size);
    assert_memory_equal(read, block, size);
}

static void random_edits_are_those_of_one_block(void **state)
{
    (void)state;
    static uint8_t block[MOST], bytes[MOST];
    struct sparse sparse = {0};
    struct random random = {11};
    size_t size = 0;
    for (int step = 0; step < 3000; step++) {
        size_t offset = random_below(&random, MOST), length = random_below(&random, step % 3 == 0 ? 9000 : 60);
        if (length > MOST - offset)
            length = MOST - offset;
        size_t choice = random_below(&random, 8);
        memset(bytes, choice < 4 ? 1 + step % 250 : 0, length);
        if (choice == 7) {
            sparse_resize(&sparse, offset);
            if (offset < size)
                memset(block + offset, 0, size - offset);
            size = offset;
            continue;
        }
        assert_true(sparse_write(&sparse, offset, choice == 6 ? NULL : bytes, length));
        memset(block + offset, choice < 4 ? 1 + step % 250 : 0, length);
        size = length > 0 && offset + length > size ? offset + length : size;
        if (step % 16 == 0)
            assert_reads(&sparse, block, size);
        struct sparse copy = {0};
        if (step % 64 == 0) {
            assert_true(sparse_copy(&copy, &sparse));
            assert_reads(&copy, block, size);
            sparse_free(&copy);
        }
    }
    sparse_free(&sparse);
    assert_int_equal(sparse.size, 0);
}

static void zeros_and_gaps_take_no_room(void **state)
{
    (void)state;
    static const uint8_t zeros[3 * PIECE];
    struct sparse sparse = {0};
    assert_true(sparse_write(&sparse, 0, zeros, sizeof zeros));
    assert_int_equal(pieces(&sparse), 0);
    assert_true(sparse_write(&sparse, 1 << 20, (const uint8_t *)"x", 1));
    assert_int_equal(sparse.size, (1 << 20) + 1);
    assert_int_equal(pieces(&sparse), 1);
    assert_true(sparse_write(&sparse, PIECE - 1, (const uint8_t *)"yz", 2));
    assert_int_equal(pieces(&sparse), 3);
    sparse_free(&sparse);
}

static void what_is_cut_off_comes_back_as_zeros(void **state)
{
    (void)state;
    uint8_t read[2] = {9, 9};
    struct sparse sparse = {0};
    assert_true(sparse_write(&sparse, PIECE - 1, (const uint8_t *)"abc", 3));
    sparse_resize(&sparse, PIECE - 1);
    assert_int_equal(sparse_read(&sparse, PIECE - 1, read, 2), 0);
    sparse_resize(&sparse, PIECE + 2);
    assert_int_equal(sparse_read(&sparse, PIECE - 1, read, 2), 2);
    assert_memory_equal(read, "\0\0", 2);
    sparse_free(&sparse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_edits_are_those_of_one_block),
        cmocka_unit_test(zeros_and_gaps_take_no_room),
        cmocka_unit_test(what_is_cut_off_comes_back_as_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
