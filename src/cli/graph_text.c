/* Values of a graph as text, and back; see graph_text.h. */
#include "graph_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {"null", "bool", "int", "double", "datetime", "string", "bytes"};
enum { TYPES = sizeof type_names / sizeof type_names[0] };

const char *graph_type_name(quire_graph_type type)
{
    return type_names[type];
}

int graph_type_of(const char *name, size_t size)
{
    for (int i = 0; i < TYPES; i++) {
        if (strlen(type_names[i]) == size && memcmp(type_names[i], name, size) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- Doubles ---- */

static uint64_t bits_of(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static double real_of(uint64_t bits)
{
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

static const uint64_t plain_nan = UINT64_C(0x7ff8000000000000);

static void write_double(double real, char *text)
{
    uint64_t bits = bits_of(real);
    if (real != real) {
        if (bits == plain_nan) {
            snprintf(text, GRAPH_NUMBER_TEXT, "nan");
        } else {
            snprintf(text, GRAPH_NUMBER_TEXT, "nan:%016" PRIx64, bits);
        }
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, GRAPH_NUMBER_TEXT, "%.*g", digits, real);
        if (bits_of(strtod(text, NULL)) == bits) {
            return;
        }
    }
}

static int parse_double(const char *text, double *real)
{
    char *end;
    if (strncmp(text, "nan", 3) == 0) {
        uint64_t bits = plain_nan;
        if (text[3] == ':') {
            bits = strtoull(text + 4, &end, 16);
            if (strlen(text) != 20 || *end != '\0' || text[4] == '-' || text[4] == '+') {
                return 0;
            }
        } else if (text[3] != '\0') {
            return 0;
        }
        *real = real_of(bits);
        return *real != *real;
    }
    /* What strtod knows beyond decimal numbers and inf is not ours: hex, spaces, other spellings. */
    if (strspn(text, "+-0123456789.eE") != strlen(text) && strcmp(text, "inf") != 0 && strcmp(text, "-inf") != 0) {
        return 0;
    }
    *real = strtod(text, &end);
    /* Digits that come to infinity are too many. */
    int is_in_range = (*real - *real == 0) == (strchr(text, 'n') == NULL);
    return end != text && *end == '\0' && is_in_range;
}

/* ---- Dates ---- */

enum { MICROSECONDS = 1000000, DAY = 86400 };

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days before the year in the proleptic Gregorian calendar, counted from the year 0. */
static int64_t days_before(int64_t year)
{
    int64_t past = year - 1;
    return 365 * year + floor_divide(past, 4) - floor_divide(past, 100) + floor_divide(past, 400) + 1;
}

enum { EPOCH = 719528 }; /* days_before(1970) */

static int days_in(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year));
}

static void write_datetime(int64_t value, char *text)
{
    int64_t seconds = floor_divide(value, MICROSECONDS);
    int64_t fraction = value % MICROSECONDS;
    fraction += fraction < 0 ? MICROSECONDS : 0;
    int64_t days = floor_divide(seconds, DAY) + EPOCH;
    int64_t clock = seconds - floor_divide(seconds, DAY) * DAY;
    /* A year that is not too late; then on, by steps that are not too long. */
    int64_t year = days >= 0 ? days / 366 : floor_divide(days, 365) - 1;
    while (days_before(year + 1) <= days) {
        int64_t skip = (days - days_before(year)) / 366;
        year += skip > 0 ? skip : 1;
    }
    int64_t day = days - days_before(year);
    int month = 0;
    while (day >= days_in(year, month)) {
        day -= days_in(year, month++);
    }
    int used = year >= 0 && year <= 9999 ? snprintf(text, GRAPH_NUMBER_TEXT, "%04" PRId64, year)
                                         : snprintf(text, GRAPH_NUMBER_TEXT, "%+07" PRId64, year);
    used += snprintf(text + used, GRAPH_NUMBER_TEXT - (size_t)used, "-%02d-%02dT%02d:%02d:%02d", month + 1,
                     (int)day + 1, (int)(clock / 3600), (int)(clock / 60 % 60), (int)(clock % 60));
    if (fraction != 0) {
        used += snprintf(text + used, GRAPH_NUMBER_TEXT - (size_t)used, ".%06d", (int)fraction);
        while (text[used - 1] == '0') {
            used--;
        }
    }
    text[used] = 'Z';
    text[used + 1] = '\0';
}

/* `count` digits at *at as a number, or -1. */
static int64_t take_digits(const char **at, int count)
{
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9') {
            return -1;
        }
        number = 10 * number + ((*at)[i] - '0');
    }
    *at += count;
    return number;
}

/* The fraction of a second behind its point: one to six digits. */
static int64_t take_fraction(const char **at)
{
    int64_t number = 0;
    int digits = 0;
    for (; digits < 6 && **at >= '0' && **at <= '9'; digits++, (*at)++) {
        number = 10 * number + (**at - '0');
    }
    for (int i = digits; i < 6; i++) {
        number *= 10;
    }
    return digits > 0 ? number : -1;
}

