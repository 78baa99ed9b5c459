# `make triage` on two planted bugs, in a copy of the tree: an input's failure, the
# page that was judged last, the smaller input and the proposed test.
. tests/support/tap.sh

if [ -z "$(command -v clang)" ] || [ -z "$(command -v llvm-symbolizer)" ]; then
    echo 'ok 1 - triage # SKIP clang or llvm-symbolizer is missing'
    echo '1..1'
    exit 0
fi
tree=$root/tree
mkdir -p "$tree"
cp -a Makefile src fuzz tests "$tree"
mkdir "$tree/proofs" "$tree/corpus"
for canary in varint-not-minimal check-free-entry-of-meta; do
    (cd "$tree" && patch -s -p1 -F3 <"fuzz/canaries/$canary.patch") || exit 1
done
unset MAKEFLAGS MFLAGS MAKELEVEL

# triage CODE INPUT [OPTION...]: what it says is in $root/said.
triage()
{
    code=$1 input=$2
    shift 2
    (cd "$tree" && export FUZZ_CFLAGS='-O0 -g -gline-tables-only' && answers "$code" fuzz/triage --build build/fuzz "$@" "$input")
}
said() { grep -q -e "$1" "$root/said" || { echo "it does not say: $1"; return 1; }; }

# A varint of four bytes whose last is zero, as a fuzzer would leave it in found/<target>.
mkdir -p "$tree/build/fuzz/found/varint"
printf '\200\200\200\000tail' >"$tree/build/fuzz/found/varint/crash-1"
failing_input()
{
    triage 1 build/fuzz/found/varint/crash-1 --time 2 && said '^target    varint$' && said '^failure   fuzz/varint_fuzzer.c:[0-9]*: expected' &&
        said '#[0-9]* .*LLVMFuzzerTestOneInput fuzz/varint_fuzzer.c' && said '^page      none was judged' && said '^smaller   .* [4-7] bytes$' &&
        said '^corpus    cp .* corpus/varint/found-'
}
expect 'an input that fails: target, failure, stack, a smaller input, its name' failing_input

# red TREE: does the proposed test, with what it needs of TREE, compile and fail?
run_test()
{
    mkdir -p "$1/tests/fuzz" "$root/out"
    cp "$tree"/build/fuzz/triage/varint/found_varint_*_test.c "$1/tests/fuzz/found_test.c" &&
        (cd "$1" && cc -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror -o "$root/out/found_test" tests/fuzz/found_test.c \
            fuzz/support/digest.c src/base/varint.c -lcmocka) && "$root/out/found_test"
}
proposed_test()
{
    ! run_test "$tree" || { echo 'it passes over the bug'; return 1; }
    [ -x "$root/out/found_test" ] || return 1
    rm "$root/out/found_test"
    mkdir -p "$root/healthy" && cp -a src fuzz tests "$root/healthy" && run_test "$root/healthy"
}
expect 'the proposed test compiles, is red over the bug and green without it' proposed_test

sound()
{
    printf 'x' >"$tree/corpus/sound"
    triage 0 corpus/sound --target varint && said '^failure   none'
}
expect 'an input that does not fail' sound

# A free page of 512 bytes, pgno 7, whose one entry names page 1: the judges differ.
free_page()
{
    {
        printf '\000\000\002' # the size, and all bytes at the front
        printf '\000\000\000\000\007\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\002\000\000\000\001\000\000\000\000\000\000\000'
        printf '\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001\000\000\000'
    } >"$tree/found-page"
    triage 1 found-page --time 0 --target page_check && said 'page_check: accepts it, the second judge: P17' && said 'kind 2' &&
        said '0030:\[01 00 00 00\]' && said 'assert_int_equal(page_check('
}
expect 'a page: drawn with its bad bytes marked, and a test of the judges' free_page

expect 'no such input' triage 2 no-such-file --target varint
expect 'no such target' triage 2 corpus/sound --target no_such
expect 'no target known' triage 2 corpus/sound
finish
