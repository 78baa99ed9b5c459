# quire graph as a person uses it: files of text in, files of text out, and what lies between.
. tests/support/tap.sh
db=$root/people.quire

cat >"$root/people.csv" <<'CSV'
:id,:labels,name,born:int,height:double,seen:datetime,alive:bool,photo:bytes,nick:null,"odd ""name"":string"
ada,Person;Mathematician,Ada Lovelace,1815,1.65,1843-07-10T12:00:00.5Z,false,00ff,null,
grace,Person,"Hopper, Grace",1906,,,false,,,"two
lines"
eng,Machine,Analytical Engine,1837,,,,,,""
CSV
cat >"$root/links.csv" <<'CSV'
:source,:target,:type,since:int
ada,eng,wrote for,1843
grace,ada,admired,
grace,grace,knows,
ada,eng,wrote for,
CSV
graph()
{
    command=$1
    shift
    "$QUIRE" graph "$command" "$@"
}
expect 'import reads nodes and edges' graph import --quiet --nodes "$root/people.csv" --edges "$root/links.csv" "$db"
expect 'stat counts them' sh -c "'$QUIRE' graph stat --json '$db' | jq -e '.nodes == 3 and .edges == 4 and .labels == 3'"
expect 'check finds nothing' graph check --quiet "$db"
expect 'the pages beneath are sound too' "$QUIRE" check --quiet "$db"
expect 'neighbors that go out' prints "$(printf 'eng\tout\twrote for\neng\tout\twrote for')" graph neighbors "$db" ada
expect 'each once' prints "$(printf 'eng\tout\twrote for')" graph neighbors --distinct "$db" ada
expect 'neighbors that come in, of a type' prints "$(printf 'grace\tin\tadmired')" \
    graph neighbors --direction in --type admired "$db" ada
expect 'at most so many' prints "$(printf 'eng\tout\twrote for')" graph neighbors --limit 1 "$db" ada
expect 'how many' prints 2 graph neighbors --count "$db" grace
expect 'within steps' prints "$(printf 'ada\tout\tadmired\t1\neng\tout\twrote for\t2')" graph neighbors --depth 2 "$db" grace
expect 'as JSON' sh -c "'$QUIRE' graph neighbors --json --depth 2 '$db' grace | jq -e -s 'length == 2 and .[1].depth == 2'"
expect 'a node that is not there' says 'not found' graph neighbors "$db" nobody
expect 'a type that is not there' says 'no edge has the type hates' graph neighbors --type hates "$db" ada
expect 'a graph that is not there' says 'no graph other' graph stat --graph other "$db"
expect 'dot draws edges once' prints 5 sh -c "'$QUIRE' graph dot --depth 2 '$db' grace | grep -c -e '->' -e digraph"

# Out, in, and out again.
again()
{
    graph export --quiet --nodes "$root/n1" --edges "$root/e1" "$1" || return 1
    rm -f "$root/again.quire"
    graph import --quiet --batch "$2" --nodes "$root/n1" --edges "$root/e1" "$root/again.quire" || return 1
    graph export --quiet --nodes "$root/n2" --edges "$root/e2" "$root/again.quire" || return 1
    cmp "$root/n1" "$root/n2" && cmp "$root/e1" "$root/e2" && graph check --quiet "$root/again.quire"
}
expect 'export and import give the same bytes' again "$db" 10000
expect 'whatever the batch' again "$db" 1
expect 'the header names every column and its type' prints \
    ':id,:labels,alive:bool,born:int,height:double,name:string,nick:null,"odd ""name"":string",photo:bytes,seen:datetime' \
    head -n 1 "$root/n1"
expect 'a value comes back as it was' grep -q '^ada,Mathematician;Person,false,1815,1.65,Ada Lovelace,null,,"00ff",1843-07-10T12:00:00.5Z$' "$root/n1"
expect 'edges have the columns of edges alone' prints ':source,:target,:type,since:int' head -n 1 "$root/e1"
expect 'an empty string is not a missing one' grep -q '^eng,Machine,,1837,,Analytical Engine,,"",,$' "$root/n1"
expect 'tabs do as well' sh -c "'$QUIRE' graph export --quiet --tabs --nodes - '$db' | head -n 1 | grep -q '^:id	:labels	alive:bool'"

