# How many names reach -v of=NAME within two steps of Depends: the index of packages
# on standard input, one number out. It knows nothing of quire and shares no line with
# packages.awk, whose opening says what counts as an edge.
BEGIN { RS = ""; FS = "\n" }
{
    delete field
    for (i = 1; i <= NF; i++)
        if (match($i, /^[A-Za-z-]+: /))
            field[substr($i, 1, RLENGTH - 2)] = substr($i, RLENGTH + 1)
    if (!("Package" in field) || field["Package"] in known)
        next
    known[field["Package"]] = 1
    needs = field["Depends"]
    gsub(/ *\([^)]*\)/, "", needs)
    n = split(needs, part, / *[|,] */)
    for (i = 1; i <= n; i++) {
        split(part[i], bare, ":")
        if (bare[1] != "")
            users[bare[1]] = users[bare[1]] " " field["Package"]
    }
}
END {
    n = split(users[of], first, " ")
    for (i = 1; i <= n; i++)
        reached[first[i]] = 1
    for (i = 1; i <= n; i++) {
        m = split(users[first[i]], second, " ")
        for (j = 1; j <= m; j++)
            reached[second[j]] = 1
    }
    delete reached[of]
    for (name in reached)
        count++
    print count + 0
}
