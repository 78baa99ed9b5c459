# The amalgamation stands alone: build/amalgam/quire.c and quire.h compile
# without a warning, show quire_* only, and pass the tests of the api room.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL
BUILD=${BUILD:-build}
count=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# expect NAME COMMAND...: the command succeeds and says nothing.
expect()
{
    count=$((count + 1))
    name=$1
    shift
    if "$@" >"$log" 2>&1 && [ ! -s "$log" ]; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        head -n 20 "$log" | sed 's/^/# /'
    fi
}
other_names()
{
    nm -g --defined-only "$1" | awk 'NF == 3 && $3 !~ /^quire_/ { print "defines " $3 }'
}

expect 'make amalgam writes quire.c and quire.h' make -s BUILD="$BUILD" amalgam
alone=$BUILD/amalgam/alone
rm -rf "$alone"
mkdir -p "$alone"
cp "$BUILD/amalgam/quire.c" "$BUILD/amalgam/quire.h" "$alone/"
flags='-std=c11 -O2 -Wall -Wextra -Wconversion'
for compiler in gcc clang; do
    for old in '' -DQUIRE_OMIT_OLD; do
        expect "$compiler compiles it without a warning${old:+ with $old}" \
            $compiler $flags $old -pthread -c -o "$alone/$compiler$old.o" "$alone/quire.c"
        expect "compiled by $compiler${old:+ with $old} it defines quire_* only" other_names "$alone/$compiler$old.o"
    done
done
printf '#include "quire.h"\nint main() { quire_options o; quire_options_init(&o); return o.page_size == 8192 ? 0 : 1; }\n' \
    >"$alone/guest.cc"
expect 'a C++ program includes its header and links with it' \
    g++ -std=c++11 -pedantic -Wall -Wextra -o "$alone/guest" "$alone/guest.cc" "$alone/gcc.o" -pthread
expect 'that C++ program runs' "$alone/guest"

expect 'the api tests link with it' make -s BUILD="$BUILD" amalgam-tests
for source in tests/api/*_test.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c)
    count=$((count + 1))
    if CMOCKA_MESSAGE_OUTPUT=TAP "$BUILD/amalgam/tests/$name" >"$log" 2>&1; then
        echo "ok $count - $name passes over it"
    else
        echo "not ok $count - $name passes over it"
        grep -A 3 '^not ok' "$log" | head -n 20 | sed 's/^/# /'
    fi
done
echo "1..$count"
