#!/usr/bin/env python3
"""tests/bench/profile.py PROGRAM FOLDER

Samples compare-bench (PROGRAM, built with frame pointers) 997 times a second by
perf while it inserts records, once by the old path (V1 slots, each leaf taken
apart and laid out anew) and once as trees are today. For each: the share of the
functions in which the samples fell, the share of those that find where records
begin and end ("slicing"), and a flame graph, FOLDER/flame-NAME.svg: a box is a
function, as wide as the share of samples in which it was on the stack, above its
caller. PROFILE_DOCS sets how many records (default 30000 and 1000000).
"""

import collections
import html
import os
import re
import shutil
import subprocess
import sys

RATE = 997
RUNS = [("in-place-off", 30000, ["--in-place", "off", "--slots", "1"]), ("in-place-on", 1000000, [])]
SLICING = re.compile(r"^(slot_ends|v1_ends|slice_v1|entries_decode|entries_size|space_build|space_.*|extents?_.*|slot_extents.*)$")
TOP = 12
WIDTH, ROW, LEAST = 1200, 17, 0.001


def sample(program, docs, options, data):
    command = [program, "--mode", "inserts-only", "--docs", str(docs), "--commit-every", str(docs), "--sync", "off",
               "--repeat", "1", "--databases", "quire"] + options
    subprocess.run(["perf", "record", "-q", "-F", str(RATE), "--call-graph", "fp", "-o", data, "--"] + command,
                   check=True, stdout=subprocess.DEVNULL)
    return command


def stacks(data):
    """Each sample as its functions, the outermost first, and how often it was seen."""
    script = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym"], check=True, capture_output=True, text=True)
    counted = collections.Counter()
    for block in script.stdout.split("\n\n"):
        names = [line.split(None, 1)[1] if len(line.split(None, 1)) > 1 else "?" for line in block.strip().splitlines()]
        if names:
            counted[tuple(reversed([re.sub(r"\.(constprop|isra|part|cold)\.?\d*", "", name) for name in names]))] += 1
    return counted


def tree_of(counted):
    root = {"name": "all", "count": 0, "below": {}}
    for names, count in counted.items():
        node = root
        node["count"] += count
        for name in names:
            node = node["below"].setdefault(name, {"name": name, "count": 0, "below": {}})
            node["count"] += count
    return root


def depth_of(node, least):
    return 1 + max((depth_of(child, least) for child in node["below"].values() if child["count"] >= least), default=0)


def boxes(node, x, level, total, height, out):
    width = WIDTH * node["count"] / total
    y = height - (level + 1) * ROW
    share = 100 * node["count"] / total
    fill = "#d94f4f" if SLICING.match(node["name"]) else "#e8a860" if level else "#cccccc"
    name = html.escape(node["name"])
    out.append(f'<g><title>{name}: {share:.1f} %</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" '
               f'fill="{fill}"/>')
    letters = int(width / 7)
    if letters >= 3:
        text = node["name"] if len(node["name"]) <= letters else node["name"][:letters - 2] + ".."
        out.append(f'<text x="{x + 2:.1f}" y="{y + 12}">{html.escape(text)}</text>')
    out.append("</g>")
    for child in sorted(node["below"].values(), key=lambda child: child["name"]):
        if child["count"] >= LEAST * total:
            boxes(child, x, level + 1, total, height, out)
        x += WIDTH * child["count"] / total


def draw(counted, title, path):
    root = tree_of(counted)
    height = ROW * (depth_of(root, LEAST * root["count"]) + 2)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" '
           'font-size="11">', f'<text x="4" y="14">{html.escape(title)}</text>']
    boxes(root, 0, 0, root["count"], height, out)
    out.append("</svg>\n")
    with open(path, "w") as file:
        file.write("\n".join(out))


def shares(counted):
    total = sum(counted.values())
    own, slicing = collections.Counter(), 0
    for names, count in counted.items():
        own[names[-1]] += count
        slicing += count if any(SLICING.match(name) for name in names) else 0
    return total, own, slicing


def main():
    program, folder = sys.argv[1], sys.argv[2]
    if not shutil.which("perf"):
        sys.exit("profile: there is no perf here (package linux-perf)")
    os.makedirs(folder, exist_ok=True)
    for name, docs, options in RUNS:
        docs = int(os.environ.get("PROFILE_DOCS", docs))
        data = f"{folder}/{name}.perf"
        command = sample(program, docs, options, data)
        counted = stacks(data)
        if not counted:
            sys.exit(f"profile: perf took no sample of {name}: may this user sample? (/proc/sys/kernel/perf_event_paranoid)")
        total, own, slicing = shares(counted)
        draw(counted, f"{name}: {total} samples of inserts of {docs} records; slicing in red", f"{folder}/flame-{name}.svg")
        print(f"{name}: {' '.join(command[1:])}\n{total} samples, slicing on the stack in {100 * slicing / total:.1f} %")
        for function, count in own.most_common(TOP):
            print(f"  {100 * count / total:5.1f} %  {function}")
        print()


if __name__ == "__main__":
    main()
