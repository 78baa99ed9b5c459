# quire: build, tests and gates. `make help` lists the targets.
#
# Everything that make writes stands under $(BUILD). Other ways to build are
# the same rules with other variables and a folder of their own, as in
#   make BUILD=build/asan SANITIZE=address,undefined tests
#   make BUILD=build/omit-old QUIRE_OMIT_OLD=1
# Objects know the flags they were made with and the headers they read: a
# change of either makes them anew. Proofs and fuzzers bring their own rules,
# in proofs/prove.mk and fuzz/fuzz.mk.

BUILD ?= build
CC ?= cc
LD ?= ld
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
PYTHON ?= python3
CFLAGS ?= -O3 -g
PREFIX ?= /usr/local
DESTDIR ?=

VERSION := $(shell sed -n 's/^\#define QUIRE_VERSION "\(.*\)"/\1/p' src/quire.h)
SONAME := libquire.so.$(firstword $(subst ., ,$(VERSION)))

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
COMPILE = $(CC) -std=c11 $(WARNINGS) -fvisibility=hidden -fPIC -pthread \
          $(if $(QUIRE_OMIT_OLD),-DQUIRE_OMIT_OLD) $(if $(QUIRE_OMIT_COUNTERS),-DQUIRE_OMIT_COUNTERS) \
          $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
          $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(CFLAGS) $(LDFLAGS)

# ---- What is built from what ------------------------------------------------

ROOMS := base page file tree api $(if $(QUIRE_OMIT_OLD),,reference)
room_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard src/$(1)/*.c)))
LIBRARY_OBJECTS := $(foreach room,$(ROOMS),$(call room_objects,$(room)))
GRAPH_OBJECTS := $(call room_objects,graph)

BENCH_SOURCES := $(sort $(wildcard src/cli/compare_bench*.c))
GRAPH_BENCH_SOURCES := $(sort $(wildcard src/cli/graph_bench*.c))
CLI_SOURCES := $(filter-out $(BENCH_SOURCES) $(GRAPH_BENCH_SOURCES),$(sort $(wildcard src/cli/*.c)))
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/obj/%.o)
BENCH_OBJECTS := $(BENCH_SOURCES:%.c=$(BUILD)/obj/%.o)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all libraries quire tests check-tools FORCE
FORCE:

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile $(wildcard tests/*.mk proofs/*.mk fuzz/*.mk) | \
	    awk -F '\t' '{ printf "%-18s %s\n", $$1, $$2 }'

all: libraries quire $(if $(BENCH_SOURCES),$(BUILD)/compare-bench) ## libquire.a, libquire.so, quire and compare-bench (the default)
libraries: $(BUILD)/libquire.a $(BUILD)/libquire.so
quire: $(if $(CLI_SOURCES),$(BUILD)/quire)

# ---- Objects ----------------------------------------------------------------

# The flags of the last compilation; touched only when they change.
$(BUILD)/obj/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(BENCH_FLAGS)' | cmp -s - $@ || echo '$(COMPILE) $(BENCH_FLAGS)' > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(COMPILE) $(if $(findstring _bench,$<),$(BENCH_FLAGS)) -MMD -MP -c -o $@ $<

# The objects there are; touched when a source comes or goes, so that no archive
# keeps a member whose source is gone.
$(BUILD)/obj/members: FORCE
	@mkdir -p $(@D)
	@echo '$(LIBRARY_OBJECTS) $(GRAPH_OBJECTS) $(CLI_OBJECTS) $(SUPPORT_OBJECTS)' | cmp -s - $@ || \
	    echo '$(LIBRARY_OBJECTS) $(GRAPH_OBJECTS) $(CLI_OBJECTS) $(SUPPORT_OBJECTS)' > $@

-include $(patsubst %.o,%.d,$(LIBRARY_OBJECTS) $(GRAPH_OBJECTS) $(CLI_OBJECTS) $(BENCH_OBJECTS))
-include $(patsubst $(BUILD)/obj/%.o,$(BUILD)/obj/whole/%.d,$(LIBRARY_OBJECTS) $(GRAPH_OBJECTS))

# ---- Libraries and programs -------------------------------------------------

# gcc sees through all rooms at once, and the code takes a tenth fewer
# instructions; other compilers and sanitized builds join the rooms' objects.
WHOLE := $(if $(SANITIZE),,$(shell $(CC) --version | grep -q 'Free Software Foundation' && echo yes))
parts = $(if $(WHOLE),$(1:$(BUILD)/obj/%=$(BUILD)/obj/whole/%),$(1))
JOIN = $(if $(WHOLE),$(COMPILE) -flto=auto -r -flinker-output=nolto-rel -nostdlib,$(LD) -r)

$(BUILD)/obj/whole/%.o: %.c $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(COMPILE) -flto -MMD -MP -c -o $@ $<

# Objects in which only quire_* is global: no internal name can clash with an
# embedder's, and guests of the library can use nothing but its face. The graph
# is such a guest, so it is an object of its own: who does not call it does not
# link it, and the linker finds what it calls of the engine's insides.
define joined_object
$(BUILD)/obj/$(1).o: $(call parts,$(2)) $(BUILD)/obj/members
	$$(JOIN) -o $$@ $(call parts,$(2))
	$$(OBJCOPY) --localize-hidden $$@
endef
$(eval $(call joined_object,libquire,$(LIBRARY_OBJECTS)))
$(eval $(call joined_object,libquire_graph,$(GRAPH_OBJECTS)))

JOINED := $(BUILD)/obj/libquire.o $(if $(GRAPH_OBJECTS),$(BUILD)/obj/libquire_graph.o)

$(BUILD)/libquire.a: $(JOINED)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libquire.so: $(JOINED)
	$(LINK) -shared -Wl,-soname,$(SONAME) $(if $(SANITIZE),,-Wl,-z,defs) -o $@ $^

$(BUILD)/quire: $(CLI_OBJECTS) $(BUILD)/libquire.a
	$(LINK) -o $@ $(CLI_OBJECTS) $(BUILD)/libquire.a

# The peers of compare-bench: header, library, package, and the name that the
# preprocessor knows it by. Each is measured when its header is there.
PEERS := sqlite lmdb wiredtiger leveldb bdb
peer_sqlite := sqlite3.h sqlite3 libsqlite3-dev SQLITE
peer_lmdb := lmdb.h lmdb liblmdb-dev LMDB
peer_wiredtiger := wiredtiger.h wiredtiger libwiredtiger-dev WIREDTIGER
peer_leveldb := leveldb/c.h leveldb libleveldb-dev LEVELDB
peer_bdb := db.h db libdb5.3-dev BDB
peer_part = $(word $(1),$(peer_$(2)))
has_header = $(shell echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo yes)

ifneq ($(BENCH_SOURCES),)
PEERS_HERE := $(foreach peer,$(PEERS),$(if $(call has_header,$(call peer_part,1,$(peer))),$(peer)))
PEERS_AWAY := $(filter-out $(PEERS_HERE),$(PEERS))
BENCH_FLAGS := $(foreach peer,$(PEERS_HERE),-DHAVE_$(call peer_part,4,$(peer)))
BENCH_LIBS := $(foreach peer,$(PEERS_HERE),-l$(call peer_part,2,$(peer)))
endif

$(BUILD)/compare-bench: $(BENCH_OBJECTS) $(BUILD)/libquire.a
	@$(foreach peer,$(PEERS_AWAY),echo 'compare-bench: no $(call peer_part,1,$(peer)) (package $(call peer_part,3,$(peer))), so $(peer) is left out';)
	$(LINK) -o $@ $^ $(BENCH_LIBS)

$(BUILD)/graph-bench: $(GRAPH_BENCH_SOURCES:%.c=$(BUILD)/obj/%.o) $(BUILD)/libquire.a
	$(LINK) -o $@ $^ $(if $(filter sqlite,$(PEERS_HERE)),-lsqlite3)
-include $(GRAPH_BENCH_SOURCES:%.c=$(BUILD)/obj/%.d)

# ---- Tests, proofs, fuzzers, gates -------------------------------------------

include tests/tests.mk
-include proofs/prove.mk
-include fuzz/fuzz.mk

# ---- Amalgamation -------------------------------------------------------------

AMALGAM := $(BUILD)/amalgam

.PHONY: amalgam
amalgam: $(AMALGAM)/quire.c ## the library as one quire.c and quire.h, the graph as another pair, in build/amalgam

$(AMALGAM)/quire.c: src/amalgamate.py src/quire.h src/quire_graph.h $(wildcard src/*/*.[ch])
	@mkdir -p $(@D)
	@$(PYTHON) src/amalgamate.py $(@D)
