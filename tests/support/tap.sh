# For test scripts, sourced: `expect NAME COMMAND...` is one test, `answers CODE
# COMMAND...` and `prints TEXT COMMAND...` are what most of them expect. A folder
# of its own stands in $root; the script ends with `finish`.
set -u
export LC_ALL=C
BUILD=${BUILD:-build}
QUIRE=${QUIRE:-$BUILD/quire}
case $QUIRE in /*) ;; *) QUIRE=$PWD/$QUIRE ;; esac
count=0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

expect()
{
    count=$((count + 1))
    name=$1
    shift
    if "$@" >"$root/log" 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        head -n 20 "$root/log" | sed 's/^/# /'
    fi
}

# answers CODE COMMAND...: the exit code is CODE; what the command said is in $root/said.
answers()
{
    code=$1
    shift
    "$@" >"$root/said" 2>&1 </dev/null
    status=$?
    cat "$root/said"
    [ $status -eq "$code" ] || { echo "expected exit code $code, found $status"; return 1; }
}

# prints TEXT COMMAND...: succeeds, and standard output is TEXT.
prints()
{
    expected=$1
    shift
    found=$("$@" </dev/null) || { echo "exit code $?"; return 1; }
    [ "$found" = "$expected" ] || { echo "expected $expected, found $found"; return 1; }
}

# says PATTERN COMMAND...: the command fails with exit code 2 and names the trouble.
says()
{
    pattern=$1
    shift
    answers 2 "$@" && { grep -q -- "$pattern" "$root/said" || { echo "it does not say: $pattern"; return 1; }; }
}

finish()
{
    echo "1..$count"
}