# Rows that cannot be taken.
cat >"$root/bad.csv" <<'CSV'
:id,:labels,age:int
one,L,1
two,L,many
ada,L,3
,L,4
three,L
four,"L,5
CSV
printf 'five",L,6\nsix,L,6\nse"ven,L,7\neight,L,8\n' >>"$root/bad.csv"
expect 'a bad value is named with its line' says 'bad.csv:3: age: not a whole number' graph import --nodes "$root/bad.csv" "$root/bad.quire"
expect 'and the summary does not count its batch' grep -q ' 0 nodes and 0 edges committed' "$root/said"
expect 'and nothing of its batch is there' answers 2 graph stat "$root/bad.quire"
cp "$db" "$root/rejects.quire"
expect 'rejects take what is bad, and the rest goes in' answers 1 \
    graph import --nodes "$root/bad.csv" --rejects "$root/rejects.csv" "$root/rejects.quire"
expect 'the summary counts them' grep -q '3 nodes and 0 edges committed, 6 rows rejected' "$root/said"
expect 'each with line and reason' prints "3 4 5 6 7 10" sh -c "sed -n 's/^[^,]*bad.csv,\([0-9]*\),.*/\1/p' '$root/rejects.csv' | tr '\n' ' ' | sed 's/ \$//'"
expect 'a key that is taken says so' grep -q '4,:id: a node has this key already,ada,L,3' "$root/rejects.csv"
printf ':id,:labels,photo:bytes,age:int\nivy,"a\\;b;c\\\\",00ff,old\njoe,d;,,\nkim,e,0f0,\n' >"$root/decoded.csv"
expect 'rows are rejected after some of their fields were decoded' answers 1 \
    graph import --quiet --nodes "$root/decoded.csv" --rejects "$root/decoded.rej" "$root/decoded.quire"
expect 'and copied as they were read' prints "$(sed 1d "$root/decoded.csv")" \
    sh -c "sed 's/.*: not a whole number,//; s/.*not 0\",//; s/.*hex digits,//' '$root/decoded.rej'"
expect 'a label of no bytes is none, be it the last' grep -q ',3,"a name has 1 to 48 bytes, not 0",joe,d;' "$root/decoded.rej"
expect 'a device is no file for rejected rows' says 'rejected rows go to a file, not to /dev/null' \
    graph import --nodes "$root/decoded.csv" --rejects /dev/null "$root/device.quire"
expect 'and no database is made for it' sh -c "! test -e '$root/device.quire'"
printf ':source,:target,:type\nada,nobody,knows\nada,grace,knows\n' >"$root/dangling.csv"
expect 'an edge to nobody is rejected' answers 1 graph import --quiet --edges "$root/dangling.csv" --rejects "$root/r" "$root/rejects.quire"
expect 'with the side that is missing' grep -q '2,:target: no node has this key' "$root/r"
expect 'the others are there' prints 1 graph neighbors --count --type knows "$root/rejects.quire" ada
for header in ':id,:id' 'name' ':id,:type' ':id,age:number' ':id,:int' ':id,a,a:string'; do
    printf '%s\n' "$header" >"$root/header.csv"
    expect "the header $header is refused" says 'header.csv:1' graph import --nodes "$root/header.csv" "$root/header.quire"
done
printf ':id,:labels\n,\n' >"$root/nothing.csv"
expect 'a row of nothing is a bad row' says 'nothing.csv:2: :id: the key is empty' graph import --quiet --nodes "$root/nothing.csv" "$root/header.quire"
awk 'BEGIN { printf ":id"; for (i = 0; i < 10001; i++) printf ",p" i; print "" }' >"$root/wide.csv"
expect 'a header of too many columns is refused' says 'wide.csv:1: there are more than 10000 columns' graph import --nodes "$root/wide.csv" "$root/header.quire"
awk 'BEGIN { print ":id"; for (i = 0; i < 3000000; i++) printf ","; print "" }' >"$root/commas.csv"
expect 'a row of nothing but separators is not taken into memory for ever' says 'commas.csv:2: the row takes more than 64 MiB' graph import --quiet --nodes "$root/commas.csv" "$root/commas.quire"
expect 'an empty file has no header' says 'no header' graph import --nodes /dev/null "$root/header.quire"
expect 'a missing file is named before anything is made' says 'absent.csv' graph import --nodes "$root/absent.csv" "$root/absent.quire"
expect 'and no database is left behind' sh -c "! test -e '$root/absent.quire'"

