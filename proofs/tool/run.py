"""One run of WP over one unit, the gates that look at what came of it, and the session of verdicts."""
import copy
import csv
import json
import os
import re
import shutil
import subprocess
import time

from tool.fresh import MADE_OF, made_of, session_file
from tool.gates import Program, check_source, frama_c, printed
from tool.units import BUILD, HERE, SESSION, read_names

TOOLS = {
    "frama-c": (["frama-c", "-version"], "25."),
    "why3": (["why3", "--version"], "1.5."),
    "z3": (["z3", "--version"], "4.8.12"),
    "cvc4": (["cvc4", "--version"], "1.8"),
    "cvc5": (["cvc5", "--version"], "1.0.3"),
}
GUARDS = [
    "-wp-rte",
    "-warn-unsigned-overflow",
    "-warn-unsigned-downcast",
    "-warn-signed-downcast",
    "-wp-definitions-terminate",
    "-wp-declarations-terminate",
]
PROVERS = "cvc4,CVC5:1.0.3,z3"
# Lemmas about the few recursive definitions need an induction over a natural number, which cvc5 finds when it is asked to.
INDUCTION = "CVC5:1.0.3:induction"
TIMEOUT = 10
# What else than files and functions a verdict of the session depends on.
OPTIONS = [*GUARDS, PROVERS, INDUCTION, str(TIMEOUT)]
# As the session names the solvers.
VERDICTS = ("CVC4:1.8", "CVC5:1.0.3", "CVC5:1.0.3:induction", "Z3:4.8.12")
# Frama-C says this when it adds an obligation of its own; every other warning counts.
HARMLESS = re.compile(r"^\s*Missing terminates clause (?:for|on call to) \w+, (?:populates|defaults to) '?(?:terminates )?\\true'?$")

# ---- Tools -----------------------------------------------------------------------


def check_tools(tools, replay):
    problems = []
    for name, (command, version) in tools.items():
        if replay and name in ("z3", "cvc4", "cvc5"):
            continue
        if shutil.which(name) is None:
            problems.append(f"{name} is not installed (make setup)")
            continue
        said = subprocess.run(command, capture_output=True, text=True).stdout
        if version not in said:
            problems.append(f"{name} is not version {version}: {said.strip().splitlines()[:1]}")
    return problems


def write_why3_conf():
    """Why3's configuration with the three solvers, and a driver for cvc5 beside copies of Why3's own."""
    def ask(option):
        return subprocess.run(["why3", option], capture_output=True, text=True, check=True).stdout.strip()

    datadir, drivers = ask("--print-datadir"), os.path.join(BUILD, "drivers")
    os.makedirs(drivers, exist_ok=True)
    shutil.copy(os.path.join(HERE, "why3", "cvc5.drv"), drivers)
    for name in os.listdir(os.path.join(datadir, "drivers")):
        if name.endswith(".gen"):
            shutil.copy(os.path.join(datadir, "drivers", name), drivers)
    with open(os.path.join(HERE, "why3", "why3.conf.in")) as file:
        text = file.read()
    for key, value in (("DATADIR", datadir), ("LIBDIR", ask("--print-libdir")), ("DRIVERS", drivers),
                       ("Z3", shutil.which("z3") or "z3"), ("CVC4", shutil.which("cvc4") or "cvc4"),
                       ("CVC5", shutil.which("cvc5") or "cvc5")):
        text = text.replace(f"@{key}@", value)
    conf = os.path.join(BUILD, "why3.conf")
    with open(conf, "w") as file:
        file.write(text)
    return dict(os.environ, WHY3CONFIG=conf)


# ---- The run ------------------------------------------------------------------------


def check_flags(unit, command):
    for flag in GUARDS:
        if flag not in command:
            unit.fail("flags", f"{flag} is off")
    for word in command:
        if re.match(r"-(?:no-|rte-no-|wp-no-|wp-prop|wp-skip|wp-hypotheses)", word):
            unit.fail("flags", f"{word} takes a guard away")


