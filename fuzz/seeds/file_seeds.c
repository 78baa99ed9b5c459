/*
 * Whole files for file_raw: closed ones, ones that were copied while a commit
 * stood only in the log, and some of both with one byte changed.
 */
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/quire.h"

static void must(quire_status status)
{
    if (status != QUIRE_OK) {
        fprintf(stderr, "seeds: %s\n", quire_status_name(status));
        exit(2);
    }
}

/* Reads a file of the VFS into `bytes`, as much as there is room for, less the zeros at its end. */
static size_t read_file(quire_vfs *vfs, const char *path, uint8_t *bytes, size_t most)
{
    quire_file *file;
    size_t got = 0;
    if (vfs->open(vfs->context, path, QUIRE_VFS_READ_ONLY, &file) != 0)
        return 0;
    if (vfs->read(vfs->context, file, 0, bytes, most, &got) != 0 || vfs->close(vfs->context, file) != 0)
        exit(2);
    while (got > 0 && bytes[got - 1] == 0)
        got--;
    return got;
}

static void write_seed(quire_vfs *vfs, size_t mode, const char *name, size_t variant)
{
    static struct seed seed;
    static uint8_t log[1 << 15], file[1 << 15];
    size_t log_size = read_file(vfs, "db-log", log, sizeof log), file_size = read_file(vfs, "db", file, sizeof file);
    seed_start(&seed);
    seed_u8(&seed, mode);
    seed_u16(&seed, log_size);
    seed_bytes(&seed, log, log_size);
    seed_bytes(&seed, file, (file_size + 511) / 512 * 512);
    seed_write(&seed, "file_raw", "%s-%zu", name, variant);
    seed_write(&seed, "salvage", "%s-%zu", name, variant);
    if (log_size == 0) { /* without either meta page */
        seed.bytes[0] = 3;
        seed_write(&seed, "salvage", "wiped-%zu", variant);
        seed.bytes[0] = (uint8_t)mode;
    }
    if (file_size > 1600) {
        seed.bytes[3 + log_size + 1536 + variant * 37 % (file_size - 1536)] ^= 16u;
        seed_write(&seed, "file_raw", "%s-damaged-%zu", name, variant);
        seed_write(&seed, "salvage", "%s-damaged-%zu", name, variant);
    }
    if (log_size > 0) { /* the log beside a file that has lost its meta pages */
        memset(seed.bytes + 3 + log_size, 0, file_size < 1024 ? file_size : 1024);
        seed_write(&seed, "file_raw", "%s-metas-gone-%zu", name, variant);
    }
}

/* The first leaf of the unnamed tree in the file as it stands, 512 bytes; zeros if there is none. */
static void take_leaf(quire_vfs *vfs, uint8_t leaf[512])
{
    static uint8_t file[1 << 15];
    size_t size = read_file(vfs, "db", file, sizeof file);
    memset(leaf, 0, 512);
    for (size_t at = 0; at + 512 <= size; at += 512) {
        if (file[at + 20] == 4 && file[at + 16] == 2) {
            memcpy(leaf, file + at, 512);
            return;
        }
    }
}

/* The file with a leaf of the past behind its last page: its range is that of newer leaves. Checksums are put right. */
static void write_stale_seed(quire_vfs *vfs, const uint8_t leaf[512], size_t variant)
{
    static struct seed seed;
    static uint8_t file[1 << 15];
    size_t size = (read_file(vfs, "db", file, sizeof file) + 511) / 512 * 512;
    seed_start(&seed);
    seed_u8(&seed, 1);
    seed_u16(&seed, 0);
    seed_bytes(&seed, file, size);
    seed_bytes(&seed, leaf, 512);
    seed_write(&seed, "salvage", "stale-%zu", variant);
}

/* The same files for file_resealed, each with edits of two kinds. */
static void write_lied_seed(quire_vfs *vfs, const char *name, size_t variant)
{
    static struct seed seed;
    static uint8_t log[1 << 15], file[1 << 15];
    size_t log_size = read_file(vfs, "db-log", log, sizeof log), file_size = read_file(vfs, "db", file, sizeof file);
    for (size_t where = 0; where < 16; where += 2) {
        if (variant % 2 != where / 2 % 2)
            continue;
        seed_start(&seed);
        seed_u8(&seed, where == 0 ? 0 : 2);
        for (size_t i = 0; i < 2 && where != 0; i++) {
            const uint8_t edit[6] = {(uint8_t)(3 + where + i), (uint8_t)(where + i), (uint8_t)(i + variant),
                                     (uint8_t)(where % 3),     (uint8_t)(1 + 3 * i), 0};
            seed_bytes(&seed, edit, sizeof edit);
        }
        seed_u16(&seed, log_size);
        seed_bytes(&seed, log, log_size);
        seed_bytes(&seed, file, (file_size + 511) / 512 * 512);
        seed_write(&seed, "file_resealed", "%s-%zu-edit-%zu", name, variant, where);
    }
}

