# The shared library shows quire_* and nothing else, the static one defines no
# other global name, and the library neither prints nor ends the process.
build=${BUILD:-build}
MAKEFLAGS='' make -s BUILD="$build" libraries 2>&1 || exit 1
status=0
for name in $(nm -D --defined-only "$build/libquire.so" | awk '{ print $3 }' | grep -v '^quire_'); do
    echo "libquire.so shows $name"
    status=1
done
for name in $(nm -g --defined-only "$build/libquire.a" | awk 'NF == 3 { print $3 }' | grep -v '^quire_'); do
    echo "libquire.a defines $name"
    status=1
done
declared=$(sed -n 's/^QUIRE_API.*[ *]\(quire_[a-z0-9_]*\)(.*/\1/p' src/quire*.h | sort -u)
for name in $declared; do
    if ! nm -D --defined-only "$build/libquire.so" | grep -q " T $name\$"; then
        echo "quire.h declares $name, libquire.so does not have it"
        status=1
    fi
done
forbidden='^(_?_?v?f?printf(_chk)?|__v?f?printf_chk|v?dprintf|puts|fputs|putchar|fputc|putc|fwrite|perror|psignal|stdout|stderr|abort|exit|_exit|_Exit|quick_exit|raise|kill|__assert_fail|err|errx|warn|warnx|syslog|longjmp|__longjmp_chk|system|popen|fork)$'
# Calls are looked for object by object: a library compiled as a whole leaves out what nothing calls yet.
joined=$build/joined
MAKEFLAGS='' make -s WHOLE= BUILD="$joined" libraries 2>&1 || exit 1
for name in $(nm -D --undefined-only "$joined/libquire.so" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -E "$forbidden"); do
    echo "the library calls $name: $(nm -A -u $(find "$joined/obj/src" -name '*.o' -not -path '*/cli/*') | grep -w "$name" | cut -d: -f1 | tr '\n' ' ')"
    status=1
done
exit $status
