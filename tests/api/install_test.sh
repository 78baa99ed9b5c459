# make install puts header, libraries, command and quire.pc where a program
# finds them through pkg-config, and make uninstall takes all of it away.
. tests/support/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

prefix=$root/prefix
expect 'make install succeeds' make -s BUILD="$BUILD" PREFIX="$prefix" install
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
version=$(sed -n 's/^#define QUIRE_VERSION "\(.*\)"/\1/p' src/quire.h)
expect 'pkg-config knows the version' prints "$version" pkg-config --modversion quire
printf '#include <quire.h>\nint main(void)\n{\n    return quire_status_name(QUIRE_OK) == 0;\n}\n' >"$root/guest.c"
expect 'a program links with the shared library' \
    cc -o "$root/guest" "$root/guest.c" $(pkg-config --cflags --libs quire) -Wl,-rpath,"$prefix/lib"
expect 'and runs with it' "$root/guest"
expect 'a program links with the static library' \
    cc -o "$root/static" "$root/guest.c" $(pkg-config --cflags quire) "$prefix/lib/libquire.a" -pthread
expect 'and runs with it' "$root/static"
printf '#include <quire_graph.h>\nint main(void)\n{\n    return quire_graph_status_name(QUIRE_OK) == 0;\n}\n' >"$root/graph.c"
expect 'a program that uses the graph links with the shared library' \
    cc -o "$root/graph" "$root/graph.c" $(pkg-config --cflags --libs quire) -Wl,-rpath,"$prefix/lib"
expect 'a program that uses the graph links with the static library' \
    cc -o "$root/graph" "$root/graph.c" $(pkg-config --cflags quire) "$prefix/lib/libquire.a" -pthread
has_no_graph()
{
    ! nm "$root/static" | grep quire_graph
}
expect 'and one that does not has no byte of it' has_no_graph
expect 'the command is there' prints "quire $version" "$prefix/bin/quire" --version
expect 'make uninstall succeeds' make -s BUILD="$BUILD" PREFIX="$prefix" uninstall
expect 'and leaves no file' prints '' find "$prefix" ! -type d
expect 'DESTDIR goes in front of the prefix' make -s BUILD="$BUILD" PREFIX=/usr DESTDIR="$root/stage" install
expect 'and is not written into quire.pc' grep -qx 'prefix=/usr' "$root/stage/usr/lib/pkgconfig/quire.pc"
finish
