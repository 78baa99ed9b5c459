/*
 * Lies about the log, rules L1 to L6, told to a file and its log as a crash leaves
 * them. A record that breaks L1, L2 or L5 ends the log, unless a later commit says
 * that it was durable: then the rule named is L6.
 */
#include "file_patient.h"

#include <stdlib.h>
#include <string.h>

#include "../../fuzz/support/raw_file.h"
#include "../../src/base/crc32c.h"
#include "../../src/base/log_record.h"

/* The first record of a type from the start of the log's first half that counts. */
static uint8_t *find_record(struct file *file, int type, int nth)
{
    size_t half = (size_t)(get_number(file->bytes + 72, 4) % 2) << 20;
    for (size_t at = half + LOG_RECORDS_START; at + LOG_RECORD_HEADER <= file->log_size;) {
        uint8_t *record = file->log + at;
        must(get_number(record + 8, 8) != 0);
        if (record[28] == type && nth-- == 0)
            return record;
        at += log_record_size(number(record + 20));
    }
    abort();
}

static void reseal_log(struct file *file)
{
    size_t half = (size_t)(get_number(file->bytes + 72, 4) % 2) << 20, size = file->log_size - half;
    raw_log_reseal(file->log + half, size < (1u << 20) ? size : 1u << 20, get_number(file->bytes + 64, 8));
}

static void record_out_of_order(struct file *file)
{
    uint8_t *record = find_record(file, LOG_IMAGE, 1);
    put_number(record + 8, 8, get_number(record + 8, 8) + 8);
    reseal_log(file);
}

static void record_of_another_generation(struct file *file)
{
    uint8_t *record = find_record(file, LOG_IMAGE, 1);
    put_number(record + 16, 4, get_number(record + 16, 4) + 2);
    reseal_log(file);
}

static void record_of_unknown_type(struct file *file)
{
    find_record(file, LOG_IMAGE, 1)[28] = 4;
    reseal_log(file);
}

static void record_zero_bytes_used(struct file *file)
{
    find_record(file, LOG_IMAGE, 1)[30] = 1;
    reseal_log(file);
}

static void record_too_long(struct file *file)
{
    put_number(find_record(file, LOG_IMAGE, 1) + 20, 4, 4 * N + 1);
    reseal_log(file);
}

static void record_body_damaged(struct file *file)
{
    find_record(file, LOG_IMAGE, 1)[LOG_RECORD_HEADER + 5] ^= 1;
}

static void record_header_damaged(struct file *file)
{
    find_record(file, LOG_IMAGE, 1)[24] ^= 1;
}

static void delta_before_image(struct file *file)
{
    find_record(file, LOG_IMAGE, 0)[28] = LOG_DELTA;
    reseal_log(file);
}

static void previous_of_nobody(struct file *file)
{
    uint8_t *record = find_record(file, LOG_DELTA, 0);
    put_number(record + 32, 8, get_number(record + 32, 8) + 8);
    reseal_log(file);
}

static void record_of_a_meta_page(struct file *file)
{
    put_number(find_record(file, LOG_IMAGE, 0) + 24, 4, 1);
    reseal_log(file);
}

static void delta_of_unknown_step(struct file *file)
{
    find_record(file, LOG_DELTA, 0)[LOG_RECORD_HEADER] = 99;
    reseal_log(file);
}

static void commit_digest_wrong(struct file *file)
{
    uint8_t *commit = find_record(file, LOG_COMMIT, 0), salt[8];
    size_t body = number(commit + 20);
    memcpy(salt, file->bytes + 64, 8);
    commit[LOG_RECORD_HEADER + 4] ^= 1;
    put_number(commit + 4, 4, crc32c(0, commit + LOG_RECORD_HEADER, body));
    put_number(commit, 4, crc32c(crc32c(0, salt, 8), commit + 4, LOG_RECORD_HEADER - 4));
}

static void commit_begins_elsewhere(struct file *file)
{
    uint8_t *commit = find_record(file, LOG_COMMIT, 1);
    put_number(commit + 32, 8, get_number(commit + 32, 8) - 8);
    reseal_log(file);
}

static void commit_grows_too_far(struct file *file)
{
    put_number(find_record(file, LOG_COMMIT, 0) + LOG_RECORD_HEADER, 4, 1000000);
    reseal_log(file);
}

static void commit_of_two_pages(struct file *file)
{
    put_number(find_record(file, LOG_COMMIT, 0) + LOG_RECORD_HEADER, 4, 2);
    reseal_log(file);
}

const struct file_lie log_lies[] = {
    {"log record out of order", "a record's lsn is not its place (L1)", "L6", "", record_out_of_order},
    {"log record of another generation", "a record names another generation (L1)", "L6", "",
     record_of_another_generation},
    {"log record of unknown type", "a record is of type 4 (L1)", "L6", "", record_of_unknown_type},
    {"log record with its zeros used", "a zero byte of a record's header is 1 (L1)", "L6", "", record_zero_bytes_used},
    {"log record too long", "a record's body is longer than four pages (L1)", "L6", "", record_too_long},
    {"log record's header damaged", "a bit of a record's header (L1)", "L6", "", record_header_damaged},
    {"log record's body damaged", "a bit of a record's body (L2)", "L6", "", record_body_damaged},
    {"delta before its image", "a page's first record is a delta", "L3", "", delta_before_image},
    {"previous record of nobody", "a delta names a record that is not the one before it", "L3", "", previous_of_nobody},
    {"log record of a meta page", "a record is of page 1", "L3", "", record_of_a_meta_page},
    {"delta of unknown step", "a delta's step has an unknown code", "L4", "T3", delta_of_unknown_step},
    {"commit of other records", "a commit's digest is not that of its records (L5)", "L6", "", commit_digest_wrong},
    {"commit begins elsewhere", "a commit does not begin where the one before it ended (L5)", "L6", "",
     commit_begins_elsewhere},
    {"commit grows too far", "a commit says that the file has a million pages", "L5", "", commit_grows_too_far},
    {"commit of two pages", "a commit says that the file has two pages", "L5", "", commit_of_two_pages},
    {NULL, NULL, NULL, NULL, NULL},
};
