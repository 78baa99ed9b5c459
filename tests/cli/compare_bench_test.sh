# compare-bench does what its options say, with every engine that is built in. Nothing here looks at a clock.
. tests/support/tap.sh
BENCH=${BENCH:-$BUILD/compare-bench}
export TMPDIR=$root

# column NAME FILE: that column of a CSV, a line for each engine.
column()
{
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$2"
}
bench()
{
    answers 0 "$BENCH" --docs 300 --commit-every 40 --repeat 1 --sync normal --csv "$root/out.csv" "$@"
}
# every engine has done as many operations as it should, and the figures are numbers.
complete()
{
    bench "$@" || return 1
    [ "$(column database "$root/out.csv" | tr '\n' ' ')" = "$expected " ] || { cat "$root/out.csv"; return 1; }
    awk -F, 'NR == 1 { fields = NF } NF != fields { bad = 1 } END { exit bad }' "$root/out.csv" || { cat "$root/out.csv"; return 1; }
    column median_ms "$root/out.csv" | awk '$1 <= 0 { bad = 1 } END { exit bad || NR == 0 }'
}

built=$("$BENCH" --help | sed -n 's/^databases built in: //p')
expected=$built
expect 'quire is built in' sh -c "echo ' $built ' | grep -q ' quire '"
for mode in reads-only inserts-only mixed update churn scan range; do
    expect "$mode" complete --mode $mode
done
for shape in int url blob100 blob1k; do
    expect "documents of the shape $shape" complete --mode churn --shape $shape
    expect "and in ascending order" complete --mode range --order ascending --shape $shape
done
expect 'sorted runs' complete --put-many-group 16
expect 'sorted runs longer than a transaction' complete --put-many-group 128 --shape url
expect 'a large transaction' complete --docs 60000 --commit-every 60000
expect 'the same in runs' complete --docs 60000 --commit-every 60000 --put-many-group 1024
whole_runs()
{
    bench --databases quire --metrics --put-many-group "$1" --commit-every "$2" || return 1
    for figure in commit_every:$3 quire_put_many_runs:$4 quire_commits:$5; do
        value=$(column ${figure%:*} "$root/out.csv")
        [ "$value" = "${figure#*:}" ] || { echo "$figure: $value"; return 1; }
    done
}
expect 'no commit cuts a run' whole_runs 128 40 128 3 3
expect 'each run has its commit' whole_runs 16 1 16 19 19
expect 'a transaction ends with the run it would end in' whole_runs 16 40 48 19 7
expect 'durable commits' complete --sync full
expect 'no syncs' complete --sync off
expect 'two readers' complete --mode reads-only --threads 2
expect 'an old slot directory and rebuilt leaves' complete --in-place off --slots 1 --databases quire,sqlite,lmdb,wiredtiger,leveldb,bdb
expect 'another page size' complete --page-size 4096 --cache 16
expected=$(echo " $built " | sed 's/ leveldb / /; s/^ //; s/ $//')
expect 'reads that share the write transaction, where there are such' complete --mode mixed --tx-mode read-with-write
expected=quire
expect 'a list of databases' complete --databases quire

