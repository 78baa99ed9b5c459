# A load killed at a random moment: the database opens with every batch that was
# acknowledged, whole batches only, and passes the audit.
#
#   KILLS   how many times (default 20)
. tests/support/tap.sh
KILLS=${KILLS:-20}
BATCH=50
awk 'BEGIN { srand(7); for (i = 0; i < 200000; i++) printf "%07d%07d\t%d\n", rand() * 1e7, i, i }' >"$root/input.tsv"

# One kill. Records come in batches, so their number is a multiple of BATCH,
# at least what was acknowledged, and exactly the first ones of the input.
killed()
{
    db=$root/kill.quire
    rm -f "$db" "$db-log"
    "$QUIRE" load --quiet --report-commits --batch $BATCH --page-size "$2" "$db" "$root/input.tsv" >"$root/acknowledged" 2>"$root/err" &
    pid=$!
    sleep "$1"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -e "$db" ] || return 0
    acknowledged=$(grep -c . "$root/acknowledged")
    acknowledged=$((acknowledged * BATCH))
    "$QUIRE" check --quiet "$db" || { [ "$acknowledged" -eq 0 ] || return 1; return 0; }
    "$QUIRE" dump "$db" >"$root/found.tsv" || return 1
    found=$(wc -l <"$root/found.tsv")
    echo "acknowledged $acknowledged, found $found"
    [ "$found" -ge "$acknowledged" ] && [ $((found % BATCH)) -eq 0 ] || return 1
    head -n "$found" "$root/input.tsv" | sort | cmp - "$root/found.tsv" || return 1
    # And it goes on: another load on top works.
    printf 'last\trecord\n' | "$QUIRE" load --quiet "$db" && [ "$("$QUIRE" get "$db" last)" = record ]
}

seed=1
while [ $seed -le "$KILLS" ]; do
    delay=$(awk -v seed=$seed 'BEGIN { srand(seed); printf "%.3f", 0.01 + rand() * 0.5 }')
    size=$([ $((seed % 2)) -eq 0 ] && echo 512 || echo 8192)
    expect "killed after $delay s, pages of $size bytes" killed "$delay" "$size"
    seed=$((seed + 1))
done
finish
