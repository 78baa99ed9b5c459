/*
 * Pages of a made-up kind, so that the file tower is tested without the page
 * tower: a header, then words that a delta stores one at a time.
 *
 *   0 checksum (4)   4 pgno (4)   8 lsn (8)   16 kind (4)   20 zero (28)
 *   48 the words of a data page, the entries of a map page, the fields of a meta page
 */
#ifndef QUIRE_TESTS_FAKE_CODEC_H
#define QUIRE_TESTS_FAKE_CODEC_H

#include "../../src/file/pager.h"

enum { FAKE_HEADER = 48, FAKE_DELTA_SIZE = 16 };

/* A data page whose first word has this highest byte passes no check. */
enum { FAKE_BROKEN = 0xbb };

const struct pager_codec *fake_codec(void);

/* Makes zeroed bytes an empty data page. */
void fake_page_init(uint8_t *page, uint32_t pgno);
uint64_t fake_word(const uint8_t *page, size_t word);
/* Stores a word, and writes the delta that says so. */
void fake_word_set(uint8_t *page, size_t word, uint64_t value, uint8_t delta[FAKE_DELTA_SIZE]);
size_t fake_words(size_t page_size);

#endif