# Syncs and log bytes are counted from outside of the engines; quire's own counters must agree.
quire_figure()
{
    awk -v name="$1" '$1 == name { print $2 }' "$root/said"
}
syncs_agree()
{
    bench --databases quire --sync full --metrics --commit-every 50 || return 1
    [ "$(column syncs "$root/out.csv")" = 6 ] || { echo "syncs: $(column syncs "$root/out.csv")"; return 1; }
    counted=$(column logged_bytes "$root/out.csv")
    own=$(quire_figure log_written_bytes)
    [ "$counted" -gt 0 ] && [ "$counted" = "$own" ] || { echo "counted $counted, quire says $own"; return 1; }
}
expect 'a sync for each durable commit' syncs_agree
no_syncs()
{
    bench --databases quire && [ "$(column syncs "$root/out.csv")" = 0 ]
}
expect 'none in normal mode' no_syncs
expect 'a durable commit of every engine syncs' sh -c "
    '$BENCH' --docs 60 --commit-every 20 --repeat 1 --csv '$root/full.csv' >/dev/null &&
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if (\$i == \"syncs\") at = i; next } \$at < 3 { print; bad = 1 } END { exit bad || !at }' '$root/full.csv'"

# Counters tell that options reach the engine.
counter()
{
    figure=$1
    shift
    bench --databases quire --metrics "$@" && [ "$(quire_figure "$figure")" -gt 0 ]
}
expect 'metrics: in-place off rebuilds' counter rebuild_in_place_off --in-place off
expect 'metrics: groups are runs' counter put_many_runs --put-many-group 16
expect 'metrics: churn inserts' counter leaf_inserts --mode churn

# A shorter log moves into the file more often, which syncs. WiredTiger does so beside the commits, when it gets to it; LMDB has no log.
shorter_log()
{
    bench --docs 8000 --shape blob100 && column syncs "$root/out.csv" >"$root/long" || return 1
    bench --docs 8000 --shape blob100 --log-bytes 131072 && column database "$root/out.csv" >"$root/names" || return 1
    column syncs "$root/out.csv" | paste "$root/names" "$root/long" - | awk '
        $1 !~ /^(lmdb|wiredtiger)$/ && $3 < $2 + 2 { print; bad = 1 } END { exit bad || NR == 0 }'
}
expect 'a shorter log is moved into the file more often' shorter_log

# Alone, SQLite shares no index of its WAL; with a second reader it must. Looked at while it runs.
sqlite_files()
{
    rm -rf "$root/files" && mkdir "$root/files" || return 1
    timeout -s TERM 20 "$BENCH" --databases sqlite --repeat 1 --sync off --docs 3000000 --commit-every 3000000 --folder "$root/files" "$@" >/dev/null 2>&1 &
    job=$!
    tries=0
    list=
    until [ -n "$list" ] || [ $tries -eq 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
        # Whole once the WAL is there.
        list=$(find "$root/files" -name 'sqlite.db*' | sed 's/.*sqlite//' | sort | tr '\n' ' ' | grep wal)
    done
    printf '%s' "$list"
    kill $job
    wait $job
    :
}
case " $built " in
*' sqlite '*)
    expect 'SQLite has its database to itself' prints '.db .db-wal ' sqlite_files
    expect 'but where readers share it' prints '.db .db-shm .db-wal ' sqlite_files --mode reads-only --threads 2
    ;;
esac
# A transaction of a single operation is one for every engine: nothing is lost, and a durable one syncs.
lone()
{
    bench --commit-every 1 --sync full "$@" || return 1
    column syncs "$root/out.csv" | awk '$1 < 300 { bad = 1 } END { exit bad || NR == 0 }'
}
expect 'a commit for each insert' lone
expect 'with a read after each' lone --mode mixed
expected=$(echo " $built " | sed 's/ leveldb / /; s/^ //; s/ $//')
expect 'with a read in each' lone --mode mixed --tx-mode read-with-write
expected=$built
expect 'a commit for each update' lone --mode update
expect 'a commit for each deletion and insert' lone --mode churn
for mode in reads-only range; do
    expect "a transaction for each, $mode" complete --mode $mode --commit-every 1
done

# Each engine ends with its own kind of checkpoint, which syncs, and which the timed part has.
checkpointed()
{
    bench && column syncs "$root/out.csv" >"$root/without" || return 1
    bench --checkpoint && column database "$root/out.csv" >"$root/names" || return 1
    for figure in syncs checkpoint_ms checkpoints median_ms; do
        column $figure "$root/out.csv" >"$root/$figure"
    done
    sed -i 's/^$/-/' "$root/checkpoints"
    paste "$root/names" "$root/without" "$root/syncs" "$root/checkpoint_ms" "$root/median_ms" "$root/checkpoints" | awk '
        $3 <= $2 || $4 < 0 || $4 >= $5 || ($1 ~ /^(quire|sqlite)$/ ? $6 != 1 : $6 != "-") { print; bad = 1 }
        END { exit bad || NR == 0 }'
}
expect 'a checkpoint at the end of the timed part' checkpointed
expected=$built
for mode in mixed update churn; do
    expect "and after $mode" complete --mode $mode --checkpoint
done

# Loaded records are moved into the file before the clock runs, so that each page's first edit logs it whole.
settled()
{
    bench --mode update --databases quire && [ "$(column quire_log_images "$root/out.csv")" -gt 0 ]
}
expect 'what a mode finds stands in the file' settled
written()
{
    bench --docs 3000 --databases lmdb --writemap "$1" && column written_bytes "$root/out.csv"
}
case " $built " in
*' lmdb '*)
    expect 'LMDB writes through its mapping if it is told to' sh -c "[ $(written on | tail -n 1) -lt $(written off | tail -n 1) ]"
    ;;
