/*
 * Pages without slots. Everything that a kind does not name stays zero, as rules
 * P4 and P16 to P19 want it: an entry that is popped is zeroed, a meta page is
 * written whole from its fields.
 */
#include "other.h"

/* Offsets within the state. */
enum { STATE_FREE_HEAD = 0, STATE_FREE_COUNT = 4, STATE_NEXT_TREE = 8, STATE_CATALOG = 12, STATE_NEXT_CHAIN = 16 };

void state_encode(uint8_t bytes[64], const struct state *state)
{
    bytes_zero(bytes, META_STATE_SIZE);
    store32(bytes + STATE_FREE_HEAD, state->free_head);
    store32(bytes + STATE_FREE_COUNT, state->free_count);
    store32(bytes + STATE_NEXT_TREE, state->next_tree);
    store32(bytes + STATE_CATALOG, state->catalog_root);
    store64(bytes + STATE_NEXT_CHAIN, state->next_chain);
}

void state_decode(const uint8_t bytes[64], struct state *state)
{
    state->free_head = load32(bytes + STATE_FREE_HEAD);
    state->free_count = load32(bytes + STATE_FREE_COUNT);
    state->next_tree = load32(bytes + STATE_NEXT_TREE);
    state->catalog_root = load32(bytes + STATE_CATALOG);
    state->next_chain = load64(bytes + STATE_NEXT_CHAIN);
}

/*@ requires writable: \valid(page + (0 .. META_END - 1));
  @ assigns page[META_MAGIC .. META_MAGIC + 7];
  @ ensures magic: meta_magic(page);
  @*/
static void store_magic(uint8_t *page)
{
    uint8_t *p = page + META_MAGIC;
    p[0] = 'q';
    p[1] = 'u';
    p[2] = 'i';
    p[3] = 'r';
    p[4] = 'e';
    p[5] = 0x0d;
    p[6] = 0x0a;
    p[7] = 0x1a;
}

int meta_has_magic(const uint8_t *bytes)
{
    const uint8_t *p = bytes + META_MAGIC;
    return p[0] == 'q' && p[1] == 'u' && p[2] == 'i' && p[3] == 'r' && p[4] == 'e' && p[5] == 0x0d && p[6] == 0x0a &&
           p[7] == 0x1a;
}

/*@ requires writable: \valid(page + (0 .. META_END - 1));
  @ requires readable: \valid_read(meta);
  @ requires apart: \separated(page + (0 .. META_END - 1), meta);
  @ assigns page[META_MAGIC .. META_GENERATION - 1];
  @ ensures magic: meta_magic(page);
  @ ensures version: u32(page + META_VERSION) == \old(meta->format_version) &&
  @                  u32(page + META_PAGE_SIZE) == \old(meta->page_size);
  @ ensures salt: u64(page + META_SALT) == \old(meta->salt);
  @*/
static void encode_format(uint8_t *page, const struct meta *meta)
{
    store_magic(page);
    store32(page + META_VERSION, meta->format_version);
    store32(page + META_PAGE_SIZE, meta->page_size);
    store64(page + META_SALT, meta->salt);
}

/*@ requires writable: \valid(page + (0 .. META_END - 1));
  @ requires readable: \valid_read(meta);
  @ requires apart: \separated(page + (0 .. META_END - 1), meta);
  @ assigns page[META_GENERATION .. META_STATE - 1];
  @ ensures counts: u32(page + META_GENERATION) == \old(meta->generation) &&
  @                 u32(page + META_PAGE_COUNT) == \old(meta->page_count);
  @ ensures log: u64(page + META_FIRST_LSN) == \old(meta->first_lsn) &&
  @     u64(page + META_CHECKPOINT) == \old(meta->checkpoint);
  @*/
static void encode_counts(uint8_t *page, const struct meta *meta)
{
    store32(page + META_GENERATION, meta->generation);
    store32(page + META_PAGE_COUNT, meta->page_count);
    store64(page + META_FIRST_LSN, meta->first_lsn);
    store64(page + META_CHECKPOINT, meta->checkpoint);
}

