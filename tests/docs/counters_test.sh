# docs/COUNTERS.md lists every counter, and none that there is not.
. tests/support/tap.sh

sed -n 's/^| `\([a-z_0-9]*\)` |.*/\1/p' docs/COUNTERS.md | sort >"$root/told"
{
    grep -o 'X([a-z_0-9]*)' src/tree/counters.h | sed 's/X(//; s/)//'
    sed -n 's/^ *{"\([a-z_0-9]*\)", pager\..*/\1/p' src/api/inside.c
} | sort >"$root/counted"

some_of_each()
{
    grep -qx leaf_splits "$root/counted" && grep -qx syncs "$root/counted"
}
expect 'the lists in the code are found' some_of_each
expect 'every counter is told of once, and no other' diff "$root/counted" "$root/told"
expect 'each row has a unit and a meaning' sh -c "! grep '^| \`' docs/COUNTERS.md | grep -vE '^\\| \`[a-z_0-9]+\` \\| [^|]+ \\| [^|]+ \\|\$'"

units_fit()
{
    sed -n 's/^| `\([a-z_0-9]*_ns\)` | \([^|]*\) |.*/\1 \2/p' docs/COUNTERS.md | grep -v ' ns$' && return 1
    sed -n 's/^| `\([a-z_0-9]*_bytes\)` | \([^|]*\) |.*/\1 \2/p' docs/COUNTERS.md | grep -v ' bytes$' && return 1
    return 0
}
expect 'units agree with the names' units_fit
finish
