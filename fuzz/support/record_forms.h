/*
 * A record in both its encodings, written and judged from docs/FORMAT.md alone:
 * the witness of the two codecs of src/page/record.c, which share code with each
 * other but none with this.
 */
#ifndef QUIRE_FUZZ_RECORD_FORMS_H
#define QUIRE_FUZZ_RECORD_FORMS_H

#include "bench.h"

/* Bytes that suffice for either form of a record whose key is at most one byte too long. */
enum { FORM_BYTES_MOST = 10 + PAGE_SIZE_MAX / 4 };

/* Does rule P11 allow the record, in either encoding? */
int form_is_legal(const struct entry *entry, size_t page_size);
/* Each writes the record at p, legal or not, and answers its size. */
size_t form_plain(uint8_t *p, const struct entry *entry, size_t page_size);
/* The first `shared` bytes of the key are left to the base. */
size_t form_prefix(uint8_t *p, const struct entry *entry, size_t page_size, size_t shared);

/*
 * The codec accepts the form exactly when it is legal, decodes it to the entry,
 * and encodes that to the same bytes; with `lie` bytes added (below 0: cut off)
 * it is another record, or none.
 */
void expect_plain_form(const struct bench *bench, const struct entry *entry, int lie);
void expect_prefix_form(const struct bench *bench, const struct entry *entry, size_t shared, int lie);

#endif
