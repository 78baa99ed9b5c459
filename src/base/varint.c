/*
 * Varints, seven bits a byte, least significant first, the top bit of a byte
 * saying that another follows. The decoder accepts exactly what the encoder
 * writes: a last byte of zero (a longer spelling of a smaller number) and a
 * fifth byte above 15 (a number of more than 32 bits) are refused.
 */
#include "varint.h"

size_t varint_encode(uint8_t *p, uint32_t value)
{
    uint32_t rest = value;
    if (rest < 128u) {
        p[0] = (uint8_t)rest;
        return 1;
    }
    p[0] = (uint8_t)(rest % 128u + 128u);
    rest /= 128u;
    if (rest < 128u) {
        p[1] = (uint8_t)rest;
        return 2;
    }
    p[1] = (uint8_t)(rest % 128u + 128u);
    rest /= 128u;
    if (rest < 128u) {
        p[2] = (uint8_t)rest;
        return 3;
    }
    p[2] = (uint8_t)(rest % 128u + 128u);
    rest /= 128u;
    if (rest < 128u) {
        p[3] = (uint8_t)rest;
        return 4;
    }
    p[3] = (uint8_t)(rest % 128u + 128u);
    p[4] = (uint8_t)(rest / 128u);
    return 5;
}

size_t varint_decode(const uint8_t *p, size_t size, uint32_t *value)
{
    uint32_t sum;

    if (size < 1)
        return 0;
    if (p[0] < 128u) {
        *value = p[0];
        return 1;
    }
    sum = p[0] - 128u;
    if (size < 2 || p[1] == 0)
        return 0;
    if (p[1] < 128u) {
        *value = sum + 128u * p[1];
        return 2;
    }
    sum += 128u * (p[1] - 128u);
    if (size < 3 || p[2] == 0)
        return 0;
    if (p[2] < 128u) {
        *value = sum + 16384u * p[2];
        return 3;
    }
    sum += 16384u * (p[2] - 128u);
    if (size < 4 || p[3] == 0)
        return 0;
    if (p[3] < 128u) {
        *value = sum + 2097152u * p[3];
        return 4;
    }
    sum += 2097152u * (p[3] - 128u);
    if (size < 5 || p[4] == 0 || p[4] > 15u)
        return 0;
    *value = sum + 268435456u * p[4];
    return 5;
}
