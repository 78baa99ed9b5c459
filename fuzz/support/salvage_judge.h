/* Judges what quire_salvage made of a damaged file, by a search of its own for the leaves in it. */
#ifndef QUIRE_FUZZ_SALVAGE_JUDGE_H
#define QUIRE_FUZZ_SALVAGE_JUDGE_H

#include "../../src/quire.h"

/*
 * Opens "new" with these options. It passes the audit; without a log each record stands in a whole leaf of `file`, and
 * when a meta page is whole and no page stands in two places, the unnamed tree holds what the deciding leaves hold.
 */
void salvage_judge(const quire_options *options, const uint8_t *file, size_t size, int has_log,
                   const quire_salvage_report *report);

#endif
