"""
The list of mutants: the C of every proved function, broken in one place. Operators work on
the text of the function's body, annotations and comments left out: no annotation is
touched. The list is the same for the same files: each function gives a few of its possible
mutants, chosen by a hash of the seed, the function and the place, each by another operator
as long as there are others.

    bound      < and <=, > and >=                 equality   == and !=
    logic      && and ||                          operator   + - * / % << >> and their assignments, ++ and --
    constant   one more, one less                 field      another constant of its kind, another member
    drop       a statement is left out            swap       two arguments next to each other
    negate     the condition of an if
"""
import hashlib
import os
import re

from tool.units import COMMENT, ROOT, read_units

SEED = "quire"
PER_FUNCTION = 3
FORMAT = os.path.join(ROOT, "src", "page", "format.h")
HEAD = r"^(?![ \t}}{{#])[^;{{}}=]*?\b{name}\s*\([^;{{}}]*\)\s*\{{"


class Mutant:
    def __init__(self, unit, function, path, operator, ordinal, start, end, text, source):
        self.unit, self.function, self.path, self.operator = unit, function, path, operator
        self.start, self.end, self.text = start, end, text
        self.name = f"{unit}/{function}-{operator}-{ordinal}"
        self.line = source.count("\n", 0, start) + 1
        first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end)
        self.before = " ".join(source[first:last].split())
        self.after = " ".join((source[first:start] + text + source[end:last]).split()) or "(nothing)"

    def applied(self, source):
        return source[: self.start] + self.text + source[self.end:]


def blank(text):
    """The text without its comments and annotations, every character at its place."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def body_of(function, code):
    """Where the body of the function stands in a file, or None."""
    head = re.search(HEAD.format(name=function), code, re.M)
    if head is None:
        return None
    return head.end(), code.index("\n}", head.end())


def source_of(unit, function):
    """The file that defines it: the unit's own, or the header of the same name."""
    for path in (unit.source, os.path.splitext(unit.source)[0] + ".h"):
        if os.path.exists(path):
            with open(path) as file:
                source = file.read()
            span = body_of(function, blank(source))
            if span:
                return path, source, span
    raise LookupError(f"{function} is not defined in {unit.source} or its header")


# ---- Operators: each yields (start, end, text) ----------------------------------------

TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+",
          "*": "+", "/": "%", "%": "/", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}


def turn(pattern):
    def operator(code, start, end):
        for match in re.compile(pattern).finditer(code, start, end):
            yield match.start(1), match.end(1), TURNED[match.group(1)]
    return operator


def constants(code, start, end):
    for match in re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)([uUlL]*)\b").finditer(code, start, end):
        value = int(match.group(1), 0)
        for other in (value + 1, value - 1):
            if other >= 0:
                yield match.start(), match.end(), f"{other}{match.group(2)}"


def kinds():
    """Each constant of format.h, and the next one of its kind: of the same enum, with the same first word."""
    with open(FORMAT) as file:
        code = blank(file.read())
    following = {}
    for body in re.findall(r"\benum\b[^{]*\{(.*?)\}", code, re.S):
        groups = {}
        for name in re.findall(r"\b([A-Z]\w+)\b\s*=", body):
            groups.setdefault(name.split("_")[0], []).append(name)
        for names in groups.values():
            following.update({name: names[(i + 1) % len(names)] for i, name in enumerate(names) if len(names) > 1})
    return following


def fields(code, start, end):
    following = kinds()
    for match in re.compile(r"\b[A-Z][A-Z0-9_]+\b").finditer(code, start, end):
        if match.group() in following:
            yield match.start(), match.end(), following[match.group()]
    members = sorted(set(re.findall(r"(?:->|\.)([a-z]\w*)", code[start:end])))
    for match in re.compile(r"(?:->|\.)([a-z]\w*)\b(?!\s*\()").finditer(code, start, end):
        if len(members) > 1:
            yield match.start(1), match.end(1), members[(members.index(match.group(1)) + 1) % len(members)]


PLACE = r"\*?\w+(?:(?:->|\.)\w+|\[[^\];]*\])*"
STATEMENT = re.compile(rf"^[ \t]+({PLACE} [-+*/%|&<>]*= [^;]*;|\w+\([^;]*\);|{PLACE}(?:\+\+|--);|break;|continue;)$", re.M)


def drops(code, start, end):
    for match in STATEMENT.finditer(code, start, end):
        if match.group(1).count("(") == match.group(1).count(")"):
            yield match.start(1), match.end(1), ";"


def arguments(code, opening, end):
    """Where the arguments of a call begin and end, from behind its opening parenthesis."""
    parts, depth, start = [], 1, opening
    for at in range(opening, end):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if depth == 0 or (depth == 1 and code[at] == ","):
            parts.append((start, at))
            start = at + 1
        if depth == 0:
            return parts
    return []


def swaps(code, start, end):
    for match in re.compile(r"\b(?!if\b|for\b|while\b|switch\b|return\b|sizeof\b)[a-z]\w*\(").finditer(code, start, end):
        parts = arguments(code, match.end(), end)
        for (a, b), (c, d) in zip(parts, parts[1:]):
            one, other = code[a:b].strip(), code[c:d].strip()
            if one != other:
                yield code.index(one, a), d, f"{other}, {one}"


def negations(code, start, end):
    for match in re.compile(r"\bif \(").finditer(code, start, end):
        parts = arguments(code, match.end(), end)
        if len(parts) == 1:
            a, b = parts[0]
            yield a, b, f"!({code[a:b]})"


OPERATORS = {
    "bound": turn(r"(?<= )(<=|>=|<|>)(?= )"),
    "equality": turn(r"(?<= )(==|!=)(?= )"),
    "logic": turn(r"(?<= )(&&|\|\|)(?=\s)"),
    "operator": turn(r"(\+\+|--|(?<= )(?:\+=|-=|<<|>>|[-+*/%])(?= ))"),
    "constant": constants,
    "field": fields,
    "drop": drops,
    "swap": swaps,
    "negate": negations,
}


# ---- The list -----------------------------------------------------------------------


def mutants_of(unit, function):
    """All mutants of one function, in the order in which they are chosen."""
    path, source, (start, end) = source_of(unit, function)
    code, found = blank(source), []
    for operator, run in OPERATORS.items():
        for ordinal, (a, b, text) in enumerate(run(code, start, end), 1):
            found.append(Mutant(unit.name, function, path, operator, ordinal, a, b, text, source))

    def order(mutant):
        return hashlib.sha256(f"{SEED} {mutant.name}".encode()).hexdigest()

    rounds, found = {}, sorted(found, key=order)
    for mutant in found:
        mutant.round = rounds.get(mutant.operator, 0)
        rounds[mutant.operator] = mutant.round + 1
    return sorted(found, key=lambda mutant: (mutant.round, order(mutant)))


def mutants(per_function=PER_FUNCTION):
    """The list: a few of each proved function, function by function."""
    chosen = []
    for unit in read_units():
        for function in unit.functions:
            chosen += mutants_of(unit, function)[:per_function]
    return chosen


def sample(chosen, number, count):
    """As many of the list as asked for, spread over it, which ones by a number that the commit has."""
    if not chosen:
        return []
    step = max(1, len(chosen) // count)
    return [chosen[(number + i * step) % len(chosen)] for i in range(min(count, len(chosen)))]
