#!/bin/sh
# The main check on real data (`make verify`): every record that went in comes
# out, in every page format, as a tool that is not ours sees it; every page
# passes the audit; a part of the proofs replays, chosen by the commit; no fuzzer
# finds anything. Ends with one table of verdicts; the exit code is 0 if all of
# them are ok.
#
# Two data sets of Debian packages: the word list (wamerican-huge), a key a
# line with an empty value, and UnicodeData.txt (unicode-data), code point and
# record. Each becomes a tree of each format, and one tree that was written in
# all of them and then edited at random. What each tree must hold is computed
# by sort and awk alone.
#
#   BUILD           the build to check (default build)
#   FUZZ_SECONDS    for each fuzz target (default 10); as many run at once as there are processors
#   VERIFY_STEPS    "data graph proofs fuzz", or some of them
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C
BUILD=${BUILD:-build}
FUZZ_SECONDS=${FUZZ_SECONDS:-10}
VERIFY_STEPS=${VERIFY_STEPS:-data graph proofs fuzz}
QUIRE=$PWD/$BUILD/quire
WORDS=${WORDS:-/usr/share/dict/american-english-huge}
UNICODE=${UNICODE:-/usr/share/unicode/UnicodeData.txt}
WORK=$BUILD/verify
TABLE=$WORK/table
rm -rf "$WORK"
mkdir -p "$WORK"

# ---- Verdicts ---------------------------------------------------------------

# row VERDICT SECONDS WHAT DETAIL
row()
{
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$TABLE"
    printf '%-6s %-34s %5s s  %s\n' "$1" "$3" "$2" "$4"
}

# attempt WHAT COMMAND...: a row by the command's exit code; its last line of output is the detail.
attempt()
{
    what=$1
    shift
    log=$WORK/$(echo "$what" | tr -c 'a-z0-9\n' _).log
    begin=$(date +%s)
    verdict=FAILED
    "$@" >"$log" 2>&1 </dev/null && verdict=ok
    row $verdict $(($(date +%s) - begin)) "$what" "$(grep -v '^make' "$log" | tail -n 1)"
    if [ $verdict = FAILED ]; then
        tail -n 20 "$log" | sed 's/^/       | /'
    fi
}

# ---- Data -------------------------------------------------------------------

# shuffle SEED: the same lines in a random order, the same one for the same seed.
shuffle()
{
    awk -v seed="$1" 'BEGIN { srand(seed) } { printf "%.17f\t%s\n", rand(), $0 }' | sort | cut -f 2-
}

# Both sets as key, tab, value, in key order.
prepare()
{
    awk '{ print $0 "\t" }' "$WORDS" | sort -u >"$WORK/words.tsv"
    sed 's/;/\t/' "$UNICODE" | sort -t "$(printf '\t')" -k 1,1 >"$WORK/unicode.tsv"
    for set in words unicode; do
        cut -f 1 "$WORK/$set.tsv" | uniq -d | grep -q . && { echo "$set holds a key twice"; return 1; }
    done
    echo "$(wc -l <"$WORK/words.tsv") words, $(wc -l <"$WORK/unicode.tsv") characters"
}

# compare DATABASE EXPECTED: dumps, compares byte by byte, audits; says what agreed.
compare()
{
    "$QUIRE" dump --format tsv "$1" >"$1.tsv" || return 1
    cmp "$2" "$1.tsv" || return 1
    sort -c "$1.tsv" 2>&1 || return 1
    "$QUIRE" check --quiet "$1" >"$1.check" 2>&1 || { cat "$1.check"; return 1; }
    echo "$(wc -l <"$1.tsv") records, $(stat -c %s "$1") bytes, sha256 $(sha256sum <"$1.tsv" | cut -c 1-16), audit clean"
    rm -f "$1.tsv"
}

# one_format SET SLOTS RECORDS
one_format()
{
    database=$WORK/$1-v$2.quire
    if [ "$1" = words ]; then
        cut -f 1 "$WORK/$1.tsv" | "$QUIRE" load --quiet --format lines --slots "$2" --records "$3" "$database" || return 1
    else
        "$QUIRE" load --quiet --format tsv --slots "$2" --records "$3" "$database" "$WORK/$1.tsv" || return 1
    fi
    compare "$database" "$WORK/$1.tsv"
}

# part FILE NUMBER COUNT: the NUMBERth of COUNT runs of lines.
part()
{
    awk -v number="$2" -v size=$(($(wc -l <"$1") / $3 + 1)) 'int((NR - 1) / size) + 1 == number' "$1"
}

# number FILE NAME: one number out of what stat --json wrote.
number()
{
    sed -n "s/.*\"$2\": \([0-9.]*\).*/\1/p" "$1"
}