esac

# quire's counters are those of the timed part, in all three forms of the report.
counters()
{
    bench --mode reads-only --databases quire --metrics --json "$root/out.json" || return 1
    for figure in leaf_searches:300 leaf_inserts:0 commits:0 log_written_bytes:0; do
        value=$(column "quire_${figure%:*}" "$root/out.csv")
        # The first look-up of all is that of the tree itself.
        [ "$value" -ge "${figure#*:}" ] && [ "$value" -le $((${figure#*:} + 1)) ] || { echo "$figure: $value"; return 1; }
        jq -e ".results[0].counters.${figure%:*} == $value" "$root/out.json" || return 1
    done
    [ "$(quire_figure leaf_searches)" -ge 300 ] && [ "$(column metrics "$root/out.csv")" = on ]
}
expect 'counters of the timed part alone, in CSV and JSON' counters
counters_of_quire_alone()
{
    bench --checkpoint || return 1
    column quire_checkpoints "$root/out.csv" | awk '$1 != (NR == 1 ? 1 : "") { bad = 1 } END { exit bad || NR == 0 }'
}
expect 'their columns are empty for the others' counters_of_quire_alone

json()
{
    bench --json "$root/out.json" --metrics --repeat 3 || return 1
    [ "$(jq -r '[.results[].database] | join(" ")' "$root/out.json")" = "$built" ] || return 1
    jq -e '.docs == 300 and .repeats == 3 and .commit_every == 40' "$root/out.json" || return 1
    jq -e '[.results[] | select((.seconds | length) != 3 or (.seconds | sort) != .seconds)] == []' "$root/out.json" || return 1
    jq -e '.results[0].counters.commits >= 8 and .results[0].ratio == 1' "$root/out.json"
}
expect 'JSON with times, ratios and counters' json
if command -v gnuplot >/dev/null; then
    expect 'a plot' sh -c "'$BENCH' --docs 100 --commit-every 10 --repeat 1 --plot '$root/out.svg' >/dev/null && grep -q '</svg>' '$root/out.svg' && grep -q quire '$root/out.svg'"
fi
same_seed()
{
    for i in 1 2; do
        "$BENCH" --docs 500 --repeat 1 --seed 7 --sync off --databases quire --csv "$root/seed$i" >/dev/null || return 1
    done
    for figure in disk_bytes logged_bytes written_bytes; do
        value=$(column $figure "$root/seed1")
        [ "$value" -gt 0 ] && [ "$value" = "$(column $figure "$root/seed2")" ] || { echo "$figure: $value"; return 1; }
    done
}
expect 'the same seed gives the same file' same_seed
without_quire()
{
    others=$(echo " $built " | sed 's/ quire / /; s/^ *//; s/ *$//; s/ /,/g')
    [ -n "$others" ] || return 0
    bench --databases "$others" --json "$root/others.json" || return 1
    ! grep -qw 'ratio' "$root/said" && column ratio "$root/out.csv" | awk '$1 != "" { bad = 1 } END { exit bad || NR == 0 }' &&
        jq -e '[.results[] | select(has("ratio"))] == []' "$root/others.json"
}
expect 'no ratio where quire takes no part' without_quire

expect 'an unknown mode' says '--mode takes reads-only' "$BENCH" --mode sideways
expect 'a number that is none' says '--docs takes a number from 1.*"many"' "$BENCH" --docs many
expect 'a number below the least' says '--put-many-group takes a number from 1 to 1024' "$BENCH" --put-many-group 0
expect 'a number above the most' says '--slots takes a number from 1 to 3, not "4"' "$BENCH" --slots 4
expect 'a negative number' says '--repeat' "$BENCH" --repeat -1
expect 'a log that not every engine takes' says '--log-bytes takes a number from 131072' "$BENCH" --log-bytes 1000
expect 'a page size that is no power of two' says '--page-size: 5000' "$BENCH" --page-size 5000
expect 'a switch' says '--in-place takes off or on, not "maybe"' "$BENCH" --in-place maybe
expect 'an unknown option' says 'colour' "$BENCH" --colour
expect 'an option without its argument' says 'docs' "$BENCH" --docs
expect 'a word too many' says '"what"' "$BENCH" what
expect 'a database that is not built in' says '"oracle" is not built in' "$BENCH" --databases quire,oracle
expect 'several writers' says '--threads: there is one writer' "$BENCH" --threads 2
expect 'a folder that is not there' says 'absent' "$BENCH" --docs 10 --folder "$root/absent" --databases quire
expect 'a CSV that can not be written' says 'absent/out.csv' "$BENCH" --docs 10 --repeat 1 --databases quire --csv "$root/absent/out.csv"
expect 'and nothing is measured before that is known' sh -c "! '$BENCH' --docs 10 --repeat 1 --databases quire --json '$root/absent/out.json' 2>&1 | grep -q ratio"
ln -s out.json "$root/alias"
expect 'one file for CSV and JSON' says '--csv and --json name the same file' "$BENCH" --docs 10 --csv "$root/out.json" --json "$root/alias"
expect 'one file for JSON and a plot' says '--json and --plot name the same file' "$BENCH" --docs 10 --json "$root/out.svg" --plot "$root/./out.svg"
expect 'what is no file takes both' answers 0 "$BENCH" --docs 10 --repeat 1 --databases quire --csv /dev/null --json /dev/null
expect 'a checkpoint where nothing is written' says '--checkpoint: --mode scan writes nothing' "$BENCH" --docs 10 --mode scan --checkpoint
expect 'runs where nothing is put' says '--put-many-group: --mode scan puts no runs' "$BENCH" --docs 10 --mode scan --put-many-group 16
expect 'a mode of transactions where there is one kind' says '--tx-mode: --mode scan' "$BENCH" --docs 10 --mode scan --tx-mode read-with-write
expect 'a plot that gnuplot would run' says '--plot: no quotes' "$BENCH" --docs 10 --plot '`touch ran`.svg'
others_stay()
{
    mkdir -p "$root/mine/quire" && echo precious >"$root/mine/quire/notes" || return 1
    "$BENCH" --docs 10 --repeat 1 --databases quire --folder "$root/mine" >/dev/null && [ "$(cat "$root/mine/quire/notes")" = precious ] &&
        [ "$(ls "$root/mine")" = quire ]
}
expect 'what else is in the folder stays' others_stay
stopped()
{
    timeout -s "$1" 1 "$BENCH" --docs 5000000 --repeat 1 --databases quire --sync off >/dev/null 2>"$root/said"
    [ $? -eq 124 ] && grep -q 'stopped' "$root/said"
}
expect 'a run that is stopped says so' stopped TERM
expect 'and one that is interrupted' stopped INT
expect 'nothing is left behind' sh -c "[ -z \"\$(ls -d '$root'/compare-bench-* 2>/dev/null)\" ]"
finish