def wp_command(unit, cache, jobs, guards, functions):
    work = os.path.join(BUILD, unit.name)
    command = frama_c(unit) + [unit.source, "-wp", *guards]
    command += ["-wp-prover", PROVERS if functions or unit.functions else f"script,{PROVERS},{INDUCTION}"]
    command += ["-wp-timeout", str(TIMEOUT), "-wp-par", str(jobs), "-wp-session", work, "-wp-cache", cache]
    if functions or unit.functions:
        command += ["-wp-fct", ",".join(functions or unit.functions)]
    else:
        command += ["-wp-auto", "wp:bitshift"]
    command += ["-wp-report-json", os.path.join(work, "totals.json")]
    command += ["-then", "-report-untried", "-report-csv", os.path.join(work, "properties.csv")]
    return command


def run_unit(unit, env, cache, jobs, lists, guards=tuple(GUARDS), only=(), cold=()):
    """
    One unit through all gates; with `only`, some functions of it, for work at them. Those of
    `cold` are proved from nothing, the others as `cache` says: then Frama-C runs twice.
    """
    work = os.path.join(BUILD, unit.name)
    if cache != "offline":
        shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work, exist_ok=True)
    start = time.monotonic()
    check_source(unit, Program(printed(unit, env)), lists)
    functions = list(only or unit.functions)
    cold = [name for name in functions if name in cold]
    warm = [name for name in functions if name not in cold]
    unit.is_split = bool(cold and warm)
    output = ""
    for part, verdicts in ((cold, "none"), (warm, cache)) if cold else ((functions, cache),):
        if part or not functions:
            tries = (jobs, 1) if cold and part is cold else (jobs,)
            output += run_tries(unit, env, verdicts, tries, guards, part, lists if not only else None)
    with open(os.path.join(work, "output.txt"), "w") as file:
        file.write(output)
    if unit.valid != unit.goals or unit.goals == 0:
        unit.fail("goal", f"{unit.goals - unit.valid} of {unit.goals} goals are open: " + ", ".join(unit.open))
    if not only:
        check_floors(unit, lists)
    unit.seconds = time.monotonic() - start


def run_tries(unit, env, cache, tries, guards, functions, lists):
    """
    A run with each number of jobs until one leaves no goal open. What a change touches is
    proved beside other work, and a solver that had to share its core is asked once more, alone.
    """
    before, output = copy.deepcopy(vars(unit)), ""
    for jobs in tries:
        vars(unit).update(copy.deepcopy(before))
        output += run_wp(unit, env, cache, jobs, guards, functions, lists)
        if unit.valid == unit.goals:
            break
        print(f"     {unit.name}, {jobs} jobs: open are {', '.join(unit.open)}", flush=True)
    return output


def run_wp(unit, env, cache, jobs, guards, functions, lists):
    work = os.path.join(BUILD, unit.name)
    command = wp_command(unit, cache, jobs, guards, functions)
    check_flags(unit, command)
    for name in ("totals.json", "properties.csv"):
        if os.path.exists(os.path.join(work, name)):
            os.remove(os.path.join(work, name))
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    check_output(unit, done, work)
    if lists is not None:
        check_properties(unit, functions, work)
    return done.stdout + done.stderr


def doomed_of(unit, env, cache, jobs):
    """Number of smoke tests passed, those that failed, and the whole output: WP tries to prove a contradiction."""
    command = wp_command(unit, cache, jobs, GUARDS, ())
    at = command.index("-wp-prover")
    command[at:at] = ["-wp-smoke-tests", "-wp-smoke-timeout", "1"]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    passed = len(re.findall(r"^\[wp\] \[Passed\] Smoke-test", done.stdout, re.M))
    doomed = re.findall(r"^\[wp\] \[(?!Passed).*Smoke-test.*$", done.stdout, re.M)
    if done.returncode != 0 or passed + len(doomed) == 0:
        doomed.append("WP made no smoke test: " + (done.stdout + done.stderr)[-1500:])
    return passed, doomed


