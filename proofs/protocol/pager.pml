/*
 * The protocol of commits, checkpoints, crashes, recovery and readers, for Spin.
 *
 * Two pages, COMMITS commits: commit n writes the value n to page n % 2, so what a
 * page holds as of commit c is known: the greatest n <= c of its parity. An LSN is
 * the number of a commit. Each step is one call to the disk or one change under the
 * pager's mutex; all orders of the steps of two writers, a checkpointer and a
 * reader are looked at, and a crash at any point, in recovery too.
 *
 * The disk keeps what was written (v_) apart from what was synced (d_). A crash of
 * the system leaves for each place that differs the one, the other, or a torn
 * write that a checksum tells. A crash of the process leaves what was written.
 *
 *  Safety, asserted where it could break:
 *   S1  recovery finds every acknowledged commit
 *   S2  what it finds is a state after some commit: each page as of that commit
 *   S3  no crash is taken for damage: recovery never answers QUIRE_CORRUPT
 *   S4  a reader sees each page as of its snapshot, whatever goes on meanwhile
 *   S5  a record in the log's file is overwritten only when nothing needs it
 *
 *  Step here            stands for
 *   write_commit         pager_txn_write, log_flush (src/file/pager.c, log.c)
 *   sync_log             pager_sync_to, log_sync
 *   alternate            log_alternate (checkpoint_free_slot, src/file/checkpoint.c)
 *   checkpointer         checkpoint_run, step by step as its file's essay numbers them; after a
 *                        crash open_existing, which empties the log behind it (src/file/open.c)
 *   recover              pager_recover (src/file/recover.c): recover_log, replay_segment
 *   read_page            pager_view, pager_rebuild, pager_read_file
 *
 * What is left out: sizes and offsets in the file, deltas against images, spills
 * and rollbacks (the digest in a commit, rule L5), map pages. The proofs, the
 * fuzzers and the enumeration of crashes on a simulated disk look at those.
 *
 * With READER there is a reader and no crash is worth looking at: what a reader
 * has ends with its process. Each BUG_... breaks one rule of the protocol on
 * purpose: `check` sees to it that the model then fails.
 */
#ifndef COMMITS
#define COMMITS 2
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef FAILURES
#define FAILURES 1 /* of a checkpoint, before its meta pages */
#endif

#define TORN 255
#define AS_OF(c, p) (((c) % 2 == (p)) -> (c) : ((c) > 0 -> (c) - 1 : 0))
/* The half of a generation, and where a commit's record stands in it. */
#define HALF(g) ((g) % 2)
#define AT(half, place) ((half) * (COMMITS + 1) + (place))
#define PLACES (2 * (COMMITS + 1))

/*
 * Records by half and place: generation 0 is none. `mark` is the LSN known durable
 * when it was written, `life` the process that wrote it, which the disk does not
 * say: two commits of one number from two lives differ.
 */
byte v_gen[PLACES], v_lsn[PLACES], v_mark[PLACES], v_life[PLACES];
byte d_gen[PLACES], d_lsn[PLACES], d_mark[PLACES], d_life[PLACES];
/* Headers of the halves. */
byte v_head[2], v_first[2], d_head[2], d_first[2];
/* The database file: two pages, two meta pages of generation and first LSN. */
byte v_page[2], d_page[2];
byte v_meta[2], v_meta_first[2], d_meta[2], d_meta_first[2];

/* The process's memory. */
byte last, durable, visible, file_lsn;
byte cur_gen, cur_first, old_gen, old_first; /* old_gen 0: one generation is alive */
bool header_is_written;
byte slot;     /* 0 free, else who holds it */
byte epoch;    /* goes up at each crash: who was alive before it is no more */
bool running;  /* false from a crash to the end of recovery */
bit spare;     /* the meta page to write first */
bool must_checkpoint; /* an open after a crash does so before anything else */

/* What the world knows. */
byte acked, crashes, failures;
bool reading;
byte snapshot;
bool saved[2]; /* of a page, the reader's version is kept in memory */

inline sync_log() {
    i = 0;
    do
    :: i < PLACES -> d_gen[i] = v_gen[i]; d_lsn[i] = v_lsn[i]; d_mark[i] = v_mark[i]; d_life[i] = v_life[i]; i++
    :: else -> break
    od;
    d_head[0] = v_head[0]; d_first[0] = v_first[0];
    d_head[1] = v_head[1]; d_first[1] = v_first[1];
    i = 0
}

inline sync_file() {
    d_page[0] = v_page[0]; d_page[1] = v_page[1];
    d_meta[0] = v_meta[0]; d_meta_first[0] = v_meta_first[0];
    d_meta[1] = v_meta[1]; d_meta_first[1] = v_meta_first[1]
}

