"""The gates that look at the program as Frama-C prints it, and at the lists, before any goal is proved."""
import os
import re
import subprocess

from tool.units import ANNOTATION, COMMENT, ROOT

BANNED = ["admit", "axiom", "axiomatic", "no_wp", "inductive", "volatile", "terminates"]
# What trusted.txt may name at most: no further function without a proof can be called by one that has one.
TRUSTABLE = {"crc32c_hardware_is_present", "crc32c_by_hardware"}

# ---- The program as Frama-C reads it ---------------------------------------------


def frama_c(unit):
    includes = f" -include {unit.logic}" if unit.logic else ""
    return ["frama-c", "-machdep", "gcc_x86_64", f"-cpp-extra-args=-std=c11{includes}"]


def printed(unit, env):
    """The unit after the preprocessor and Frama-C's own clean-up: no macro can hide a word from the gates."""
    command = frama_c(unit) + ["-no-unicode", "-kernel-verbose", "0", unit.source, "-print"]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        unit.fail("goal", "Frama-C cannot read it:\n" + done.stdout[-2000:] + done.stderr[-2000:])
        return ""
    return done.stdout


class Program:
    """Definitions (name -> contract, body) and names of all functions in Frama-C's print of a unit."""

    HEAD = re.compile(r"^(?![ \t}/{])[^;{}=]*?\b(\w+)\s*\(([^;{}]*)\)\s*(;|\n\{)", re.M)

    def __init__(self, text):
        self.annotations = ANNOTATION.findall(text)
        blank = ANNOTATION.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        self.names, self.definitions = set(), {}
        for match in self.HEAD.finditer(blank):
            name = match.group(1)
            self.names.add(name)
            if match.group(3) == ";":
                continue
            end = blank.index("\n}", match.end())
            before = text[: match.start(1)]
            at = before.rfind("/*@")
            between = "" if at < 0 else COMMENT.sub("", before[at:])
            contract = before[at:] if at >= 0 and ";" not in between and "}" not in between else ""
            self.definitions[name] = (contract, blank[match.end():end], text[match.end():end])


    def chunks(self, text):
        """Declared or defined function -> (contract, whole text), and the rest of the print: types, variables, logic."""
        blank = ANNOTATION.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        found, rest, at = {}, [], 0
        for match in self.HEAD.finditer(blank):
            end = match.end() if match.group(3) == ";" else blank.index("\n}", match.end()) + 2
            before = text.rfind("/*@", at, match.start(1))
            start = before if before >= 0 and not re.search(r"[;}]", COMMENT.sub("", text[before:match.start(1)])) else match.start()
            contract = text[start:match.start(3)]
            rest.append(text[at:start])
            found[match.group(1)] = (found.get(match.group(1), ("", ""))[0] + contract,
                                     found.get(match.group(1), ("", ""))[1] + text[start:end])
            at = end
        return found, "".join(rest) + text[at:]


def words_of(annotations):
    return re.findall(r"\\?[A-Za-z_]\w*", " ".join(annotations))


def own_definitions(unit, program):
    """Functions defined in the unit's source or in the header of the same name."""
    stem = os.path.splitext(unit.source)[0]
    text = ""
    for path in (unit.source, stem + ".h"):
        if os.path.exists(path):
            with open(path) as file:
                text += COMMENT.sub(" ", file.read())
    return {name for name in program.definitions if re.search(rf"\b{name}\s*\(", text)
            and re.search(rf"^(?!\s)[^;{{}}=#]*\b{name}\s*\([^;{{}}]*\)\s*\{{", text, re.M)}


def functions_of_file(path):
    """Names of the functions that a source defines, by its layout: a head at the margin, a brace on its own line."""
    with open(path) as file:
        text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), file.read())
    text = re.sub(r"^#.*(?:\\\n.*)*$", "", text, flags=re.M)
    text = re.sub(r"__attribute__\(\(.*?\)\)\)?", "", text)
    return set(re.findall(r"^(?![ \t}{])[^;{}=]*?\b(\w+)\s*\([^;{}]*\)\s*\{", text, re.M))


