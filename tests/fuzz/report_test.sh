# `make fuzz-report`: what the page says of what other commands left, and of what they did not.
. tests/support/tap.sh
PYTHON=${PYTHON:-python3}
work=$root/build

# report TARGET...: the page is $root/page.html.
report()
{
    $PYTHON fuzz/report.py "$work" "$root/page.html" "$@"
}
has() { grep -q -- "$1" "$root/page.html" || { echo "the page does not say: $1"; return 1; }; }
lacks() { ! grep -q -- "$1" "$root/page.html"; }
# row TARGET PATTERN: the target's row in the table.
row() { grep "<tr>.*<code>$1</code>" "$root/page.html" | head -n 1 | sed 's/<[^>]*>/|/g; s/||*/|/g' | tee "$root/row" | grep -q -- "$2" || { cat "$root/row"; return 1; }; }

nothing_known()
{
    report varint layout && has 'No run of varint, layout: <code>make fuzz-all' && has 'canaries have not run' && has 'make coverage' &&
        row varint '|varint|no data|no data|no data|' && lacks '<svg'
}
expect 'without data it says so, and by which command it comes' nothing_known

mkdir -p "$work/fuzz/inputs" "$work/canaries" "$work/coverage"
{
    echo '#2	INITED cov: 20 ft: 21 corp: 1/1b exec/s: 0 rss: 30Mb'
    echo '#1024	NEW    cov: 40 ft: 55 corp: 9/80b lim: 4 exec/s: 900 rss: 31Mb L: 8/9 MS: 1 InsertByte-'
    echo '#60000	DONE   cov: 44 ft: 70 corp: 12/99b lim: 9 exec/s: 30000 rss: 40Mb'
    echo 'stat::number_of_executed_units: 60000'
    echo 'stat::average_exec_per_sec:     29999'
} >"$work/fuzz/inputs/varint.log"
{
    echo '#2	INITED cov: 200 ft: 210 corp: 1/1b exec/s: 0 rss: 30Mb'
    echo 'fuzz/support/twins.c:92: expected page_check, but 11 != 0'
    echo '==7== ERROR: libFuzzer: deadly signal'
    echo 'stat::number_of_executed_units: 3'
} >"$work/fuzz/inputs/layout.log"
printf 'varint-not-minimal\tvarint\t1\tfound\t120\t0.4\texpected <this>\n' >"$work/canaries/results.tsv"
printf 'varint-not-minimal\tvarint\t2\tfound\t360\t1.4\texpected <this>\n' >>"$work/canaries/results.tsv"
printf 'leaf-heads-left-stale\tlayout\t1\tmissed\t9000\t60.0\tNOT FOUND\n' >>"$work/canaries/results.tsv"
cat >"$work/coverage/coverage.json" <<END
{"rooms": {"base": {"lines": [9, 10], "branches": [3, 4]}, "all": {"lines": [9, 10], "branches": [3, 4]}},
 "targets": {"varint": {"lines": [5, 10], "branches": [1, 4]}}, "files": {}, "left": []}
END

all_known()
{
    report varint layout alloc &&
        row varint '|varint|60,000|29,999|44|[0-9,]*|[0-9,]*|50.0 %|25.0 %|1 of 1, [0-9]* not run|ok|' &&
        row layout '|layout|3|0|200|' && row layout '|0 of 1, [0-9]* not run|crash|' &&
        row alloc '|alloc|no data|no data|no data|' && has 'No run of alloc:' && lacks 'make coverage' &&
        has '90.0 %' && has 'expected &lt;this&gt;' && has '>0.9<' && has '>240<'
}
expect 'rates, edges, corpora, coverage and canaries of each target' all_known

self_contained() { has '<svg' && lacks 'src="' && lacks '<link' && lacks 'url(http'; }
if command -v gnuplot >/dev/null; then
    expect 'the plots stand in the page, which needs no other file' self_contained
fi

canaries_table()
{
    $PYTHON fuzz/report.py --canaries "$work" >"$root/table" &&
        grep -qF '| `varint-not-minimal` | `varint` | 240 | 0.9 | expected <this> |' "$root/table" &&
        grep -qF '| `leaf-heads-left-stale` | `layout` | 9,000 | 60.0 | **not found** |' "$root/table" &&
        grep -q '^2 of [0-9]* run, 1 found by every run' "$root/table" && grep -q '| not run |' "$root/table"
}
expect 'the table of canaries: medians, and what was not found' canaries_table
finish