/* ---- Writers ---- */

proctype writer(byte me; byte my_epoch) {
    byte n, i;
    do
    :: d_step { (running && epoch == my_epoch && slot == 0 && last < COMMITS && !must_checkpoint) -> slot = me }
       /* the generation's header goes before its first record */
       if
       :: d_step { (epoch == my_epoch && !header_is_written) ->
            v_head[HALF(cur_gen)] = cur_gen; v_first[HALF(cur_gen)] = cur_first; header_is_written = 1 }
       :: d_step { (epoch == my_epoch && header_is_written) -> skip }
       :: epoch != my_epoch -> break
       fi;
       if
       :: d_step { epoch == my_epoch ->
            n = last + 1;
            i = AT(HALF(cur_gen), last - cur_first);
            /* S5: no record of a generation that is alive stands there */
            assert(v_gen[i] != cur_gen || v_lsn[i] >= n);
            assert(old_gen == 0 || v_gen[i] != old_gen);
            v_gen[i] = cur_gen; v_lsn[i] = n; v_mark[i] = durable; v_life[i] = my_epoch;
            last = n;
            slot = 0;
#ifdef BUG_ACKNOWLEDGED_BEFORE_SYNC
            acked = n;
#endif
            i = 0 }
       :: epoch != my_epoch -> break
       fi;
       if
       :: d_step { epoch == my_epoch -> sync_log(); durable = last; visible = last;
            if :: acked < n -> acked = n :: else fi }
       :: epoch != my_epoch -> break
       fi
    :: epoch != my_epoch -> break
    od
}

/* ---- The checkpoint ---- */

inline alternate() {
    old_gen = cur_gen; old_first = cur_first;
    cur_gen = cur_gen + 1; cur_first = last; header_is_written = 0;
    slot = 0
}

inline empty_log() {
    i = 0;
    do
    :: i < PLACES -> v_gen[i] = 0; v_lsn[i] = 0; v_mark[i] = 0; v_life[i] = 0; i++
    :: else -> break
    od;
    v_head[0] = 0; v_first[0] = 0; v_head[1] = 0; v_first[1] = 0;
    i = 0
}

/* Step 4: what a reader from before the checkpoint would lose is kept. */
inline save_versions() {
#ifndef BUG_NO_VERSIONS
    if
    :: reading && snapshot < c ->
        saved[0] = saved[0] || AS_OF(c, 0) != AS_OF(snapshot, 0);
        saved[1] = saved[1] || AS_OF(c, 1) != AS_OF(snapshot, 1)
    :: else
    fi;
#endif
    skip
}

#define ALIVE (epoch == my_epoch)

proctype checkpointer(byte me; byte my_epoch) {
    byte c, g, i, p;
    bool alone; /* holds the slot to its end */
    if
    :: d_step { (ALIVE && slot == me) ->
#ifndef BUG_EMPTY_NOT_SYNCED
         sync_log();
#endif
         acked = last;
         slot = 0 }
    :: d_step { else -> skip }
    fi;
    do
    :: d_step { (running && ALIVE && slot == 0 && (last > file_lsn || must_checkpoint)) -> slot = me }
#ifndef BUG_FOUND_NOT_SYNCED
       /* what recovery has read may not be durable: it must be before anything is built on it */
       if
       :: d_step { (ALIVE && must_checkpoint) -> sync_file() }
       :: d_step { (ALIVE && !must_checkpoint) -> skip }
       :: !ALIVE -> break
       fi;
#endif
#ifndef BUG_LOG_NOT_SYNCED
       if :: d_step { ALIVE -> sync_log(); durable = last; visible = last } :: !ALIVE -> break fi;
#endif
       if
       :: d_step { ALIVE ->
            c = last; g = cur_gen + 1;
#ifdef BUG_THIRD_GENERATION
            alone = must_checkpoint;
#else
            alone = old_gen != 0 || must_checkpoint; /* there is no third half */
#endif
            if :: !alone -> alternate() :: else fi }
       :: !ALIVE -> break
       fi;
       if :: d_step { ALIVE -> save_versions() } :: !ALIVE -> break fi;
       p = 0;
       do
       :: d_step { (ALIVE && p < 2) -> v_page[p] = AS_OF(c, p); p++ }
       :: d_step { (ALIVE && p == 2) -> p = 0; } break
       :: d_step { (ALIVE && failures < FAILURES) -> failures++; p = 3 } break
       :: !ALIVE -> break
       od;
       if
       :: !ALIVE -> break
       :: d_step { (ALIVE && p == 3) -> if :: alone -> slot = 0 :: else fi; p = 0 }
          /* it failed; both generations stay, and an open that has just recovered fails too */
          if :: d_step { (ALIVE && !must_checkpoint) -> skip } :: else -> break fi;
          goto next
       :: d_step { (ALIVE && p != 3) -> skip }
       fi;
#ifndef BUG_PAGES_NOT_SYNCED
       if :: d_step { ALIVE -> sync_file() } :: !ALIVE -> break fi;
#endif
       if :: d_step { ALIVE -> v_meta[spare] = g; v_meta_first[spare] = c } :: !ALIVE -> break fi;
#ifndef BUG_METAS_SYNCED_TOGETHER
       if :: d_step { ALIVE -> sync_file() } :: !ALIVE -> break fi;
#endif
       if :: d_step { ALIVE -> v_meta[1 - spare] = g; v_meta_first[1 - spare] = c } :: !ALIVE -> break fi;
       if :: d_step { ALIVE -> sync_file() } :: !ALIVE -> break fi;
       if
       :: d_step { ALIVE ->
            file_lsn = c;
            if
            :: alone -> cur_gen = g; cur_first = c; header_is_written = 0; slot = 0
            :: else
            fi;
            old_gen = 0; spare = 0;
            if :: must_checkpoint -> slot = me :: else fi }
       :: !ALIVE -> break
       fi;
       if
       :: d_step { (ALIVE && must_checkpoint) -> empty_log() }
          /* what an earlier life left in the log must not follow what this one writes */
#ifndef BUG_EMPTIED_NOT_SYNCED
          if :: d_step { ALIVE -> sync_log() } :: !ALIVE -> break fi;
#endif
          /* an open that answers has promised what it found */
          if :: d_step { ALIVE -> must_checkpoint = 0; acked = last; slot = 0 } :: !ALIVE -> break fi
       :: d_step { (ALIVE && !must_checkpoint) -> skip }
       :: !ALIVE -> break
       fi;
next:  skip
    :: !ALIVE -> break
    od
}

