"""
What looks proved and is not, and the gates that must refuse it. Most controls are files of
controls/: a program with an opening comment that says what the run is given and which gates
must refuse it, no more and no fewer. Its fields:

    Proved: f g          the functions that stand in functions.txt; Safety: f   those marked so
    Gates: goal, words   what must refuse it; without this line all must let it pass
    Without: -wp-rte     a guard that is missing from the command; With: -wp-x   what it says beside them
    Bound: 0.001         seconds that a goal may take; Floor: f 9   properties that f had
    Smoke: yes           is also searched for contradictions
    Forge: yes           all verdicts of a first run are made valid, and a replay believes them; then comes a cold run

A file of logic (.acsl) stands for a file of lemmas. The other controls, at the end of this
file, are lists that lost or gained a line, tools that are missing, and sessions that were edited.
"""
import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

from tool.fresh import MADE_OF, check_fresh, made_of, read_text
from tool.gates import check_cycles, check_scope
from tool.run import GUARDS, OPTIONS, TOOLS, check_tools, doomed_of, run_unit, unpack_session
from tool.units import BUILD, COMMENT, HERE, Lists, Unit, read_lists, read_units

FOLDER = os.path.join(HERE, "controls")


def read_control(path):
    with open(path) as file:
        head = COMMENT.search(file.read()).group()
    return dict(re.findall(r"^\W*(\w+): (.*?)\.?$", head, re.M))


def unit_of(path, fields):
    stem, kind = os.path.splitext(os.path.basename(path))
    name, functions = "control-" + stem, fields.get("Proved", "").split()
    if kind == ".acsl":
        source = os.path.join(BUILD, name + ".c")
        with open(source, "w") as file:
            file.write("/* Lemmas only. */\n")
        return Unit(name, source, functions, path)
    unit = Unit(name, path, functions, None, fields.get("Safety", "").split())
    unit.bound = float(fields.get("Bound", unit.bound))
    return unit


def forge(unit):
    """Makes every verdict of the unit's cache a valid one."""
    folder = os.path.join(BUILD, unit.name, "cache")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as file:
            prover = re.search(r'"prover": "([^"]*)"', file.read()).group(1)
        with open(os.path.join(folder, name), "w") as file:
            json.dump({"prover": prover, "verdict": "valid", "time": 0.1, "steps": 1}, file)


def run_file(file_name, env):
    """The gates that refuse one control, with what they say, and the gates that should."""
    path = os.path.join(FOLDER, file_name)
    fields = read_control(path)
    floor = fields.get("Floor", "").split()
    floors = {("control-" + os.path.splitext(file_name)[0], floor[0]): int(floor[1])} if floor else None
    lists = Lists(fields.get("Proved", "").split(), floors=floors)
    guards = [guard for guard in GUARDS if guard != fields.get("Without")] + fields.get("With", "").split()
    unit = unit_of(path, fields)
    if "Forge" in fields:
        run_unit(unit, env, "update", 1, lists, guards)
        forge(unit)
        unit = unit_of(path, fields)
        run_unit(unit, env, "offline", 1, lists, guards)
        if unit.failures:
            unit.fail("replay", "a replay of forged verdicts fails, although nothing tells them apart")
            return unit.failures, fields
        unit = unit_of(path, fields)
    run_unit(unit, env, "none", 1, lists, guards)
    check_cycles([unit])
    if "Smoke" in fields:
        for goal in doomed_of(unit, env, "none", 1)[1]:
            unit.fail("vacuous", goal)
    return unit.failures, fields


# ---- Controls that are no files ------------------------------------------------------


def lists_without(change):
    """What check_scope says of the lists as they are, but for one change."""
    units = read_units()
    lists = read_lists(units)
    with tempfile.TemporaryDirectory() as folder:
        change(units, lists, folder)
        return check_scope(lists, units)


def leaves_the_list(units, lists, folder):
    name = units[0].functions.pop()
    lists.listed.discard(name)
    lists.unproved.add(name)


def vanishes(units, lists, folder):
    lists.listed.discard(units[0].functions.pop())


def unlisted_function(units, lists, folder):
    path = os.path.join(folder, "more.c")
    with open(path, "w") as file:
        file.write("size_t one_more(size_t x)\n{\n    return x;\n}\n")
    lists.rooms.append(path)


def without_floor(units, lists, folder):
    lists.floors.pop(sorted(lists.floors)[0])


def session_with(line):
    """What a replay says of a session with this line in it."""
    key, value = line
    unit = Unit("control-session", "", [], None)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, unit.name + ".json"), "w") as file:
            json.dump({key: value}, file)
        unpack_session(unit, folder)
    return unit.failures