# Going on where an import ended.
awk 'BEGIN { print ":id,:labels"; for (i = 1; i <= 100; i++) print "n" i ",N" }' >"$root/n.csv"
awk 'BEGIN { print ":source,:target,:type"; for (i = 1; i <= 100; i++) print (i == 57 ? "nobody" : "n" i) ",n" 101 - i ",E" }' >"$root/e.csv"
long=$root/long.quire
expect 'an import stops at a bad row' says 'e.csv:58' graph import --batch 10 --nodes "$root/n.csv" --edges "$root/e.csv" "$long"
cp "$root/said" "$root/stopped"
expect 'what was committed before is there' sh -c "'$QUIRE' graph stat --json '$long' | jq -e '.nodes == 100 and .edges == 50'"
expect 'other files do not go on with it' says 'an import of other files is unfinished' graph import --nodes "$root/n.csv" "$long"
sed 's/^nobody/n57/' "$root/e.csv" >"$root/mended" && cat "$root/mended" >"$root/e.csv"
expect 'the same files do, once the row is mended' graph import --batch 10 --nodes "$root/n.csv" --edges "$root/e.csv" "$long"
expect 'no row twice, none missing' sh -c "'$QUIRE' graph stat --json '$long' | jq -e '.nodes == 100 and .edges == 100'"
expect 'check finds nothing' graph check --quiet "$long"

printf ':id\nf1\n""\n' >"$root/first.csv"
expect 'an import of one file stops' says 'first.csv:3' graph import --quiet --batch 1 --nodes "$root/first.csv" "$root/first.quire"
expect 'and is not gone on with by one of that file and another' says 'an import of other files is unfinished' \
    graph import --nodes "$root/first.csv" --edges "$root/e.csv" "$root/first.quire"

# A kill may come between the last commit and the end of the program, and then nobody knows that all was done.
edges_are()
{
    "$QUIRE" graph stat --json "$long" | jq -e ".nodes == 100 and .edges == $1"
}
expect 'an import that has ended, called again, says so' answers 0 graph import --batch 10 --nodes "$root/n.csv" --edges "$root/e.csv" "$long"
expect 'as an import that is there already' grep -q 'imported before: 100 nodes and 100 edges' "$root/said"
expect 'and adds nothing' edges_are 100
head -n 11 "$root/e.csv" >"$root/more.csv"
printf 'n1,nobody,E\n' >>"$root/more.csv"
expect 'edges alone, some of them rejected' answers 1 graph import --quiet --edges "$root/more.csv" --rejects "$root/more.rej" "$long"
cp "$root/more.rej" "$root/more.rej.1"
expect 'called again, too, with the same answer' answers 1 graph import --quiet --edges "$root/more.csv" --rejects "$root/more.rej" "$long"
expect 'and are not doubled' edges_are 110
expect 'nor is what was rejected' cmp "$root/more.rej" "$root/more.rej.1"
printf 'n1,n2,E\n' >>"$root/more.csv"
expect 'a file that has grown since is another import' answers 1 graph import --quiet --edges "$root/more.csv" --rejects "$root/more.rej" "$long"
expect 'all of which is taken' edges_are 121
expect 'and so is one that is forgotten' answers 1 graph import --quiet --forget --edges "$root/more.csv" --rejects "$root/more.rej" "$long"
expect 'which adds all of it again' edges_are 132
mkfifo "$root/pipe"
cat "$root/n.csv" >"$root/pipe" &
expect 'a pipe is read once' answers 0 graph import --quiet --nodes "$root/pipe" "$root/pipe.quire"
printf ':id\nlast\n' >"$root/pipe" &
expect 'and what comes through it next is another import' answers 0 graph import --quiet --nodes "$root/pipe" "$root/pipe.quire"
expect 'with its nodes' sh -c "'$QUIRE' graph stat --json '$root/pipe.quire' | jq -e '.nodes == 101'"

