# docs/FORMAT.md: its page in hex is what the command shown there makes, each
# range of the table has the bytes it says, and the limits are those of the code.
. tests/support/tap.sh
page=$PWD/docs/FORMAT.md

# section BEGIN NUMBER: the NUMBERth fenced block behind the heading.
block()
{
    awk -v heading="$1" -v number="$2" '
        $0 == heading { on = 1 }
        on && /^```/ { if (inside) { inside = 0 } else { inside = 1; count++ }; next }
        inside && count == number' "$page"
}

block '## A page in hex' 1 >"$root/commands"
block '## A page in hex' 2 >"$root/shown"
mkdir "$root/bin"
ln -s "$QUIRE" "$root/bin/quire"

# The checksum hangs on the random salt: four bytes, and what od prints beside them.
without_checksum()
{
    sed '1s/^000000 .. .. .. ../000000 -- -- -- --/; 1s/>..../>----/' "$1"
}
same_page()
{
    [ "$(wc -l <"$root/shown")" -gt 25 ] || return 1
    (cd "$root" && PATH=$root/bin:$PATH sh ./commands) >"$root/made" || return 1
    without_checksum "$root/shown" >"$root/expected"
    without_checksum "$root/made" | diff "$root/expected" -
}
expect 'the command shown makes the page shown' same_page

ranges_fit()
{
    dd if="$root/items.quire" bs=512 skip=6 count=1 of="$root/page" status=none || return 1
    python3 - "$page" "$root/page" <<'PYTHON'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read().split("## A page in hex", 1)[1]
page = open(sys.argv[2], "rb").read()
at, rows = 0, 0
for first, last, digits in re.findall(r"^\| (\d+) to (\d+) \| ([^|]*)\|", text, re.M):
    assert int(first) == at, f"the row of byte {first} should begin at {at}"
    told = bytes.fromhex(digits.replace("…", ""))
    assert page[at:at + len(told)] == told, f"bytes {first} to {last} are {page[at:int(last) + 1].hex(' ')}"
    assert "…" in digits or not told or len(told) == int(last) + 1 - at, f"bytes {first} to {last}: wrong count"
    at, rows = int(last) + 1, rows + 1
assert (at, rows > 20) == (512, True), f"the table ends at {at}"
PYTHON
}
expect 'the table covers the page, and its bytes are there' ranges_fit

# Numbers in the header table against the constants of src/page/format.h.
offsets_agree()
{
    for field in checksum pgno lsn tree kind level flags slot_count free_start free_end low_len high_len prefix_len hole_bytes left right; do
        constant=HEADER_$(echo $field | tr 'a-z' 'A-Z')
        told=$(sed -n "s/^| \([0-9]*\) | [0-9]* | $field |.*/\1/p" "$page" | head -n 1)
        grep -qE "\b$constant = $told,?\$" src/page/format.h || { echo "$field is told to stand at $told"; return 1; }
    done
}
expect 'the header table agrees with the code' offsets_agree

rules_agree()
{
    told=$(grep -cE '^\| P[0-9]+ \|' "$page")
    coded=$(sed -n '/^enum page_rule/,/^}/p' src/page/format.h | grep -c 'RULE_[A-Z_]* = [1-9]')
    [ "$told" = "$coded" ] || { echo "$told rules are told, $coded are coded"; return 1; }
}
expect 'there are as many P rules as in the code' rules_agree
finish
