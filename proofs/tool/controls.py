"""Files that look proved, and the gate that must refuse each."""
import os
import re

from tool.gates import check_cycles
from tool.run import GUARDS, check_tools, run_unit
from tool.units import COMMENT, HERE, Unit


def read_control(path):
    with open(path) as file:
        head = COMMENT.search(file.read()).group()
    fields = dict(re.findall(r"^\W*(\w+): (.*?)\.?$", head, re.M))
    return fields


def run_controls(names, env, jobs):
    """A control names its gate in its opening comment; the control called good.c must pass all of them."""
    folder, wrong, count = os.path.join(HERE, "controls"), [], 0
    for file_name in sorted(os.listdir(folder)):
        if not file_name.endswith(".c") or (names and file_name[:-2] not in names):
            continue
        path = os.path.join(folder, file_name)
        fields = read_control(path)
        functions = fields.get("Proved", "").split()
        unit = Unit("control-" + file_name[:-2], path, functions, None, fields.get("Safety", "").split())
        guards = [guard for guard in GUARDS if guard != fields.get("Without")]
        run_unit(unit, env, "none", jobs, set(functions), set(), set(), guards)
        check_cycles([unit])
        gates = {gate for gate, _ in unit.failures}
        expected = set(fields.get("Gates", "").replace(",", " ").split())
        good = gates == expected
        count += 1
        print(f"{'ok  ' if good else 'FAIL'} {file_name:32} refused by: {', '.join(sorted(gates)) or 'nothing'}")
        if not good:
            wrong.append(file_name)
            print(f"     expected: {', '.join(sorted(expected)) or 'nothing'}")
            for gate, text in unit.failures:
                print(f"     {gate}: {text[:300]}")
    missing = {"no-such-prover": (["no-such-prover"], "1"), "why3": (["why3", "--version"], "no such version")}
    if len(check_tools(missing, False)) != 2:
        wrong.append("tools")
    print(f"{'FAIL' if 'tools' in wrong else 'ok  '} {'(a solver that is not there)':32} refused by: tools")
    print(f"{count + 1 - len(wrong)} controls passed, {len(wrong)} failed")
    return 1 if wrong else 0