# Standard input, for one of the files.
stream=$root/stream.quire
head -n 12 "$root/e.csv" >"$root/few.csv"
expect 'nodes from standard input, edges from a file' sh -c "'$QUIRE' graph import --quiet --nodes - --edges '$root/few.csv' '$stream' <'$root/n.csv'"
expect 'are all there' sh -c "'$QUIRE' graph stat --json '$stream' | jq -e '.nodes == 100 and .edges == 11'"
head -n 51 "$root/n.csv" >"$root/half.csv"
printf 'bad,N,extra\n' >>"$root/half.csv"
rm -f "$stream"
expect 'a bad row of it is named so' says 'standard input:52' sh -c "'$QUIRE' graph import --batch 10 --nodes - '$stream' <'$root/half.csv'"
expect 'what was committed before is there' sh -c "'$QUIRE' graph stat --json '$stream' | jq -e '.nodes == 50'"
expect 'other bytes do not go on with it' says 'standard input has changed before line' sh -c "sed 's/^n7,/x7,/' '$root/n.csv' | '$QUIRE' graph import --nodes - '$stream'"
expect 'the same bytes from the first on do' sh -c "cat '$root/n.csv' | '$QUIRE' graph import --nodes - '$stream'"
expect 'none is there twice' sh -c "'$QUIRE' graph stat --json '$stream' | jq -e '.nodes == 100'"
expect 'edges come so as well, and as often as they are sent' sh -c "for i in 1 2; do '$QUIRE' graph import --quiet --edges - '$stream' <'$root/few.csv' || exit 1; done; '$QUIRE' graph stat --json '$stream' | jq -e '.edges == 22'"
printf ':source,:target,:type\ns1,s1,E\n' >"$root/self.csv"
expect 'nor is an import over because its files are read, when its stream is not' sh -c "
    for i in 1 2; do printf ':id\ns%d\n' \$i | '$QUIRE' graph import --quiet --nodes - --edges '$root/self.csv' '$root/self.quire' || exit 1; done
    '$QUIRE' graph stat --json '$root/self.quire' | jq -e '.nodes == 2 and .edges == 2'"
expect 'but nothing else comes through it then' says 'standard input can be named once' "$QUIRE" graph import --nodes - --edges - "$stream"
expect 'a folder is no input' says 'Is a directory' "$QUIRE" graph import --nodes "$root" "$root/from-folder.quire"
expect 'and makes no database' sh -c "! test -e '$root/from-folder.quire'"
printf ':id,v:int,v:string\nq,1,one\n' >"$root/twice.csv"
expect 'a property of two types is named' says 'property v (1) is given twice' "$QUIRE" graph import --nodes "$root/twice.csv" "$root/twice.quire"

# What was rejected before a stop stays in its file, which no other can stand in for.
cat >"$root/stop.sh" <<'SH'
ulimit -f 4000
trap '' XFSZ
exec "$@"
SH
awk 'BEGIN { print ":id,s"; print ",first"; for (i = 1; i <= 20000; i++) printf "k%d,%0200d\n", i, i }' >"$root/full.csv"
expect 'an import stops at a full disk' answers 2 sh "$root/stop.sh" "$QUIRE" graph import --quiet --batch 500 --nodes "$root/full.csv" --rejects "$root/full.rej" "$root/full.quire"
expect 'another file for rejects is refused' says 'is not the file' graph import --quiet --nodes "$root/full.csv" --rejects "$root/other.rej" "$root/full.quire"
expect 'with the same one it goes on' answers 1 graph import --quiet --nodes "$root/full.csv" --rejects "$root/full.rej" "$root/full.quire"
expect 'and that holds what was rejected first' prints 1 grep -c ',2,:id: the key is empty' "$root/full.rej"
expect 'every node is there once' sh -c "'$QUIRE' graph stat --json '$root/full.quire' | jq -e '.nodes == 20000'"