def accepted_warnings(unit):
    rules = read_names(os.path.join(HERE, "accepted_warnings.txt"))
    return [rule for rule in rules if rule.startswith(unit.name + ": ")]


def open_goals(output):
    return re.findall(r"^\[wp\] \[(?:Failed|[^\]]*)\] (?:Goal )?(typed_\w+)(?! : Valid)(?=[^:\n]*$| : (?!Valid))", output, re.M)


def lost_goal(unit, function, env, seconds):
    """The first goal of a function that its solvers do not prove, helped by the session; "" if they prove all."""
    unpack_session(unit)
    command = wp_command(unit, "replay", 1, GUARDS, [function])
    command[command.index("-wp-timeout") + 1] = str(seconds)
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    total = re.findall(r"Proved goals:\s+(\d+) / (\d+)", done.stdout)
    if done.returncode != 0 or not total:
        return "Frama-C refuses it"
    if total[-1][0] == total[-1][1]:
        return ""
    return (open_goals(done.stdout) or ["a goal"])[0].removeprefix("typed_")


def check_output(unit, done, work):
    if done.returncode != 0:
        unit.fail("goal", "Frama-C stopped:\n" + (done.stdout + done.stderr)[-2000:])
    lines = (done.stdout + done.stderr).splitlines()
    for i, line in enumerate(lines):
        if "Warning:" in line or "User Error" in line:
            text = line + (lines[i + 1] if i + 1 < len(lines) else "")
            following = lines[i + 1] if i + 1 < len(lines) else ""
            accepted = any(following.strip() == rule.split(": ", 1)[1] for rule in accepted_warnings(unit))
            if not HARMLESS.match(following) and not accepted:
                unit.fail("warning", text)
    total = re.findall(r"Proved goals:\s+(\d+) / (\d+)", done.stdout)
    if not total:
        unit.fail("goal", "WP reports no goals at all")
        return
    unit.valid += int(total[-1][0])
    unit.goals += int(total[-1][1])
    check_times(unit, done.stdout)
    unit.open += open_goals(done.stdout)
    try:
        with open(os.path.join(work, "totals.json")) as file:
            totals = json.load(file) or {}
    except (OSError, ValueError) as problem:
        unit.fail("goal", f"WP's totals cannot be read: {problem}")
        return
    for prover, numbers in totals.get("wp:global", {}).items():
        if prover == "wp:main":
            if numbers.get("valid", 0) != numbers["total"]:
                unit.fail("goal", "WP's totals count an open goal")
        elif "valid" in numbers:
            unit.by_prover[prover] = unit.by_prover.get(prover, 0) + numbers["valid"]
    for name, parts in totals.get("wp:functions", {}).items():
        unit.per_function[name] = parts["wp:section"]["wp:main"]["total"]


def seconds_of(text):
    """A time as WP writes it: 54ms, 1.2s, 1'12s."""
    minutes, _, rest = text.rpartition("'")
    number = float(rest[:-2]) / 1000 if rest.endswith("ms") else float(rest.rstrip("s"))
    return number + 60 * float(minutes or 0)


def check_times(unit, output):
    """What each goal took, of WP's own simplifier and of the solver; verdicts of the session carry the time of their proof."""
    for goal, times in re.findall(r"^\[wp\] \[[^\]]*\] Goal typed_(\w+) : Valid((?: \([^)]*\))*)", output, re.M):
        seconds = sum(seconds_of(text) for text in re.findall(r"\((?:Qed:)?([\d.']+m?s)\)", times))
        seconds += sum(seconds_of(text) for text in re.findall(r"\(Qed:[\d.']+m?s / ([\d.']+m?s)\)", times))
        owner = max((name for name in unit.functions if goal.startswith(name + "_")), key=len, default="")
        unit.times[owner] = unit.times.get(owner, 0.0) + seconds
        if seconds >= unit.slowest.get(owner, ("", -1.0))[1]:
            unit.slowest[owner] = (goal, seconds)
        if seconds > unit.bound:
            unit.fail("time", f"{goal} took {seconds:.1f} s, and may take {unit.bound} s")