def stale_with(more, function="", options=()):
    """What is stale, of a session recorded today, when bytes.h has gained some text, a unit a function, or a run an option."""
    units = [unit for unit in read_units() if unit.name in ("base-varint", "page-other")]
    with tempfile.TemporaryDirectory() as folder:
        for unit in units:
            with open(os.path.join(folder, unit.name + ".json"), "w") as file:
                json.dump({MADE_OF: made_of(unit, OPTIONS)}, file)
        units[0].functions += [function] if function else []
        return check_fresh(units, [*OPTIONS, *options],
                           lambda path: read_text(path) + (more if path.endswith("/bytes.h") else ""), folder)


def stale_without_digests():
    unit = next(unit for unit in read_units() if unit.name == "page-slot")
    with tempfile.TemporaryDirectory() as folder:
        for name in (unit.name, "page-gone"):
            with open(os.path.join(folder, name + ".json"), "w") as file:
                json.dump({KEY: "CVC4:1.8 0.1 1"}, file)
        problems = check_fresh([unit], OPTIONS, session=folder)
    return problems if len(problems) == 2 else []


def tools_with(name, command, version):
    return [("tools", problem) for problem in check_tools(dict(TOOLS, **{name: (command, version)}), False)]


KEY = "0123456789abcdef0123456789abcdef"
OTHERS = [
    ("(a solver that is not there)", "tools", lambda: tools_with("no-such-prover", ["no-such-prover"], "1")),
    ("(a solver of another version)", "tools", lambda: tools_with("cvc4", ["cvc4", "--version"], "0.0")),
    ("(Frama-C is not there)", "tools", lambda: tools_with("no-frama-c", ["no-frama-c"], "25")),
    ("(proved, now called unproved)", "floor", lambda: lists_without(leaves_the_list)),
    ("(proved, now in no list)", "floor, list", lambda: lists_without(vanishes)),
    ("(a function that nobody listed)", "list", lambda: lists_without(unlisted_function)),
    ("(in both lists)", "list", lambda: lists_without(lambda u, lists, f: lists.unproved.add("page_pgno"))),
    ("(unproved, and not there)", "list", lambda: lists_without(lambda u, lists, f: lists.unproved.add("no_such"))),
    ("(one more that is trusted)", "trusted", lambda: lists_without(lambda u, lists, f: lists.trusted.add("page_init"))),
    ("(an exception without a reason)", "trusted", lambda: lists_without(lambda u, lists, f: lists.recursive.add("unargued"))),
    ("(a function without a floor)", "floor", lambda: lists_without(without_floor)),
    ("(a verdict of a strange solver)", "session", lambda: session_with((KEY, "Oracle:1.0 0.1 1"))),
    ("(a verdict that is no verdict)", "session", lambda: session_with((KEY, "CVC4:1.8 soon"))),
    ("(a verdict of no goal's hash)", "session", lambda: session_with(("goal", "CVC4:1.8 0.1 1"))),
    ("(a header grew after the recording)", "stale", lambda: stale_with("void more(void);\n")),
    ("(a contract grew after it)", "stale", lambda: stale_with("/*@ ensures more: 1 == 1; */\n")),
    ("(a unit gained a function after it)", "stale", lambda: stale_with("", "varint_more")),
    ("(a run gained an option after it)", "stale", lambda: stale_with("", options=["-wp-more"])),
    ("(a header gained a remark after it)", "", lambda: stale_with("\n/* A remark. */ // more\n")),
    ("(a session that tells nothing of its files)", "stale", stale_without_digests),
]


def run_controls(names, env, jobs):
    """Each control is refused by the gates that it names and no others; good.c passes all of them."""
    files = [name for name in sorted(os.listdir(FOLDER)) if name.endswith((".c", ".acsl"))]
    files = [name for name in files if not names or os.path.splitext(name)[0] in names]
    wrong = []

    def judge(name, failures, expected):
        gates = {gate for gate, _ in failures}
        expected = set(expected.replace(",", " ").split())
        good = gates == expected
        print(f"{'ok  ' if good else 'FAIL'} {name:34} refused by: {', '.join(sorted(gates)) or 'nothing'}", flush=True)
        if not good:
            wrong.append(name)
            print(f"     expected: {', '.join(sorted(expected)) or 'nothing'}")
            for gate, text in failures:
                print(f"     {gate}: {text[:300]}")

    with ThreadPoolExecutor(jobs) as pool:
        for name, (failures, fields) in zip(files, pool.map(lambda name: run_file(name, env), files)):
            judge(name, failures, fields.get("Gates", ""))
    others = [] if names else OTHERS
    for name, expected, run in others:
        judge(name, run(), expected)
    count = len(files) + len(others)
    print(f"{count - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or not count else 0
