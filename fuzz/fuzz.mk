# Rules for fuzzing; part of the Makefile. docs/FUZZING.md is the guide.
#
# A target is fuzz/<name>_fuzzer.c, with fuzz/<name>_fuzzer.dict and .options
# beside it and its seeds in corpus/<name>/. Each is linked against the rooms,
# built with sanitizers, and one of three engines: libFuzzer, AFL++, or the
# plain driver that replays files. Each engine has its own folder, made by this
# Makefile with other variables. What a run finds goes to $(FUZZ)/inputs/<name>
# (new inputs) and $(FUZZ)/found/<name> (crashes).

FUZZ := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS ?= -O3 -g -gline-tables-only
FUZZ_NAMES := $(patsubst fuzz/%_fuzzer.c,%,$(sort $(wildcard fuzz/*_fuzzer.c)))
TIME ?= 60
comma := ,
SANITIZE_FUZZ := address,undefined

# ---- Building: inside one engine's folder -------------------------------------

# ENGINE is libfuzzer, afl or replay; set by the rules below, with BUILD and CC. With
# `service` all flags, and the engine, are those of the environment: fuzz/oss-fuzz/build.sh.
ENGINE ?= replay
ENGINE_SOURCE_replay := fuzz/support/replay_main.c fuzz/support/replay_speed.c
ENGINE_LINK_libfuzzer := -fsanitize=fuzzer
ENGINE_LINK_afl := -fsanitize=fuzzer
ENGINE_LINK_service := $(LIB_FUZZING_ENGINE)
FUZZ_LINK = $(if $(filter service,$(ENGINE)),$(CXX) -pthread $(CXXFLAGS),$(LINK))

# Two disks of the tests are the fuzzers' too.
FUZZ_SUPPORT := $(filter-out %_main.c %/replay_speed.c %/afl_mutator.c %/page_witness.c %/page_draw.c,$(sort $(wildcard fuzz/support/*.c))) \
                tests/support/crash_disk.c tests/support/fault_vfs.c
FUZZ_SUPPORT_OBJECTS := $(FUZZ_SUPPORT:%.c=$(BUILD)/obj/%.o)
FUZZ_ENGINE_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(ENGINE_SOURCE_$(ENGINE)))
# Targets that open a database; the others see the page tower alone.
FUZZ_DATABASE := api crash cursor file_raw file_resealed io_fault salvage tree_mixed tree_ops vfs
# Targets of the graph layer.
FUZZ_GRAPH := api_fault graph_import graph_lies graph_ops graph_rows
# What targets of the command take from it.
FUZZ_COMMAND_load_text := text
FUZZ_COMMAND_graph_import := csv graph_columns graph_import graph_import_progress graph_import_row graph_keys graph_text
# For proposed tests, which take a target in whole: tests.mk names the archive.
$(BUILD)/rooms/fuzz_command.a: $(patsubst %,$(BUILD)/obj/src/cli/%.o,$(FUZZ_COMMAND_load_text) $(FUZZ_COMMAND_graph_import))
FUZZ_ROOMS_page := $(patsubst %,$(BUILD)/rooms/%.a,reference page base)
FUZZ_ROOMS_database := $(patsubst %,$(BUILD)/rooms/%.a,api tree reference page file base)
FUZZ_ROOMS_graph := $(BUILD)/rooms/graph.a $(FUZZ_ROOMS_database)
fuzz_rooms = $(if $(filter $(1),$(FUZZ_GRAPH)),$(FUZZ_ROOMS_graph),$(if $(filter $(1),$(FUZZ_DATABASE)),$(FUZZ_ROOMS_database),$(FUZZ_ROOMS_page)))
FUZZ_OBJECTS := $(FUZZ_NAMES:%=$(BUILD)/obj/fuzz/%_fuzzer.o)

.SECONDARY: $(FUZZ_OBJECTS) $(FUZZ_SUPPORT_OBJECTS) $(FUZZ_ENGINE_OBJECTS)
-include $(patsubst %.o,%.d,$(FUZZ_OBJECTS) $(FUZZ_SUPPORT_OBJECTS) $(FUZZ_ENGINE_OBJECTS))

# An archive, so that each target takes what it uses.
$(BUILD)/rooms/fuzz.a: $(FUZZ_SUPPORT_OBJECTS)

define fuzz_program
$(BUILD)/bin/$(1)_fuzzer: $(BUILD)/obj/fuzz/$(1)_fuzzer.o $(FUZZ_ENGINE_OBJECTS) $(BUILD)/rooms/fuzz.a \
                          $(FUZZ_COMMAND_$(1):%=$(BUILD)/obj/src/cli/%.o) $(call fuzz_rooms,$(1))
	@mkdir -p $$(@D)
	$$(FUZZ_LINK) -o $$@ $$^ $(ENGINE_LINK_$(ENGINE))
endef
$(foreach name,$(FUZZ_NAMES),$(eval $(call fuzz_program,$(name))))

# The same for `make triage`, with a witness that draws the page judged last when the run fails.
FUZZ_WITNESS := $(BUILD)/obj/fuzz/support/page_witness.o $(BUILD)/obj/fuzz/support/page_draw.o
-include $(FUZZ_WITNESS:.o=.d)
define triage_program
$(BUILD)/bin/$(1)_triage: $(BUILD)/obj/fuzz/$(1)_fuzzer.o $(FUZZ_WITNESS) $(BUILD)/rooms/fuzz.a \
                          $(FUZZ_COMMAND_$(1):%=$(BUILD)/obj/src/cli/%.o) $(if $(filter $(1),$(FUZZ_GRAPH)),$(FUZZ_ROOMS_graph),$(FUZZ_ROOMS_database))
	@mkdir -p $$(@D)
	$$(FUZZ_LINK) -Wl,--wrap=page_check -Wl,--wrap=abort -o $$@ $$^ $(ENGINE_LINK_$(ENGINE))
endef
$(foreach name,$(FUZZ_NAMES),$(eval $(call triage_program,$(name))))

.PHONY: fuzzers
fuzzers: $(FUZZ_NAMES:%=$(BUILD)/bin/%_fuzzer)

# Most of a target's work is in loops over bytes and slots, and in the rooms that only hand
# them on. Without notes on each comparison they run twice as fast, and those of base become
# library calls, which the address sanitizer watches as a whole. What judges bytes keeps its notes.
ifneq ($(FUZZING),)
FUZZ_LOOPS := $(patsubst %.c,$(BUILD)/obj/%.o,src/base/bytes.c src/base/crc32c.c src/base/crc32c_hardware.c \
              src/page/slot.c src/page/slot_v1.c src/page/regions.c $(wildcard src/page/space*.c) src/page/leaf_old.c \
              $(wildcard src/reference/*.c src/file/*.c src/tree/*.c src/api/*.c) $(FUZZ_SUPPORT))
$(FUZZ_LOOPS): private override CFLAGS += $(if $(findstring fuzzer,$(SANITIZE)),-fno-sanitize-coverage=trace-cmp)
$(BUILD)/obj/src/base/bytes.o: private override CFLAGS += -fno-sanitize=undefined
endif

# ---- Building: one engine -------------------------------------------------------

engine_make = $(MAKE) --no-print-directory -s BUILD=$(FUZZ)/$(1) FUZZING=1 ENGINE=$(1) CC=$(2) SANITIZE=$(3) \
              CFLAGS='$(FUZZ_CFLAGS)'

.PHONY: fuzz-build fuzz-build-replay fuzz-build-afl
fuzz-build: ## build all fuzz targets with libFuzzer, address and undefined-behaviour sanitizers
	+@$(call engine_make,libfuzzer,$(FUZZ_CC),fuzzer-no-link$(comma)$(SANITIZE_FUZZ)) fuzzers
fuzz-build-replay:
	+@$(call engine_make,replay,$(FUZZ_CC),$(SANITIZE_FUZZ)) fuzzers
fuzz-build-afl:
	+@$(call engine_make,afl,afl-clang-fast,$(SANITIZE_FUZZ)) fuzzers

# ---- Running ----------------------------------------------------------------------

.PHONY: fuzz fuzz-one fuzz-all fuzz-replay fuzz-seeds afl canaries
fuzz: ## fuzz one target: make fuzz T=layout TIME=60 [JOBS=1]
	@test -n "$(T)" || { echo 'which target? make fuzz T=name; names: $(FUZZ_NAMES)'; exit 2; }
	+@$(call engine_make,libfuzzer,$(FUZZ_CC),fuzzer-no-link$(comma)$(SANITIZE_FUZZ)) \
	    $(FUZZ)/libfuzzer/bin/$(T)_fuzzer
	@fuzz/run --build $(FUZZ) --time $(TIME) --jobs $(or $(JOBS),1) $(T)

fuzz-one: # the target T alone, built and not run
	+@$(call engine_make,libfuzzer,$(FUZZ_CC),fuzzer-no-link$(comma)$(SANITIZE_FUZZ)) $(FUZZ)/libfuzzer/bin/$(T)_fuzzer

.PHONY: triage fuzz-triage
fuzz-triage: # the target T alone, with the witness
	+@$(call engine_make,libfuzzer,$(FUZZ_CC),fuzzer-no-link$(comma)$(SANITIZE_FUZZ)) $(FUZZ)/libfuzzer/bin/$(T)_triage

TRIAGE_TIME ?= 20

triage: ## what is wrong with an input: stack, page drawn, smaller input, regression test: make triage CRASH=file [T=target]
	@fuzz/triage --build $(FUZZ) --time $(TRIAGE_TIME) $(if $(T),--target $(T)) $(CRASH)

fuzz-all: fuzz-build ## fuzz every target for TIME seconds each, and print one table
	@fuzz/run --build $(FUZZ) --time $(TIME) $(FUZZ_NAMES)

fuzz-replay: fuzz-build-replay ## replay all corpora through the plain driver under the sanitizers
	@fuzz/replay $(FUZZ)/replay/bin $(FUZZ_NAMES)

SPEED_MS ?= 2000
RECORD ?=

.PHONY: fuzz-speed
fuzz-speed: fuzz-build-replay ## executions a second of each target on its corpus, one core, under the sanitizers: [T=name SPEED_MS=2000 RECORD=docs/FUZZING.md]
	@fuzz/speed $(FUZZ)/replay/bin $(SPEED_MS) $(or $(T),$(FUZZ_NAMES)) >$(FUZZ)/speed.md; status=$$?; cat $(FUZZ)/speed.md; exit $$status
	@$(if $(RECORD),fuzz/record-speed $(FUZZ)/speed.md $(RECORD) '$(FUZZ_CC)')

# The mutators by structure, as libraries that AFL++ loads.
FUZZ_MUTATORS := file_resealed slot_corrupt
$(FUZZ_MUTATORS:%=$(FUZZ)/afl/mutators/%.so): $(FUZZ)/afl/mutators/%.so: fuzz/support/afl_mutator.c fuzz/support/edit_mutator.c fuzz/support/edit_mutator.h
	@mkdir -p $(@D)
	$(COMPILE) -shared -DGRAMMAR=$*_grammar -o $@ $(filter %.c,$^)

.PHONY: fuzz-mutators
fuzz-mutators: $(FUZZ_MUTATORS:%=$(FUZZ)/afl/mutators/%.so)

afl: fuzz-build-afl fuzz-mutators ## fuzz one target with AFL++: make afl T=layout JOBS=2 TIME=60
	@test -n "$(T)" || { echo 'which target? make afl T=name; names: $(FUZZ_NAMES)'; exit 2; }
	@fuzz/afl --build $(FUZZ) --time $(TIME) --jobs $(or $(JOBS),1) $(T)

.PHONY: fuzz-platforms
fuzz-platforms: ## replay all corpora under other compilers, word sizes and byte orders, and compare what each input ends with
	+@fuzz/platforms --build $(FUZZ)/platforms

.PHONY: fuzz-services
fuzz-services: ## build every target as OSS-Fuzz and ClusterFuzzLite do, against a stand-in of their variables, and start it
	@SERVICE_TARGETS='$(FUZZ_NAMES)' BUILD=$(BUILD) sh tests/fuzz/services_test.sh

# ---- Seeds --------------------------------------------------------------------------

SEED_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard fuzz/seeds/*.c)))
-include $(SEED_OBJECTS:.o=.d)

$(FUZZ)/make-seeds: $(SEED_OBJECTS) $(FUZZ_ROOMS_graph)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^

fuzz-seeds: $(FUZZ)/make-seeds ## write the seed corpora anew, by real operations
	@mkdir -p $(FUZZ_NAMES:%=corpus/%)
	@$(FUZZ)/make-seeds

# ---- Canaries -------------------------------------------------------------------------

CANARIES := $(patsubst fuzz/canaries/%.patch,%,$(sort $(wildcard fuzz/canaries/*.patch)))

canaries: fuzz-build ## plant known bugs one by one, and see that the fuzzers find them: make canaries [C=name] [SEEDS=5]
	@fuzz/canary --build $(BUILD)/canaries --fuzz $(FUZZ) --time $(CANARY_TIME) --seeds "$(shell seq -s " " $(or $(SEEDS),1))" $(C)

CANARY_TIME ?= 120

canary-table: ## docs/CANARIES.md: what the last run of each canary said
	@{ sed -n '/^<!--/,$$!p' docs/CANARIES.md; echo '<!-- written by make canary-table -->'; \
	    $(PYTHON) fuzz/report.py --canaries $(BUILD); } >$(FUZZ)/CANARIES.md && mv $(FUZZ)/CANARIES.md docs/CANARIES.md

# ---- Coverage and report -------------------------------------------------------------

.PHONY: coverage coverage-mcdc fuzz-report canary-table
coverage_make = $(MAKE) --no-print-directory -s BUILD=$(FUZZ)/coverage FUZZING=1 ENGINE=replay CC=$(FUZZ_CC) \
                CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping'
coverage: ## lines and branches that the corpora reach, room by room; sources with counts in build/coverage
	+@$(coverage_make) fuzzers
	@$(PYTHON) fuzz/coverage.py $(FUZZ)/coverage/bin $(BUILD)/coverage $(FUZZ_NAMES)

# MC/DC needs a later clang than the other targets. No package list has it: nothing else here depends on it.
MCDC_VERSION ?= -19
coverage-mcdc: ## as coverage, and conditions shown to decide (MC/DC); needs clang-19, llvm-19, libclang-rt-19-dev
	@command -v clang$(MCDC_VERSION) >/dev/null && command -v llvm-cov$(MCDC_VERSION) >/dev/null || { \
	    echo 'coverage-mcdc: install clang$(MCDC_VERSION), llvm$(MCDC_VERSION) and libclang-rt$(MCDC_VERSION)-dev, or name another by MCDC_VERSION=' >&2; exit 1; }
	+@$(MAKE) --no-print-directory -s BUILD=$(FUZZ)/mcdc FUZZING=1 ENGINE=replay CC=clang$(MCDC_VERSION) \
	    CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc' fuzzers
	@LLVM_VERSION=$(MCDC_VERSION) $(PYTHON) fuzz/coverage.py $(FUZZ)/mcdc/bin $(BUILD)/coverage-mcdc $(FUZZ_NAMES)

# build/fuzz/inputs/T is what `make fuzz T=..` and fuzz-all came to.
.PHONY: fuzz-grow
fuzz-grow: fuzz-one ## keep as corpus/T/grown-* what fuzzing T came to that reaches new parts of src/; after make coverage
	+@$(coverage_make) $(FUZZ)/coverage/bin/$(T)_fuzzer
	@rm -rf $(FUZZ)/grow/$(T) && mkdir -p $(FUZZ)/grow/$(T)
	@$(FUZZ)/libfuzzer/bin/$(T)_fuzzer -merge=1 -use_counters=0 $(FUZZ)/grow/$(T) $(FUZZ)/inputs/$(T) 2>/dev/null
	@$(PYTHON) fuzz/grow.py $(FUZZ)/coverage/bin/$(T)_fuzzer $(BUILD)/coverage $(T) $(FUZZ)/grow/$(T)/*

fuzz-report: ## one page about all fuzzers: build/fuzz-report.html, from what fuzz-all, canaries and coverage left
	@$(PYTHON) fuzz/report.py $(BUILD) $(BUILD)/fuzz-report.html $(FUZZ_NAMES)