def check_properties(unit, functions, work):
    """Frama-C's own verdict on every property: sees what a total of goals cannot, such as a part left out."""
    try:
        with open(os.path.join(work, "properties.csv")) as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except OSError as problem:
        unit.fail("property", f"no list of properties: {problem}")
        return
    seen = {}
    for row in rows:
        if row["directory"].startswith("FRAMAC_SHARE"):
            continue
        name, status, kind = row["function"], row["status"], row["property kind"]
        is_proved = status == "Valid" or (kind == "precondition" and unit.is_split)
        if name in unit.functions and is_proved and kind != "from clause":
            key = (name, row["line"], kind, row["property"])
            seen[key] = seen.get(key, 0) + 1
        if name in functions:
            unit.properties.setdefault(name, 0)
            if kind == "precondition" and status in ("Unknown", "Ignored"):
                continue  # nobody calls it in this unit; its callers prove it in theirs
            if kind == "from clause":
                continue  # WP proves none and builds on none
            if status != "Valid":
                unit.fail("property", f"{name}: {kind} is {status}: {row['property']}")
        elif not name and status != "Valid" and "lemma" in kind and not unit.functions:
            unit.fail("property", f"{kind} is {status}: {row['property'][:80]}")
    # A precondition is proved at each call; of a unit that is run in two, neither half has all of them.
    for key, count in seen.items():
        more = count - unit.seen.get(key, 0)
        if more > 0:
            unit.seen[key] = count
            unit.properties[key[0]] = unit.properties.get(key[0], 0) + more
    for name in functions:
        if name not in unit.properties:
            unit.fail("property", f"{name} has no property in the run")


def check_floors(unit, lists):
    for name in unit.functions:
        floor = (lists.floors or {}).get((unit.name, name), 0)
        if unit.properties.get(name, 0) < floor:
            unit.fail("floor", f"{name} has {unit.properties.get(name, 0)} valid properties, and had {floor}")


# ---- The session: the verdicts of a cold run, one small file a unit ------------------


def pack_session(unit):
    folder, entries = os.path.join(BUILD, unit.name, "cache"), {}
    if os.path.isdir(folder):
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name)) as file:
                # Not quite JSON: it has numbers such as 5. in it.
                entry = dict(re.findall(r'"(\w+)": "?([^",}\s]+)', file.read()))
            if entry.get("verdict") == "valid":
                entries[name[: -len(".json")]] = f"{entry['prover']} {entry.get('time', '0')} {entry.get('steps', '0')}"
    entries[MADE_OF] = made_of(unit, OPTIONS)
    os.makedirs(SESSION, exist_ok=True)
    with open(session_file(unit), "w") as file:
        json.dump(entries, file, indent=0, sort_keys=True)
        file.write("\n")


def unpack_session(unit, session=SESSION):
    work = os.path.join(BUILD, unit.name)
    shutil.rmtree(work, ignore_errors=True)
    folder = os.path.join(work, "cache")
    os.makedirs(folder)
    path = session_file(unit, session)
    if not os.path.exists(path):
        unit.fail("goal", "the session has no file for this unit (make prove-record)")
        return
    with open(path) as file:
        entries = json.load(file)
    entries.pop(MADE_OF, None)
    for key, value in entries.items():
        prover, seconds, steps = (value.split() + ["", "", ""])[:3]
        if prover not in VERDICTS or not re.fullmatch(r"[0-9a-f]{32} [\d.]+ \d+", f"{key} {seconds} {steps}"):
            unit.fail("session", f"no solver of ours gives the verdict {key}: {value}")
            continue
        with open(os.path.join(folder, key + ".json"), "w") as file:
            json.dump({"prover": prover, "verdict": "valid", "time": float(seconds), "steps": int(steps)}, file)
