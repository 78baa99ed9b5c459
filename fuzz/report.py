#!/usr/bin/env python3
"""fuzz/report.py BUILD PAGE TARGET...   the state of the fuzzers as one HTML page
fuzz/report.py --canaries BUILD       the canaries' record as a table for docs/

Reads what other commands left under BUILD and says which one is missing:
`make fuzz` and `make fuzz-all` (fuzz/inputs/<target>.log), `make canaries`
(canaries/results.tsv) and `make coverage` (coverage/coverage.json). The page needs
no other file; its plots are SVG by gnuplot.
"""

import csv
import datetime
import glob
import html
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

STYLE = """body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; } td, th { padding: .15em .7em; border-bottom: 1px solid #ddd; text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } .none { color: #999; } .bad { color: #b00; font-weight: bold; }
svg { max-width: 100%; height: auto; }"""


# ---- What there is ------------------------------------------------------------------

def read_log(path):
    """A libFuzzer log: executions, rate, edges, verdict, and edges by executions. None if there is none."""
    if not os.path.exists(path):
        return None
    run = {"runs": 0, "rate": None, "edges": 0, "curve": [], "crashed": False, "when": os.path.getmtime(path)}
    for line in open(path, errors="replace"):
        step = re.match(r"#(\d+):?\s", line)
        if step:
            run["runs"] = int(step[1])
            edges = re.search(r"\bcov: (\d+)", line)
            if edges:
                run["edges"] = int(edges[1])
                run["curve"].append((run["runs"], run["edges"]))
            rate = re.search(r"exec/s: (\d+)", line)
            if rate and run["rate"] is None:
                run["shown"] = int(rate[1])
        stat = re.match(r"stat::(\w+):\s+(\d+)", line)
        if stat and stat[1] == "number_of_executed_units":
            run["runs"] = int(stat[2])
        if stat and stat[1] == "average_exec_per_sec":
            run["rate"] = int(stat[2])
        if re.search(r"ERROR: |: expected |runtime error: ", line):
            run["crashed"] = True
    if run["rate"] is None:
        run["rate"] = run.get("shown", 0)
    return run


def read_canaries(build):
    """Rows of the last run of each canary, by name; {} if none ran."""
    path, rows = f"{build}/canaries/results.tsv", {}
    if os.path.exists(path):
        for row in csv.reader(open(path), delimiter="\t", quoting=csv.QUOTE_NONE):
            name, target, seed, verdict, runs, seconds, what = row
            rows.setdefault(name, []).append({"target": target, "seed": seed, "found": verdict == "found", "what": what,
                                              "runs": int(runs or 0), "seconds": float(seconds)})
    return rows


def planted():
    """Every canary there is, with its target."""
    found = {}
    for path in sorted(glob.glob("fuzz/canaries/*.patch")):
        with open(path) as patch:
            found[os.path.basename(path)[:-6]] = patch.readline().split(":")[1].strip()
    return found


def read_coverage(build):
    path = f"{build}/coverage/coverage.json"
    return json.load(open(path)) if os.path.exists(path) else None


def corpus_of(target):
    sizes = [os.path.getsize(path) for path in glob.glob(f"corpus/{target}/*")]
    return len(sizes), sum(sizes)


# ---- The canaries' table ------------------------------------------------------------

def canary_table(build):
    rows = read_canaries(build)
    lines = ["| canary | target | executions | seconds | what the fuzzer said |", "|---|---|---|---|---|"]
    seconds, missed = [], []
    for name, target in planted().items():
        runs = rows.get(name)
        if runs is None:
            lines.append(f"| `{name}` | `{target}` | not run | | |")
            continue
        found = [run for run in runs if run["found"]]
        if len(found) < len(runs):
            missed.append(name)
        took = statistics.median(run["seconds"] for run in runs)
        seconds.append(took)
        count = int(statistics.median(run["runs"] for run in runs))
        what = (found or runs)[0]["what"].replace("|", "\\|")
        if found and len(found) < len(runs):
            what += f" (by {len(found)} of {len(runs)} runs)"
        lines.append(f"| `{name}` | `{target}` | {count:,} | {took:.1f} | {what if found else '**not found**'} |")
    counts = sorted({len(runs) for runs in rows.values()})
    if seconds:
        lines += ["", f"{len(seconds)} of {len(planted())} run, {len(seconds) - len(missed)} found by every run; random seeds a canary: "
                  f"{', '.join(map(str, counts))}. Median {statistics.median(seconds):.1f} s, the slowest {max(seconds):.1f} s."]
    return "\n".join(lines)


