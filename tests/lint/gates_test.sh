# Every gate of tests/lint turns red when its rule is broken: each test plants
# one violation in a copy of the lowest room and expects the gate to name it.
set -u
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
count=0
plant()
{
    rm -rf "$copy/tree"
    mkdir -p "$copy/tree/src/page" "$copy/tree/tests"
    cp -R Makefile .clang-format "$copy/tree/"
    cp -R tests/lint tests/tests.mk "$copy/tree/tests/"
    cp -R src/*.h src/base "$copy/tree/src/"
}
# expect_red NAME GATE PATTERN: the gate fails in the copy and says PATTERN.
expect_red()
{
    count=$((count + 1))
    if report=$(cd "$copy/tree" && BUILD=build sh "tests/lint/$2.sh" 2>&1); then
        echo "not ok $count - $1"
        echo "# $2 stays green"
    elif printf '%s\n' "$report" | grep -q "$3"; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf '%s\n' "$report" | head -n 5 | sed 's/^/# /'
    fi
}

plant
echo 'static  int  crooked ( void );' >>"$copy/tree/src/base/varint.c"
expect_red 'format names a line that is not in the house format' format 'varint.c'

plant
printf '#include "bytes.h"\nint bytes_planted(uint64_t wide);\nint bytes_planted(uint64_t wide)\n{\n    return wide;\n}\n' \
    >"$copy/tree/src/base/planted.c"
expect_red 'warnings names a conversion that loses bits' warnings 'planted.c:5'

plant
printf '#include "../page/rebuilt.h"\n' >"$copy/tree/src/base/planted.h"
expect_red 'headers names a header that does not compile alone' headers 'planted.h'

plant
sed -i 's/^QUIRE_API void quire_options_init.*/QUIRE_API void quire_options_init(quire_options *new);/' "$copy/tree/src/quire.h"
expect_red 'headers names what is not C++ in the public header' headers 'quire.h'

for violation in \
    'page ../file/vfs.h' 'page ../quire.h' 'page ../tree/tree.h' 'page ../base/../file/vfs.h' 'base ../page/format.h' \
    'file ../page/header.h' 'file ../tree/tree.h' 'reference ../tree/tree.h' 'tree ../api/handles.h' \
    'cli ../tree/tree.h' 'graph ../page/leaf.h'; do
    plant
    room=${violation%% *}
    mkdir -p "$copy/tree/src/$room"
    printf '#include "%s"\n' "${violation#* }" >"$copy/tree/src/$room/planted.c"
    expect_red "includes refuses \"${violation#* }\" in $room" includes 'planted.c:1'
done
for violation in 'page string.h' 'base stdlib.h' 'tree unistd.h' 'api sys/stat.h'; do
    plant
    mkdir -p "$copy/tree/src/${violation%% *}"
    printf '#include <%s>\n' "${violation#* }" >"$copy/tree/src/${violation%% *}/planted.c"
    expect_red "includes refuses <${violation#* }> in ${violation%% *}" includes 'planted.c:1'
done
plant
mkdir -p "$copy/tree/src/attic"
echo >"$copy/tree/src/attic/planted.c"
expect_red 'includes refuses a room that is not on the floor plan' includes 'attic'

plant
printf 'extern int malloc_pages(int);\nint page_planted(void);\nint page_planted(void)\n{\n    return malloc_pages(1);\n}\n' \
    >"$copy/tree/src/page/planted.c"
expect_red 'freestanding names what the page core calls outside itself' freestanding 'call malloc_pages'

plant
printf 'extern int planted;\nint planted = 1;\n' >"$copy/tree/src/page/planted.c"
expect_red 'freestanding names a variable of the page core' freestanding 'planted is a variable'

plant
printf '__attribute__((visibility("default"))) int planted(void);\nint planted(void)\n{\n    return 1;\n}\n' \
    >"$copy/tree/src/base/planted.c"
expect_red 'symbols names what the shared library should not show' symbols 'libquire.so shows planted'
expect_red 'symbols names what the static library should not define' symbols 'libquire.a defines planted'

plant
printf 'QUIRE_API int quire_planted(void);\n' >>"$copy/tree/src/quire.h"
expect_red 'symbols names a function that is declared and not there' symbols 'declares quire_planted'

for call in 'printf("%d", n)' 'fprintf(stderr, "%d", n)' 'puts("n")' 'abort()' 'exit(n)' 'assert(n)'; do
    plant
    printf '#include <assert.h>\n#include <stdio.h>\n#include <stdlib.h>\nvoid planted(int n);\nvoid planted(int n)\n{\n    (void)n;\n    %s;\n}\n' \
        "$call" >"$copy/tree/src/base/planted.c"
    expect_red "symbols refuses $call in the library" symbols 'the library calls .*planted.o'
done

for word in 'TO''DO: later' 'good enough for'' now' '/ro''ot/secret'; do
    plant
    echo "/* $word */" >"$copy/tree/src/base/planted.c"
    expect_red "words refuses \"$word\"" words 'planted.c:1'
done
plant
printf '/*@ axio''m planted: \\false; */\n' >"$copy/tree/src/base/planted.c"
expect_red 'words refuses a proof that assumes' words 'planted.c:1'
echo "1..$count"
