# A build with QUIRE_OMIT_OLD serves new trees as every build does, and answers
# QUIRE_OLD_FORMAT, and nothing else, where it meets a page of the archive.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL
BUILD=${BUILD:-build}
QUIRE=${QUIRE:-build/quire}
count=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
result()
{
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        sed 's/^/# /' "$work/log" | head -n 20
    fi
}
# refused ARGUMENT...: the command without the archive ends with 2 and names the status.
refused()
{
    "$BUILD/omit-old/quire" "$@" >"$work/log" 2>&1
    [ $? -eq 2 ] && grep -q QUIRE_OLD_FORMAT "$work/log"
}

make -s BUILD="$BUILD/omit-old" QUIRE_OMIT_OLD=1 libraries quire >"$work/log" 2>&1
result $? 'libraries and command build without the archive'
! nm "$BUILD/omit-old/libquire.a" 2>/dev/null | grep -E ' (rebuild|slice_v1|linear_search|model_)' >"$work/log"
result $? 'nothing of the archive is inside'

seq -f 'key %.0f' 3000 | sort >"$work/keys"
"$QUIRE" load --quiet --format lines --slots 1 --records prefix "$work/old.quire" "$work/keys"
"$QUIRE" load --quiet --format lines --slots 2 --records plain "$work/new.quire" "$work/keys"
refused dump --format lines "$work/old.quire"
result $? 'reading an old page is refused'
refused put "$work/old.quire" 'key 5' changed
result $? 'writing an old page is refused'
"$QUIRE" dump --format lines "$work/old.quire" >"$work/dump" 2>"$work/log" && cmp "$work/keys" "$work/dump" >>"$work/log"
result $? 'and a refused write leaves the database as it was'
"$BUILD/omit-old/quire" dump --format lines "$work/new.quire" >"$work/dump" 2>"$work/log" &&
    cmp "$work/keys" "$work/dump" >>"$work/log"
result $? 'a tree of new pages is read'
refused put --slots 1 "$work/new.quire" 'key 5' changed
result $? 'a tree cannot be told to write old pages'
echo "1..$count"
