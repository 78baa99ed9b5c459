#!/bin/bash -eu
# The tests of the tree that build.sh builds, without the service's sanitizers.
unset CFLAGS CXXFLAGS LIB_FUZZING_ENGINE
make -s -j"$(nproc)" -C "$SRC/quire" BUILD="$WORK/quire-tests" CC="$CC" test-quick TESTS="$(cd "$SRC/quire" && echo tests/base/*_test.c tests/page/*_test.c tests/file/*_test.c tests/tree/*_test.c tests/api/*_test.c)"
