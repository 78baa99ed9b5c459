# What README.md shows is so: its C program compiles and prints what stands below
# it, its shell session goes as written, its links lead somewhere.
. tests/support/tap.sh
page=$PWD/README.md
library=$PWD/$BUILD/libquire.a
header=$PWD/src

# The block behind the first line that contains TEXT.
block_after()
{
    awk -v text="$1" '
        !found && index($0, text) { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        found && inside' "$page"
}

block_after '## From C' >"$root/planets.c"
compiles()
{
    cc -std=c11 -Wall -Wextra -Wconversion -Wshadow -Werror -I"$header" -o "$root/planets" "$root/planets.c" "$library" -pthread
}
expect 'the program compiles without a warning' compiles

awk '/^earth has/ { on = 1 } /^```/ { on = 0 } on' "$page" >"$root/expected"
runs()
{
    [ -s "$root/expected" ] || return 1
    (cd "$root" && ./planets >printed) || return 1
    diff "$root/expected" "$root/printed"
}
expect 'it prints what the page says' runs
rm -f "$root"/planets.quire*

# Each "$ " line is run; all that is said, errors too, must be what follows it.
block_after '## From the shell' >"$root/session"
session_goes()
{
    [ "$(grep -c '^\$ ' "$root/session")" -gt 4 ] || return 1
    mkdir "$root/shell" "$root/bin" && ln -s "$QUIRE" "$root/bin/quire" || return 1
    (
        cd "$root/shell" || exit 1
        PATH=$root/bin:$PATH
        while IFS= read -r line; do
            case $line in
            '$ '*)
                printf '%s\n' "$line"
                eval "${line#??}" 2>&1 </dev/null
                ;;
            esac
        done <"$root/session"
    ) >"$root/said"
    diff "$root/session" "$root/said"
}
expect 'the session goes as written' session_goes

links_lead_somewhere()
{
    for document in README.md SECURITY.md src/README.md docs/*.md; do
        grep -oE '\]\([^)#]+\)' "$document" | sed 's/](\(.*\))/\1/' | while read -r link; do
            case $link in
            http*) ;;
            *) [ -e "$(dirname "$document")/$link" ] || echo "$document: $link" ;;
            esac
        done
    done >"$root/dead"
    cat "$root/dead"
    ! [ -s "$root/dead" ]
}
expect 'every link leads somewhere' links_lead_somewhere

commands_are_all()
{
    "$QUIRE" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r command; do
        grep -qE "quire $command\b|\`$command\`" "$page" || echo "$command is not named"
    done >"$root/unnamed"
    cat "$root/unnamed"
    ! [ -s "$root/unnamed" ]
}
expect 'every command is named' commands_are_all

version_is_right()
{
    grep -q "Version $(sed -n 's/^#define QUIRE_VERSION "\(.*\)"/\1/p' src/quire.h)" "$page"
}
expect 'the version is the one of the header' version_is_right
finish
