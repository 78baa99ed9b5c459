"""
Which part of the proofs a run takes.

`make verify` replays one part of several, chosen by the commit, so that it ends in time
however many functions are proved: each part takes about two minutes on two cores. The parts
are the same for everybody who has the same files, and together they are all of the proofs.

`make prove-changed` proves from nothing what a change touches: a function whose own text,
contract or annotations changed, whose callee has another contract, or that sees another
type, variable, lemma, or logic definition among those that it uses, directly or through
others, or that is new in functions.txt. Both states are compared as Frama-C prints them, so that comments and layout do not
count. What cannot be told is proved: all of a unit that cannot be read as it was, and
everything after a change of the runner, of the solvers' configuration, or without a base.
"""
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess

from tool.gates import Program, preprocessed, printed
from tool.units import ANNOTATION, BUILD, ROOT, SESSION, Unit, read_units

# What a part may weigh. A unit weighs a second for each part of a hundred, or nearly so, on one core.
PART_WEIGHT = 22000


def weight(unit):
    """How long a replay of the unit takes, as measured: by its verdicts, its functions, and Frama-C's start."""
    path = os.path.join(SESSION, unit.name + ".json")
    verdicts = 0
    if os.path.exists(path):
        with open(path) as file:
            verdicts = len(json.load(file))
    return 28 * verdicts + 60 * len(unit.functions) + 200


