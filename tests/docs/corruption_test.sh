# docs/CORRUPTION.md is what the catalogue of lies prints of itself.
. tests/support/tap.sh

program=$BUILD/tests/damage/lies_test

is_the_table()
{
    [ -x "$program" ] || { echo "$program is not built"; return 1; }
    "$program" --table | diff - docs/CORRUPTION.md || { echo 'run make corruption-table'; return 1; }
}
expect 'the table in the docs is the one that the test tells' is_the_table

# L1 and L2 end the log, so what names their lies is L6; P19 is about no byte at any legal page size.
all_rules()
{
    for rule in P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P16 P17 P18 T1 T2 T3 T4 T5 T6 S1 S2 L3 L4 L5 L6; do
        grep -q "| $rule |" docs/CORRUPTION.md || { echo "no lie breaks $rule first"; return 1; }
    done
}
expect 'every rule is the first broken by some lie' all_rules
finish
