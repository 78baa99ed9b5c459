# Rules for tests and gates; part of the Makefile.
#
# A test program is tests/<room>/<stem>_test.c, built on cmocka with the
# helpers of tests/support/ and linked with its own room and those below, so
# that the linker checks the floor plan too. A test script is
# tests/<room>/<stem>_test.sh. tests/run runs both kinds and counts.

TESTS ?= $(sort $(wildcard tests/*/*_test.c tests/*/*_test.sh))
TEST_SOURCES := $(filter %_test.c,$(TESTS))
TEST_PROGRAMS := $(TEST_SOURCES:%.c=$(BUILD)/%)
TEST_OBJECTS := $(TEST_SOURCES:%.c=$(BUILD)/obj/%.o)
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/support/*.c)))

# ---- Test programs ------------------------------------------------------------

# The rooms as archives, for tests: they call what the library keeps hidden.
define room_archive
$(BUILD)/rooms/$(1).a: $(call room_objects,$(1))
endef
$(foreach room,base page file tree api reference graph,$(eval $(call room_archive,$(room))))
$(BUILD)/rooms/support.a: $(SUPPORT_OBJECTS)
$(BUILD)/rooms/%.a: $(BUILD)/obj/members
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

# The catalogue of lies, and what puts checksums right after a lie about a file.
BESIDE_damage = $(patsubst tests/%.c,$(BUILD)/obj/tests/%.o,$(filter-out %_test.c,$(sort $(wildcard tests/damage/*.c)))) \
                $(patsubst %,$(BUILD)/obj/fuzz/support/%.o,raw_file agreement)

# What the campaigns of crashes do, and what they remember.
BESIDE_crash = $(patsubst tests/%.c,$(BUILD)/obj/tests/%.o,$(filter-out %_test.c,$(sort $(wildcard tests/crash/*.c))))

# The scheduler and its plays; and below them the rooms once more, compiled so that the scheduler hears of every lock
# and every atomic operation.
BESIDE_interleave = $(patsubst tests/%.c,$(BUILD)/obj/tests/%.o,$(filter-out %_test.c,$(sort $(wildcard tests/interleave/*.c))))
BELOW_interleave := scheduled-api scheduled-tree reference page scheduled-file base
SCHEDULE_POINTS := tests/interleave/schedule_points.h

define scheduled_archive
$(BUILD)/rooms/scheduled-$(1).a: $(patsubst $(BUILD)/obj/%,$(BUILD)/obj/scheduled/%,$(call room_objects,$(1)))
-include $(patsubst $(BUILD)/obj/%.o,$(BUILD)/obj/scheduled/%.d,$(call room_objects,$(1)))
endef
$(foreach room,file tree api,$(eval $(call scheduled_archive,$(room))))

$(BUILD)/obj/scheduled/%.o: %.c $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(COMPILE) -D_GNU_SOURCE -include $(SCHEDULE_POINTS) -MMD -MP -c -o $@ $<

# A test of tests/fuzz may take a whole fuzz target in, as those do that make triage proposes.
BESIDE_fuzz = $(BUILD)/rooms/fuzz.a $(BUILD)/rooms/fuzz_command.a
BELOW_fuzz := graph api tree reference page file base

# What stands below each room, its own archive first. The page room's tests
# may call the archive room: its slow twins are witnesses there.
BELOW_base := base
BELOW_page := reference page base
BELOW_reference := reference page base
BELOW_file := file base
BELOW_tree := tree reference page file base
BELOW_others := api tree reference page file base
below = $(patsubst %,$(BUILD)/rooms/%.a,support $(or $(BELOW_$(1)),$(BELOW_others)))
# The graph is a guest: below it stands the library's face alone. Its model is the fuzz target's.
BELOW_graph := graph
BESIDE_graph = $(patsubst %,$(BUILD)/obj/fuzz/support/%.o,graph_world graph_compare graph_model digest) $(BUILD)/obj/libquire.o

define test_program
$(BUILD)/tests/$(1)/%_test: $(BUILD)/obj/tests/$(1)/%_test.o $(BESIDE_$(1)) $(call below,$(1))
	@mkdir -p $$(@D)
	$$(LINK) -o $$@ $$^ -lcmocka
endef
$(foreach folder,$(sort $(notdir $(patsubst %/,%,$(dir $(TEST_SOURCES))))),$(eval $(call test_program,$(folder))))

# Its commits come when the pager lets go of its mutex.
$(BUILD)/tests/file/moments_test: LDFLAGS += -Wl,--wrap=pthread_mutex_unlock

.SECONDARY: $(TEST_OBJECTS)
-include $(patsubst %.o,%.d,$(TEST_OBJECTS) $(SUPPORT_OBJECTS))

tests: $(TEST_PROGRAMS) $(if $(filter %.sh,$(TESTS)),quire $(BUILD)/compare-bench $(BUILD)/graph-bench $(BUILD)/perf-bench) \
       $(if $(SANITIZE),,$(if $(filter tests/fuzz/seeds_test.sh,$(TESTS)),$(BUILD)/fuzz/make-seeds))

# ---- Running them -----------------------------------------------------------------

.PHONY: test test-quick test-tsan
# The fuzz targets, run over what corpus/ holds for them by the driver that needs no fuzzer.
FUZZ_TARGETS ?= $(sort $(wildcard fuzz/*_fuzzer.c))
REPLAYS = $(if $(FUZZ_TARGETS),fuzzers)

# What does not depend on how the library was compiled runs once only.
RUN_ONCE := tests/lint/% tests/api/amalgam_test.sh tests/api/install_test.sh tests/cli/omit_old_test.sh tests/bench/% tests/docs/% tests/fuzz/%.sh

# A missing package is installed by root, and named to others.
.PHONY: packages
packages:
	@.ci/setup || echo 'setup: going on without them'

test: packages ## all tests, plain and under address and undefined-behaviour sanitizers, and the corpora replayed
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g' tests $(REPLAYS)
	@tests/run --build $(BUILD) $(TESTS) --build $(BUILD)/asan $(filter-out $(RUN_ONCE),$(TESTS)) $(FUZZ_TARGETS)

test-quick: tests ## the plain build's tests only
	@tests/run --build $(BUILD) $(TESTS)

test-tsan: ## all tests under the thread sanitizer
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g' tests
	@tests/run --build $(BUILD)/tsan $(filter-out $(RUN_ONCE),$(TESTS))

# ---- Gates ----------------------------------------------------------------------------

LINT_SOURCES := $(sort $(wildcard src/*/*.c tests/*/*.c fuzz/*.c))

.PHONY: lint format compile-all
lint: ## formatting, warnings of gcc and clang, and the house rules of tests/lint
	@tests/lint/run

format: ## rewrite the C sources in the house's format
	clang-format -i $(sort $(wildcard src/*.h src/*/*.[ch] tests/*/*.[ch] fuzz/*.[ch]))

compile-all: $(LINT_SOURCES:%.c=$(BUILD)/obj/%.o)

# ---- Budgets --------------------------------------------------------------------------

$(BUILD)/budget/streams: $(BUILD)/obj/tests/budget/streams.o $(BUILD)/libquire.a $(BUILD)/rooms/base.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^
-include $(BUILD)/obj/tests/budget/streams.d

.PHONY: budget budget-record
budget: $(BUILD)/budget/streams ## instructions and counters of fixed streams of operations, held against their budgets
	@CC='$(CC)' tests/budget/run $< $(BUILD)/budget

budget-record: $(BUILD)/budget/streams ## write the figures of now down as the budgets
	@CC='$(CC)' tests/budget/run $< $(BUILD)/budget record

# ---- Loads ------------------------------------------------------------------------------

$(BUILD)/graph-load: $(BUILD)/obj/tests/graph/load.o $(BUILD)/libquire.a
	$(LINK) -o $@ $^
-include $(BUILD)/obj/tests/graph/load.d

EDGES ?= 1000000

.PHONY: graph-load
graph-load: $(BUILD)/graph-load ## load EDGES edges (default a million) in bounded memory, and check them
	@$< $(EDGES) 20000 $(BUILD)/graph-load.quire

.PHONY: bench-graph
bench-graph: $(BUILD)/graph-bench ## bulk loads of graphs beside SQLite and bare put_many streams; half a minute
	@$<

$(BUILD)/perf-bench: $(BUILD)/obj/tests/bench/perf_bench.o $(BUILD)/libquire.a $(BUILD)/rooms/base.a
	$(LINK) -o $@ $^
-include $(BUILD)/obj/tests/bench/perf_bench.d

.PHONY: bench-perf bench-counting
bench-perf: $(BUILD)/perf-bench ## single steps by the clock: a reader's begin, gets, seeks, puts, allocations; then bench-counting
	@$<
	@echo
	@$(MAKE) --no-print-directory bench-counting

bench-counting: $(BUILD)/budget/streams ## instructions that counting takes while it is off, by a build that has none
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/uncounted QUIRE_OMIT_COUNTERS=1 $(BUILD)/uncounted/budget/streams >$(BUILD)/uncounted.log
	@CC='$(CC)' tests/bench/counting $< $(BUILD)/uncounted/budget/streams $(BUILD)/counting

LOG_MIB ?= 64

.PHONY: bench-recovery
bench-recovery: ## an open after a crash with a log of LOG_MIB (default 64) on a disk in memory, or in LOG_DIR: bytes, calls, time
	@$(MAKE) --no-print-directory $(BUILD)/tests/file/recovery_cost_test
	@LOG_MIB=$(LOG_MIB) $(BUILD)/tests/file/recovery_cost_test

PARTS ?=

.PHONY: bench
bench: $(BUILD)/compare-bench $(BUILD)/graph-bench $(BUILD)/perf-bench ## docs/RESULTS.md measured anew, against every peer; an hour on an idle machine (PARTS: workloads, itself, growth, graph, steps, matrix)
	@CC='$(CC)' $(PYTHON) tests/bench/run.py $< $(BUILD)/bench docs $(PARTS)

.PHONY: profile profile-rows flamegraph
flamegraph: profile ## as profile
profile: ## where inserts spend their time, by perf's samples, the old path beside today's: tables and flame graphs
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/profile CFLAGS='-O3 -g -fno-omit-frame-pointer' $(BUILD)/profile/compare-bench
	@$(PYTHON) tests/bench/profile.py $(BUILD)/profile/compare-bench $(BUILD)/profile

# make profile-rows ROWS='"ascending inserts" churn' takes the rows whose titles hold one of these.
profile-rows: ## where each of the benchmark's workloads spends its time, phase by phase, by perf's samples; two minutes
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/profile CFLAGS='-O3 -g -fno-omit-frame-pointer' $(BUILD)/profile/compare-bench
	@$(PYTHON) tests/bench/phases.py $(BUILD)/profile/compare-bench $(BUILD)/profile/phases $(ROWS)

.PHONY: test-coverage
test-coverage: ## lines that the tests reach, room by room, in build/test-coverage
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/test-coverage CC=clang \
	    CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' tests
	@rm -f $(BUILD)/test-coverage/*.profraw
	@LLVM_PROFILE_FILE='$(abspath $(BUILD))/test-coverage/%p.profraw' \
	    tests/run --build $(BUILD)/test-coverage $(filter-out $(RUN_ONCE),$(TESTS))
	@llvm-profdata merge -sparse -o $(BUILD)/test-coverage/all.profdata $(BUILD)/test-coverage/*.profraw
	@llvm-cov report -instr-profile=$(BUILD)/test-coverage/all.profdata \
	    $(firstword $(TEST_PROGRAMS:$(BUILD)/%=$(BUILD)/test-coverage/%)) \
	    $(patsubst $(BUILD)/%,-object $(BUILD)/test-coverage/%,$(TEST_PROGRAMS)) $(sort $(wildcard src/*/*.c)) | tee $(BUILD)/test-coverage/report.txt

