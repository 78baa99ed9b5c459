# A build with QUIRE_OMIT_OLD serves new trees as every build does, and answers
# QUIRE_OLD_FORMAT, and nothing else, where it meets a page of the archive.
. tests/support/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL
omit=$BUILD/omit-old

expect 'libraries and command build without the archive' make -s BUILD="$omit" QUIRE_OMIT_OLD=1 libraries quire
has_no_archive()
{
    [ -s "$omit/libquire.a" ] || return 1
    ! nm "$omit/libquire.a" | grep -E ' (rebuild_leaf|entries_|slice_v1|linear_search|model_)'
}
expect 'nothing of the archive is inside' has_no_archive

seq -f 'key %.0f' 3000 | sort >"$root/keys"
expect 'a database of old pages is made' \
    "$QUIRE" load --quiet --format lines --slots 1 --records prefix "$root/old.quire" "$root/keys"
expect 'a database of new pages is made' \
    "$QUIRE" load --quiet --format lines --slots 2 --records plain "$root/new.quire" "$root/keys"
dumps_keys()
{
    "$1" dump --format lines "$2" | cmp "$root/keys"
}
expect 'reading an old page is refused' says QUIRE_OLD_FORMAT "$omit/quire" dump --format lines "$root/old.quire"
expect 'writing an old page is refused' says QUIRE_OLD_FORMAT "$omit/quire" put "$root/old.quire" 'key 5' changed
expect 'and the database stays as it was' dumps_keys "$QUIRE" "$root/old.quire"

# More old pages at the file's end than one close moves down into the free ones before them.
seq 10000 29999 | awk '{ printf "%s\t%0200d\n", $1, 0 }' >"$root/many"
"$QUIRE" load --quiet --page-size 512 --slots 1 --records prefix "$root/sparse.quire" "$root/many"
seq 10000 19999 | xargs "$QUIRE" del "$root/sparse.quire"
expect 'a file whose old pages it cannot move is still written and closed' \
    "$omit/quire" put --tree other "$root/sparse.quire" key value
expect 'and a build that can read them finds it whole' "$QUIRE" check "$root/sparse.quire"

expect 'a tree of new pages is read' dumps_keys "$omit/quire" "$root/new.quire"
expect 'a tree of new pages is written' "$omit/quire" put "$root/new.quire" 'key 5' changed
expect 'and read again' prints changed "$omit/quire" get "$root/new.quire" 'key 5'
expect 'leaves of the version before are not said to be ones that it cannot read' \
    says 'leaves out what rewrites leaves.*QUIRE_OLD_FORMAT' "$omit/quire" upgrade "$root/new.quire"
expect 'and are read still' prints changed "$omit/quire" get "$root/new.quire" 'key 5'
expect 'a tree cannot be told to write old pages' \
    says QUIRE_OLD_FORMAT "$omit/quire" put --slots 1 "$root/new.quire" 'key 5' again
finish
