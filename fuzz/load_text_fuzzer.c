/*
 * The text that `quire load` reads, in each of its formats.
 *
 *  Input   format (1): lines, tab-separated, a dump; by bit 2 a dump's named database; the text.
 *  Oracle  the reader ends with the input's end or names the line it does not like, and goes no
 *          further than the input has lines. What it took is written in the same format, if that
 *          can hold it, and read again: the same records, and written again the same text. Of lines and
 *          tab-separated text every byte is in a record, a newline or a tab. A dump can hold all records. A text that
 * was refused gave nothing after the bad line. Seeds   texts as other tools write them, canonical dumps, and each with
 * something wrong.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/base/crc32c.h"
#include "../src/cli/text.h"

enum { RECORDS_MOST = 2000 };

/* Records that were read: their bytes copied, one behind the other. */
struct taken {
    size_t count, bytes; /* of keys and values */
    uint32_t sum;        /* that tells other bytes apart */
    char *dump;          /* of all of them, in the dump format */
    size_t dump_size;
    char *again; /* in the format that was read; NULL if a record does not fit it */
    size_t again_size;
    enum text_result result;
    uint64_t line;
};

static void take(struct taken *taken, const char *text, size_t size, enum text_format format, const char *tree)
{
    struct text_reader reader;
    quire_pair pair;
    int fits = 1;
    FILE *in = fmemopen((void *)(size_t)text, size, "rb");
    FILE *dump = open_memstream(&taken->dump, &taken->dump_size);
    FILE *again = open_memstream(&taken->again, &taken->again_size);
    if (in == NULL || dump == NULL || again == NULL)
        abort();
    text_open(&reader, in, format, tree);
    text_head(dump, FORMAT_DUMP, tree, 512);
    text_head(again, format, tree, 512);
    while ((taken->result = text_next(&reader, &pair)) == TEXT_RECORD && taken->count < RECORDS_MOST) {
        taken->count++;
        taken->sum = crc32c(crc32c(taken->sum, pair.key.data, pair.key.size), pair.value.data, pair.value.size);
        taken->bytes += pair.key.size + pair.value.size;
        EXPECT(text_write(dump, FORMAT_DUMP, &pair) == NULL);
        fits &= text_write(again, format, &pair) == NULL;
    }
    EXPECT(taken->result != TEXT_BAD || reader.error != NULL);
    EXPECT(taken->result != TEXT_IO && reader.line <= size + 1);
    taken->line = reader.line;
    text_tail(dump, FORMAT_DUMP);
    text_tail(again, format);
    text_close(&reader);
    fclose(in);
    fclose(dump);
    fclose(again);
    EXPECT(fits); /* each format can write what it read */
}

/* Lines and tabs are all that a plain text has beside its records. */
static void expect_every_byte(const struct taken *taken, const char *text, size_t size, enum text_format format)
{
    size_t newlines = 0;
    for (size_t i = 0; i < size; i++)
        newlines += text[i] == '\n';
    if (format == FORMAT_DUMP || taken->result != TEXT_END)
        return;
    EXPECT_EQUAL(taken->count, newlines + (text[size - 1] != '\n'));
    EXPECT_EQUAL(taken->bytes, size - newlines - (format == FORMAT_TSV ? taken->count : 0));
}

static void expect_same(const struct taken *a, const struct taken *b)
{
    EXPECT_EQUAL(b->result, TEXT_END);
    EXPECT(a->count == b->count && a->sum == b->sum);
    EXPECT(a->dump_size == b->dump_size && memcmp(a->dump, b->dump, a->dump_size) == 0);
}

static void forget(struct taken *taken)
{
    free(taken->dump);
    free(taken->again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct taken first = {0}, dumped = {0}, written = {0};
    uint8_t mode = input_u8(&input);
    enum text_format format = mode % 4u == 0 ? FORMAT_LINES : mode % 4u == 1 ? FORMAT_TSV : FORMAT_DUMP;
    const char *tree = format == FORMAT_DUMP && mode / 4u % 2u ? "main" : NULL;
    if (input.left == 0)
        return 0;
    size_t text_size = input.left;
    uint8_t *text = input_block(&input, text_size);
    take(&first, (const char *)text, text_size, format, tree);
    expect_every_byte(&first, (const char *)text, text_size, format);
    digest_bytes(first.dump, first.dump_size);
    digest_number(first.line);
    if (first.count > 0 && first.count < RECORDS_MOST) {
        take(&dumped, first.dump, first.dump_size, FORMAT_DUMP, tree);
        expect_same(&first, &dumped);
        take(&written, first.again, first.again_size, format, tree);
        expect_same(&first, &written);
        EXPECT(written.again_size == first.again_size && memcmp(written.again, first.again, first.again_size) == 0);
    }
    forget(&first);
    forget(&dumped);
    forget(&written);
    free(text);
    return 0;
}