.PHONY: verify
verify: packages ## load real data in every format, compare, audit, replay a part of the proofs, fuzz: one verdict table
	@$(MAKE) --no-print-directory all
	@tests/verify.sh

# ---- Crashes --------------------------------------------------------------------------

CRASH_IMAGES ?= 1000000
# Each image is memory taken and given back: nearly half of the time went to the system for it.
KEEP_MEMORY := MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=67108864

.PHONY: crash
crash: ## every crash of seven kinds of workload, CRASH_IMAGES images or more (default a million)
	@$(MAKE) --no-print-directory $(BUILD)/tests/crash/crash_test
	@$(KEEP_MEMORY) CRASH_IMAGES=$(CRASH_IMAGES) $(BUILD)/tests/crash/crash_test

# In parts: CRASH_KIND='*at_512' CRASH_ROUND=2 CRASH_FULL_IMAGES=6 is the third workload of two of the kinds.
CRASH_FULL_IMAGES ?= 5000000
CRASH_KIND ?= *
CRASH_ROUND ?= 0

.PHONY: crash-full
crash-full: ## whole workloads with every subset of up to ten sectors, and every recovery crashed in the same way; five million images
	@$(MAKE) --no-print-directory $(BUILD)/tests/crash/crash_test
	@$(KEEP_MEMORY) CRASH_FULL=1 CRASH_IMAGES=$(CRASH_FULL_IMAGES) CRASH_ROUND=$(CRASH_ROUND) \
	    $(BUILD)/tests/crash/crash_test '$(CRASH_KIND)'

