# The script behind `make bench-counting`, with programs and a valgrind that only say what they are told.
. tests/support/tap.sh
mkdir "$root/bin"
cat >"$root/bin/valgrind" <<'END'
#!/bin/sh
for word; do
    case $word in --callgrind-out-file=*) out=${word#*=} ;; esac
    [ ! -x "$word" ] || { program=$word; shift; break; }
    shift
done
echo "summary: $("$program" "$1" | sed -n 's/^takes //p')" >"$out"
END
# program NAME INSTRUCTIONS: has a stream that takes so many, and one with counting on.
program()
{
    printf '#!/bin/sh\n[ $# -gt 0 ] || { echo reads; echo reads-counted; exit; }\necho takes %s\n' "$2" >"$root/$1"
    chmod +x "$root/$1"
}
chmod +x "$root/bin/valgrind"
program with 1020
program without 1000
counting()
{
    PATH=$root/bin:$PATH tests/bench/counting "$root/$1" "$root/$2" "$root/figures"
}
expect 'what counting takes is told' prints '| stream | instructions | without counting | counting, switched off, takes |
|---|---|---|---|
| `reads` | 1020 | 1000 | 2.0 % |
| all | 1020 | 1000 | 2.0 % |' counting with without
no_difference()
{
    ! counting with with >"$root/said" 2>&1 && grep -q 'do not differ' "$root/said"
}
expect 'two builds that do not differ are no measurement' no_difference
finish
