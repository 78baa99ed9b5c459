# The seed corpora are what `make fuzz-seeds` writes: each committed seed, byte by byte, and no other. What fuzzers
# found (found-*) or came to (grown-*) is no seed.
. tests/support/tap.sh
case $BUILD in /*) program=$BUILD/fuzz/make-seeds ;; *) program=$PWD/$BUILD/fuzz/make-seeds ;; esac

# Where `corpus` names it, so that the names of the two trees agree.
written()
{
    for target in corpus/*/; do
        mkdir -p "$root/$1/$target"
    done
    (cd "$root/$1" && "$program")
}
seeds() { (cd "$1" && find corpus -type f ! -name 'found-*' ! -name 'grown-*' | sort); }

same_names()
{
    seeds . >"$root/committed" && seeds "$root/first" >"$root/made" && diff "$root/committed" "$root/made"
}
same_bytes()
{
    differing=0
    while read -r seed; do
        cmp "$seed" "$root/first/$seed" || differing=$((differing + 1))
    done <"$root/made"
    echo "$differing of $(wc -l <"$root/made") differ: is \`make fuzz-seeds\` to be committed?"
    [ "$differing" -eq 0 ]
}
same_again() { written second && diff -r "$root/first" "$root/second"; }

expect 'the seeds can be written' written first
expect 'the committed seeds are those that are written, by name' same_names
expect 'each committed seed has the bytes that are written' same_bytes
expect 'written again, the seeds are the same' same_again
finish
