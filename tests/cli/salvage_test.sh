# quire salvage and quire backup as a person uses them.
. tests/support/tap.sh
db=$root/a.quire

seq 3000 | awk '{ printf "key%06d\tvalue %d\n", $1, $1 }' | "$QUIRE" load --quiet --page-size 1024 "$db"
"$QUIRE" put "$db" long "$(head -c 5000 /dev/zero | tr '\0' v)"
printf 'x\t1\n' | "$QUIRE" load --quiet --tree named --slots 1 --records prefix "$db"
"$QUIRE" dump "$db" >"$root/dump"

# Whole copies.
expect 'backup writes a copy' "$QUIRE" backup "$db" "$root/backup.quire"
expect 'which is sound' "$QUIRE" check --quiet "$root/backup.quire"
expect 'and holds the same' sh -c "'$QUIRE' dump '$root/backup.quire' | cmp - '$root/dump'"
expect 'named trees, too' prints 1 "$QUIRE" get --tree named "$root/backup.quire" x
expect 'backup refuses a name that is taken' answers 2 "$QUIRE" backup "$db" "$root/backup.quire"
expect 'salvage of a healthy file keeps everything' "$QUIRE" salvage --quiet "$db" "$root/healthy.quire"
expect 'the same records' sh -c "'$QUIRE' dump '$root/healthy.quire' | cmp - '$root/dump'"
expect 'and leaves no other file' prints "$(printf 'a.quire\nbackup.quire\nhealthy.quire')" sh -c "ls '$root' | grep quire"

# Both meta pages and one leaf gone.
cp "$db" "$root/bad.quire"
head -c 2048 /dev/zero | tr '\0' U | dd of="$root/bad.quire" bs=1024 conv=notrunc status=none
printf 'damage' | dd of="$root/bad.quire" bs=1 seek=30000 conv=notrunc status=none
cp "$root/bad.quire" "$root/bad.before"
expect 'check has nothing to say of it' answers 2 "$QUIRE" check "$root/bad.quire"
expect 'salvage reports as JSON' sh -c "'$QUIRE' salvage --json '$root/bad.quire' '$root/saved.quire' >'$root/report'"
expect 'with figures that add up' jq -e '.pages == .pages_intact + .pages_damaged and .pages_damaged == 3 and .page_size == 1024' "$root/report"
expect 'the damaged file is as it was' cmp "$root/bad.quire" "$root/bad.before"
expect 'what was saved is sound' "$QUIRE" check --quiet "$root/saved.quire"
"$QUIRE" dump "$root/saved.quire" >"$root/saved"
expect 'nothing was invented' sh -c "! diff '$root/saved' '$root/dump' | grep -q '^<'"
expect 'one leaf is missing' sh -c "n=\$(diff '$root/saved' '$root/dump' | grep -c '^>'); [ \$n -gt 0 ] && [ \$n -lt 60 ]"
expect 'the report counts what is there' prints "$(wc -l <"$root/saved" | tr -d ' ')" \
    sh -c "jq '.records - 1' '$root/report'"
expect 'salvage refuses a name that is taken' answers 2 "$QUIRE" salvage "$root/bad.quire" "$root/saved.quire"
expect 'salvage of something else is an error' answers 2 "$QUIRE" salvage "$root/dump" "$root/none.quire"
expect 'that leaves no file' sh -c "! ls '$root' | grep -q none"
mkdir "$root/bad.quire-log"
expect 'a log that cannot be opened is told' answers 2 "$QUIRE" salvage "$root/bad.quire" "$root/none.quire"

finish