/* ---- A reader ---- */

proctype reader(byte my_epoch) {
    byte p, r, i;
    do
    :: d_step { (running && ALIVE && !must_checkpoint && !reading) ->
        reading = 1; snapshot = visible; saved[0] = 0; saved[1] = 0 }
    :: d_step { (running && ALIVE && reading) -> reading = 0 }
    :: d_step { (running && ALIVE && reading) -> p = 0 } goto look
    :: d_step { (running && ALIVE && reading) -> p = 1 }
look:  if
       :: d_step { (ALIVE && reading) ->
            r = AS_OF(snapshot, p);
            if
            :: r > file_lsn && !saved[p] ->
                /* from the log: its record is where it was written */
                if
                :: r > cur_first -> i = AT(HALF(cur_gen), r - 1 - cur_first); assert(v_gen[i] == cur_gen)
                :: else -> assert(old_gen != 0); i = AT(HALF(old_gen), r - 1 - old_first); assert(v_gen[i] == old_gen)
                fi;
                assert(v_lsn[i] == r);
                i = 0
            :: r <= file_lsn && !saved[p] -> assert(v_page[p] == r) /* S4: from the file */
            :: else
            fi;
            p = 0; r = 0 }
       :: else
       fi
    :: !ALIVE -> break
    od
}

/* ---- Crashes and recovery ---- */

/* One place of the disk after a crash of the system: `torn` says what a torn write looks like. */
inline settle(v, d, torn) {
    if
    :: v != d -> if :: v = d :: d = v :: v = torn; d = torn fi
    :: else
    fi
}

inline settle_record(k) {
    if
    :: (v_gen[k] != d_gen[k] || v_lsn[k] != d_lsn[k] || v_life[k] != d_life[k]) ->
        if
        :: v_gen[k] = d_gen[k]; v_lsn[k] = d_lsn[k]; v_mark[k] = d_mark[k]; v_life[k] = d_life[k]
        :: d_gen[k] = v_gen[k]; d_lsn[k] = v_lsn[k]; d_mark[k] = v_mark[k]; d_life[k] = v_life[k]
        :: v_gen[k] = 0; v_lsn[k] = 0; v_mark[k] = 0; v_life[k] = 0;
           d_gen[k] = 0; d_lsn[k] = 0; d_mark[k] = 0; d_life[k] = 0
        fi
    :: else
    fi
}

/* A header is two sectors that say the same, a meta page one: each is the old, the new, or (a meta page) torn. */
inline settle_head(h) {
    if
    :: v_head[h] != d_head[h] ->
        if
        :: v_head[h] = d_head[h]; v_first[h] = d_first[h]
        :: d_head[h] = v_head[h]; d_first[h] = v_first[h]
        fi
    :: else
    fi
}

