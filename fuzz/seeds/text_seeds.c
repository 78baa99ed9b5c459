/* Texts for load_text: as quire and other tools write them, and each with something wrong. */
#include "seeds.h"

#include <string.h>

static void text_seed(size_t mode, const char *name, const char *text)
{
    static struct seed seed;
    seed_start(&seed);
    seed_u8(&seed, mode);
    seed_bytes(&seed, text, strlen(text));
    seed_write(&seed, "load_text", "%s", name);
}

#define HEADER "VERSION=3\nformat=bytevalue\ntype=btree\ndb_pagesize=512\nHEADER=END\n"

void text_seeds(void)
{
    text_seed(0, "lines", "alpha\nbeta\n\ngamma\n");
    text_seed(0, "lines-no-newline-at-end", "alpha\nbeta");
    text_seed(1, "tsv", "alpha\t1\nbeta\tvalue with\ttab\ngamma\t\n");
    text_seed(1, "tsv-without-tab", "alpha\t1\nbeta\n");
    text_seed(2, "dump-bytevalue", HEADER " 6b31\n 7631\n 6b32\n \nDATA=END\n");
    text_seed(2, "dump-print", "VERSION=3\nformat=print\nHEADER=END\n key\\09\\\\\n value\\0a\nDATA=END\n");
    text_seed(2, "dump-two-databases",
              "VERSION=3\nformat=print\ndatabase=side\nHEADER=END\n a\n b\nDATA=END\n" HEADER " 61\n 62\nDATA=END\n");
    text_seed(6, "dump-named",
              "VERSION=3\nformat=print\ndatabase=side\nHEADER=END\n a\n b\nDATA=END\nVERSION=3\n"
              "format=print\ndatabase=main\nHEADER=END\n c\n d\nDATA=END\n");
    text_seed(2, "dump-cut-off", HEADER " 6b31\n 7631\n 6b32\n");
    text_seed(2, "dump-odd-digit", HEADER " 6b3\n 7631\nDATA=END\n");
    text_seed(2, "dump-value-missing", HEADER " 6b31\nDATA=END\n");
    text_seed(2, "dump-duplicates", "VERSION=3\nformat=print\nduplicates=1\nHEADER=END\n a\n b\nDATA=END\n");
}