sed 's/^n100,/nobody,/' "$root/e.csv" >"$root/late.csv"
expect 'another import stops late' says 'late.csv:101' graph import --quiet --batch 10 --edges "$root/late.csv" "$long"
sed 's/^n3,/n4,/' "$root/late.csv" >"$root/changed" && cat "$root/changed" >"$root/late.csv"
expect 'a file that has changed before that place is refused' says 'has changed before line' graph import --quiet --batch 10 --edges "$root/late.csv" "$long"
expect 'unless the import is forgotten' says 'late.csv:101' graph import --quiet --forget --edges "$root/late.csv" "$long"

expect 'trusted endpoints come to the same' sh -c "
    '$QUIRE' graph import --quiet --trusted --nodes '$root/people.csv' --edges '$root/links.csv' '$root/trusted.quire' &&
    '$QUIRE' graph export --quiet --nodes '$root/n3' --edges '$root/e3' '$root/trusted.quire' &&
    '$QUIRE' graph export --quiet --nodes '$root/n1' --edges '$root/e1' '$db' && cmp '$root/n1' '$root/n3' && cmp '$root/e1' '$root/e3'"
printf ':id,:labels\r\nx,"a;b"\r\n"y",c\\;d;e\\\\f\r\n' >"$root/dos.csv"
expect 'line ends of DOS' graph import --quiet --nodes "$root/dos.csv" "$root/dos.quire"
printf '\357\273\277:id\nmarked\n' >"$root/mark.csv"
expect 'a byte order mark is passed over' graph import --quiet --nodes "$root/mark.csv" "$root/mark.quire"
expect 'a label may hold a semicolon and a backslash' sh -c "'$QUIRE' graph export --quiet --nodes - '$root/dos.quire' | grep -qF 'y,c\\;d;e\\\\f'"
# A key whose node is gone: the batch is taken back, and run once more row by row; what it had named anew is named again.
printf ':source,:target,:type,fresh:int\nada,grace,new,1\nada,ghost,new,2\nada,"eng",newer,3\n' >"$root/ghost.csv"
cp "$root/people.quire" "$root/ghost.quire"
"$QUIRE" put --tree graph_keys/main --hex "$root/ghost.quire" 6b67686f7374 0000000000000063
expect 'an edge to a node that is gone is rejected alone' answers 1 \
    graph import --quiet --edges "$root/ghost.csv" --rejects "$root/ghost.rej" "$root/ghost.quire"
expect 'with its line and its reason' prints "$root/ghost.csv,3,\"the target of edge 6, node 99, does not exist\",ada,ghost,new,2" cat "$root/ghost.rej"
expect 'and the rows around it are there' prints "$(printf 'ada,grace,new,1\nada,eng,newer,3')" \
    sh -c "'$QUIRE' graph export --edges - '$root/ghost.quire' | cut -d, -f 1-4 | grep new"
expect 'of a sound graph' graph check --quiet "$root/ghost.quire"
# The same from a stream that somebody has begun to read, with a row that is rejected before the batch is taken back.
{ printf 'not for quire\n:source,:target,:type,fresh:int\nada,nobody,late,1\n'; sed 1d "$root/ghost.csv"; } >"$root/begun.csv"
expect 'a batch from a stream is taken back as well' answers 1 \
    sh -c "{ read -r _; '$QUIRE' graph import --edges - --rejects '$root/begun.rej' '$root/ghost.quire'; } <'$root/begun.csv'"
expect 'and every row of it counts once' grep -q ' 0 nodes and 2 edges committed, 2 rows rejected' "$root/said"
expect 'those that are rejected too' prints '2 4 ' sh -c "sed 's/^[^,]*,\([0-9]*\),.*/\1/' '$root/begun.rej' | tr '\n' ' '"

