/*
 * CRC-32C by the processor's own instruction: SSE4.2 on x86, asked for at run
 * time, and the CRC extension of ARMv8 where the compiler was told that it is
 * there. The compilers' built-in functions stand here instead of the vendors'
 * intrinsic headers, because those pull in the hosted C library.
 *
 * This file is the part of base that no proof reaches; tests compare it with
 * the table on every length and alignment.
 */
#include "crc32c.h"
#include "bytes.h"

#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))

int crc32c_hardware_is_present(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size)
{
    uint32_t state = 4294967295u - crc;
    size_t i = 0;
#if defined(__x86_64__)
    uint64_t wide = state;
    for (; size - i >= 8; i += 8)
        wide = __builtin_ia32_crc32di(wide, load64(p + i));
    state = (uint32_t)wide;
#else
    for (; size - i >= 4; i += 4)
        state = __builtin_ia32_crc32si(state, load32(p + i));
#endif
    for (; i < size; i++)
        state = __builtin_ia32_crc32qi(state, p[i]);
    return 4294967295u - state;
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

int crc32c_hardware_is_present(void)
{
    return 1;
}

uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size)
{
    uint32_t state = 4294967295u - crc;
    size_t i = 0;
    for (; size - i >= 8; i += 8)
        state = __crc32cd(state, load64(p + i));
    for (; i < size; i++)
        state = __crc32cb(state, p[i]);
    return 4294967295u - state;
}

#else

int crc32c_hardware_is_present(void)
{
    return 0;
}

uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size)
{
    return crc32c_by_table(crc, p, size);
}

#endif