static int parse_datetime(const char *at, int64_t *value)
{
    int sign = *at == '-' ? -1 : *at == '+' ? 1 : 0;
    at += sign != 0;
    int64_t year = take_digits(&at, sign ? 6 : 4);
    /* Six digits reach beyond what 64 bits of microseconds do. */
    if (year < 0 || year > 294247 || *at++ != '-') {
        return 0;
    }
    year = sign < 0 ? -year : year;
    int month = (int)take_digits(&at, 2) - 1;
    if (month < 0 || month > 11 || *at++ != '-') {
        return 0;
    }
    int day = (int)take_digits(&at, 2) - 1;
    if (day < 0 || day >= days_in(year, month) || *at++ != 'T') {
        return 0;
    }
    int64_t clock[3], fraction = 0;
    static const int most[] = {23, 59, 59};
    for (int i = 0; i < 3; i++) {
        clock[i] = take_digits(&at, 2);
        if (clock[i] < 0 || clock[i] > most[i] || (i < 2 && *at++ != ':')) {
            return 0;
        }
    }
    if (*at == '.') {
        at++;
        fraction = take_fraction(&at);
    }
    if (fraction < 0 || at[0] != 'Z' || at[1] != '\0') {
        return 0;
    }
    int64_t days = days_before(year) - EPOCH + day;
    for (int i = 0; i < month; i++) {
        days += days_in(year, i);
    }
    int64_t seconds = days * DAY + clock[0] * 3600 + clock[1] * 60 + clock[2];
    int64_t least = INT64_MIN / MICROSECONDS - 1, top = INT64_MAX / MICROSECONDS;
    if (seconds < least || seconds > top || (seconds == top && fraction > INT64_MAX % MICROSECONDS) ||
        (seconds == least && fraction < MICROSECONDS + INT64_MIN % MICROSECONDS)) {
        return 0;
    }
    *value =
        seconds == least ? (seconds + 1) * MICROSECONDS - (MICROSECONDS - fraction) : seconds * MICROSECONDS + fraction;
    return 1;
}

/* ---- All of them ---- */

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *parse_bytes(quire_bytes field, uint8_t *room, quire_graph_value *value)
{
    for (size_t i = 0; i + 1 < field.size; i += 2) {
        int high = hex_of(field.data[i]), low = hex_of(field.data[i + 1]);
        if (high < 0 || low < 0) {
            return "not hex digits";
        }
        room[i / 2] = (uint8_t)(16 * high + low);
    }
    value->as.content = (quire_bytes){room, field.size / 2};
    return field.size % 2 == 0 ? NULL : "an odd number of hex digits";
}

static const char *parse_int(const char *text, int64_t *value)
{
    char *end;
    size_t digits = strspn(text + (text[0] == '-'), "0123456789");
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (digits == 0 || *end != '\0') {
        return "not a whole number";
    }
    return errno != 0 ? "a number that 64 bits do not hold" : NULL;
}

const char *graph_value_parse(quire_graph_type type, quire_bytes field, uint8_t *room, quire_graph_value *value)
{
    *value = (quire_graph_value){.type = type};
    if (type == QUIRE_GRAPH_STRING) {
        value->as.content = field;
        return NULL;
    }
    if (type == QUIRE_GRAPH_BYTES) {
        return parse_bytes(field, room, value);
    }
    /* The others are short; a copy gives them an end. */
    char text[400];
    if (field.size >= sizeof text || memchr(field.data, '\0', field.size)) {
        return "not a value of this type";
    }
    memcpy(text, field.data, field.size);
    text[field.size] = '\0';
    switch (type) {
    case QUIRE_GRAPH_NULL:
        return strcmp(text, "null") == 0 ? NULL : "not the word null";
    case QUIRE_GRAPH_BOOL:
        value->as.boolean = strcmp(text, "true") == 0;
        return value->as.boolean || strcmp(text, "false") == 0 ? NULL : "neither true nor false";
    case QUIRE_GRAPH_INT64:
        return parse_int(text, &value->as.integer);
    case QUIRE_GRAPH_DOUBLE:
        return parse_double(text, &value->as.real) ? NULL : "not a decimal number";
    default:
        return parse_datetime(text, &value->as.integer) ? NULL : "not a date and time such as 2026-11-25T18:45:00Z";
    }
}

quire_bytes graph_value_text(const quire_graph_value *value, char number[GRAPH_NUMBER_TEXT])
{
    switch (value->type) {
    case QUIRE_GRAPH_NULL:
        snprintf(number, GRAPH_NUMBER_TEXT, "null");
        break;
    case QUIRE_GRAPH_BOOL:
        snprintf(number, GRAPH_NUMBER_TEXT, "%s", value->as.boolean ? "true" : "false");
        break;
    case QUIRE_GRAPH_INT64:
        snprintf(number, GRAPH_NUMBER_TEXT, "%" PRId64, value->as.integer);
        break;
    case QUIRE_GRAPH_DOUBLE:
        write_double(value->as.real, number);
        break;
    case QUIRE_GRAPH_DATETIME:
        write_datetime(value->as.integer, number);
        break;
    default:
        return value->as.content;
    }
    return (quire_bytes){(const uint8_t *)number, strlen(number)};
}