# formats DATABASE: counts the leaves by format, and fails unless there are several of each.
formats()
{
    "$QUIRE" stat --json "$1" >"$1.stat" || return 1
    for format in v1_prefix v2_plain v3_plain; do
        count=$(number "$1.stat" $format)
        printf '%s %s, ' $format "$count"
        [ "$count" -gt 3 ] || { echo "too few leaves are $format"; return 1; }
    done
}

# mixed SET: one tree in three formats. Half of the records come in order, in
# thirty stretches that take turns by format; leaves of one format then stand
# beside those of another. The rest comes strewn over all of them, and each leaf
# keeps the format it has. Then edits at random, in each format a round: a tenth
# of the keys is deleted, a tenth gets other values, longer or shorter, and new
# keys come between.
FORMATS='1,prefix 2,plain 3,plain'
mixed()
{
    database=$WORK/$1-mixed.quire
    expected=$WORK/$1-mixed.expected
    cp "$WORK/$1.tsv" "$expected"
    sed -n 'p;n' "$expected" >"$expected.even"
    sed -n 'n;p' "$expected" | shuffle 1 >"$expected.odd"
    stretch=0
    while [ $stretch -lt 30 ]; do
        for format in $FORMATS; do
            stretch=$((stretch + 1))
            part "$expected.even" $stretch 30 | "$QUIRE" load --quiet --format tsv --slots "${format%,*}" \
                --records "${format#*,}" "$database" || return 1
        done
    done
    formats "$database" && echo || return 1
    third=0
    for format in $FORMATS; do
        third=$((third + 1))
        part "$expected.odd" $third 3 | "$QUIRE" load --quiet --format tsv --keep --slots "${format%,*}" \
            --records "${format#*,}" "$database" || return 1
    done
    compare "$database" "$expected" && formats "$database" && echo || return 1

    for format in $FORMATS; do
        slots=${format%,*}
        shuffle "$slots" <"$expected" >"$expected.shuffled"
        tenth=$(($(wc -l <"$expected") / 10))
        head -n $tenth "$expected.shuffled" | cut -f 1 >"$expected.gone"
        tail -n $tenth "$expected.shuffled" | awk -F '\t' -v round="$slots" '{
            value = ""
            for (i = (NR * 7 + round) % 60; i > 0; i--)
                value = value sprintf("%c", 97 + (NR + i) % 26)
            print $1 "\t" value
            if (NR % 5 == 0)
                print $1 "+" round "\tnew in round " round
        }' >"$expected.changed"
        xargs -d '\n' -n 2000 "$QUIRE" del "$database" -- <"$expected.gone" || return 1
        "$QUIRE" load --quiet --format tsv --keep --slots "$slots" --records "${format#*,}" "$database" \
            "$expected.changed" || return 1
        awk -F '\t' '
            FILENAME ~ /gone$/ { old[$1]; next }
            FILENAME ~ /changed$/ { print; old[$1]; next }
            !($1 in old)' "$expected.gone" "$expected.changed" "$expected" | sort >"$expected.next"
        mv "$expected.next" "$expected"
    done
    formats "$database" || return 1
    compare "$database" "$expected"
}

# filled DATABASE EXPECTED: holds them in leaves at least 97 % full, the last left out.
filled()
{
    "$QUIRE" stat --json "$1" >"$1.stat" || return 1
    fill=$(number "$1.stat" leaf_fill_percent)
    compare "$1" "$2" || return 1
    echo "leaves $fill % full, $(number "$1.stat" leaf_pages) of them"
    echo "$fill" | awk '{ exit !($1 >= 97) }'
}

copied()
{
    rm -f "$WORK/copy.quire"
    "$QUIRE" copy --quiet "$WORK/words-mixed.quire" "$WORK/copy.quire" || return 1
    filled "$WORK/copy.quire" "$WORK/words-mixed.expected"
}

# A database of 100,000 records that are all deleted gives its pages back.
shrunk()
{
    database=$WORK/shrunk.quire
    seq -f 'record %.0f' 100000 >"$WORK/shrunk.keys"
    sed 's/$/\tits value/' "$WORK/shrunk.keys" | "$QUIRE" load --quiet --format tsv "$database" || return 1
    full=$(stat -c %s "$database")
    xargs -d '\n' -n 5000 "$QUIRE" del "$database" -- <"$WORK/shrunk.keys" || return 1
    empty=$(stat -c %s "$database")
    echo "$full bytes became $empty"
    [ $((empty * 10)) -lt "$full" ]
}

data()
{
    attempt 'data: two sets of Debian' prepare
    for set in words unicode; do
        attempt "$set: V1 slots, prefix records" one_format $set 1 prefix
        attempt "$set: V2 slots, plain records" one_format $set 2 plain
        attempt "$set: V3 slots, plain records" one_format $set 3 plain
        attempt "$set: mixed formats, edited" mixed $set
    done
    attempt 'words: fill after ascending load' filled "$WORK/words-v3.quire" "$WORK/words.tsv"
    attempt 'words: edited, then copied' copied
    attempt '100,000 records all deleted' shrunk
}

