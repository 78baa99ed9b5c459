/*
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected; RFC 3720 appendix B.4).
 * crc32c(crc32c(0, a), b) is the CRC of a followed by b. By table, and by the
 * processor's instruction where the machine has one (chosen at run time).
 */
#ifndef QUIRE_BASE_CRC32C_H
#define QUIRE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*@ requires readable: \valid_read(p + (0 .. size - 1));
  @ assigns \nothing;
  @*/
uint32_t crc32c(uint32_t crc, const uint8_t *p, size_t size);
/*@ requires readable: \valid_read(p + (0 .. size - 1));
  @ assigns \nothing;
  @*/
uint32_t crc32c_by_table(uint32_t crc, const uint8_t *p, size_t size);
/* 1 if this processor has the instruction; only then may crc32c_by_hardware run. */
/*@ assigns \nothing; */
int crc32c_hardware_is_present(void);
/*@ requires readable: \valid_read(p + (0 .. size - 1));
  @ assigns \nothing;
  @*/
uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size);

#endif
