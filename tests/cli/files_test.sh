# No command writes over its database, the log of that, or what it reads, by whatever name; and each says so before it writes.
. tests/support/tap.sh
mkdir "$root/d"
cd "$root/d" || exit 1
"$QUIRE" put db key value || exit 1
printf ':id\na\nb\n' >nodes.csv
printf ':source,:target,:type\na,b,t\n' >edges.csv
"$QUIRE" graph import --quiet --nodes nodes.csv --edges edges.csv db || exit 1
ln nodes.csv hard.csv
ln -s ../d/nodes.csv soft.csv
ln -s . here
cp db "$root/db"
cp nodes.csv "$root/nodes.csv"
unchanged()
{
    cmp db "$root/db" && cmp nodes.csv "$root/nodes.csv" && ! test -e db-log
}

for path in nodes.csv ./nodes.csv here/nodes.csv "$PWD/nodes.csv" hard.csv soft.csv; do
    expect "rejected rows do not go to the input $path" says 'nodes.csv\|hard.csv\|soft.csv' \
        "$QUIRE" graph import --nodes nodes.csv --rejects "$path" new.quire
    expect "which stays as it was, as $path" unchanged
done
expect 'nor to another of the inputs' says 'edges.csv is an input' \
    "$QUIRE" graph import --nodes nodes.csv --edges edges.csv --rejects edges.csv new.quire
expect 'nor to standard input' says 'nodes.csv is an input' \
    sh -c "'$QUIRE' graph import --nodes - --rejects nodes.csv new.quire <nodes.csv"
expect 'nor to a stream, which an import that goes on could not cut back' says 'rejected rows go to a file' \
    "$QUIRE" graph import --nodes nodes.csv --rejects - new.quire
expect 'and no file of that name is made' sh -c '! test -e ./-'
expect 'nor to the database' says 'db is the database itself' "$QUIRE" graph import --nodes nodes.csv --rejects db db
expect 'nor to its log, be there none' says 'db-log is the log' "$QUIRE" graph import --nodes nodes.csv --rejects here/db-log db
ln -s ../d/new.quire leads-to-new
ln -s leads-to-new leads-there-too
ln -s "$PWD/db-log" leads-to-log
ln -s round round
expect 'nor to the database that it makes, by a link to where it will be' says 'leads-there-too is the database itself' \
    "$QUIRE" graph import --nodes nodes.csv --rejects leads-there-too new.quire
expect 'be the link the name of the database' says 'new.quire is the database itself' \
    "$QUIRE" graph import --nodes nodes.csv --rejects new.quire leads-to-new
expect 'nor to the log by such a link' says 'leads-to-log is the log of db' \
    "$QUIRE" graph import --nodes nodes.csv --rejects leads-to-log db
ln -s db leads-to-db
expect 'nor to the log of a database that is named by a link, which stands beside the file' says 'db-log is the log of leads-to-db' \
    "$QUIRE" graph import --nodes nodes.csv --rejects db-log leads-to-db
expect 'a link that leads round in a circle is refused by whoever opens it' says 'round: ' \
    "$QUIRE" graph import --nodes nodes.csv --rejects round new.quire
expect 'and no database was made' sh -c '! test -e new.quire'
: >empty
expect 'an empty input does not become the database' says 'empty is the database itself' "$QUIRE" load empty empty
expect 'nor when it comes as standard input' says 'standard input is the database itself' sh -c "'$QUIRE' load empty <empty"
expect 'nor that of a graph' says 'empty is the database itself' "$QUIRE" graph import --nodes empty empty
: >fresh-log
expect 'nor the log of one' says 'fresh-log is the log of fresh' "$QUIRE" load fresh fresh-log
expect 'and is still empty' sh -c '! test -s empty && ! test -s fresh-log && test -e fresh-log && ! test -e fresh'

for path in db here/db "$PWD/db"; do
    expect "an export does not go to the database, $path" says 'is the database itself' "$QUIRE" graph export --nodes "$path" db
done
expect 'nor to its log' says 'db-log is the log of db' "$QUIRE" graph export --nodes out.csv --edges db-log db
expect 'nor to its log by a link to where that will be' says 'leads-to-log is the log of db' \
    "$QUIRE" graph export --nodes leads-to-log db
expect 'nor twice to one file' says 'out.csv would be written twice' "$QUIRE" graph export --nodes out.csv --edges here/out.csv db
cp out.csv there.csv 2>/dev/null || printf x >there.csv
expect 'be it there already' says 'there.csv would be written twice' "$QUIRE" graph export --nodes there.csv --edges "$PWD/there.csv" db
expect 'but as often to standard output as one likes' sh -c "'$QUIRE' graph export --nodes - --edges - db | grep -c id | grep -qx 1"
expect 'and both to /dev/null' "$QUIRE" graph export --nodes /dev/null --edges /dev/null db
for command in dump scan check stat trees 'graph stat' 'graph check'; do
    expect "$command does not append to the database" says 'standard output is the database itself' sh -c "'$QUIRE' $command db >>db"
done
expect 'it is what it was' unchanged
for command in copy backup salvage; do
    expect "$command does not write over its database" says 'is the database itself' "$QUIRE" $command db here/db
    expect "$command does not make the log of its database" says 'is the log of db' "$QUIRE" $command db db-log
    expect "$command does not make a database whose log is its own" says 'would be the log of' sh -c "cp db other-log && '$QUIRE' $command other-log other"
done
expect 'after all that the database is unchanged' unchanged
expect 'and sound' "$QUIRE" check --quiet db
finish