.PHONY: faults
faults: ## every call of the disk and every allocation in a database's life fails, once and for good, and then the power goes
	@$(MAKE) --no-print-directory $(BUILD)/tests/crash/fault_test
	@FAULTS=1 $(BUILD)/tests/crash/fault_test

LOST_WRITES ?= 100000

.PHONY: lost-writes
lost-writes: ## each page that a checkpoint wrote lost once and misdirected once, LOST_WRITES images (default 100000): told, or harmless
	@$(MAKE) --no-print-directory $(BUILD)/tests/crash/lost_write_test
	@$(KEEP_MEMORY) LOST_WRITES=$(LOST_WRITES) $(BUILD)/tests/crash/lost_write_test

INTERLEAVINGS ?= 150000

.PHONY: interleavings
interleavings: ## threads of the pager and of whole databases in about INTERLEAVINGS orders (default 150000), each of which a number names
	@$(MAKE) --no-print-directory $(BUILD)/tests/interleave/interleave_test
	@INTERLEAVINGS=$(INTERLEAVINGS) $(BUILD)/tests/interleave/interleave_test

BITFLIPS ?= 1000000
RESEALED_FLIPS ?= $(shell expr $(BITFLIPS) / 10)

.PHONY: bitflip
bitflip: ## flip bits of reference files and logs, BITFLIPS images (default a million) and RESEALED_FLIPS sealed again, and read everything
	@$(MAKE) --no-print-directory $(BUILD)/tests/damage/bitflip_test $(BUILD)/tests/damage/resealed_flip_test
	@BITFLIPS=$(BITFLIPS) $(BUILD)/tests/damage/bitflip_test
	@RESEALED_FLIPS=$(RESEALED_FLIPS) $(BUILD)/tests/damage/resealed_flip_test