def check_scope(lists, units=()):
    """Every function of the scope is either proved, or trusted, or openly not proved, and none that was proved is lost."""
    found, problems = set(), []
    for path in lists.rooms:
        found |= functions_of_file(path)

    def refuse(gate, names, text):
        problems.extend((gate, f"{name} {text}") for name in sorted(names))

    refuse("list", found - lists.listed - lists.trusted - lists.unproved, "is neither in functions.txt nor in unproved.txt")
    refuse("list", lists.unproved - found, "is in unproved.txt and does not exist")
    refuse("list", lists.unproved & lists.listed - shared_names(lists), "is in unproved.txt and in functions.txt")
    refuse("trusted", lists.trusted - TRUSTABLE, "is in trusted.txt, and the list of what may be trusted is closed")
    refuse("trusted", {name for name in lists.trusted | lists.recursive if name not in lists.soundness},
           "is an exception that SOUNDNESS.md does not argue")
    if lists.floors is not None:
        listed = {(unit.name, name) for unit in units for name in unit.functions}
        refuse("floor", {f"{unit}: {name}" for unit, name in set(lists.floors) - listed},
               "was proved, says floors.txt, and has left functions.txt")
        refuse("floor", {f"{unit}: {name}" for unit, name in listed - set(lists.floors)},
               "has no floor (make prove-record writes it, or prove --replay --floors UNIT)")
    return problems


def shared_names(lists):
    """Names that more than one file of the scope defines: static functions, of which one may be proved and another not."""
    seen, shared = set(), set()
    for path in lists.rooms:
        names = functions_of_file(path)
        shared |= seen & names
        seen |= names
    return shared


# ---- The compiler reads what the prover reads ---------------------------------------


def preprocessed(path, options=()):
    """Lines of our own files in what the preprocessor makes of one, and the names of these files."""
    command = [os.environ.get("CC", "cc"), "-E", "-std=c11", "-x", "c", *options, path]
    done = subprocess.run(command, capture_output=True, text=True)
    lines, files, here = [], [], done.returncode != 0
    for line in done.stdout.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            name = os.path.abspath(marker.group(1))
            here = name.startswith(ROOT + os.sep)
            if here and name not in files and os.path.exists(name):
                files.append(name)
        elif here and line.strip():
            lines.append(line)
    return lines, files


def check_hidden(unit):
    """No condition and no macro may show the prover other C than the compiler."""
    plain, files = preprocessed(unit.source)
    if plain != preprocessed(unit.source, ["-D__FRAMAC__"])[0]:
        unit.fail("hidden", "it differs with and without __FRAMAC__")
    logic_files = preprocessed(unit.logic)[1] if unit.logic else []
    for path in files + logic_files:
        with open(path) as file:
            text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), file.read())
        name = os.path.relpath(path, ROOT)
        guard = re.match(r"\s*#ifndef (\w+)\n#define \1\n(.*)#endif\s*$", text, re.S)
        inner = guard.group(2) if guard else text
        for directive in re.findall(r"^[ \t]*#[ \t]*(?:if|el|pragma|undef).*$", inner, re.M):
            unit.fail("hidden", f"{name} has a condition: {directive.strip()}")
        if path.endswith(".acsl") and re.search(r"^[ \t]*(?!#[ \t]*include\b)\S", inner, re.M):
            unit.fail("hidden", f"{name} holds more than logic")


# ---- What the source says ------------------------------------------------------------


