/* What recovery does with a page record while it reads the log; recover_pages.c says why. For recover.c alone. */
#ifndef QUIRE_FILE_RECOVER_PAGES_H
#define QUIRE_FILE_RECOVER_PAGES_H

#include "log_scan.h"
#include "pager_core.h"

/* Looking ahead of the record that is redone. All zeros is where it begins. */
enum { RECOVER_AHEAD = 16 };
struct recover_ahead {
    uint64_t redone, looked_at;    /* records that were */
    uint64_t lsn;                  /* of the next header to look at */
    uint32_t pgnos[RECOVER_AHEAD]; /* of the last records that were looked at, by their number */
};

/* Once for each record: what the next ones need is fetched into the processor's cache. Nothing depends on it. */
void recover_look_ahead(const struct pager *pager, struct recover_ahead *ahead, const struct log_scan *scan);
/* Redoes a record of the entry's page, of which it is not yet known whether its transaction was committed. */
void recover_page_apply(struct pager *pager, struct page_entry *entry, const struct log_record *record,
                        const uint8_t *body);
/* When the whole log was read: the pages that were built count from now on. */
void recover_pages_settle(struct pager *pager);

#endif
