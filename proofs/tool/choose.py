"""
Which part of the proofs a run takes. `make verify` replays one part of several, chosen by
the commit, so that it ends in time however many functions are proved: each part takes
about two minutes on two cores. The parts are the same for everybody who has the same files,
and together they are all of the proofs.
"""
import datetime
import json
import os
import subprocess

from tool.units import ROOT, SESSION

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
