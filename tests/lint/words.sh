# Work that is left over has no place in the tree, nor have traces of the
# machine it was made on. A line that must name such a word says "lint: word".
status=0
files=$(git ls-files --cached --others --exclude-standard 2>/dev/null |
    grep -v -e '^tests/lint/words\.sh$' -e '^corpus/' -e '^LICENSE$')
[ -n "$files" ] || files=$(find src tests fuzz proofs docs Makefile -type f | grep -v '^tests/lint/words\.sh$')
found=$(printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 grep -nIE \
    -e '\b(TODO|FIXME|XXX|HACK|KLUDGE|[Ff]or now|[Nn]ot implemented yet|[Uu]nimplemented)\b|\bTodo\b' \
    -e '(^|[^[:alnum:])}>_.-])/(work|home|root|shared)/' -e '\b[Ii]ssue #?[0-9]+' 2>/dev/null | grep -v 'lint: word')
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    status=1
fi
# The proofs may assume nothing: each of these makes a goal hold without a proof.
# The controls do it on purpose, for the gates of `make prove` to reject.
found=$(find src proofs -path proofs/controls -prune -o \( -name '*.[ch]' -o -name '*.acsl' \) -print | xargs -r grep -nE \
    -e '^[ \t]*(/[*]@|//@|@)?[ \t]*(axiomatic|axiom|admit)\b' -e '\bno_wp\b' | grep -v 'lint: word')
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    status=1
fi
exit $status
