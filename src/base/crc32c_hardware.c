/*
 * CRC-32C by the processor's own instruction: SSE4.2 on x86, asked for at run
 * time, and the CRC extension of ARMv8 where the compiler was told that it is
 * there. The compilers' built-in functions stand here instead of the vendors'
 * intrinsic headers, because those pull in the hosted C library.
 *
 * The instruction's result comes three cycles after its operands, but one can
 * begin each cycle. So where bytes are many, three neighbouring blocks go side by
 * side, each from a register of its own, and are put together: registers are
 * polynomials over GF(2), a block of n bytes that follows multiplies by x^8n modulo
 * the CRC's own, and the product of two registers, left to the instruction, comes
 * out reduced and multiplied by x^33 (V. Gopal et al., Fast CRC Computation for
 * iSCSI Polynomial Using CRC32 Instruction, Intel 2011).
 *
 * This file is the part of base that no proof reaches; tests compare it with
 * the table on every length and alignment.
 */
#include "crc32c.h"
#include "bytes.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

/* Bytes of a block, and x^(8 BLOCK - 33) and x^(16 BLOCK - 33) modulo the polynomial, reflected. */
enum { BLOCK = 680 };
static const long long over_one_block = 0xe417f38a, over_two_blocks = 0x3f70cc6f;

typedef long long two_words __attribute__((vector_size(16)));

int crc32c_hardware_is_present(void)
{
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

/* The register that `first` becomes when the two blocks behind it left `second` and `third`. */
__attribute__((target("sse4.2,pclmul"))) static uint64_t join_blocks(uint64_t first, uint64_t second, uint64_t third)
{
    two_words a = {(long long)first, (long long)second};
    two_words b = {over_two_blocks, over_one_block};
    two_words sum = __builtin_ia32_pclmulqdq128(a, b, 0x00) ^ __builtin_ia32_pclmulqdq128(a, b, 0x11);
    return __builtin_ia32_crc32di(0, (uint64_t)sum[0]) ^ third;
}

__attribute__((target("sse4.2,pclmul"))) uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size)
{
    uint64_t state = 4294967295u - crc;
    size_t i = 0;
    for (; size - i >= 3 * BLOCK; i += 3 * BLOCK) {
        uint64_t second = 0, third = 0;
        for (size_t at = i; at < i + BLOCK; at += 8) {
            state = __builtin_ia32_crc32di(state, load64(p + at));
            second = __builtin_ia32_crc32di(second, load64(p + (at + BLOCK)));
            third = __builtin_ia32_crc32di(third, load64(p + (at + 2 * BLOCK)));
        }
        state = join_blocks(state, second, third);
    }
    for (; size - i >= 8; i += 8)
        state = __builtin_ia32_crc32di(state, load64(p + i));
    for (; i < size; i++)
        state = __builtin_ia32_crc32qi((uint32_t)state, p[i]);
    return 4294967295u - (uint32_t)state;
}

#elif defined(__i386__) && (defined(__GNUC__) || defined(__clang__))

int crc32c_hardware_is_present(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) uint32_t crc32c_by_hardware(uint32_t crc, const uint8_t *p, size_t size)
{
    uint32_t state = 4294967295u - crc;
    size_t i = 0;
    for (; size - i >= 4; i += 4)
        state = __builtin_ia32_crc32si(state, load32(p + i));
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
