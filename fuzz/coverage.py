#!/usr/bin/env python3
"""fuzz/coverage.py PROGRAMS FOLDER TARGET...

What the corpora alone reach of src/. Each TARGET's program in PROGRAMS (the plain
driver, built with clang's source-based coverage) replays corpus/TARGET. Prints a
line for each room and the branches of src/page that no input takes; FOLDER gets
the sources with their counts as HTML, and coverage.json for the report.

LLVM_VERSION is what the names of the LLVM tools end with, such as -19. Of programs
built with -fcoverage-mcdc it also counts conditions: those shown to change what
their decision comes to while all others of it stay (MC/DC), and those of src/page
that are not.
"""

import glob
import json
import os
import shutil
import subprocess
import sys

VERSION = os.environ.get("LLVM_VERSION", "")
KINDS = ("lines", "branches", "mcdc")
ROOMS = ["base", "page", "reference", "file", "tree", "api", "graph", "cli"]


def answer(tool, *words):
    return subprocess.run([tool + VERSION, *words], stdout=subprocess.PIPE, check=True).stdout


def replay(program, target, folder):
    """Runs a corpus; what it reached, as an indexed profile."""
    raw, profile = f"{folder}/{target}.profraw", f"{folder}/{target}.profdata"
    environment = {**os.environ, "LLVM_PROFILE_FILE": raw}
    done = subprocess.run([program, "-limit_ms=60000", f"corpus/{target}"], env=environment, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"coverage: {program} failed over corpus/{target}")
    answer("llvm-profdata", "merge", "-sparse", "-o", profile, raw)
    os.remove(raw)
    return profile


def objects(programs):
    words = [programs[0]]
    for program in programs[1:]:
        words += ["-object", program]
    return words


def summaries(profile, programs, sources):
    """Lines and branches, covered and all, by file."""
    text = answer("llvm-cov", "export", "-summary-only", f"-instr-profile={profile}", *objects(programs), *sources)
    found = {}
    for file in json.loads(text)["data"][0]["files"]:
        name = os.path.relpath(file["filename"])
        found[name] = {kind: (file["summary"][kind]["covered"], file["summary"][kind]["count"])
                       for kind in KINDS if kind in file["summary"]}
    return found


def total(files, kind):
    return [sum(file[kind][0] for file in files), sum(file[kind][1] for file in files)]


def totals(files):
    """All kinds that are counted; a build without MC/DC counts none of it."""
    sums = {kind: total(files, kind) for kind in KINDS if all(kind in file for file in files)}
    return {kind: pair for kind, pair in sums.items() if pair[1] != 0}


def share(pair):
    return 100.0 * pair[0] / pair[1] if pair[1] else 100.0


def by_room(files):
    rooms = {}
    for room in ROOMS:
        inside = [sums for name, sums in files.items() if name.startswith(f"src/{room}/")]
        if inside:
            rooms[room] = totals(inside)
    return rooms


def branches_left(profile, programs, sources):
    """Places of conditions, and the outcome that no input brought about; several copies of a condition count as one."""
    text = answer("llvm-cov", "export", f"-instr-profile={profile}", *objects(programs), *sources)
    taken = {}
    for file in json.loads(text)["data"][0]["files"]:
        for line, column, _, _, true, false, *_ in file["branches"]:
            counts = taken.setdefault((os.path.relpath(file["filename"]), line, column), [0, 0])
            counts[0] += true
            counts[1] += false
    return [(*place, outcome) for place, counts in sorted(taken.items())
            for outcome, count in zip(("true", "false"), counts) if count == 0]


def conditions_left(profile, programs, sources):
    """Places of decisions, and which of their conditions, counted from 1, was not shown to matter; a decision that
    several programs have counts as one."""
    text = answer("llvm-cov", "export", f"-instr-profile={profile}", *objects(programs), *sources)
    shown = {}
    for file in json.loads(text)["data"][0]["files"]:
        for line, column, *_, conditions in file.get("mcdc_records", []):
            place = (os.path.relpath(file["filename"]), line, column)
            shown[place] = [a or b for a, b in zip(conditions, shown.get(place, conditions))]
    return [(*place, number) for place, conditions in sorted(shown.items())
            for number, is_shown in enumerate(conditions, 1) if not is_shown]


def lines_left(folder):
    """Runs of source lines of src/page that no input ran, from the text form of the report."""
    found = []
    for path in sorted(glob.glob(f"{folder}/text/**/src/page/*.txt", recursive=True)):
        name = "src/page/" + os.path.basename(path)[:-4]
        first = last = 0
        for row in [*open(path, errors="replace"), "0|1|"]:
            parts = row.split("|", 2)
            if len(parts) < 3 or not parts[0].strip().isdigit():
                continue
            number, count = int(parts[0]), parts[1].strip()
            if count == "0":
                first, last = first or number, number
            elif first and count:
                found.append(f"{name}:{first}" + (f"-{last}" if last > first else ""))
                first = 0
    return found


def show(profile, programs, sources, folder):
    for form, where in (("html", folder), ("text", f"{folder}/text")):
        answer("llvm-cov", "show", f"-format={form}", "-show-branches=count", f"-output-dir={where}",
               f"-instr-profile={profile}", *objects(programs), *sources)


def main():
    where, folder, *targets = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    sources = sorted(path for path in glob.glob("src/*/*.[ch]"))
    programs = [f"{where}/{target}_fuzzer" for target in targets]
    profiles = [replay(program, target, folder) for program, target in zip(programs, targets)]
    everything = f"{folder}/all.profdata"
    answer("llvm-profdata", "merge", "-sparse", "-o", everything, *profiles)
    files = summaries(everything, programs, sources)
    rooms = by_room(files)
    rooms["all"] = totals(files.values())
    each = {}
    for target, program, profile in zip(targets, programs, profiles):
        own = summaries(profile, [program], sources).values()
        each[target] = totals(own)
    page = [path for path in sources if path.startswith("src/page/")]
    left = branches_left(everything, programs, page)
    show(everything, programs, sources, folder)
    with open(f"{folder}/coverage.json", "w") as out:
        json.dump({"rooms": rooms, "targets": each, "files": files, "left": left}, out, indent=1)
    for room, sums in rooms.items():
        print(f"{room:10}" + "".join(f"  {kind} {sums[kind][0]:6} of {sums[kind][1]:6}  {share(sums[kind]):6.2f} %"
                                     for kind in KINDS if kind in sums))
    for path, line, column, outcome in left:
        print(f"{path}:{line}:{column}: never {outcome}")
    for path, line, column, number in conditions_left(everything, programs, page):
        print(f"{path}:{line}:{column}: condition {number} never shown to matter")
    for place in lines_left(folder):
        print(f"{place}: never run")
    print(f"{folder}/index.html")


main()