static void fill(quire_db *db, size_t records, size_t step)
{
    quire_txn *txn;
    char key[32];
    static uint8_t value[600];
    must(quire_begin(db, QUIRE_WRITE, &txn));
    for (size_t i = 0; i < records; i++) {
        int length = snprintf(key, sizeof key, "key%03zu", i * step);
        memset(value, (int)('a' + i % 26), sizeof value);
        must(quire_put(txn, NULL, (quire_bytes){(uint8_t *)key, (size_t)length},
                       (quire_bytes){value, i % 10 == 9 ? 600 : 10}, 0));
    }
    must(quire_commit(txn));
}

/* Every third of the first records, each delete a step of its own in the log. */
static void thin_out(quire_db *db, size_t records)
{
    quire_txn *txn;
    char key[32];
    must(quire_begin(db, QUIRE_WRITE, &txn));
    for (size_t i = 0; i < records; i += 3) {
        int length = snprintf(key, sizeof key, "key%03zu", 2 * i);
        must(quire_delete(txn, NULL, (quire_bytes){(uint8_t *)key, (size_t)length}));
    }
    must(quire_commit(txn));
}

static void one_file(size_t variant)
{
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    quire_options options;
    quire_tree_options tree;
    must(quire_vfs_memory_new(variant, &vfs));
    quire_options_init(&options);
    options.vfs = vfs;
    options.page_size = 512;
    must(quire_open("db", &options, &db));
    quire_tree_options_init(&tree);
    tree.slots = (uint8_t)(1 + variant % 3);
    tree.records = variant / 3 % 2;
    must(quire_begin(db, QUIRE_WRITE, &txn));
    must(quire_tree_options_set(txn, NULL, &tree));
    must(quire_commit(txn));
    fill(db, 5 * variant, 2);
    must(quire_checkpoint(db));
    uint8_t leaf[512];
    take_leaf(vfs, leaf);
    fill(db, 2, 7);
    must(quire_checkpoint(db)); /* now the log's first half is in use, which the target reads */
    fill(db, variant, 3);
    thin_out(db, variant);
    write_seed(vfs, variant % 2 ? 4 : 5, "open", variant);
    write_lied_seed(vfs, "open", variant);
    must(quire_close(db));
    write_seed(vfs, 2 * (variant % 2), "closed", variant);
    write_stale_seed(vfs, leaf, variant);
    write_lied_seed(vfs, "closed", variant);
    quire_vfs_memory_free(vfs);
}

/*
 * A file with branches of two levels and a free list: a reader from before the
 * deletes keeps the pages they freed from being cut off.
 */
static void held_file(size_t variant)
{
    static struct seed seed;
    static uint8_t file[1 << 15];
    static const uint8_t value[600];
    char key[48];
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn, *reader;
    quire_options options;
    uint64_t deleted;
    must(quire_vfs_memory_new(variant, &vfs));
    quire_options_init(&options);
    options.vfs = vfs;
    options.page_size = 512;
    must(quire_open("db", &options, &db));
    must(quire_begin(db, QUIRE_WRITE, &txn));
    for (size_t i = 0; i < 40 + 40 * variant; i++) { /* keys nearly as long as can be: few fit into a branch */
        int length = snprintf(key, sizeof key, "%02zu%-42s", i, "a key of some length");
        must(quire_put(txn, NULL, (quire_bytes){(uint8_t *)key, (size_t)length},
                       (quire_bytes){value, i % 16 == 5 ? 600 : 60}, 0));
    }
    must(quire_commit(txn));
    must(quire_begin(db, QUIRE_READ, &reader));
    must(quire_begin(db, QUIRE_WRITE, &txn));
    must(quire_delete_prefix(txn, NULL, (quire_bytes){(const uint8_t *)"2", 1}, &deleted));
    must(quire_commit(txn));
    must(quire_checkpoint(db));
    size_t size = (read_file(vfs, "db", file, sizeof file) + 511) / 512 * 512;
    quire_rollback(reader);
    must(quire_close(db));
    quire_vfs_memory_free(vfs);
    seed_start(&seed);
    seed_u8(&seed, 0);
    seed_u16(&seed, 0);
    seed_bytes(&seed, file, size);
    seed_write(&seed, "file_resealed", "held-%zu", variant);
}

void file_seeds(void)
{
    for (size_t variant = 0; variant < 2; variant++)
        held_file(variant);
    for (size_t variant = 0; variant < 6; variant++)
        one_file(variant);
}
