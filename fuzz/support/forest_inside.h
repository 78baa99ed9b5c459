/* What forest.c and forest_records.c share. */
#ifndef QUIRE_FUZZ_FOREST_INSIDE_H
#define QUIRE_FUZZ_FOREST_INSIDE_H

#include "expect_status.h"
#include "forest.h"

enum { VALUE_PAGES = 8 };

#define EXPECT_STATUS(f, call, wanted) EXPECT_STATUS_OF((f)->db, call, wanted)
#define EXPECT_OK(f, call) EXPECT_STATUS(f, call, QUIRE_OK)

/* The number of the name that the identity's tree has now, or FOREST_NAMES. */
size_t forest_name_of(const struct forest *f, uint32_t identity);

#endif