# A node without a key, as a program makes one, beside one whose key looks like its name.
printf ':id\nplain\n#1\n##1\n' >"$root/marks.csv"
graph import --quiet --nodes "$root/marks.csv" "$root/marks.quire"
"$QUIRE" del --tree graph_keys/main --hex "$root/marks.quire" 6b706c61696e 6e0000000000000001
expect 'a node without a key is named as no other is' prints "$(printf ':id,:labels\n###1,\n#1,\n##1,')" graph export --nodes - "$root/marks.quire"
"$QUIRE" del --tree graph_keys/main --hex "$root/marks.quire" 6b232331 6e0000000000000003
expect 'by no more marks than it takes' prints "$(printf ':id,:labels\n##1,\n#1,\n#3,')" graph export --nodes - "$root/marks.quire"
"$QUIRE" put --tree graph_keys/main --hex "$root/marks.quire" 6b232331 0000000000000003
"$QUIRE" put --tree graph_keys/main --hex "$root/marks.quire" 6e0000000000000003 232331
expect 'and found by that name' prints 0 graph neighbors --count "$root/marks.quire" '###1'
expect 'but not by an id that has a key' says 'not found' graph neighbors "$root/marks.quire" '####2'

# What stands at the edges of the formats.
awk 'BEGIN { print ":id"; for (n = 900; n <= 1100; n++) { printf "%0*d\n", n, n } }' >"$root/lengths.csv"
expect 'keys of every length are taken or rejected' answers 1 graph import --nodes "$root/lengths.csv" --rejects "$root/lengths.rej" "$root/lengths.quire"
expect 'for being too long' prints "$(awk 'END { print NR }' "$root/lengths.rej")" grep -c 'the key is too long for a page' "$root/lengths.rej"
printf 'what an import of long ago has left here, longer than what comes now: %0300d\n' 0 >"$root/old.rej"
printf ':id,when:datetime,v:string,v:int\na,-290308-12-21T19:59:05.224192Z,"x\r",\nb,-290308-12-21T19:59:05.224191Z,,1\nc,294247-01-10T04:00:54.775807Z,,2\nd,+294247-01-10T04:00:54.775807Z,,2\ne,+294247-01-10T04:00:54.775808Z,,2\n' >"$root/far.csv"
expect 'dates that 64 bits hold are taken, and no others' answers 1 graph import --quiet --nodes "$root/far.csv" --rejects "$root/old.rej" "$root/far.quire"
expect 'the file for rejected rows holds these alone' prints '3 4 6 ' sh -c "sed 's/^[^,]*,\([0-9]*\),.*/\1/' '$root/old.rej' | tr '\n' ' '"
expect 'a property of two types has a column for each, in the order of types' prints ':id,:labels,v:int,v:string,when:datetime' \
    sh -c "'$QUIRE' graph export --nodes - '$root/far.quire' | head -n 1"
expect 'a carriage return survives' again "$root/far.quire" 10000
awk 'BEGIN { printf ":id,:labels,b:bytes\nshort,,00\nlong,"; for (i = 0; i < 200; i++) printf "l\\;%d;", i
    printf "l,"; for (i = 0; i < 20000; i++) printf "%02x", i % 256; print "" }' >"$root/row.csv"
