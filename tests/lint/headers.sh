# Each header compiles alone, so that its includes are complete; the public
# ones also as C++ and without compiler extensions.
status=0
flags='-Wall -Wextra -Werror -fsyntax-only'
for header in $(find src tests -name '*.h' | sort); do
    gcc -std=c11 $flags -x c "$header" -Wno-unused-function -Wno-unused-const-variable || status=1
done
for header in src/quire*.h; do
    for compiler in gcc clang; do
        $compiler -std=c11 -pedantic $flags -x c "$header" || status=1
        $compiler -std=c++11 -pedantic $flags -x c++ "$header" || status=1
    done
done
exit $status
