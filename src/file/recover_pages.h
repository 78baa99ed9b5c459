/* What recovery does with a page record while it reads the log; recover_pages.c says why. For recover.c alone. */
#ifndef QUIRE_FILE_RECOVER_PAGES_H
#define QUIRE_FILE_RECOVER_PAGES_H

#include "pager_core.h"

/* Redoes a record of the entry's page, of which it is not yet known whether its transaction was committed. */
void recover_page_apply(struct pager *pager, struct page_entry *entry, const struct log_record *record,
                        const uint8_t *body);
/* When the whole log was read: the pages that were built count from now on. */
void recover_pages_settle(struct pager *pager);

#endif
