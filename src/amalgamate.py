#!/usr/bin/env python3
"""Writes the library as one source file: amalgamate.py DIRECTORY

DIRECTORY receives quire.h as it is, and quire.c: all rooms, lowest first, each
internal header once and before every source that needs it. The graph layer, a
guest of quire.h, is a pair of its own beside it: quire_graph.h, quire_graph.c.
What one file may do with its own names, and one translation unit may not, is
mended here:

  - What internal headers declare becomes QUIRE_INTERNAL, that is static: the
    object defines quire_* and nothing else, and no name can clash with an
    embedder's.
  - A name that a source keeps to itself, and that another file has too, gets
    room and stem in front. Macros of a source end with it.
  - System headers come first, once; those under a condition stay where they are.

The text is cut into tokens, never matched by line: comments and strings stay
as they are.
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parent
ROOMS = {"quire": ["base", "page", "file", "reference", "tree", "api"], "quire_graph": ["graph"]}
PUBLIC = {SOURCE / f"{name}.h" for name in ROOMS}
TITLES = {"quire": "the whole library in one file, made by `make amalgam` from the\n * sources, which are what to read and to edit. "
                   "Compile it with -pthread, and\n * with -DQUIRE_OMIT_OLD to leave the older page formats out.",
          "quire_graph": "the graph layer in one file, made by `make amalgam` from the\n * sources, which are what to "
                         "read and to edit. It needs quire.c beside it."}
LEFT_OUT_WITH_OLD = "reference"
KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Alignas "
    "_Alignof _Atomic _Bool _Generic _Noreturn _Static_assert _Thread_local".split())
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<directive>(?<![^\n])[ \t]*\#(?:/\*.*?\*/|\\\n|[^\n])*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<other>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\.?\d(?:[eEpP][+-]|[\w.])*|->|.)""", re.S | re.X)
INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|(<[^>]+>))')
DEFINE = re.compile(r"\s*#\s*define\s+(\w+)")


class Token:
    def __init__(self, kind, text):
        self.kind, self.text = kind, text


class File:
    """One internal file: its tokens, and the declarations at its top level as lists of token indices."""

    def __init__(self, path):
        self.path = path
        self.room = path.parent.name
        self.tokens = []
        text = path.read_text()
        for match in TOKEN.finditer(text):
            if match.lastgroup == "directive" and match.start() > 0 and text[match.start() - 1] != "\n":
                raise SystemExit(f"{path}: a directive stands behind other text")
            self.tokens.append(Token(match.lastgroup, match.group()))
        self.headers, self.system, self.features, self.macros = [], [], [], []
        self.read_directives()
        self.declarations = list(self.split())

    def read_directives(self):
        """Notes includes and macros; takes out what the one file has at its top."""
        depth = -1 if self.path.suffix == ".h" else 0  # the include guard is no condition
        for token in self.tokens:
            if token.kind != "directive":
                continue
            word = re.match(r"\s*#\s*(\w+)", token.text).group(1)
            depth += word in ("if", "ifdef", "ifndef")
            depth -= word == "endif"
            include, define = INCLUDE.match(token.text), DEFINE.match(token.text)
            if include and include.group(1):
                self.headers.append((self.path.parent / include.group(1)).resolve())
                token.text = ""
            elif include and depth <= 0:
                self.system.append(include.group(2))
                token.text = ""
            elif define and re.match(r"_[A-Z]", define.group(1)):
                self.features.append(token.text.strip())
                token.text = ""
            elif define and self.path.suffix == ".c":
                self.macros.append(define.group(1))

    def split(self):
        """The top-level declarations: each up to its semicolon or the brace that ends a function."""
        depth, current = 0, []
        for index, token in enumerate(self.tokens):
            if token.kind in ("space", "directive"):
                continue
            current.append(index)
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and (token.text == ";" or token.text == "}" and self.is_function(current)):
                yield current
                current = []

    def words(self, declaration):
        return [self.tokens[index].text for index in declaration]

    def is_function(self, declaration):
        """True when the brace belongs to a function: it follows a parenthesis, and no equals sign came before."""
        words = self.words(declaration)
        head = words[:words.index("{")] if "{" in words else words
        return ")" in head and "=" not in head and head[0] != "typedef"

    def declared(self, declaration):
        """The names that a declaration brings in: itself, its tag, its enumeration constants."""
        words = self.words(declaration)
        names = set()
        depth = 0
        in_enum = in_value = False
        for at, word in enumerate(words):
            before = words[at - 1] if at > 0 else ""
            after = words[at + 1] if at + 1 < len(words) else ""
            if word == "{" and "enum" in words[max(0, at - 2):at]:
                in_enum = depth == 0
            depth += (word in "([{") - (word in ")]}")
            if depth == 0:
                in_value = word == "=" or in_value and word != ","
            if in_value or not re.match(r"[A-Za-z_]", word) or word in KEYWORDS:
                continue
            if in_enum and depth == 1 and before in ("{", ","):
                names.add(word)
            elif depth == 0 and before in ("struct", "union", "enum") and after == "{":
                names.add(word)
            elif depth == 0 and before not in ("struct", "union", "enum") and after in ("(", "=", "[", ";", ","):
                names.add(word)
        names.discard("__attribute__")
        return names

    def mark_internal(self, names):
        """Makes static what headers declare without that word, and the objects among `names` where they are defined."""
        objects = set()
        for declaration in self.declarations:
            words = self.words(declaration)
            first = self.tokens[declaration[0]]
            if self.path.suffix == ".h":
                if words[:2] == ["static", "inline"] or words[0] == "extern":
                    if words[0] == "extern":
                        objects |= self.declared(declaration)
                    first.text = "QUIRE_INTERNAL"
                elif "(" in words and words[0] not in ("typedef", "static", "_Static_assert") and "{" not in words:
                    first.text = "QUIRE_INTERNAL " + first.text
            elif "=" in words and words[0] != "static" and self.declared(declaration) & names:
                first.text = "QUIRE_INTERNAL " + first.text
        return objects

    def own_names(self):
        """What a source declares for itself: static functions and objects, tags, types, enumeration constants."""
        names = set()
        for declaration in self.declarations:
            words = self.words(declaration)
            if words[0] in ("static", "typedef") or words[0] in ("struct", "union", "enum") and "{" in words[:3]:
                names |= self.declared(declaration)
        return names

    def rename(self, names):
        """Puts room and stem in front of `names`, except where they name a member."""
        prefix = f"{self.room}_{self.path.stem}_"
        before = ""
        tags = self.tags()
        braces = []  # for each open brace: does it hold members?
        head = []
        for token in self.tokens:
            if token.kind == "space":
                continue
            if token.kind == "directive":
                token.text = re.sub(r"(?<![.>\w])(\w+)", lambda m: prefix + m[1] if m[1] in names else m[1], token.text)
                continue
            if token.text == "{":
                braces.append(any(word in ("struct", "union") for word in head[-3:]) and ")" not in head[-3:])
            elif token.text == "}" and braces:
                braces.pop()
            head = [] if token.text in (";", "{", "}") else head + [token.text]
            is_member = before in (".", "->") or (braces and braces[-1] and before not in ("struct", "union", "enum"))
            is_tag_of_header = before in ("struct", "union", "enum") and token.text not in tags
            before = token.text
            if token.text in names and not is_member and not is_tag_of_header:
                token.text = prefix + token.text

    def tags(self):
        """The structures, unions and enumerations that have their bodies in this file."""
        found = set()
        for declaration in self.declarations:
            words = self.words(declaration)
            found |= {words[at + 1] for at, word in enumerate(words[:-2]) if word in ("struct", "union", "enum")
                      and words[at + 2] == "{"}
        return found

    def text(self):
        name = self.path.relative_to(SOURCE.parent)
        body = re.sub(r"\n{3,}", "\n\n", "".join(token.text for token in self.tokens)).strip()
        undo = "".join(f"#undef {macro}\n" for macro in dict.fromkeys(self.macros))
        body = f"\n/* ---- {name} ---- */\n\n{body}\n{undo}"
        return f"\n#ifndef QUIRE_OMIT_OLD{body}#endif\n" if self.room == LEFT_OUT_WITH_OLD else body


