# Everything compiles without a warning under gcc and clang, and the library
# and the command also without the archive (QUIRE_OMIT_OLD).
build=${BUILD:-build}/lint
status=0
quietly()
{
    MAKEFLAGS='' make -s -k -j"$(getconf _NPROCESSORS_ONLN)" CFLAGS='-O3 -Werror' "$@" 2>&1 || status=1
}
quietly BUILD="$build/gcc" CC=gcc compile-all
quietly BUILD="$build/clang" CC=clang compile-all
quietly BUILD="$build/omit-old" QUIRE_OMIT_OLD=1 libraries quire
exit $status
