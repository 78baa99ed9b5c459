# The script behind `make bench` goes through with few documents, and writes a whole document. It makes no figures.
. tests/support/tap.sh
QUIRE_BENCH_DOCS=40 python3 tests/bench/run.py "$BUILD/compare-bench" "$root/runs" "$root/docs" >"$root/told" 2>&1
status=$?
expect 'it ends well' sh -c "tail -n 5 '$root/told'; [ $status -eq 0 ]"
rows()
{
    found=$(grep -c "$1" "$root/docs/RESULTS.md")
    [ "$found" -eq "$2" ] || { echo "$found lines with $1"; return 1; }
}
expect 'each workload has a verdict' rows '^|.*| \(goal\|least\|\*\*below\*\*\) |\( [0-9]* |\)\?$' 25
whole_rows()
{
    python3 - "$root/docs/results/workloads.csv" <<'END'
import csv, sys
for row in csv.DictReader(open(sys.argv[1])):
    is_whole = " 1M" in row["title"] and row["mode"] in ("inserts-only", "mixed")
    assert row["checkpoint"] == ("at the end" if is_whole else "none"), row
    assert not is_whole or row["database"] != "quire" or int(row["checkpoints"]) > 0, row
END
}
expect 'rows of a million writes end with a checkpoint, and no other' whole_rows
counted_apart()
{
    grep -q ',off,' "$root/docs/results/workloads.csv" && ! grep -q 'counted' "$root/docs/results/workloads.csv" &&
        [ "$(grep -c ', counted"' "$root/docs/results/counters.csv")" = 23 ] && grep -q 'quire_leaf_searches' "$root/docs/results/counters.csv"
}
expect 'each workload has its counters, from a run of its own' counted_apart
expect 'and its command' rows '^build/compare-bench ' 27
expect 'the matrix has a line for each point' rows '^| 40 | \(inserts-only\|reads-only\|mixed\).* |$' 22
expect 'graphs and single steps have their tables' sh -c "
    grep -q '^| one batch ' '$root/docs/RESULTS.md' && grep -q '^| a read transaction, begun and ended ' '$root/docs/RESULTS.md'"
expect 'a comparison names the fastest peer or none' sh -c "! grep -q 'Traceback' '$root/told'"
part_alone()
{
    sed -i 's/^| one batch .*/| here /' "$root/docs/RESULTS.md"
    QUIRE_BENCH_DOCS=40 python3 tests/bench/run.py "$BUILD/compare-bench" "$root/runs" "$root/docs" steps >"$root/told" 2>&1 || return 1
    grep -q '^| here' "$root/docs/RESULTS.md" && rows '^| one batch ' 0 && rows '^## ' 6
}
expect 'a part that is measured alone leaves the others' part_alone
no_such_part()
{
    ! python3 tests/bench/run.py "$BUILD/compare-bench" "$root/runs" "$root/docs" stops >"$root/told" 2>&1 || return 1
    grep -q 'no part is called stops' "$root/told"
}
expect 'a part that there is not is refused' no_such_part
for name in workloads counters itself growth matrix; do
    expect "results/$name.csv" sh -c "
        awk -F'\",\"|,' 'NR == 1 { n = NF } END { exit NR < 3 || n < 30 }' '$root/docs/results/$name.csv'"
done
finish