def check_source(unit, program, lists):
    words = set(words_of(program.annotations))
    for word in BANNED:
        if word in words:
            unit.fail("words", f"an annotation says {word!r}")
    for source_word in ("__FRAMAC__", "__attribute__", "__builtin_"):
        for path in (unit.source, os.path.splitext(unit.source)[0] + ".h"):
            if os.path.exists(path) and source_word in COMMENT.sub(" ", open(path).read()):
                unit.fail("words", f"{os.path.basename(path)} says {source_word}")
    if "lemma" in words and not (unit.logic or "").endswith("_lemmas.acsl"):
        unit.fail("words", "a lemma stands outside the files of lemmas")
    if re.search(r"\bassert[^;]*\\false|\bassert[^;]*:\s*\\false", " ".join(program.annotations)):
        unit.fail("words", "an assertion of \\false")
    check_recursion(unit, program, lists.recursive)
    check_hidden(unit)

    own = own_definitions(unit, program)
    for name in sorted(own - set(unit.functions)):
        unit.fail("list", f"{name} is defined here and not in functions.txt")
    for name in sorted(set(unit.functions) - own):
        unit.fail("list", f"{name} is in functions.txt and not defined here")
    for name in sorted(set(program.definitions) - own - lists.listed):
        unit.fail("list", f"{name} is defined in a file read here, and no unit proves it")

    for name in unit.functions:
        if name not in program.definitions:
            continue
        contract, body, annotated = program.definitions[name]
        if "assigns" not in words_of([contract]):
            unit.fail("contract", f"{name} has no contract, or none that says what it assigns")
        elif ("ensures" in words_of([contract])) == (name in unit.safety):
            unit.fail("contract", f"{name}: 'safety' in functions.txt does not agree with its contract")
        unit.calls[name] = set(re.findall(r"\b(\w+)\s*\(", body)) & program.names
        for callee in sorted(unit.calls[name]):
            if callee not in lists.listed and callee not in lists.trusted:
                unit.fail("callee", f"{name} calls {callee}, which nothing proves")
        if re.search(r"\(\s*\*\s*\w+\s*\)\s*\(", body):
            unit.fail("callee", f"{name} calls through a pointer")
        loops = len(re.findall(r"\b(?:while|for|do)\b", body))
        # Frama-C writes some exits as a jump to the return; a jump back would be a loop without a variant.
        for label in set(re.findall(r"\bgoto\s+(\w+)", body)):
            if re.search(rf"\b{label}\s*:.*\bgoto\s+{label}\b", body, re.S):
                unit.fail("loop", f"{name} jumps back to {label}")
        annotations = " ".join(ANNOTATION.findall(annotated))
        for clause in ("variant", "assigns"):
            clauses = len(re.findall(rf"\bloop\s+{clause}\b", annotations))
            if clauses != loops:
                unit.fail("loop", f"{name} has {loops} loops and {clauses} {clause} clauses")


def check_recursion(unit, program, recursive):
    definitions = {}
    for text in program.annotations:
        for match in re.finditer(r"\b(?:logic|predicate)\b([^=;]*?)(\w+)\s*(?:\{[^}]*\})?\s*(?:\([^=]*?\))?\s*=(.*?);\s*(?=\*/|$)",
                                 text, re.S):
            definitions[match.group(2)] = set(re.findall(r"\w+", match.group(3)))

    def reaches(start):
        seen, todo = set(), [start]
        while todo:
            for name in definitions[todo.pop()]:
                if name in definitions and name not in seen:
                    seen.add(name)
                    todo.append(name)
        return start in seen

    for name in sorted(definitions):
        if reaches(name) and name not in recursive:
            unit.fail("recursion", f"the definition of {name} leads back to itself")


def check_cycles(units):
    """No function may lead back to itself, through whatever files: termination is proved one function at a time."""
    calls = {}
    for unit in units:
        calls.update(unit.calls)
    for start in sorted(calls):
        seen, todo = set(), [start]
        while todo:
            for callee in calls.get(todo.pop(), ()):
                if callee == start:
                    units[0].fail("recursion", f"{start} leads back to itself")
                    todo.clear()
                    break
                if callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
