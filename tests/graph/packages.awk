# The index of packages that apt keeps, on standard input, as a graph for `quire graph
# import --tabs`: writes the files that -v nodes=FILE and -v edges=FILE name.
#
# What counts: a node for each package (the first entry of a name counts), with its
# section and version; an edge for each name that its Depends or Recommends field
# mentions. Each alternative of a choice (a | b) is an edge; version demands in
# brackets and architecture suffixes (:any) are left out. A name that no entry has
# (a virtual package, or one that is not in this index) is a node labelled Virtual.
function mentions(type, field,    count, i, name, names)
{
    count = split(field, names, /[,|]/)
    for (i = 1; i <= count; i++) {
        name = names[i]
        gsub(/[ \t]|\(.*/, "", name)
        sub(/:.*/, "", name)
        if (name != "") {
            print package "\t" name "\t" type >edges
            mentioned[name]
        }
    }
}
function finish()
{
    if (package != "" && !(package in seen)) {
        seen[package]
        print package "\tPackage\t" section "\t" version >nodes
        mentions("depends", depends)
        mentions("recommends", recommends)
    }
    package = section = version = depends = recommends = ""
}
BEGIN {
    print ":id\t:labels\tsection\tversion" >nodes
    print ":source\t:target\t:type" >edges
}
/^$/ { finish() }
/^Package: / { package = $2 }
/^Section: / { section = $2 }
/^Version: / { version = $2 }
/^Depends: / { depends = substr($0, 10) }
/^Recommends: / { recommends = substr($0, 13) }
END {
    finish()
    for (name in mentioned)
        if (!(name in seen))
            print name "\tVirtual\t\t" >nodes
}