/*@ requires writable: \valid(page + (0 .. META_END - 1));
  @ requires readable: \valid_read(meta);
  @ requires apart: \separated(page + (0 .. META_END - 1), meta);
  @ assigns page[META_MAGIC .. META_END - 1];
  @ ensures magic: meta_magic(page);
  @ ensures version: u32(page + META_VERSION) == \old(meta->format_version) &&
  @                  u32(page + META_PAGE_SIZE) == \old(meta->page_size);
  @ ensures salt: u64(page + META_SALT) == \old(meta->salt);
  @ ensures counts: u32(page + META_GENERATION) == \old(meta->generation) &&
  @                 u32(page + META_PAGE_COUNT) == \old(meta->page_count);
  @ ensures log: u64(page + META_FIRST_LSN) == \old(meta->first_lsn) &&
  @     u64(page + META_CHECKPOINT) == \old(meta->checkpoint);
  @ ensures state: bytes_moved{Pre, Post}(page + META_STATE, &meta->state[0], META_STATE_SIZE);
  @*/
static void encode_fields(uint8_t *page, const struct meta *meta)
{
    bytes_copy(page + META_STATE, meta->state, META_STATE_SIZE);
    encode_format(page, meta);
    encode_counts(page, meta);
}

void meta_encode(uint8_t *page, size_t page_size, uint32_t pgno, const struct meta *meta)
{
    page_init(page, page_size, pgno, 0, PAGE_META);
    /*@ assert apart: bytes_moved{Pre, Here}(&meta->state[0], &meta->state[0], META_STATE_SIZE); */
    encode_fields(page, meta);
}

void meta_decode(const uint8_t *page, struct meta *meta)
{
    meta->format_version = load32(page + META_VERSION);
    meta->page_size = load32(page + META_PAGE_SIZE);
    meta->salt = load64(page + META_SALT);
    meta->generation = load32(page + META_GENERATION);
    meta->page_count = load32(page + META_PAGE_COUNT);
    meta->first_lsn = load64(page + META_FIRST_LSN);
    meta->checkpoint = load64(page + META_CHECKPOINT);
    bytes_copy(meta->state, page + META_STATE, META_STATE_SIZE);
}

int meta_probe(const uint8_t *bytes, uint32_t *format_version, uint32_t *page_size)
{
    if (!meta_has_magic(bytes))
        return 0;
    *format_version = load32(bytes + META_VERSION);
    *page_size = load32(bytes + META_PAGE_SIZE);
    return 1;
}

uint32_t free_entry(const uint8_t *page, size_t index)
{
    return load32(page + FREE_ENTRIES + FREE_ENTRY_SIZE * index);
}

int free_push(uint8_t *page, size_t page_size, uint32_t pgno)
{
    size_t count = page_slot_count(page);
    if (count >= FREE_CAPACITY(page_size))
        return 0;
    store32(page + FREE_ENTRIES + FREE_ENTRY_SIZE * count, pgno);
    store16(page + HEADER_SLOT_COUNT, (uint16_t)(count + 1u));
    return 1;
}

uint32_t free_pop(uint8_t *page)
{
    size_t count = page_slot_count(page);
    if (count == 0)
        return 0;
    uint32_t pgno = free_entry(page, count - 1u);
    store32(page + FREE_ENTRIES + FREE_ENTRY_SIZE * (count - 1u), 0);
    store16(page + HEADER_SLOT_COUNT, (uint16_t)(count - 1u));
    return pgno;
}

uint64_t overflow_chain(const uint8_t *page)
{
    return load64(page + OVERFLOW_CHAIN);
}

uint32_t overflow_position(const uint8_t *page)
{
    return load32(page + OVERFLOW_POSITION);
}

uint32_t overflow_used(const uint8_t *page)
{
    return load32(page + OVERFLOW_USED);
}

void overflow_init(uint8_t *page, uint64_t chain, uint32_t position, uint32_t used, uint32_t next)
{
    page_set_right(page, next);
    store64(page + OVERFLOW_CHAIN, chain);
    store32(page + OVERFLOW_POSITION, position);
    store32(page + OVERFLOW_USED, used);
}

uint32_t map_entry(const uint8_t *page, size_t index)
{
    return load32(page + MAP_ENTRIES + MAP_ENTRY_SIZE * index);
}

void map_set_entry(uint8_t *page, size_t index, uint32_t checksum)
{
    store32(page + MAP_ENTRIES + MAP_ENTRY_SIZE * index, checksum);
}

uint32_t map_page_of(size_t page_size, uint32_t pgno, size_t *index)
{
    *index = (pgno - (size_t)MAP_FIRST) % MAP_CAPACITY(page_size);
    return (uint32_t)(pgno - *index);
}

int is_map_page(size_t page_size, uint32_t pgno)
{
    return pgno >= MAP_FIRST && (pgno - (size_t)MAP_FIRST) % MAP_CAPACITY(page_size) == 0;
}