expect 'a row may be long' graph import --quiet --nodes "$root/row.csv" "$root/row.quire"
expect 'and comes back whole' again "$root/row.quire" 10000
expect 'with all its bytes' prints 40000 sh -c "sed -n '3s/.*,\"\([0-9a-f]*\)\"/\1/p' '$root/n1' | tr -d '\n' | wc -c"
awk 'BEGIN { print ":id,:labels"; for (n = 256; n <= 257; n++) { printf "n%d,", n; for (i = 1; i < n; i++) printf "l%d;", i; print "l" n } }' >"$root/labels.csv"
expect 'a node has 256 labels at most in a file' answers 1 graph import --quiet --nodes "$root/labels.csv" --rejects "$root/labels.rej" "$root/labels.quire"
expect 'and no more' grep -q ',3,:labels: more than 256 labels,n257,' "$root/labels.rej"
expect 'the one of 256 has them all' prints 256 sh -c "'$QUIRE' graph export --nodes - '$root/labels.quire' | sed -n 2p | tr ';' '\n' | wc -l"
printf ':id,:labels\nx,\\\ny,a\\\nz,\n' >"$root/slash.csv"
expect 'a backslash may be a label, or its end' graph import --quiet --nodes "$root/slash.csv" "$root/slash.quire"
expect 'and is written so that it stays one' again "$root/slash.quire" 10000
expect 'of one byte' prints 'x,\\ y,a\\ z, ' sh -c "sed 1d '$root/n1' | tr '\n' ' '"
printf ':id,a:b:int,c:d:string\nx,1,2\n' >"$root/colons.csv"
expect 'a name may have colons, the last of which is its type' graph import --quiet --nodes "$root/colons.csv" "$root/colons.quire"
expect 'and keeps them' prints ':id,:labels,a:b:int,c:d:string' sh -c "'$QUIRE' graph export --nodes - '$root/colons.quire' | head -n 1"
printf ':id\na\nb\nc\n' >"$root/path.nodes"
printf ':source,:target,:type\na,b,E\nb,c,E\n' >"$root/path.edges"
graph import --quiet --nodes "$root/path.nodes" --edges "$root/path.edges" "$root/path.quire"
expect 'dot draws no edge that leaves the drawing' prints '    "a" -> "b" [label="E"];' sh -c "'$QUIRE' graph dot '$root/path.quire' a | grep -e '->'"
expect 'the summary of a failure counts what is committed' grep -q ' 100 nodes and 50 edges committed' "$root/stopped"
expect 'steps to more nodes than the limit say so' answers 1 graph neighbors --depth 2 --limit 1 "$root/path.quire" a
printf ':id\n"say ""no"""\n' >"$root/speech.csv"
graph import --quiet --nodes "$root/speech.csv" "$root/speech.quire"
expect 'dot quotes what would end a name' prints 1 sh -c "'$QUIRE' graph dot '$root/speech.quire' 'say \"no\"' | grep -cF '\"say \\\"no\\\"\" [shape=box];'"
printf ':id,x\na,1\r2\nb,3\n' >"$root/return.csv"
expect 'a carriage return alone ends no row' says 'return.csv:2: a carriage return stands alone' graph import --quiet --nodes "$root/return.csv" "$root/return.quire"

# Rejected rows are on their way to the disk before the batch is committed, not when the import ends.
mkfifo "$root/slow"
graph import --quiet --batch 1 --nodes "$root/slow" --rejects "$root/slow.rej" "$root/slow.quire" 2>/dev/null &
importer=$!
exec 3>"$root/slow"
awk 'BEGIN { print ":id\n\"\""; for (i = 0; i < 50; i++) print "n" i }' >&3
seen()
{
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        grep -q 'the key is empty' "$root/slow.rej" && return
        sleep 1
    done
    return 1
}
expect 'a rejected row is in its file while the import goes on' seen
kill -9 $importer
exec 3>&-
wait $importer 2>/dev/null
expect 'a number too great for a double is none' says 'big.csv:2: x: not a decimal number' sh -c "printf ':id,x:double\na,1e999\n' >'$root/big.csv'; '$QUIRE' graph import --nodes '$root/big.csv' '$root/big.quire'"

# Texts of values: those that are taken come back as they are, and of those that are not each row is rejected.
cat >"$root/good.values" <<'VALUES'
int 9223372036854775807
int -9223372036854775808
double -0
double 5e-324
double -1.7976931348623157e+308
double nan
double nan:7ff8000000000001
double nan:fff8000000000000
double -inf
datetime 2000-02-29T00:00:00Z
datetime 2024-02-29T23:59:59.999999Z
datetime 1900-02-28T12:00:00Z
datetime 1900-03-01T00:00:00Z
datetime 2100-12-31T00:00:00.1Z
datetime 1969-12-31T23:59:59.999999Z
datetime 0000-01-01T00:00:00Z
datetime -000001-12-31T23:59:59Z
datetime +010000-01-01T00:00:00Z
VALUES
cat >"$root/bad.values" <<'VALUES'
int 9223372036854775808
int -9223372036854775809
int +1
int 1.0
int 0x1
double nan:7ff800000000001
double nan:07ff8000000000001
double nan:7ff0000000000000
double nan:+ff8000000000001
double 0x1p3
double 1e
double .
double -nan
double infinity
datetime 1900-02-29T00:00:00Z
datetime 2026-02-29T00:00:00Z
datetime 2026-04-31T00:00:00Z
datetime 2026-01-00T00:00:00Z
datetime 2026-13-01T00:00:00Z
datetime 2026-00-01T00:00:00Z
datetime 2026-01-01T24:00:00Z
datetime 2026-01-01T00:00:60Z
datetime 2026-01-01T00:00:00.Z
datetime 2026-01-01T00:00:00.1234567Z
datetime 2026-01-01T00:00:00
datetime 2026-01-01 00:00:00Z
datetime 26-01-01T00:00:00Z
VALUES
for kind in good bad; do
    awk 'BEGIN { print ":id,i:int,d:double,t:datetime" }
        { print NR "," ($1 == "int" ? $2 : "") "," ($1 == "double" ? $2 : "") "," ($1 == "datetime" ? substr($0, 10) : "") }' \
        "$root/$kind.values" >"$root/$kind.values.csv"
