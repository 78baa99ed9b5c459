# docs/REQUIREMENTS.md has each row once, names only what there is, and counts right.
. tests/support/tap.sh
page=docs/REQUIREMENTS.md

grep -E '^\| S[23APL]-' $page >"$root/rows"
cut -d'|' -f2 "$root/rows" | tr -d ' ' | sort >"$root/ids"

# numbers PREFIX COUNT: PREFIX1 to PREFIXCOUNT.
numbers()
{
    seq -f "$1%.0f" "$2"
}
{
    numbers S2-P0- 6; numbers S2-P1- 6; numbers S2-P2- 9; numbers S2-P3- 7; numbers S2-P4- 9
    echo S3-G; numbers S3-P0- 4; numbers S3-P1- 5; numbers S3-P2- 6; numbers S3-P3- 9
    numbers S3-P4- 5; numbers S3-P5- 3; numbers S3-P6- 6
    numbers SA-1- 4; numbers SA-2- 4; numbers SA-A- 2; numbers SA-B- 4; numbers SA-C- 4; numbers SA-D- 3; numbers SA-I- 4
    echo SP-1; numbers SP-2- 6; numbers SP-3- 5; numbers SP-4- 3; echo SP-5; numbers SP-6- 2; numbers SP-7- 2
    numbers SP-8- 2; numbers SP-9- 5; echo SP-10; numbers SP-11- 3; numbers SP-12- 3; numbers SP-E- 3
    numbers SL-P0- 5; numbers SL-P1- 7; numbers SL-P2- 5; numbers SL-P3- 3; numbers SL-P4- 6; echo SL-C
} | sort >"$root/asked"
expect 'every row that was asked for is here once' diff "$root/asked" "$root/ids"

# What stands in backticks and looks like a path, less what a command or the build makes.
files_exist()
{
    grep -oE '`(\.ci|src|tests|fuzz|docs|proofs)/[^` ]*|README\.md' $page | tr -d '`' | sort -u >"$root/files"
    [ "$(wc -l <"$root/files")" -gt 40 ] || return 1
    while read -r file; do
        case $file in
        *'*'*) ls $file ;;
        *) ls -d "$file" ;;
        esac >/dev/null || return 1
    done <"$root/files"
}
expect 'every file named is there' files_exist

functions_exist()
{
    grep -oE '`src/[a-z_0-9/.]+` \(`[a-z_0-9 ]+`' $page | tr -d '`(' | sed 's/struct //' >"$root/places"
    [ "$(wc -l <"$root/places")" -gt 15 ] || return 1
    while read -r file word; do
        grep -qE "\b$word\b" "$file" || { echo "$word is not in $file"; return 1; }
    done <"$root/places"
}
expect 'what is said to be in a file is in it' functions_exist

targets_exist()
{
    grep -oE '`make [a-z-]+' $page | sed 's/.*make //' | sort -u >"$root/targets"
    [ -s "$root/targets" ] || return 1
    while read -r target; do
        make -s help | grep -q "^  $target " || { echo "make help does not know $target"; return 1; }
    done <"$root/targets"
}
unset MAKEFLAGS MFLAGS MAKELEVEL
expect 'every make target named is listed by make help' targets_exist

counters_exist()
{
    grep -o 'counters\? `.*' "$root/rows" | grep -o '`[a-z_]*`' | tr -d '`' | sort -u >"$root/counters"
    [ "$(wc -l <"$root/counters")" -gt 15 ] || return 1
    while read -r word; do
        grep -q "^| \`$word\` |" docs/COUNTERS.md || { echo "no counter $word"; return 1; }
    done <"$root/counters"
}
expect 'every counter named is in docs/COUNTERS.md' counters_exist

options_exist()
{
    grep -oE '`build/compare-bench [^`]*' $page | grep -oE -- '--[a-z-]+' | sort -u >"$root/options"
    [ -s "$root/options" ] || return 1
    while read -r option; do
        grep -q -- "{\"${option#--}\"," src/cli/compare_bench_options.c || { echo "no option $option"; return 1; }
    done <"$root/options"
}
expect 'every option of compare-bench named is one' options_exist

sums_are_right()
{
    total=$(wc -l <"$root/rows")
    sum="$total rows:"
    for state in done part 'not yet' moot; do
        sum="$sum $(cut -d'|' -f4 "$root/rows" | grep -c "^ $state \$") $state,"
    done
    grep -qx "\*\*${sum%,}.\*\*" $page || { echo "the page should say: ${sum%,}."; return 1; }
    ! cut -d'|' -f4 "$root/rows" | grep -vE '^ (done|part|not yet|moot) $'
}
expect 'the states are four, and their sums are right' sums_are_right

done_rows_name_something()
{
    ! grep '| done |' "$root/rows" | grep -v '`'
}
expect 'a row that is done names what shows it' done_rows_name_something
finish
