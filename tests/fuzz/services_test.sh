# The build for services that fuzz continuously, run against a local stand-in of
# the variables that they set: fuzz/oss-fuzz/build.sh, and ClusterFuzzLite's
# through it. SERVICE_TARGETS names the targets, SERVICE_EDGES how many edges each
# must reach from its seeds.
. tests/support/tap.sh

if [ -z "$(command -v clang++)" ] || [ -z "$(command -v zip)" ] || [ -z "$(command -v unzip)" ]; then
    echo 'ok 1 - the services build # SKIP clang++, zip or unzip is missing'
    echo '1..1'
    exit 0
fi
targets=${SERVICE_TARGETS:-page_check slot_corrupt}
edges=${SERVICE_EDGES:-100}
tree=$PWD
mkdir -p "$root/src"
ln -s "$tree" "$root/src/quire"

# service NAME SCRIPT ENGINE FLAGS TARGETS: what SCRIPT builds goes to $root/NAME.
service()
{
    mkdir -p "$root/$1/out" "$root/$1/work"
    env -i PATH="$PATH" HOME="$root" SRC="$root/src" OUT="$root/$1/out" WORK="$root/$1/work" CC=clang CXX=clang++ CFLAGS="-O1 $4" CXXFLAGS="-O1 $4" \
        LIB_FUZZING_ENGINE="$3" QUIRE_FUZZERS="$5" bash "$2"
}

# Each program, four times, from another folder, over what its archive holds.
starts()
{
    for target in $targets; do
        program=$root/$1/out/${target}_fuzzer
        seeds=$root/$1/seeds/$target
        mkdir -p "$seeds"
        unzip -q "${program}_seed_corpus.zip" -d "$seeds" || return 1
        diff -r "corpus/$target" "$seeds" || return 1
        for time in 1 2 3 4; do
            (cd / && ASAN_OPTIONS=detect_leaks=1 "$program" -runs=0 "$seeds") >"$root/said" 2>&1 || { cat "$root/said"; return 1; }
        done
        reached=$(sed -n 's/.*DONE *cov: *\([0-9]*\).*/\1/p' "$root/said")
        least=$edges
        case $target in varint | record_*) least=40 ;; esac # a codec is all that there is
        [ "${reached:-0}" -ge "$least" ] || { echo "$target reaches ${reached:-no} edges from its seeds"; return 1; }
    done
}

beside()
{
    for target in $targets; do
        for suffix in .options .dict _seed_corpus.zip; do
            [ -s "$root/$1/out/${target}_fuzzer$suffix" ] || { echo "no ${target}_fuzzer$suffix"; return 1; }
        done
        dict=$(sed -n 's/^dict = //p' "$root/$1/out/${target}_fuzzer.options")
        [ -f "$root/$1/out/$dict" ] || { echo "the options name $dict"; return 1; }
    done
}

# only NAME WANTED: of the two sanitizers whose runtimes shut each other out, that one is linked.
only()
{
    for target in $targets; do
        program=$root/$1/out/${target}_fuzzer
        [ -f "$program" ] || continue
        nm "$program" | sed -n 's/.* [tT] __\([am]san\)_init$/\1/p' | sort -u >"$root/found"
        grep -qx "$2" "$root/found" || { echo "$target has no $2"; return 1; }
        for other in asan msan; do
            [ "$other" = "$2" ] || ! grep -qx "$other" "$root/found" || { echo "$target has $other too"; return 1; }
        done
    done
}

# An engine as an archive that brings its own main, as AFL++'s and honggfuzz's do: the plain driver.
archive_engine()
{
    for part in main speed; do
        clang -O1 -c -o "$root/engine_$part.o" "fuzz/support/replay_$part.c" || return 1
    done
    ar rcs "$root/engine.a" "$root/engine_main.o" "$root/engine_speed.o"
}
first=$(echo "$targets" | cut -d' ' -f1)
replays()
{
    "$root/$1/out/${first}_fuzzer" "corpus/$first"
}

expect 'OSS-Fuzz: address, libfuzzer' service address fuzz/oss-fuzz/build.sh -fsanitize=fuzzer '-fsanitize=address -fsanitize=fuzzer-no-link' "$targets"
expect 'the programs start from another folder, and the corpora unpack' starts address
expect 'seeds, dictionary and options stand beside each' beside address
expect 'the address sanitizer is in them' only address asan
expect 'an engine as an archive' archive_engine
expect 'ClusterFuzzLite: memory, an engine that is an archive' service memory .clusterfuzzlite/build.sh "$root/engine.a" -fsanitize=memory "$first"
expect 'the corpus is replayed' replays memory
expect 'the memory sanitizer is in it' only memory msan
finish