SALVAGE_FILES ?= 100000

.PHONY: salvage-check
salvage-check: ## damage about SALVAGE_FILES files (default 100000), salvage each, hold the result against its intact leaves
	@$(MAKE) --no-print-directory $(BUILD)/tests/damage/salvage_test
	@SALVAGE_FILES=$(SALVAGE_FILES) $(BUILD)/tests/damage/salvage_test

PAGES ?= 100000

.PHONY: healthy corruption-table
healthy: ## hold page_check and the second judge against PAGES random healthy pages (default 100000): no false alarm
	@$(MAKE) --no-print-directory $(BUILD)/tests/damage/lies_test
	@HEALTHY_PAGES=$(PAGES) $(BUILD)/tests/damage/lies_test

corruption-table: ## docs/CORRUPTION.md, the catalogue of lies, written anew from its tables
	@$(MAKE) --no-print-directory $(BUILD)/tests/damage/lies_test
	@$(BUILD)/tests/damage/lies_test --table >$(BUILD)/CORRUPTION.md && mv $(BUILD)/CORRUPTION.md docs/CORRUPTION.md

# ---- Mutants --------------------------------------------------------------------------

DURABILITY_TESTS = $(shell cat tests/mutants/durability/tests)
MUTANTS ?=

.PHONY: mutants-durability
mutants-durability: ## break commit, checkpoint and recovery in over a hundred ways, and say in docs/MUTANTS.md which test turned red
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/mutants/clean CFLAGS='-O1 -g' tests TESTS='$(DURABILITY_TESTS)'
	@tests/mutants/run --build $(BUILD)/mutants/clean --copies $(BUILD)/mutants/durability tests/mutants/durability $(MUTANTS) \
	    >$(BUILD)/mutants/durability.md; status=$$?; cat $(BUILD)/mutants/durability.md; exit $$status
	@$(if $(MUTANTS),,{ sed -n '/^<!--/,$$!p' docs/MUTANTS.md; echo '<!-- written by make mutants-durability -->'; \
	    cat $(BUILD)/mutants/durability.md; } >$(BUILD)/mutants/MUTANTS.md && mv $(BUILD)/mutants/MUTANTS.md docs/MUTANTS.md)
