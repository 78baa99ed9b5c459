"""The gates that look at the program as Frama-C prints it, and at the lists, before any goal is proved."""
import os
import re
import subprocess

from tool.units import ANNOTATION, COMMENT, HERE, ROOT, read_names

BANNED = ["admit", "axiom", "axiomatic", "no_wp", "inductive", "volatile"]

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


def check_scope(listed):
    """Every function of base and page is either proved, or trusted, or openly not proved."""
    open_names = set(read_names(os.path.join(HERE, "unproved.txt")))
    trusted = set(read_names(os.path.join(HERE, "trusted.txt")))
    found, problems = set(), []
    for room in ("base", "page"):
        folder = os.path.join(ROOT, "src", room)
        for name in sorted(os.listdir(folder)):
            if name.endswith((".c", ".h")):
                found |= functions_of_file(os.path.join(folder, name))
    problems += [f"{name} is neither in functions.txt nor in unproved.txt"
                 for name in sorted(found - listed - trusted - open_names)]
    problems += [f"{name} is in unproved.txt and does not exist" for name in sorted(open_names - found)]
    problems += [f"{name} is in unproved.txt and in functions.txt" for name in sorted(open_names & listed)]
    return problems


def check_source(unit, program, listed, trusted, recursive):
    words = set(words_of(program.annotations))
    for word in BANNED:
        if word in words:
            unit.fail("words", f"an annotation says {word!r}")
    for source_word in ("__FRAMAC__", "__attribute__"):
        for path in (unit.source, os.path.splitext(unit.source)[0] + ".h"):
            if os.path.exists(path) and source_word in COMMENT.sub(" ", open(path).read()):
                unit.fail("words", f"{os.path.basename(path)} says {source_word}")
    if "lemma" in words and not (unit.logic or "").endswith("_lemmas.acsl"):
        unit.fail("words", "a lemma stands outside the files of lemmas")
    if re.search(r"\bassert[^;]*\\false|\bassert[^;]*:\s*\\false", " ".join(program.annotations)):
        unit.fail("words", "an assertion of \\false")
    check_recursion(unit, program, recursive)

    own = own_definitions(unit, program)
    for name in sorted(own - set(unit.functions)):
        unit.fail("list", f"{name} is defined here and not in functions.txt")
    for name in sorted(set(unit.functions) - own):
        unit.fail("list", f"{name} is in functions.txt and not defined here")
    for name in sorted(set(program.definitions) - own - listed):
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
            if callee not in listed and callee not in trusted:
                unit.fail("callee", f"{name} calls {callee}, which nothing proves")
        if re.search(r"\(\s*\*\s*\w+\s*\)\s*\(", body):
            unit.fail("callee", f"{name} calls through a pointer")
        loops = len(re.findall(r"\b(?:while|for|do)\b", body))
        # Frama-C writes some exits as a jump to the return; a jump back would be a loop without a variant.
        for label in set(re.findall(r"\bgoto\s+(\w+)", body)):
            if re.search(rf"\b{label}\s*:.*\bgoto\s+{label}\b", body, re.S):
                unit.fail("loop", f"{name} jumps back to {label}")
        variants = len(re.findall(r"\bloop\s+variant\b", " ".join(ANNOTATION.findall(annotated))))
        if loops != variants:
            unit.fail("loop", f"{name} has {loops} loops and {variants} variants")


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
