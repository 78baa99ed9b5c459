# Bad input gets a clear error that names what and where, and nothing is lost.
. tests/support/tap.sh
db=$root/good.quire
"$QUIRE" put "$db" key value || exit 1
cp "$db" "$root/pristine"
unchanged()
{
    cmp "$db" "$root/pristine"
}

head -c 100000 /dev/zero >"$root/zeros"
printf 'hello, I am a text file\n' >"$root/text"
expect 'a text file is no database' says 'NOT_A_DATABASE' "$QUIRE" stat "$root/text"
expect 'nor is a file of zeros' says 'NOT_A_DATABASE' "$QUIRE" stat "$root/zeros"
expect 'writing to it changes nothing' says 'NOT_A_DATABASE' "$QUIRE" put "$root/text" a b
expect 'the text is still there' prints 'hello, I am a text file' cat "$root/text"
expect 'a missing file is named' says 'missing.quire' "$QUIRE" stat "$root/missing.quire"
head -c 20000 "$db" >"$root/short.quire"
expect 'a truncated file is corrupt' says 'QUIRE_CORRUPT' "$QUIRE" stat "$root/short.quire"
expect 'an empty key' says 'the key is empty' "$QUIRE" put "$db" '' value
long=$(head -c 2000 /dev/zero | tr '\0' k)
expect 'a key too long is told the limit' says '1016' "$QUIRE" put "$db" "$long" value
expect 'an unknown tree' says "there is no tree nowhere in $db" "$QUIRE" get --tree nowhere "$db" key
expect 'nor is there one to upgrade' says "there is no tree nowhere in $db" "$QUIRE" upgrade --tree nowhere "$db"
expect 'nor one to delete from' says "there is no tree nowhere in $db" "$QUIRE" del --tree nowhere "$db" key
expect 'an unknown command' says 'frobnicate' "$QUIRE" frobnicate
expect 'an unknown option' says 'no option --colour' "$QUIRE" stat --colour "$db"
expect 'an option of another command' says 'does not take --reverse' "$QUIRE" stat --reverse "$db"
expect 'a number that is none' says '"many"' "$QUIRE" load --batch many "$db"
expect 'a page size that is none' says '1000' "$QUIRE" put --page-size 1000 "$root/new.quire" a b
expect 'nor one that is no power of two' says 'a power of two, not "513"' "$QUIRE" copy --page-size 513 "$db" "$root/new.quire"
expect 'a directory that is not there' says 'nowhere/new.quire: its directory is not there' "$QUIRE" put "$root/nowhere/new.quire" a b
for command in copy backup salvage; do
    expect "nor for $command" says 'cannot create .*nowhere/new.quire.*directory' "$QUIRE" $command "$db" "$root/nowhere/new.quire"
done
expect 'no file is left behind' sh -c "! test -e '$root/new.quire'"
expect 'too few words' says 'usage' "$QUIRE" get "$db"
expect 'a damaged hex digit' says 'hex' "$QUIRE" get --hex "$db" xy
says_once()
{
    says "$@" && [ "$(wc -l <"$root/said")" -eq 1 ]
}
expect 'also of a value, in one line' says_once '"xy" is not' "$QUIRE" put --hex "$root/from-hex.quire" 00 xy
expect 'or of one key of several' says_once '"xy" is not' "$QUIRE" del --hex "$db" 00 xy
expect 'an empty key for a new database' says 'the key is empty' "$QUIRE" put "$root/from-hex.quire" '' value
expect 'and neither makes one' sh -c "! test -e '$root/from-hex.quire'"
printf 'a\t1\nno tab here\n' >"$root/bad.tsv"
expect 'a bad line is named' says 'bad.tsv:2' "$QUIRE" load --quiet "$db" "$root/bad.tsv"
printf 'HEADER=END\n zz\n' >"$root/bad.dump"
expect 'a bad digit of a dump is named' says 'bad.dump:2' "$QUIRE" load --quiet --format dump "$db" "$root/bad.dump"
expect 'input that is not there' says 'absent' "$QUIRE" load "$db" "$root/absent"
expect 'a page number that is none' says 'seven' "$QUIRE" inspect "$db" seven
expect 'a page beyond the end' says "there is no page 99999 in $db" "$QUIRE" inspect "$db" 99999
expect 'a folder is no input' says 'Is a directory' "$QUIRE" load "$root/from-folder.quire" "$root"
expect 'and makes no database' sh -c "! test -e '$root/from-folder.quire'"
expect 'a first line that is bad makes none either' says 'bad.dump:2' "$QUIRE" load --format dump "$root/from-bad.quire" "$root/bad.dump"
expect 'and leaves no file' sh -c "! test -e '$root/from-bad.quire'"
expect 'after all that the database is unchanged' unchanged

