# Every C file stands as clang-format (.clang-format) would write it.
find src tests fuzz -name '*.[ch]' -print0 | xargs -0 -r clang-format --dry-run -Werror 2>&1
