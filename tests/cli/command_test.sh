# The quire command as a person uses it.
. tests/support/tap.sh
db=$root/people.quire

expect 'put makes the database' "$QUIRE" put "$db" ada 1815
expect 'get prints the value' prints 1815 "$QUIRE" get "$db" ada
expect 'put replaces a value' "$QUIRE" put "$db" ada 'Ada Lovelace'
expect 'get prints the new value' prints 'Ada Lovelace' "$QUIRE" get "$db" ada
expect 'insert-only refuses a key that exists' answers 1 "$QUIRE" put --insert-only "$db" ada again
expect 'and leaves its value' prints 'Ada Lovelace' "$QUIRE" get "$db" ada
expect 'get of a missing key answers no' answers 1 "$QUIRE" get "$db" grace
expect 'del deletes' "$QUIRE" del "$db" ada
expect 'del of a missing key answers no' answers 1 "$QUIRE" del "$db" ada
expect 'get no longer finds it' answers 1 "$QUIRE" get "$db" ada
expect 'hex keys and values' "$QUIRE" put --hex "$db" 00ff 0a0b
expect 'come back as hex' prints 0a0b "$QUIRE" get --hex "$db" 00ff
expect 'a closed database is one file' prints people.quire ls "$root" --ignore=log --ignore=said

printf 'b\t2\na\t1\nd\t4\nc\t3\n' >"$root/four.tsv"
four=$root/four.quire
expect 'load reads a file' "$QUIRE" load --quiet "$four" "$root/four.tsv"
expect 'scan prints all in order' prints "$(printf 'a\t1\nb\t2\nc\t3\nd\t4')" "$QUIRE" scan "$four"
expect 'scan in reverse' prints "$(printf 'd\nc\nb\na')" "$QUIRE" scan --reverse --keys "$four"
expect 'scan between bounds' prints "$(printf 'b\nc')" "$QUIRE" scan --keys --from b --to d "$four"
expect 'scan up to a limit' prints a "$QUIRE" scan --keys --limit 1 "$four"
expect 'scan by prefix' prints c "$QUIRE" scan --keys --prefix c "$four"
expect 'scan of an empty range prints nothing' prints '' "$QUIRE" scan --from x "$four"
expect 'get as JSON' prints '{"key": "a", "value": "1"}' "$QUIRE" get --json "$four" a
expect 'scan as JSON, an object a line' prints "$(printf '{"key": "c", "value": "3"}\n{"key": "d", "value": "4"}')" \
    "$QUIRE" scan --json --from c "$four"
expect 'scan as JSON of keys in hex' prints '{"key": "61"}' "$QUIRE" scan --json --hex --keys --limit 1 "$four"
printf 'tab\there\n' | "$QUIRE" load --quiet --format tsv "$root/odd.quire"
"$QUIRE" put --hex "$root/odd.quire" 00ff225c 0a
expect 'scan as JSON of any bytes parses' sh -c "'$QUIRE' scan --json '$root/odd.quire' | jq -e . >/dev/null"
expect 'load reads standard input' sh -c "printf 'e\t5\n' | '$QUIRE' load --quiet '$four'"
expect 'and adds to what is there' prints 5 sh -c "'$QUIRE' scan '$four' | wc -l | tr -d ' '"

# A dump goes through every format and comes back the same.
same_after()
{
    format=$1
    "$QUIRE" dump --format "$format" "$four" >"$root/dumped" || return 1
    rm -f "$root/copy.quire"
    "$QUIRE" load --quiet --format "$format" "$root/copy.quire" "$root/dumped" || return 1
    "$QUIRE" dump --format "$format" "$root/copy.quire" | cmp - "$root/dumped"
}
expect 'tsv comes back the same' same_after tsv
expect 'dump comes back the same' same_after dump
printf 'VERSION=3\nformat=print\ntype=btree\nHEADER=END\n k\\0a\\\\\n v\\ff\nDATA=END\n' >"$root/print.dump"
printf 'VERSION=3\nformat=print\ntype=btree\nduplicates=1\nHEADER=END\n k\n 1\n k\n 2\nDATA=END\n' >"$root/twice.dump"
expect 'a dump with several values for a key is refused' answers 2 "$QUIRE" load --format dump "$root/twice.quire" "$root/twice.dump"
printf 'VERSION=3\nformat=print\ntype=btree\nHEADER=END\n k\n v\n' >"$root/cut.dump"
expect 'a dump that was cut off is an error' answers 2 "$QUIRE" load --format dump "$root/cut.quire" "$root/cut.dump"
expect 'the print form of a dump loads' "$QUIRE" load --quiet --format dump "$root/print.quire" "$root/print.dump"
expect 'with its escapes undone' prints 76ff "$QUIRE" get --hex "$root/print.quire" 6b0a5c