def split(units):
    """As few parts as their weight allows, of about the same weight: the heaviest units are dealt out first."""
    total = sum(weight(unit) for unit in units)
    parts = [[] for _ in range(max(1, -(-total // PART_WEIGHT)))]
    weights = [0] * len(parts)
    for unit in sorted(units, key=lambda unit: (-weight(unit), unit.name)):
        lightest = weights.index(min(weights))
        parts[lightest].append(unit)
        weights[lightest] += weight(unit)
    return parts


def today():
    """A number that the commit has, and what to call it; without git, the day's."""
    asked = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    if asked.returncode == 0:
        return int(asked.stdout, 16), "commit " + asked.stdout.strip()
    day = datetime.datetime.now(datetime.timezone.utc).date()
    return day.toordinal(), f"the day {day}"


def part_of(units, wanted):
    """The units of one part, in their order, and a sentence that says which: `wanted` is "commit", or a part's number."""
    parts = split(units)
    if wanted == "commit":
        number, by = today()
        index = number % len(parts)
    else:
        index, by = (int(wanted) - 1) % len(parts), "request"
    chosen = {unit.name for unit in parts[index]}
    functions = sum(len(unit.functions) for unit in units)
    mine = sum(len(unit.functions) for unit in parts[index])
    return ([unit for unit in units if unit.name in chosen],
            f"{mine} of {functions} functions: part {index + 1} of {len(parts)}, chosen by {by}")


# ---- What a change touches ------------------------------------------------------------

# A change of these may change any goal, or what counts as proved.
EVERYTHING = ("proofs/why3/", "proofs/tool/run.py", "proofs/tool/gates.py", "proofs/tool/units.py")


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def base_revision(wanted):
    """What to compare with: the revision asked for, else where this branch left the main one, else the commit before."""
    head = git("rev-parse", "HEAD")
    if wanted:
        return git("rev-parse", "--verify", wanted + "^{commit}")
    fork = git("merge-base", "HEAD", "origin/main")
    return fork if fork and fork != head else git("rev-parse", "--verify", "HEAD~1^{commit}")


class View:
    """A unit as Frama-C prints it: what each function rests on."""

    def __init__(self, unit, env):
        text = printed(unit, env)
        self.program = Program(text)
        self.functions, rest = self.program.chunks(text)
        self.logic, self.lemmas = {}, []
        for block in ANNOTATION.findall(rest):
            names = re.findall(r"\b(?:logic|predicate)\b[^=;]*?(\w+)\s*(?:\{[^}]*\})?\s*(?:\([^=]*?\))?\s*(?:=|;)", block)
            for name in names:
                self.logic[name] = self.logic.get(name, "") + block
            if not names:
                self.lemmas.append(block)
        self.rest = ANNOTATION.sub("", rest)

    def used(self, texts):
        """The logic definitions that these texts mention, and those that they lead to."""
        seen, todo = set(), list(texts)
        while todo:
            for word in set(re.findall(r"\w+", todo.pop())) & set(self.logic):
                if word not in seen:
                    seen.add(word)
                    todo.append(self.logic[word])
        return [self.logic[name] for name in sorted(seen)]

    def fingerprint(self, name):
        if name not in self.functions:
            return None
        whole = self.functions[name][1]
        callees = sorted(set(re.findall(r"\b(\w+)\s*\(", whole)) & set(self.functions) - {name})
        texts = [whole, *[self.functions[callee][0] for callee in callees], *self.lemmas]
        parts = [*texts, *self.used(texts), self.rest]
        return hashlib.sha256("\0".join(" ".join(part.split()) for part in parts).encode()).hexdigest()


def unit_at_base(unit, folder):
    """The same unit in the base's tree, or None if it was not there."""
    def there(path):
        return os.path.join(folder, os.path.relpath(path, ROOT))

    if not unit.functions:
        logic = there(unit.logic)
        return Unit(unit.name, unit.source, [], logic) if os.path.exists(logic) else None
    stem = os.path.splitext(os.path.basename(unit.source))[0]
    logic = [path for path in (os.path.join(folder, "proofs", "logic", stem + end) for end in ("_lemmas.acsl", ".acsl"))
             if os.path.exists(path)]
    source = there(unit.source)
    return Unit(unit.name, source, unit.functions, logic[0] if logic else None) if os.path.exists(source) else None


def changed_since(units, wanted, env):
    """Unit -> its functions that a change since the base touches, and a sentence about it."""
    everything = {unit.name: set(unit.functions) or {""} for unit in units}
    base = base_revision(wanted)
    if not base:
        return everything, "no base to compare with: everything is proved from nothing"
    files = git("diff", "--name-only", base, "--", "src", "proofs").splitlines()
    files += git("ls-files", "--others", "--exclude-standard", "src", "proofs").splitlines()
    since = f"since {base[:12]}"
    for name in files:
        if name.startswith(EVERYTHING):
            return everything, f"{name} changed {since}: everything is proved from nothing"
    if not [name for name in files if name.startswith(("src/base/", "src/page/", "proofs/logic/", "proofs/functions.txt"))]:
        return {}, f"nothing that is proved changed {since}"
    folder = os.path.join(BUILD, "base")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    archive = subprocess.run(["git", "-C", ROOT, "archive", base, "src", "proofs"], capture_output=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    listed = {unit.name: set(unit.functions) for unit in read_units(os.path.join(folder, "proofs", "functions.txt"))}
    touched = {}
    for unit in units:
        new = set(unit.functions) - listed.get(unit.name, set())
        read = preprocessed(unit.source)[1] + (preprocessed(unit.logic)[1] if unit.logic else [])
        if not new and not {os.path.relpath(path, ROOT) for path in read} & set(files):
            continue
        before = unit_at_base(unit, folder)
        then, now = View(before, env) if before else None, View(unit, env)
        if not unit.functions:
            same = then and then.lemmas == now.lemmas and then.logic == now.logic and then.rest == now.rest
            names = set() if same else {""}
        else:
            names = {name for name in unit.functions
                     if not then or name in new or now.fingerprint(name) is None or then.fingerprint(name) != now.fingerprint(name)}
        if names:
            touched[unit.name] = names
    count = sum(len(names - {""}) for names in touched.values())
    return touched, f"{count} functions in {len(touched)} units touched {since}"


def with_an_eighth(units, cold):
    """The same, with an eighth of all other functions, and of the files of lemmas, by the commit."""
    number, by = today()
    functions, cold = sum(len(unit.functions) for unit in units), {name: set(names) for name, names in cold.items()}
    changed = sum(len(names - {""}) for names in cold.values())
    for unit in units:
        for name in unit.functions or [""]:
            if int(hashlib.sha256(f"{unit.name} {name}".encode()).hexdigest(), 16) % 8 == number % 8:
                cold.setdefault(unit.name, set()).add(name)
    more = sum(len(names - {""}) for names in cold.values()) - changed
    return cold, (f"{functions} functions, of which {changed} changed and {more} chosen by {by} were proved from nothing "
                  f"and the rest replayed")
