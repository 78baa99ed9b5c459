/*
 * What the files of the audit share: audit.c looks at the database as a whole,
 * audit_tree.c at one tree.
 *
 * A bitmap marks each page when it is first reached, so that no page is read
 * twice and no cycle is followed. A violation is told and the audit goes on
 * beside it; what could not be followed is remembered as a gap, behind which
 * pages may lie that only seem to be nobody's.
 */
#ifndef QUIRE_TREE_AUDIT_RUN_H
#define QUIRE_TREE_AUDIT_RUN_H

#include "audit.h"
#include "leaf_reader.h"

struct audit {
    struct view *view;
    void (*visit)(void *context, const quire_violation *violation);
    void *context;
    quire_progress progress;
    void *progress_context;
    struct state state;
    uint32_t page_count;
    uint32_t reached;
    uint8_t *used; /* a bit for each page */
    uint64_t violations;
    int has_gaps;
    struct tree *trees; /* what the catalog names */
    size_t tree_count, tree_capacity;
    struct leaf_reader reader;
};

/* Tells what the view's message says: "page 17 breaks P8 (slot 3 overlaps slot 9)". */
void audit_tell(struct audit *audit, uint32_t pgno);
/* corrupt() answers its status for callers that end there; here it only words the message. */
#define TELL(audit, pgno, ...)                                                                                         \
    do {                                                                                                               \
        (void)corrupt((audit)->view, (pgno), __VA_ARGS__);                                                             \
        audit_tell((audit), (pgno));                                                                                   \
    } while (0)
/* A corrupt page is told and leaves a gap; any other failure is answered, and ends the audit. */
quire_status audit_tell_or_end(struct audit *audit, uint32_t pgno, quire_status status);

/* Takes a page for the one use that `from` makes of it; *claimed is 0, and it was told, if that may not be. */
quire_status audit_claim(struct audit *audit, uint32_t pgno, uint32_t from, int *claimed);
/* Claims and pins a page; *frame is NULL, and the reason was told, when it cannot be used. */
quire_status audit_reach(struct audit *audit, uint32_t pgno, uint32_t from, struct frame **frame);

/* Every page of a tree and of its chains; of the catalog also the trees it names. */
quire_status audit_tree(struct audit *audit, const struct tree *tree, uint32_t from);

#endif