# One database of a dump goes into one tree, and none of its records is passed over in silence.
section()
{
    printf 'VERSION=3\nformat=print\n%stype=btree\nHEADER=END\n %s\n %s\nDATA=END\n' "${1:+database=$1
}" "$2" "$3"
}
section '' k v >"$root/unnamed.dump"
{ section one k 1 && section two k 2; } >"$root/two.dump"
{ section one k 1 && section one l 2; } >"$root/parts.dump"
{ section '' k 1 && section two k 2; } >"$root/mixed.dump"
loads_dump()
{
    dump=$root/$1.dump
    shift
    rm -f "$root/loaded.quire"
    "$QUIRE" load --quiet --format dump "$@" "$root/loaded.quire" "$dump"
}
expect 'a dump that names no database goes into the tree that is named' loads_dump unnamed --tree words
expect 'with its records' prints v "$QUIRE" get --tree words "$root/loaded.quire" k
expect 'of a dump of two databases the tree names one' loads_dump two --tree two
expect 'which is loaded' prints 2 "$QUIRE" get --tree two "$root/loaded.quire" k
expect 'and a name that it does not hold is an error' says 'two.dump:16: the dump holds no database three' loads_dump two --tree three
expect 'without a name two databases are not mixed' says 'two.dump:13: a second database' loads_dump two
expect 'nor is one without a name with another' says 'mixed.dump:12: a second database' loads_dump mixed --tree two
expect 'parts of one database are loaded' loads_dump parts
expect 'all of them' prints "$(printf 'k\t1\nl\t2')" "$QUIRE" scan "$root/loaded.quire"
sed 's/btree/hash/' "$root/unnamed.dump" >"$root/hash.dump"
expect 'a dump of what has no order is refused' says 'hash.dump:3: .*not btree' loads_dump hash
: >"$root/nothing.dump"
expect 'nothing at all is no dump' says 'nothing.dump:0: .*no dump' loads_dump nothing
expect 'and makes no database' sh -c "! test -e '$root/loaded.quire'"

expect 'a named tree is made by load' "$QUIRE" load --quiet --tree letters --format lines --slots 1 --records prefix "$db" "$root/four.tsv"
expect 'trees lists it' prints letters "$QUIRE" trees "$db"
expect 'trees as JSON' prints '["letters"]' "$QUIRE" trees --json "$db"
expect 'its leaves are of the version asked for' sh -c "'$QUIRE' stat --tree letters '$db' | grep -q 'leaves V1 prefix'"
expect 'upgrade rewrites them' sh -c "'$QUIRE' upgrade --tree letters '$db' && '$QUIRE' stat --tree letters '$db' | grep -q 'leaves V3 plain'"
expect 'stat as JSON parses' sh -c "'$QUIRE' stat --json '$db' | python3 -m json.tool >/dev/null"
expect 'check finds nothing' "$QUIRE" check "$db"
expect 'check as JSON parses' sh -c "'$QUIRE' check --json '$db' | python3 -m json.tool >/dev/null"
expect 'copy writes a new file' "$QUIRE" copy "$db" "$root/new.quire"
page_size_of()
{
    "$QUIRE" stat "$1" | sed -n 's/^page size *//p'
}
"$QUIRE" put --page-size 512 "$root/small.quire" key value
"$QUIRE" copy "$root/small.quire" "$root/small-too.quire"
expect 'and keeps the page size' prints 512 page_size_of "$root/small-too.quire"
"$QUIRE" copy --page-size 8192 "$root/small.quire" "$root/wide.quire"
expect 'unless another is asked for, be it the default one' prints 8192 page_size_of "$root/wide.quire"
expect 'with all trees' prints letters "$QUIRE" trees "$root/new.quire"
expect 'inspect describes a leaf' sh -c "for p in 3 4 5; do '$QUIRE' inspect '$four' \$p; done | grep -qi leaf"
expect 'inspect describes a meta page' sh -c "'$QUIRE' inspect '$four' 0 | grep -qi meta"
expect 'help names every command' sh -c "for c in load dump get put del scan trees stat check copy inspect upgrade; do '$QUIRE' --help | grep -q \"^  \$c \" && '$QUIRE' \$c --help | grep -q usage || exit 1; done"
expect 'version' sh -c "'$QUIRE' --version | grep -q '^quire [0-9]'"
finish
