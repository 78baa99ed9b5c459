/* Bytes that somebody made up as a database file or its log, and their checksums put right. */
#ifndef QUIRE_FUZZ_RAW_FILE_H
#define QUIRE_FUZZ_RAW_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "../../src/quire.h"

/* Writes `size` bytes as a file of the memory VFS, as some other program might have. */
void raw_file_write(quire_vfs *vfs, const char *path, const uint8_t *bytes, size_t size);
/* Seals every page, in its place, under the salt and page size that the first page states as a meta page. */
void raw_file_reseal(uint8_t *bytes, size_t size);
/* The log's first half: its header twice, the records one behind the other as their lengths say, commits' digests. */
void raw_log_reseal(uint8_t *log, size_t size, uint64_t salt);

#endif