# ---- Plots --------------------------------------------------------------------------

def plot(number, size, script, blocks):
    """An SVG to stand in the page: names within it are its own."""
    if not shutil.which("gnuplot"):
        return '<p class="none">No plot: gnuplot is not here (package gnuplot-nox).</p>'
    text = f'set terminal svg size {size} noenhanced font "sans,11"\nset grid\n'
    for name, lines in blocks.items():
        text += f"${name} << END\n" + "\n".join(lines) + "\nEND\n"
    drawn = subprocess.run(["gnuplot"], input=text + script, text=True, check=True, stdout=subprocess.PIPE).stdout
    drawn = drawn[drawn.index("<svg"):]
    drawn = re.sub(r"""\bid=(["'])""", rf"id=\1plot{number}-", drawn)
    return re.sub(r"""((?:href=["']|url\()#)""", rf"\1plot{number}-", drawn)


def bars(number, label, values):
    """One bar for each (name, value)."""
    lines = [f'{len(values) - i} {value} "{name}"' for i, (name, value) in enumerate(values)]
    ticks = ", ".join(f'"{name}" {len(values) - i}' for i, (name, _) in enumerate(values))
    return plot(number, f"900,{60 + 18 * len(values)}", f"""set xlabel "{label}"
set xrange [0:*]
set yrange [0.3:{len(values)}.7]
set ytics ({ticks})
set style fill solid 0.6 noborder
unset key
plot $bars using ($2/2.0):1:($2/2.0):(0.35) with boxxyerror
""", {"bars": lines})


def curves(number, runs):
    names = [name for name, run in runs.items() if len(run["curve"]) > 1]
    blocks = {f"c{i}": [f"{max(x, 1)} {y}" for x, y in runs[name]["curve"]] for i, name in enumerate(names)}
    lines = ", ".join(f'$c{i} using 1:2 with steps lw 1.5 title "{name}"' for i, name in enumerate(names))
    return plot(number, "900,520", f"""set logscale x
set logscale y
set xlabel "executions"
set ylabel "edges"
set key outside right
plot {lines}
""", blocks) if names else ""


def found_by_time(number, rows):
    """Which share of the canaries is found after so many seconds."""
    times = sorted(run["seconds"] for runs in rows.values() for run in runs if run["found"])
    count = sum(len(runs) for runs in rows.values())
    lines = [f"{max(seconds, 0.01)} {100.0 * (i + 1) / count}" for i, seconds in enumerate(times)]
    return plot(number, "900,320", """set logscale x
set xlabel "seconds"
set ylabel "% of canaries found"
set yrange [0:100]
unset key
plot $found using 1:2 with steps lw 2
""", {"found": lines}) if lines else ""


# ---- The page -----------------------------------------------------------------------

def cell(text, kind="number"):
    return f'<td class="{kind}">{text}</td>'


NONE = '<td class="none">no data</td>'


def percent(pair):
    return f"{100.0 * pair[0] / pair[1]:.1f} %" if pair[1] else "-"


def row_of(target, run, coverage, canaries, homes):
    cells = [cell(f"<code>{target}</code>", "name")]
    cells += [cell(f"{run['runs']:,}"), cell(f"{run['rate']:,}"), cell(f"{run['edges']:,}")] if run else [NONE] * 3
    count, size = corpus_of(target)
    cells += [cell(f"{count:,}"), cell(f"{size:,}")]
    reached = coverage and coverage["targets"].get(target)
    cells += [cell(percent(reached[kind])) for kind in ("lines", "branches")] if reached else [NONE] * 2
    own = [name for name, home in homes.items() if home == target]
    tried = [name for name in own if name in canaries]
    found = [name for name in tried if all(one["found"] for one in canaries[name])]
    if tried:
        note = f"{len(found)} of {len(tried)}" + (f", {len(own) - len(tried)} not run" if len(own) > len(tried) else "")
        cells.append(cell(note, "number" if len(found) == len(tried) else "number bad"))
    else:
        cells.append(NONE if own else '<td class="none">none planted</td>')
    cells.append(cell("crash", "bad") if run and run["crashed"] else cell("ok", "name") if run else NONE)
    return "<tr>" + "".join(cells) + "</tr>"


