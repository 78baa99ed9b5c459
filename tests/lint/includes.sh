# Who may include whom (src/README.md). A room includes itself and the rooms
# named here; the public header is open to the rooms that carry a status up.
# base and page take nothing from the C library but its integer types; only
# file and the command talk to the operating system.
find src -mindepth 2 -name '*.[ch]' | sort | xargs -r awk '
    BEGIN {
        allow["base"] = " base "
        allow["page"] = " page base "
        allow["file"] = " file base public "
        allow["reference"] = " reference page base "
        allow["tree"] = " tree reference page file base public "
        allow["api"] = " api tree reference page file base public "
        allow["graph"] = " graph public "
        allow["cli"] = " cli public guest "
        core = " stddef.h stdint.h "
        machine = "^(unistd|fcntl|dirent|poll|signal|termios|dlfcn)\\.h$|^sys/"
    }
    function broken(why)
    {
        printf "%s:%d: %s\n", FILENAME, FNR, why
        failed = 1
    }
    FNR == 1 {
        split(FILENAME, part, "/")
        room = part[2]
        if (!(room in allow))
            broken("the floor plan knows no room \"" room "\"")
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        path = $0
        sub(/^[^"]*"/, "", path)
        sub(/".*$/, "", path)
        if (path == "../quire.h")
            target = "public"
        else if (path == "../quire_graph.h")
            target = room == "graph" ? "graph" : "guest"
        else if (path ~ /^\.\.\/[a-z]+\/[a-z0-9_]+\.h$/) {
            target = path
            sub(/^\.\.\//, "", target)
            sub(/\/.*$/, "", target)
        } else if (path ~ /^[a-z0-9_]+\.h$/)
            target = room
        else {
            broken("\"" path "\" is not ../<room>/<stem>.h")
            next
        }
        if (index(allow[room], " " target " ") == 0)
            broken("room " room " may not include \"" path "\"")
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
        name = $0
        sub(/^[^<]*</, "", name)
        sub(/>.*$/, "", name)
        if (room == "base" || room == "page") {
            if (index(core, " " name " ") == 0 && !(name == "arm_acle.h" && FILENAME ~ /crc32c_hardware\.c$/))
                broken("room " room " may not include <" name ">")
        } else if (name ~ machine && room != "file" && room != "cli")
            broken("room " room " may not talk to the operating system: <" name ">")
    }
    /^[ \t]*#[ \t]*include[ \t]*[^"< \t]/ { broken("an include must name its file") }
    END { exit failed }'
