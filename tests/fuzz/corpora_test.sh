#!/bin/sh
# Every corpus replays through its fuzz target: seeds, and inputs that once
# found a bug. One test for each target, under address and undefined-behaviour
# sanitizers; the plain build of the tests leaves that to the other one.
case $BUILD in
*/asan) ;;
*)
    echo "ok 1 - corpora # SKIP they are replayed under the sanitizers"
    echo "1..1"
    exit 0
    ;;
esac
FUZZ_CC=${FUZZ_CC:-clang}
command -v "$FUZZ_CC" >/dev/null || {
    echo "ok 1 - corpora # SKIP no $FUZZ_CC to build the fuzz targets with"
    echo "1..1"
    exit 0
}
unset MAKEFLAGS MAKELEVEL MFLAGS
top=${BUILD%/asan}
make --no-print-directory -s BUILD="$top" FUZZ_CC="$FUZZ_CC" fuzz-build-replay || {
    echo "not ok 1 - the fuzz targets build"
    exit 1
}
number=0 verdict=0
for folder in corpus/*/; do
    target=$(basename "$folder")
    number=$((number + 1))
    if "$top/fuzz/replay/bin/${target}_fuzzer" -limit_ms="${LIMIT_MS:-2000}" "$folder"; then
        echo "ok $number - $target replays its corpus"
    else
        echo "not ok $number - $target replays its corpus"
        verdict=1
    fi
done
echo "1..$number"
exit $verdict