def missing(runs, targets, canaries, homes, coverage):
    """Plain sentences about what the page cannot say."""
    without = [target for target in targets if target not in runs]
    if without:
        yield f"No run of {', '.join(without)}: <code>make fuzz-all TIME=60</code> makes them."
    not_run = [name for name in homes if name not in canaries]
    if not_run:
        yield f"{len(not_run)} of {len(homes)} canaries have not run: <code>make canaries</code> runs them."
    if coverage is None:
        yield "Nothing is known of what the corpora reach: <code>make coverage</code> finds out."


def canary_rows(canaries):
    for name, runs in sorted(canaries.items()):
        took = statistics.median(run["seconds"] for run in runs)
        count = int(statistics.median(run["runs"] for run in runs))
        verdict = "found" if all(run["found"] for run in runs) else "not found"
        yield ("<tr>" + cell(f"<code>{name}</code>", "name") + cell(f"<code>{runs[0]['target']}</code>", "name") +
               cell(f"{count:,}") + cell(f"{took:.1f}") + cell(len(runs)) +
               cell(verdict, "name" if verdict == "found" else "bad") + cell(html.escape(runs[0]["what"]), "name") + "</tr>")


def head(*names):
    return "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"


def page(build, targets):
    runs = {target: run for target in targets if (run := read_log(f"{build}/fuzz/inputs/{target}.log"))}
    canaries, homes, coverage = read_canaries(build), planted(), read_coverage(build)
    text = [f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>quire: fuzzing</title><style>{STYLE}</style></head><body>',
            "<h1>quire: fuzzing</h1>"]
    if runs:
        last = datetime.datetime.fromtimestamp(max(run["when"] for run in runs.values()))
        text.append(f"<p>{len(runs)} of {len(targets)} targets have run, the last one on {last:%Y-%m-%d at %H:%M}. "
                    "Rates are those of that machine, under the address and undefined-behaviour sanitizers.</p>")
    text += [f"<p>{sentence}</p>" for sentence in missing(runs, targets, canaries, homes, coverage)]
    text += ["<h2>Targets</h2>", "<table>", head("target", "executions", "a second", "edges", "inputs", "bytes", "lines", "branches",
                                                 "canaries", "last run")]
    text += [row_of(target, runs.get(target), coverage, canaries, homes) for target in targets]
    text.append("</table><p>Inputs and bytes are the corpus as committed; lines and branches are those that it reaches of "
                "the sources linked into the target.</p>")
    if runs:
        text += ["<h2>Executions a second</h2>", bars(1, "executions a second", [(name, run["rate"]) for name, run in runs.items()]),
                 "<h2>Edges by executions</h2>", curves(2, runs)]
    if coverage:
        text += ["<h2>What the corpora reach</h2>", "<table>", head("room", "lines", "branches")]
        text += [f"<tr>{cell(room, 'name')}{cell(percent(sums['lines']))}{cell(percent(sums['branches']))}</tr>"
                 for room, sums in coverage["rooms"].items()]
        text.append("</table>")
        text.append(bars(3, "% of lines", [(room, 100.0 * sums["lines"][0] / max(sums["lines"][1], 1))
                                           for room, sums in coverage["rooms"].items()]))
    if canaries:
        text += ["<h2>Canaries</h2>", found_by_time(4, canaries), "<table>",
                 head("canary", "target", "executions", "seconds", "runs", "verdict", "what the fuzzer said"), *canary_rows(canaries), "</table>"]
    text.append("</body></html>\n")
    return "\n".join(text)


def main():
    if sys.argv[1] == "--canaries":
        print(canary_table(sys.argv[2]))
        return
    build, path, *targets = sys.argv[1:]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(page(build, targets))
    print(path)


main()
