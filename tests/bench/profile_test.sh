# The script behind `make profile` goes through with few records and draws whole pictures. It makes no figures.
. tests/support/tap.sh
if ! perf record -q -F 997 -o "$root/none" -- true >/dev/null 2>&1; then
    echo 'ok 1 - there is no perf here, or it may not sample: nothing to try'
    echo '1..1'
    exit 0
fi
PROFILE_DOCS=20000 python3 tests/bench/profile.py "$BUILD/compare-bench" "$root/profile" >"$root/told" 2>&1
status=$?
expect 'it ends well' sh -c "tail -n 5 '$root/told'; [ $status -eq 0 ]"
expect 'with a table for each path' sh -c "[ \$(grep -c 'samples, slicing on the stack in [0-9.]* %' '$root/told') -eq 2 ]"
for name in in-place-off in-place-on; do
    expect "flame-$name.svg is whole" python3 -c "
import sys, xml.dom.minidom
boxes = xml.dom.minidom.parse('$root/profile/flame-$name.svg').getElementsByTagName('rect')
widths = [float(box.getAttribute('width')) for box in boxes]
sys.exit(not (len(boxes) > 5 and max(widths) == 1200 and all(width > 0 for width in widths)))"
done

# The phases of a row, of a program that spends two thirds of its time in a leaf, and the rest where nobody knows.
cat >"$root/spent.c" <<'END'
#include <stdio.h>
#include <string.h>
static volatile unsigned long spent;
static void spend(unsigned long turns) { while (turns-- > 0) spent++; }
void leaf_insert(void) { spend(200000000); }
void nobody_knows(void) { spend(100000000); }
void quire_bench_put(void) { leaf_insert(); nobody_knows(); }
void timed_part(void) { quire_bench_put(); }
int main(int count, char **words)
{
    timed_part();
    for (int i = 1; i + 1 < count; i++)
        if (strcmp(words[i], "--csv") == 0) {
            FILE *out = fopen(words[i + 1], "w");
            fprintf(out, "median_ms,ops_per_s\n1000,1000000\n");
            fclose(out);
        }
    return 0;
}
END
${CC:-cc} -O0 -fno-omit-frame-pointer -o "$root/spent" "$root/spent.c" || echo 'not ok - no compiler'
python3 tests/bench/phases.py "$root/spent" "$root/phases" 'random inserts, 1M, one commit, normal' >"$root/told" 2>&1
status=$?
expect 'phases: what belongs to no phase ends it badly, and is named' sh -c "
    cat '$root/told'; [ $status -ne 0 ] && grep -q '^random inserts, 1M, one commit, normal: .*nobody_knows' '$root/told'"
expect 'phases: a row, with the shares of its time' awk -F'|' '
    $2 ~ /random inserts/ { rows++; edits = $12; other = $15 }
    END { exit !(rows == 1 && edits > 45 && edits < 85 && edits + other >= 98) }' "$root/told"
expect 'phases: a row that is not there is refused' sh -c "
    ! python3 tests/bench/phases.py '$BUILD/compare-bench' '$root/phases' 'no such row' >'$root/told' 2>&1 &&
    grep -q 'no row has no such row in its title' '$root/told'"
expect 'phases: a phase is known by any function on the stack' python3 -c "
import sys
sys.path.insert(0, 'tests/bench')
import phases
library = ('main', 'timed_part', 'put_range', 'quire_bench_put', 'quire_put')
assert phases.phase_of(library + ('tree_put', 'leaf_search_counted', 'bytes_compare')) == 'search in pages'
assert phases.phase_of(library[:3] + ('now_ns',)) == phases.ITSELF
assert phases.phase_of(library[:4] + ('nobody_knows',)) == phases.OTHER"
finish