# ---- A graph -----------------------------------------------------------------

# The packages that apt knows, or a sample of them where apt has no index.
packages()
{
    if apt-cache dumpavail 2>/dev/null >"$WORK/packages" && [ "$(grep -c '^Package: ' "$WORK/packages")" -gt 2000 ]; then
        from='the index of apt'
    else
        cp tests/graph/packages.sample "$WORK/packages"
        from='the sample in tests/graph'
    fi
    awk -v nodes="$WORK/nodes.tsv" -v edges="$WORK/edges.tsv" -f tests/graph/packages.awk "$WORK/packages" || return 1
    echo "$(grep -c '^Package: ' "$WORK/packages") entries of $from"
}

graph_imported()
{
    "$QUIRE" graph import --quiet --tabs --nodes "$WORK/nodes.tsv" --edges "$WORK/edges.tsv" "$WORK/packages.quire" ||
        return 1
    "$QUIRE" graph check --quiet "$WORK/packages.quire" || return 1
    "$QUIRE" check --quiet "$WORK/packages.quire" || return 1
    "$QUIRE" graph stat --json "$WORK/packages.quire" >"$WORK/packages.stat" || return 1
    nodes=$(number "$WORK/packages.stat" nodes) edges=$(number "$WORK/packages.stat" edges)
    echo "$nodes nodes, $edges edges, no violations"
    [ $((nodes + 1)) -eq "$(wc -l <"$WORK/nodes.tsv")" ] && [ $((edges + 1)) -eq "$(wc -l <"$WORK/edges.tsv")" ]
}

# What depends on libc6, two steps: asked of the graph, and of the index by awk alone.
graph_asked()
{
    ours=$("$QUIRE" graph neighbors --direction in --type depends --depth 2 --count "$WORK/packages.quire" libc6) || return 1
    theirs=$(awk -v of=libc6 -f tests/graph/dependants.awk "$WORK/packages") || return 1
    echo "$ours packages, $theirs by awk"
    [ "$ours" = "$theirs" ]
}

# Out, into another database, and out again: the same bytes.
graph_exported()
{
    "$QUIRE" graph export --quiet --tabs --nodes "$WORK/nodes.out" --edges "$WORK/edges.out" "$WORK/packages.quire" &&
        "$QUIRE" graph import --quiet --tabs --nodes "$WORK/nodes.out" --edges "$WORK/edges.out" "$WORK/again.quire" &&
        "$QUIRE" graph export --quiet --tabs --nodes "$WORK/nodes.again" --edges "$WORK/edges.again" "$WORK/again.quire" &&
        cmp "$WORK/nodes.out" "$WORK/nodes.again" && cmp "$WORK/edges.out" "$WORK/edges.again" || return 1
    tail -n +2 "$WORK/edges.out" | sort >"$WORK/edges.sorted"
    tail -n +2 "$WORK/edges.tsv" | sort | cmp - "$WORK/edges.sorted" || return 1
    echo "$(cat "$WORK/nodes.out" "$WORK/edges.out" | wc -c) bytes, sha256 $(cat "$WORK/nodes.out" "$WORK/edges.out" | sha256sum | cut -c 1-16)"
}

graph()
{
    attempt 'packages: as nodes and edges' packages
    attempt 'packages: imported, checked' graph_imported
    attempt 'packages: two steps to libc6' graph_asked
    attempt 'packages: exported, again the same' graph_exported
}

# ---- Proofs and fuzzers -----------------------------------------------------

proofs()
{
    attempt 'proofs: a part, replayed' make -s BUILD="$BUILD" prove-part
}

fuzz()
{
    attempt 'fuzz: targets built' make -s BUILD="$BUILD" fuzz-build
    running=0
    for target in $(ls fuzz/*_fuzzer.c | sed 's|.*/||; s/_fuzzer\.c$//'); do
        attempt "fuzz: $target, $FUZZ_SECONDS s" fuzz/run --build "$BUILD/fuzz" --time "$FUZZ_SECONDS" "$target" &
        running=$((running + 1))
        [ $((running % $(getconf _NPROCESSORS_ONLN))) -ne 0 ] || wait
    done
    wait
}

begin_all=$(date +%s)
for step in $VERIFY_STEPS; do
    $step
done

echo
awk -F '\t' -v seconds=$(($(date +%s) - begin_all)) '
    { printf "%-6s | %-34s | %5d s | %s\n", $1, $3, $2, $4; if ($1 == "ok") passed++; else failed++ }
    END {
        printf "verify: %s in %d s\n", failed ? "FAILED" : "ok", seconds
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || passed == 0
    }' "$TABLE"
