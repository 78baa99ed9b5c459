/* What an oracle expects of a call of quire.h; the database's message is shown when it answers something else. */
#ifndef QUIRE_FUZZ_EXPECT_STATUS_H
#define QUIRE_FUZZ_EXPECT_STATUS_H

#include "../../src/quire.h"
#include "expect.h"

#define EXPECT_STATUS_OF(db, call, wanted)                                                                             \
    do {                                                                                                               \
        quire_status expect_status = (call);                                                                           \
        if (expect_status != (wanted)) {                                                                               \
            fprintf(stderr, "%s:%d: expected another answer: %s answered %s: %s\n", __FILE__, __LINE__, #call,         \
                    quire_status_name(expect_status), quire_error_message(db));                                        \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