inline settle_meta(m) {
    if
    :: v_meta[m] != d_meta[m] ->
        if
        :: v_meta[m] = d_meta[m]; v_meta_first[m] = d_meta_first[m]
        :: d_meta[m] = v_meta[m]; d_meta_first[m] = v_meta_first[m]
        :: v_meta[m] = TORN; d_meta[m] = TORN
        fi
    :: else
    fi
}

/* Reads a generation from `first` on: found goes up to its last commit. Then rule L6. */
inline replay(gen, first) {
    i = AT(HALF(gen), found - first);
    do
    :: (found < COMMITS && v_gen[i] == gen && v_lsn[i] == found + 1) ->
        assert(v_life[i] >= life); /* S2: it was made upon the commits before it */
        life = v_life[i];
        found++; i++
    :: else -> break
    od;
    bad = found;
    k = found - first + 1;
    do
    :: k <= COMMITS ->
        if
        :: (v_gen[AT(HALF(gen), k)] == gen && v_lsn[AT(HALF(gen), k)] == first + k + 1) ->
            assert(v_mark[AT(HALF(gen), k)] <= bad) /* S3 */
        :: else
        fi;
        k++
    :: else -> break
    od;
    i = 0; k = 0; bad = 0
}

inline recover() {
    /* The newer meta page that is whole. */
    if
    :: v_meta[0] == TORN -> m = 1
    :: v_meta[1] == TORN -> m = 0
    :: else -> m = (v_meta[0] >= v_meta[1] -> 0 : 1)
    fi;
    assert(v_meta[m] != TORN);
#ifdef BUG_WHOLE_META_FIRST
    spare = 0;
#else
    spare = (v_meta[0] != v_meta[1] -> 1 - m : 0); /* the one that was not believed */
#endif
    gen = v_meta[m]; first = v_meta_first[m];
    found = first;
    /* S3: a header of a generation that this meta page cannot know means that it is stale */
    assert(v_head[0] == TORN || v_head[0] <= gen + 1);
    assert(v_head[1] == TORN || v_head[1] <= gen + 1);
    replay(gen, first);
    cur_gen = gen; cur_first = first; old_gen = 0; old_first = 0;
    header_is_written = v_head[HALF(gen)] == gen;
#ifndef BUG_NEXT_GENERATION_IGNORED
    if
    :: v_head[HALF(gen + 1)] == gen + 1 ->
        assert(v_first[HALF(gen + 1)] == found); /* S3 */
        old_gen = gen; old_first = first;
        cur_gen = gen + 1; cur_first = found;
        replay(cur_gen, cur_first);
        header_is_written = 1
    :: else
    fi;
#endif
    assert(found >= acked); /* S1 */
    /* S2: a page without a record in the log is the file's, as of the checkpoint */
    p = 0;
    do
    :: p < 2 -> if :: AS_OF(found, p) <= first -> assert(v_page[p] == AS_OF(first, p)) :: else fi; p++
    :: else -> break
    od;
    last = found; file_lsn = first; durable = first; visible = found;
    /* An empty log behind two equal meta pages asks for no checkpoint. */
    must_checkpoint = v_meta[0] != v_meta[1];
    i = 0;
    do
    :: i < PLACES -> must_checkpoint = must_checkpoint || v_gen[i] != 0; i++
    :: else -> break
    od;
    i = 0;
    must_checkpoint = must_checkpoint || v_head[0] != 0 || v_head[1] != 0;
    slot = (must_checkpoint -> 0 : 3); /* the log is synced all the same, before anybody writes there */
    reading = 0; saved[0] = 0; saved[1] = 0;
    p = 0; gen = 0; first = 0; found = 0; m = 0; life = 0
}

inline start() {
    running = 1;
    run writer(1, epoch);
    run writer(2, epoch);
    run checkpointer(3, epoch)
#ifdef READER
    ; run reader(epoch)
#endif
}

init {
    byte i, k, p, m, gen, first, found, bad, life;
    d_step {
        v_meta[0] = 1; v_meta[1] = 1; d_meta[0] = 1; d_meta[1] = 1;
        cur_gen = 1
    }
    atomic { start() }
    do
    :: atomic { crashes < CRASHES ->
        crashes++; epoch++; running = 0 }
       /* those who were alive come to their end before anything else happens */
       atomic { (_nr_pr == 1) ->
        if
        :: skip /* the process died: what it wrote is there, synced or not */
        :: /* the system did */
           i = 0;
           do
           :: i < PLACES -> settle_record(i); i++
           :: else -> break
           od;
           settle_head(0); settle_head(1);
           settle(v_page[0], d_page[0], TORN); settle(v_page[1], d_page[1], TORN);
           settle_meta(0); settle_meta(1);
           i = 0
        fi;
        recover();
        start() }
    :: crashes == CRASHES -> break
    od
}
