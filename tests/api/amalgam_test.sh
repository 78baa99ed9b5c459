# The amalgamation stands alone: build/amalgam/quire.c and quire.h compile
# without a warning, show quire_* only, and pass the tests of the api room; so
# does the graph's pair, quire_graph.c and quire_graph.h, beside it.
. tests/support/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

expect 'make amalgam writes quire.c and quire.h' make -s BUILD="$BUILD" amalgam
cp "$BUILD"/amalgam/quire*.[ch] "$root/"

# compiles COMPILER FLAG... : succeeds, and says nothing.
compiles()
{
    prints '' "$1" -std=c11 -O2 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror -pthread -c -o "$root/$1$2.o" $2 "$root/quire.c"
}
defines_quire_only()
{
    [ -s "$1" ] || return 1
    ! nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | grep -v '^quire_'
}
for compiler in gcc clang; do
    for old in '' -DQUIRE_OMIT_OLD; do
        expect "$compiler compiles it without a warning${old:+ with $old}" compiles $compiler "$old"
        expect "compiled by $compiler${old:+ with $old} it defines quire_* only" \
            defines_quire_only "$root/$compiler$old.o"
    done
done

# The graph's pair: without a warning, quire_graph_* only, and it calls nothing of the engine but its face.
compiles_graph()
{
    prints '' "$1" -std=c11 -O2 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror -c -o "$root/graph.$1.o" "$root/quire_graph.c"
}
graph_is_a_guest()
{
    nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' >"$root/defined"
    [ -s "$root/defined" ] && ! grep -v '^quire_graph_' "$root/defined"
}
for compiler in gcc clang; do
    expect "$compiler compiles the graph without a warning" compiles_graph $compiler
    expect "compiled by $compiler it defines quire_graph_* only" graph_is_a_guest "$root/graph.$compiler.o"
done

printf '#include "quire.h"\nint main() { quire_options o; quire_options_init(&o); return o.page_size == 8192 ? 0 : 1; }\n' \
    >"$root/guest.cc"
expect 'a C++ program includes its header and links with it' \
    g++ -std=c++11 -pedantic -Wall -Wextra -Werror -o "$root/guest" "$root/guest.cc" "$root/gcc.o" -pthread
expect 'that C++ program runs' "$root/guest"

expect 'the api tests link with it' make -s BUILD="$BUILD" amalgam-tests
export CMOCKA_MESSAGE_OUTPUT=TAP
for source in $(grep -L '"../../src/[a-z]*/' tests/api/*_test.c); do
    name=$(basename "$source" .c)
    expect "$name passes over it" "$BUILD/amalgam/tests/$name"
done
for program in "$BUILD"/amalgam/tests/graph/*_test; do
    expect "graph/$(basename "$program") passes over both" "$program"
done
finish