def write_pair(pair, directory):
    sources = [File(path) for room in ROOMS[pair] for path in sorted((SOURCE / room).glob("*.c"))]
    public = SOURCE / f"{pair}.h"
    headers = {}  # in order: a header follows those it includes

    def visit(path):
        if path in PUBLIC or path in headers:
            return
        header = File(path)
        for other in header.headers:
            visit(other)
        headers[path] = header

    for source in sources:
        for path in source.headers:
            visit(path)

    files = list(headers.values()) + sources
    taken, objects = {}, set()
    for file in headers.values():
        for declaration in file.declarations:
            for name in file.declared(declaration):
                taken.setdefault(name, file)
        objects |= file.mark_internal(set())
    for source in sources:
        source.mark_internal(objects)
    for source in sources:
        own = source.own_names()
        source.rename({name for name in own if name in taken})
        for name in own:
            taken.setdefault(name, source)

    def each(lists):
        return "\n".join(dict.fromkeys(item for items in lists for item in items))

    features = dict(re.match(r"#\s*define\s+(\w+)\s*(.*)", line).groups()
                    for line in each(file.features for file in files).splitlines())
    lines = "\n".join(f"#ifndef {name}\n#define {name} {value}".rstrip() + "\n#endif" for name, value in features.items())
    version = re.search(r'QUIRE_VERSION "(.*)"', (SOURCE / "quire.h").read_text())[1]
    top = f"""/*
 * quire {version}: {TITLES[pair]}
 */
{lines}

#include "{pair}.h"

{each([f"#include {name}" for name in file.system] for file in files)}

#if defined(__GNUC__)
#define QUIRE_INTERNAL static __attribute__((unused))
#else
#define QUIRE_INTERNAL static
#endif
"""
    (directory / f"{pair}.h").write_text(public.read_text())
    (directory / f"{pair}.c").write_text(top + "".join(file.text() for file in files))


def main(directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name in ROOMS:
        write_pair(name, directory)


if len(sys.argv) != 2:
    raise SystemExit(__doc__)
main(pathlib.Path(sys.argv[1]))
