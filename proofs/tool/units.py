"""What is to be proved: units, the lists beside this folder, and where everything stands."""
import os
import re
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(HERE)
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"), "proofs")
SESSION = os.path.join(HERE, "session")
LOGIC = os.path.join(HERE, "logic")

ANNOTATION = re.compile(r"/\*@.*?\*/|//@[^\n]*", re.S)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


class Unit:
    """One run of Frama-C: a C file, the functions to prove in it, and the logic it is read with."""

    def __init__(self, name, source, functions, logic, safety=()):
        self.name, self.source, self.functions = name, source, functions
        self.logic, self.safety = logic, set(safety)
        self.calls = {}
        self.failures, self.goals, self.valid, self.open = [], 0, 0, []
        self.seconds, self.by_prover, self.per_function = 0.0, {}, {}
        # Seconds that one goal may take. The solvers are given no more either; WP's simplifier is bound by nothing else.
        self.bound = 10.0
        self.properties, self.times, self.slowest = {}, {}, {}
        self.seen = {}  # how often each valid property was in one run
        self.is_split = False  # proved in two runs, one from nothing and one by the session

    def fail(self, gate, text):
        self.failures.append((gate, text))


def read_names(path):
    with open(path) as file:
        lines = [line.split("#")[0].rstrip() for line in file]
    return [line for line in lines if line.strip()]


def logic_of(source):
    """The module of logic that a source is read with: its own, with lemmas if it has any."""
    stem = os.path.splitext(os.path.basename(source))[0]
    for name in (stem + "_lemmas.acsl", stem + ".acsl"):
        if os.path.exists(os.path.join(LOGIC, name)):
            return os.path.join(LOGIC, name)
    return None


def read_units(path=os.path.join(HERE, "functions.txt")):
    units = []
    for line in read_names(path):
        words = line.split()
        if not line[0].isspace():
            stem = os.path.splitext(words[0])[0].replace("src/", "").replace("/", "-")
            units.append(Unit(stem, os.path.join(ROOT, words[0]), [], logic_of(words[0])))
        else:
            units[-1].functions.append(words[0])
            if words[1:] == ["safety"]:
                units[-1].safety.add(words[0])
            elif words[1:]:
                sys.exit(f"prove: functions.txt: what does {line.strip()!r} say?")
    return units


def lemma_units():
    """Each file of lemmas is proved on its own, once, whoever uses it."""
    units = []
    for name in sorted(os.listdir(LOGIC)):
        if name.endswith("_lemmas.acsl"):
            path = os.path.join(BUILD, name.replace(".acsl", ".c"))
            with open(path, "w") as file:
                file.write("/* Lemmas only. */\n")
            unit_name = "lemmas-" + name[: -len("_lemmas.acsl")]
            units.append(Unit(unit_name, path, [], os.path.join(LOGIC, name)))
    return units


# ---- The lists ---------------------------------------------------------------------


class Lists:
    """What functions.txt and the lists of exceptions beside it say; the controls hand in others."""

    def __init__(self, listed, trusted=(), recursive=(), unproved=(), floors=None, rooms=(), soundness=""):
        self.listed, self.trusted, self.recursive = set(listed), set(trusted), set(recursive)
        self.unproved, self.floors, self.rooms, self.soundness = set(unproved), floors, list(rooms), soundness


def read_floors():
    """How many properties of each function are proved, at least: (unit, function) -> number."""
    floors = {}
    path = os.path.join(HERE, "floors.txt")
    for line in read_names(path) if os.path.exists(path) else []:
        unit, function, number = line.split()
        floors[unit, function] = int(number)
    return floors


def write_floors(floors):
    with open(os.path.join(HERE, "floors.txt"), "w") as file:
        file.write("# Properties of each proved function that are valid, at least. make prove-record adds and raises; what\n"
                   "# is to be lower, or to go, is edited here by hand, so that nothing is lost unseen.\n")
        for (unit, function), number in sorted(floors.items()):
            file.write(f"{unit} {function} {number}\n")


def scope_files():
    """The files whose functions are all in functions.txt, in trusted.txt or in unproved.txt."""
    files = [os.path.join(ROOT, "src", "reference", "rebuild.c"), os.path.join(ROOT, "src", "reference", "rebuild.h")]
    for room in ("base", "page"):
        folder = os.path.join(ROOT, "src", room)
        files += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith((".c", ".h"))]
    return files


def read_lists(units):
    def names(file_name):
        return read_names(os.path.join(HERE, file_name))

    with open(os.path.join(HERE, "SOUNDNESS.md")) as file:
        soundness = file.read()
    listed = {(unit.name, name) for unit in units for name in unit.functions}
    return Lists({name for _, name in listed}, names("trusted.txt"), names("recursive.txt"), names("unproved.txt"),
                 read_floors(), scope_files(), soundness)