done
expect 'every good text is a value' graph import --quiet --nodes "$root/good.values.csv" "$root/values.quire"
expect 'and the value has this text' prints "$(cut -d ' ' -f 2- "$root/good.values")" \
    sh -c "'$QUIRE' graph export --nodes - '$root/values.quire' | sed '1d; s/^[^,]*,,//; s/,//g'"
expect 'no bad one is' answers 1 graph import --quiet --nodes "$root/bad.values.csv" --rejects "$root/bad.values.rej" "$root/no-values.quire"
expect 'not any' prints "$(awk 'END { print NR }' "$root/bad.values")" awk 'END { print NR }' "$root/bad.values.rej"

# What a program has done to the records.
cp "$root/path.quire" "$root/hurt.quire"
"$QUIRE" put --tree quire_graph/main/edges --hex "$root/hurt.quire" 01 0102090000
expect 'a damaged row is named once' says 'export: edge 1 of graph main breaks G4: its row of 5 bytes is damaged (QUIRE_CORRUPT)' \
    graph export --edges - "$root/hurt.quire"
expect 'and so does the check name it' prints 'edge 1 breaks G4: its row of 5 bytes is damaged' \
    sh -c "'$QUIRE' graph check '$root/hurt.quire' | head -n 1"
"$QUIRE" put --tree graph_keys/main --hex "$root/hurt.quire" 6b61 0000000000000063
expect 'a key whose node was deleted finds none' says 'a: its node was deleted' graph neighbors "$root/hurt.quire" a
expect 'nor is there anything to draw' says 'a: its node was deleted' graph dot "$root/hurt.quire" a
"$QUIRE" put --tree graph_keys/main --hex "$root/hurt.quire" 6b61 63
expect 'nor does a record of a key that names no node' says 'a: not found' graph neighbors "$root/hurt.quire" a
"$QUIRE" del --tree quire_graph/main/catalog --hex "$root/hurt.quire" 00
expect 'a graph without a state says so' says 'stat: graph main breaks G1: the state record is missing' graph stat "$root/hurt.quire"
# A program has deleted the node, and its key is still there: the key is free, once.
cp "$root/path.quire" "$root/freed.quire"
"$QUIRE" put --tree graph_keys/main --hex "$root/freed.quire" 6b61 0000000000000063
"$QUIRE" put --tree graph_keys/main --hex "$root/freed.quire" 6e0000000000000063 61
printf ':id\na\na\n' >"$root/freed.csv"
expect 'the key of a deleted node is given anew, and then no more' answers 1 \
    graph import --quiet --nodes "$root/freed.csv" --rejects "$root/freed.rej" "$root/freed.quire"
expect 'which is the second row' sh -c "grep -q 'a node has this key already' '$root/freed.rej' && [ \$(awk 'END { print NR }' '$root/freed.rej') -eq 1 ]"
expect 'the node is found by it' answers 0 graph neighbors "$root/freed.quire" a
expect 'and the old one leads to no key' sh -c \
    "'$QUIRE' get --tree graph_keys/main --hex '$root/freed.quire' 6e0000000000000063; [ \$? -eq 1 ]"
expect 'graph alone lists its commands' sh -c "'$QUIRE' graph --help | grep -c '^  graph ' | grep -qx 6"
expect 'an unknown command of graph' says 'no command "graph paint"' graph paint
finish
