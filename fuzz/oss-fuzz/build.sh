#!/bin/bash -eu
# Builds every fuzz target for a service that fuzzes continuously (OSS-Fuzz,
# ClusterFuzzLite), from the variables that these set: CC, CXX, CFLAGS, CXXFLAGS
# and LIB_FUZZING_ENGINE say how, SRC where the tree is, WORK where objects go,
# OUT where programs go. Beside each program stand its seeds
# (<program>_seed_corpus.zip), its dictionary and its options.
#
# QUIRE_FUZZERS names the targets to build, all when it is not set.
quire=$SRC/quire
targets=${QUIRE_FUZZERS:-$(cd "$quire/fuzz" && ls -- *_fuzzer.c | sed 's/_fuzzer\.c$//')}

make -s -j"$(nproc)" -C "$quire" BUILD="$WORK/quire" FUZZING=1 ENGINE=service FUZZ_NAMES="$(echo $targets)" fuzzers

for target in $targets; do
    program=${target}_fuzzer
    cp "$WORK/quire/bin/$program" "$OUT/$program"
    cp "$quire/fuzz/$program.options" "$quire/fuzz/$program.dict" "$OUT/"
    rm -f "$OUT/${program}_seed_corpus.zip"
    (cd "$quire/corpus/$target" && find . -type f | sort | zip -q -X "$OUT/${program}_seed_corpus.zip" -@)
done
