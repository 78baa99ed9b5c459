/*
 * Salvage: the records of every intact leaf of a damaged database, put into a
 * new one.
 *
 * No pointer of the damaged file is believed. Which pages there are is found by
 * reading every place; a page is intact if its checksum is right for the number
 * it says it has and page_check passes. Of several intact versions of one page
 * (in the file, in the log) the one with the highest LSN is the page.
 *
 * Leaves of one tree are applied in the order of their LSNs: each one empties
 * its range of keys in the new tree and fills it with its own records. So for
 * each key the newest leaf whose fences bracket it decides, also when it decides
 * that the key is not there. A range passes to another page only by an edit that
 * gives that page a higher LSN; hence a leaf of the past never wins over an
 * intact leaf of today.
 *
 * Memory: 48 bytes for each page of the file and for each page that the log
 * names, up to 128 more for the latter and 24 for each record of the page whose
 * log is longest, some buffers, and the new database's cache.
 */
#ifndef QUIRE_TREE_SALVAGE_H
#define QUIRE_TREE_SALVAGE_H

#include "../file/damaged.h"
#include "catalog.h"
#include "leaf_reader.h"

enum { SALVAGE_IN_LOG = 1, SALVAGE_STALE = 2, SALVAGE_CLAIMED = 4, SALVAGE_WRITTEN = 8 };

/* An intact version of a page. */
struct salvage_page {
    uint64_t lsn;
    uint32_t pgno;
    uint32_t place; /* in the file, unless SALVAGE_IN_LOG */
    uint32_t tree;
    uint8_t kind;
    uint8_t flags;
};

struct salvage {
    struct damaged bad;
    struct fault *fault;
    quire_salvage_options options;
    size_t page_size; /* 0 until it is known */
    uint64_t salt;    /* or another one under which all checksums are the same */
    uint8_t *page;    /* page_size bytes */
    uint8_t *map;     /* the map page of the places that are being read, as it was in the file */
    struct page_scratch scratch;
    void *block;
    struct salvage_page *pages; /* sorted by number once salvage_read is done: one for each */
    size_t page_count, page_capacity;
    struct salvage_page *leaves; /* by tree, then LSN */
    size_t leaf_count;
    quire_salvage_report report;
};

/* Opens the damaged file. `options` of the new database say where files live and how long to wait. */
quire_status salvage_open(struct salvage *salvage, const char *path, const quire_options *files,
                          const quire_salvage_options *options, struct fault *fault);
void salvage_close(struct salvage *salvage);
/* Finds page size, salt and every intact page. QUIRE_NOT_A_DATABASE when nothing in the file is a page of quire's. */
quire_status salvage_read(struct salvage *salvage);
/* Puts what was found into the empty database that `to` writes, in commits of bounded size that the hook makes. */
quire_status salvage_write(struct salvage *salvage, struct view *to, quire_status (*commit)(void *context),
                           void *commit_context);

/* ---- Between its files -------------------------------------------------------- */

/* salvage_seal.c: what pages say of the salt under which they were sealed. */

/* The CRC's state behind the salt, undone from a page whose checksum is right. */
struct seal_inverse {
    uint32_t column[32]; /* the inverse of what page_size bytes do to the CRC's register */
};
void seal_inverse_make(struct seal_inverse *inverse, size_t page_size);
/* The seed under which these bytes, checksum included, are a sealed page. */
uint32_t seal_seed(const struct seal_inverse *inverse, const uint8_t *page, size_t page_size);
/* A salt that leads to the seed. */
uint64_t seal_salt(uint32_t seed);

/* salvage_find.c: page size and salt when no meta page says them. */
quire_status salvage_vote(struct salvage *salvage);
/* Buffers for pages of this size. */
quire_status salvage_set_up(struct salvage *salvage, size_t page_size, uint64_t salt);

/* salvage_pages.c */
uint64_t salvage_places(const struct salvage *salvage, size_t page_size);
/* 1 and the page's bytes, unsealed, if it is still as the table says. */
quire_status salvage_load(struct salvage *salvage, const struct salvage_page *entry, uint8_t *page, int *loaded);
struct salvage_page *salvage_find_page(struct salvage *salvage, uint32_t pgno);
quire_status salvage_progress(struct salvage *salvage, uint64_t done, uint64_t total);

/* salvage_values.c: values in chains. */
/* Writes the value of a chain whose every page is intact; QUIRE_NOT_FOUND if one is not, or was used already. */
quire_status salvage_value(struct salvage *salvage, struct view *to, const struct tree *tree, uint32_t source_tree,
                           quire_bytes key, struct overflow_ref ref, uint32_t size);

#endif
