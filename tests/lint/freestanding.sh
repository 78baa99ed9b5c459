# base and page build without a C library, and the two together call nothing
# outside themselves but what is listed here:
#   memcpy memmove memset memcmp   every compiler makes calls to these four from
#                                  plain loops and assignments, and asks even a
#                                  freestanding environment to have them (GCC
#                                  manual, "Language Standards")
#   __cpu_model, __cpu_indicator_init   what the compiler's own library knows of
#                                  the processor; base/crc32c_hardware.c asks it
allowed=' memcpy memmove memset memcmp __cpu_model __cpu_indicator_init '
build=${BUILD:-build}/lint/freestanding
status=0
for compiler in gcc clang; do
    rm -rf "$build"
    mkdir -p "$build"
    objects=''
    for source in src/base/*.c src/page/*.c; do
        [ -e "$source" ] || continue
        object=$build/$(echo "$source" | tr / _).o
        $compiler -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pic -c -o "$object" "$source" || status=1
        objects="$objects $object"
    done
    [ $status -eq 0 ] || exit 1
    ld -r -o "$build/core.o" $objects || exit 1
    for name in $(nm -u "$build/core.o" | awk '{ print $2 }'); do
        case $allowed in
        *" $name "*) ;;
        *)
            echo "$compiler: src/base and src/page call $name:" \
                "$(grep -lw "$name" src/base/*.c src/page/*.c 2>/dev/null | tr '\n' ' ')"
            status=1
            ;;
        esac
    done
    # No globals that change: state would make the page core's functions depend on more than their arguments.
    for name in $(nm "$build/core.o" | awk '$2 ~ /^[bBdDcC]$/ { print $3 }'); do
        case $name in
        .*) ;;
        *)
            echo "$compiler: $name is a variable of src/base or src/page"
            status=1
            ;;
        esac
    done
done
exit $status
