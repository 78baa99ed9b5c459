# Every gate of tests/lint turns red when its rule is broken: each test plants
# one violation in a copy of the lowest room and expects the gate to name it.
. tests/support/tap.sh

plant()
{
    rm -rf "$root/tree"
    mkdir -p "$root/tree/src/page" "$root/tree/tests"
    cp -R Makefile .clang-format "$root/tree/"
    cp -R tests/lint tests/tests.mk "$root/tree/tests/"
    cp -R src/*.h src/base "$root/tree/src/"
}

# red GATE PATTERN: the gate fails in the copy and says PATTERN.
red()
{
    if (cd "$root/tree" && BUILD=build sh "tests/lint/$1.sh") >"$root/said" 2>&1; then
        echo "$1 stays green"
        return 1
    fi
    cat "$root/said"
    grep -q "$2" "$root/said"
}

plant
echo 'static  int  crooked ( void );' >>"$root/tree/src/base/varint.c"
expect 'format names a line that is not in the house format' red format 'varint.c'

plant
printf '#include "bytes.h"\nint bytes_planted(uint64_t wide);\nint bytes_planted(uint64_t wide)\n{\n    return wide;\n}\n' \
    >"$root/tree/src/base/planted.c"
expect 'warnings names a conversion that loses bits' red warnings 'planted.c:5'

plant
printf '#include "../page/rebuilt.h"\n' >"$root/tree/src/base/planted.h"
expect 'headers names a header that does not compile alone' red headers 'planted.h'

plant
sed -i 's/^QUIRE_API void quire_options_init.*/QUIRE_API void quire_options_init(quire_options *new);/' "$root/tree/src/quire.h"
expect 'headers names what is not C++ in the public header' red headers 'quire.h'

for violation in \
    'page ../file/vfs.h' 'page ../quire.h' 'page ../tree/tree.h' 'page ../base/../file/vfs.h' 'base ../page/format.h' \
    'file ../page/header.h' 'file ../tree/tree.h' 'reference ../tree/tree.h' 'tree ../api/handles.h' \
    'cli ../tree/tree.h' 'graph ../page/leaf.h' 'graph ../api/database.h' 'cli ../graph/row.h' 'api ../quire_graph.h'; do
    plant
    room=${violation%% *}
    mkdir -p "$root/tree/src/$room"
    printf '#include "%s"\n' "${violation#* }" >"$root/tree/src/$room/planted.c"
    expect "includes refuses \"${violation#* }\" in $room" red includes 'planted.c:1'
done
for violation in 'page string.h' 'base stdlib.h' 'tree unistd.h' 'api sys/stat.h'; do
    plant
    mkdir -p "$root/tree/src/${violation%% *}"
    printf '#include <%s>\n' "${violation#* }" >"$root/tree/src/${violation%% *}/planted.c"
    expect "includes refuses <${violation#* }> in ${violation%% *}" red includes 'planted.c:1'
done
plant
mkdir -p "$root/tree/src/attic"
echo >"$root/tree/src/attic/planted.c"
expect 'includes refuses a room that is not on the floor plan' red includes 'attic'

plant
printf 'extern int malloc_pages(int);\nint page_planted(void);\nint page_planted(void)\n{\n    return malloc_pages(1);\n}\n' \
    >"$root/tree/src/page/planted.c"
expect 'freestanding names what the page core calls outside itself' red freestanding 'call malloc_pages'

plant
printf 'extern int planted;\nint planted = 1;\n' >"$root/tree/src/page/planted.c"
expect 'freestanding names a variable of the page core' red freestanding 'planted is a variable'

plant
printf '__attribute__((visibility("default"))) int planted(void);\nint planted(void)\n{\n    return 1;\n}\n' \
    >"$root/tree/src/base/planted.c"
expect 'symbols names what the shared library should not show' red symbols 'libquire.so shows planted'
expect 'symbols names what the static library should not define' red symbols 'libquire.a defines planted'

plant
printf 'QUIRE_API int quire_planted(void);\n' >>"$root/tree/src/quire.h"
expect 'symbols names a function that is declared and not there' red symbols 'declares quire_planted'

for call in 'printf("%d", n)' 'fprintf(stderr, "%d", n)' 'puts("n")' 'abort()' 'exit(n)' 'assert(n)'; do
    plant
    printf '#include <assert.h>\n#include <stdio.h>\n#include <stdlib.h>\nvoid planted(int n);\nvoid planted(int n)\n{\n    (void)n;\n    %s;\n}\n' \
        "$call" >"$root/tree/src/base/planted.c"
    expect "symbols refuses $call in the library" red symbols 'the library calls .*planted.o'
done

for word in 'TO''DO: later' 'good enough for'' now' '/ro''ot/secret'; do
    plant
    echo "/* $word */" >"$root/tree/src/base/planted.c"
    expect "words refuses \"$word\"" red words 'planted.c:1'
done
plant
printf '/*@ axio''m planted: \\false; */\n' >"$root/tree/src/base/planted.c"
expect 'words refuses a proof that assumes' red words 'planted.c:1'

plant
cp -R proofs "$root/tree/"
cp -R src/page src/reference "$root/tree/src/"
echo 'void bytes_planted(void);' >>"$root/tree/src/base/bytes.h"
expect 'sessions names a unit that only includes the header which has changed' \
    red sessions 'page-other was recorded with other src/base/bytes.h'
finish