# One flipped bit in each page: the record is found or the page is named, and check never passes over it.
flip()
{
    python3 - "$1" "$2" <<'PYTHON'
import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 0x10
open(path, "wb").write(data)
PYTHON
}
flipped()
{
    cp "$root/pristine" "$root/flipped.quire"
    flip "$root/flipped.quire" "$1"
    "$QUIRE" check "$root/flipped.quire" >"$root/verdict" 2>&1 && { echo "check passes over byte $1"; return 1; }
    grep -Eq 'page [0-9]+|CORRUPT' "$root/verdict"
}
size=$(wc -c <"$root/pristine")
page=$((2 * 8192 + 5000))
while [ $page -lt "$size" ]; do
    expect "a flipped bit at byte $page is found" flipped $page
    page=$((page + 8192))
done
said_once()
{
    "$QUIRE" get "$root/flipped.quire" key 2>"$root/said"
    cat "$root/said"
    grep -q '^quire: get: page ' "$root/said"
}
cp "$root/pristine" "$root/flipped.quire"
flip "$root/flipped.quire" $((4 * 8192 + 5000))
expect 'get names the command once, then the page' said_once
# Either meta page alone is enough to open a cleanly closed database.
for page in 0 1; do
    cp "$root/pristine" "$root/meta.quire"
    flip "$root/meta.quire" $((page * 8192 + 60))
    expect "a damaged meta page $page does not keep the record from being read" prints value "$QUIRE" get "$root/meta.quire" key
done
sed 's/quire\r/quirk\r/g' "$root/pristine" >"$root/magic.quire" 2>/dev/null
expect 'another magic is no database' says 'NOT_A_DATABASE' "$QUIRE" stat "$root/magic.quire"
mkfifo "$root/pipe.quire"
expect 'a pipe is no file, and is not waited for' says 'cannot open .*no regular file' timeout 20 "$QUIRE" stat "$root/pipe.quire"
expect 'nor is one that stands where the log should' says 'cannot open .*other.quire-log: no regular file' \
    sh -c "cp '$root/pristine' '$root/other.quire' && mkfifo '$root/other.quire-log' && timeout 20 '$QUIRE' put '$root/other.quire' a b"

# Output that cannot be written, and rights that are not there.
for words in "dump $db" "scan $db" "stat $db" "check $db" "get $db key" "put --help" --help --version; do
    expect "a full device is told: quire $words" says 'writing to standard output failed' sh -c "'$QUIRE' $words >/dev/full"
done
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    nobody()
    {
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    }
else
    nobody()
    {
        "$@"
    }
fi
chmod 755 "$root" && mkdir "$root/closed" && cp "$root/pristine" "$root/closed/db" && chmod 444 "$root/closed/db" && chmod 555 "$root/closed"
if nobody "$QUIRE" --version >/dev/null 2>&1; then
    expect 'a file that may be read only is read' prints value nobody "$QUIRE" get "$root/closed/db" key
    expect 'and not written' says 'cannot open .*closed/db: permission denied' nobody "$QUIRE" put "$root/closed/db" a b
    expect 'nor is one made in a directory that may not be written' says 'cannot open .*closed/new: permission denied' nobody "$QUIRE" put "$root/closed/new" a b
    expect 'and nothing is left there' sh -c "cmp '$root/closed/db' '$root/pristine' && ls '$root/closed' | grep -qx db"
fi
chmod 755 "$root/closed"
finish
