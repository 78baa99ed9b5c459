# What docs/GRAPH.md shows is so: its C program compiles, prints what stands below
# it, and leaves a database without violations; its limits are those of the code.
. tests/support/tap.sh
page=$PWD/docs/GRAPH.md
library=$PWD/$BUILD/libquire.a
header=$PWD/src

block()
{
    awk -v number="$1" '/^```/ { if (inside) { inside = 0 } else { inside = 1; count++ }; next } inside && count == number' "$page"
}

block 1 >"$root/letters.c"
block 3 >"$root/expected"
compiles()
{
    cc -std=c11 -Wall -Wextra -Wconversion -Wshadow -Werror -I"$header" -o "$root/letters" "$root/letters.c" "$library" -pthread
}
expect 'the program compiles without a warning' compiles
runs()
{
    [ -s "$root/expected" ] || return 1
    (cd "$root" && ./letters >printed) || return 1
    diff "$root/expected" "$root/printed"
}
expect 'it prints what the page says' runs
expect 'and its database has no violations' "$QUIRE" check "$root/letters.quire"

# Each "$ " line of the session is run (cat makes its file first); all that is said must be what follows it.
block 4 >"$root/session"
session_goes()
{
    [ "$(grep -c '^\$ ' "$root/session")" -gt 5 ] || return 1
    mkdir "$root/shell" "$root/bin" && ln -s "$QUIRE" "$root/bin/quire" || return 1
    awk -v folder="$root/shell" '/^\$ / { out = ""; if ($2 == "cat") out = folder "/" $3; next } out { print >out }' "$root/session"
    (
        cd "$root/shell" || exit 1
        PATH=$root/bin:$PATH
        grep '^\$ ' "$root/session" | while IFS= read -r line; do
            printf '%s\n' "$line"
            eval "${line#??}" 2>&1 </dev/null
        done
    ) >"$root/shown"
    diff "$root/session" "$root/shown"
}
expect 'its session in the shell goes as written' session_goes

limits_agree()
{
    grep -q "NAME_SIZE_MAX = $(sed -n 's/^| names of .* | 1 to \([0-9]*\) bytes.*/\1/p' "$page")" src/graph/graph.h &&
        grep -q "more than $(sed -n 's/.*CONTENT_INLINE_MAX = \([0-9]*\),.*/\1/p' src/graph/code.h) bytes stands apart" "$page"
}
expect 'its limits are those of the code' limits_agree

rules_agree()
{
    told=$(grep -cE '^\| G[0-9]+ \|' docs/FORMAT.md)
    coded=$(grep -ohE '"G[0-9]+"' src/graph/*.c | sort -u | wc -l)
    [ "$told" = "$coded" ] || { echo "$told G rules are told, $coded are named in the code"; return 1; }
}
expect 'docs/FORMAT.md has as many G rules as the code names' rules_agree
finish