$(AMALGAM)/quire_graph.c: $(AMALGAM)/quire.c

# The api room's tests once more, over the amalgamation instead of the rooms, and
# those of the graph: all that need nothing but the public headers.
AMALGAM_API_TESTS := $(shell grep -L '"../../src/[a-z]*/' $(filter tests/api/%,$(TEST_SOURCES)) /dev/null | grep tests)
AMALGAM_GRAPH_TESTS := $(patsubst %,$(AMALGAM)/tests/graph/%_test,rows reading index writer hostile)
AMALGAM_TESTS := $(AMALGAM_API_TESTS:tests/api/%.c=$(AMALGAM)/tests/%) \
                 $(if $(GRAPH_OBJECTS),$(AMALGAM_GRAPH_TESTS))

.PHONY: amalgam-tests
amalgam-tests: $(AMALGAM_TESTS)

$(AMALGAM)/%.o: $(AMALGAM)/%.c
	$(COMPILE) -c -o $@ $<

$(AMALGAM)/tests/graph/%_test: $(BUILD)/obj/tests/graph/%_test.o $(BUILD)/rooms/support.a $(AMALGAM)/quire.o $(AMALGAM)/quire_graph.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka

$(AMALGAM)/tests/%_test: $(BUILD)/obj/tests/api/%_test.o $(BUILD)/rooms/support.a $(AMALGAM)/quire.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka

# ---- Installation -------------------------------------------------------------

.PHONY: install uninstall
INSTALLED := include/quire.h include/quire_graph.h lib/libquire.a lib/libquire.so.$(VERSION) lib/$(SONAME) lib/libquire.so \
             lib/pkgconfig/quire.pc bin/quire

install: libraries quire ## install under $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/bin
	install -m 644 src/quire.h src/quire_graph.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(BUILD)/libquire.a $(DESTDIR)$(PREFIX)/lib/libquire.a
	install -m 755 $(BUILD)/libquire.so $(DESTDIR)$(PREFIX)/lib/libquire.so.$(VERSION)
	ln -sf libquire.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libquire.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' src/quire.pc.in \
	    > $(DESTDIR)$(PREFIX)/lib/pkgconfig/quire.pc
	install -m 755 $(BUILD)/quire $(DESTDIR)$(PREFIX)/bin/quire

uninstall: ## remove what install put there
	rm -f $(INSTALLED:%=$(DESTDIR)$(PREFIX)/%)

# ---- House-keeping --------------------------------------------------------------

.PHONY: setup clean
setup: ## install the Debian packages that tests, proofs and fuzzers need
	@.ci/setup

clean: ## remove everything that make wrote
	rm -rf $(BUILD)
