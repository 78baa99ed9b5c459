# docs/TOUR.md names only what there is, and its first edit is noticed as it says.
. tests/support/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

grep -o '`[a-z_0-9]*()`' docs/TOUR.md | tr -d '`()' | sort -u >"$root/functions"
grep -oE '(^|[ `(])(src|tests|fuzz|docs|proofs)/[A-Za-z_0-9/.-]*' docs/TOUR.md docs/THREAT-MODEL.md docs/DURABILITY.md README.md | sed 's/.*[ `(:]//; s/[.,]$//' |
    sort -u >"$root/files"

functions_exist()
{
    [ "$(wc -l <"$root/functions")" -gt 30 ] || return 1
    while read -r function; do
        grep -rqE "^[a-z][a-z_0-9 *]*[ *]$function\(" src --include='*.[ch]' || echo "no function $function"
    done <"$root/functions" >"$root/missing"
    cat "$root/missing"
    ! [ -s "$root/missing" ]
}
expect 'every function named is in the sources' functions_exist

files_exist()
{
    [ "$(wc -l <"$root/files")" -gt 15 ] || return 1
    while read -r file; do
        [ -e "$file" ] || echo "no file $file"
    done <"$root/files" >"$root/missing"
    cat "$root/missing"
    ! [ -s "$root/missing" ]
}
expect 'every file named is there' files_exist

# "`name()` in `src/...`": the function is in that file.
places_are_right()
{
    tr '\n' ' ' <docs/TOUR.md | grep -oE '`[a-z_0-9]+\(\)`[a-z ]* in `src/[a-z_0-9/.]+`' |
        sed 's/`\([a-z_0-9]*\)()`.*`\(src[^`]*\)`/\1 \2/' >"$root/places"
    [ "$(wc -l <"$root/places")" -gt 8 ] || return 1
    while read -r function file; do
        grep -qE "^[a-z].*[ *]$function\(" "$file" || echo "$function is not in $file"
    done <"$root/places" >"$root/missing"
    cat "$root/missing"
    ! [ -s "$root/missing" ]
}
expect 'each function is in the file that is named for it' places_are_right

# What the fuzzer says stands at the line that it names.
lines_are_right()
{
    sed -n 's/^ *\(fuzz[^:]*\):\([0-9]*\): expected \([^,]*\) ==.*/\1 \2 \3/p' docs/TOUR.md >"$root/lines"
    [ -s "$root/lines" ] || return 1
    while read -r file line what; do
        sed -n "${line}p" "$file" | grep -q "EXPECT_EQUAL($what," || echo "$file:$line expects something else"
    done <"$root/lines" >"$root/missing"
    cat "$root/missing"
    ! [ -s "$root/missing" ]
}
expect 'the fuzzer fails at the line that it names' lines_are_right

first_edit_is_noticed()
{
    mkdir "$root/mine" && cp -r Makefile src tests "$root/mine" || return 1
    sed -i 's/ends\[i\] > free_start || //' "$root/mine/src/page/check_extent.c"
    ! cmp -s src/page/check_extent.c "$root/mine/src/page/check_extent.c" || return 1
    make -s -C "$root/mine" BUILD=build build/tests/page/check_extent_test || return 1
    ! "$root/mine/build/tests/page/check_extent_test" >"$root/said" 2>&1 || return 1
    sed -n 's/^\[  FAILED  \] test_/FAILED test_/p' docs/TOUR.md | while read -r line; do
        grep -q "${line#* }" "$root/said" || echo "$line is not said"
    done >"$root/missing"
    cat "$root/missing"
    ! [ -s "$root/missing" ]
}
expect 'the weakened check is noticed' first_edit_is_noticed
finish
