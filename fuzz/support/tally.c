/* See tally.h. */
#include "tally.h"

struct tally tally;
