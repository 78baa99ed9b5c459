#!/usr/bin/env python3
"""tests/bench/phases.py PROGRAM FOLDER [ROW...]

Where the time of each row of RESULTS.md's workloads goes: samples compare-bench
(PROGRAM, built with frame pointers) by perf's clock of the processor while it works
quire's side of the row at the row's own size, and prints a Markdown table. Only
samples of the timed part count. A sample belongs to the first phase below that a
function of its stack, wherever it stands there, belongs to, the system's work to
the phase that asked for it. What belongs to none is "other", and its functions are
named when they come to more than a twentieth of a row.

ROW is a part of a row's title; without one all rows are sampled, which takes about
two minutes. PHASES_DOCS caps the records, for the test of this script.
"""

import collections
import csv
import os
import re
import shutil
import subprocess
import sys

import profile
import run

RATE = 4999
SECONDS = 1.0  # of the timed part, about: short rows are repeated
TIMED = "timed_part"
PHASES = [
    ("checkpoint", r"quire_checkpoint|pager_checkpoint|checkpoint_\w+"),
    ("log: write and sync", r"log_flush|log_sync|log_write\w*|pager_sync\w*|posix_\w+"),
    ("log: records", r"log_\w+|pager_log_\w+|pager_append_\w+|txn_log|put_flush|delta_\w+|leaf_delta\w*|crc32c\w*"),
    ("fresh memory", r"asm_exc_page_fault"),
    ("page checks", r"page_check\w*|rule_\w+|check_\w+|leaf_check\w*|branch_check\w*|read_gate|gate_\w+"),
    ("splits", r"split_\w+|leaf_split\w*|branch_split\w*|page_append|leaf_append\w*|node_new|path_split\w*"),
    ("search in pages", r"leaf_search\w*|branch_search\w*|leaf_find\w*|head_\w+|key_head|bytes_compare|leaf_foresee"),
    ("edits of pages", r"leaf_\w+|branch_\w+|insert_slot\w*|slot_\w+|space_\w+|plain_\w+|page_keep|put_in_leaf|put_value|"
                       r"record_\w+|replace_\w+|remove_slot\w*|edit_set|prefix_\w+|regions_\w+"),
    ("pages found and kept", r"pager_\w+|cache_\w+|node_\w+|path_\w+|index_\w+|versions_\w+|read_slow|read_fast|view_try|"
                             r"snapshot_\w+|cursor_\w+|walk_\w+|tree_\w+"),
    ("calls and transactions", r"quire_\w+|transaction_\w+|commit|begin_\w+|txn_\w+|put_one"),
]
PATTERNS = [(name, re.compile(f"^(?:{pattern})$")) for name, pattern in PHASES]
ADAPTER = "quire_bench_"  # what follows it on the stack is the library
ITSELF, OTHER = "the benchmark", "other"


def library_of(names):
    """Of a stack, what the library has of it, the outermost function first."""
    inside = names[names.index(TIMED):]
    calls = [at for at, name in enumerate(inside) if name.startswith(ADAPTER)]
    return inside[calls[-1] + 1:] if calls else ()


def phase_of(names):
    library = library_of(names)
    if not library:
        return ITSELF
    return next((name for name, pattern in PATTERNS if any(pattern.match(function) for function in library)), OTHER)


def repeats_of(options, docs):
    """So many that the timed parts of a row take about a second, but that those do not load millions of records."""
    mode = option(options, "mode", "inserts-only")
    seconds = docs * {"reads-only": 3e-7, "range": 2e-8, "scan": 2e-8}.get(mode, 1e-6)
    if mode == "inserts-only" and option(options, "sync", "full") == "full":
        seconds += docs / int(option(options, "commit-every", "1")) * 3e-4
    return max(1, round(min(60, SECONDS / seconds, 5e6 / docs)))


def option(options, name, otherwise):
    found = re.search(rf"--{name} (\S+)", options)
    return found[1] if found else otherwise


def work(program, folder, number, options):
    """Samples of the timed parts of one row; nanoseconds an operation by the clock; the share of it that was waited."""
    cap = os.environ.get("PHASES_DOCS")
    if cap:
        options = re.sub(r"--docs (\d+)", lambda found: f"--docs {min(int(found[1]), int(cap))}", options)
    docs = int(option(options, "docs", "10000"))
    repeats = repeats_of(options, docs)
    data, table = f"{folder}/{number}.perf", f"{folder}/{number}.csv"
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(RATE), "--call-graph", "fp", "-o", data, "--",
                    program, *options.split(), "--databases", "quire", "--repeat", str(repeats), "--csv", table],
                   check=True, stdout=subprocess.DEVNULL)
    with open(table) as file:
        rows = list(csv.DictReader(file))
    counted = {names: count for names, count in profile.stacks(data).items() if TIMED in names}
    os.remove(data)
    waited = 1 - sum(counted.values()) / RATE / (repeats * 1e-3 * float(rows[0]["median_ms"]))
    return counted, 1e9 / float(rows[0]["ops_per_s"]), max(0, waited)


def main():
    program, folder, *wanted = sys.argv[1:]
    if not shutil.which("perf"):
        sys.exit("phases: there is no perf here (package linux-perf)")
    rows = [(title, options) for title, options, _, _ in run.WORKLOADS
            if not wanted or any(word in title for word in wanted)]
    if not rows:
        sys.exit(f"phases: no row has {' or '.join(wanted)} in its title")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    columns = [name for name, _ in PHASES] + [OTHER, ITSELF]
    unknown = []
    print("| workload | ns | waited | " + " | ".join(columns) + " | samples |")
    print("|---|" + "---|" * (len(columns) + 3))
    for number, (title, options) in enumerate(rows):
        counted, nanoseconds, waited = work(program, folder, number, options)
        total = sum(counted.values())
        if not total:
            sys.exit(f"phases: no sample of the timed part of {title}: has {program} frame pointers, and may this user "
                     "sample? (/proc/sys/kernel/perf_event_paranoid)")
        sums, strangers = collections.Counter(), collections.Counter()
        for names, count in counted.items():
            phase = phase_of(names)
            sums[phase] += count
            if phase == OTHER:
                strangers[library_of(names)[0]] += count
        print(f"| {title} | {nanoseconds:.0f} | {100 * waited:.0f} | " +
              " | ".join(f"{100 * sums[name] / total:.0f}" for name in columns) + f" | {total} |", flush=True)
        if sums[OTHER] * 20 > total:
            unknown.append(f"{title}: {', '.join(name for name, _ in strangers.most_common(8))}")
    if unknown:
        sys.exit("phases: more than a twentieth belongs to no phase:\n" + "\n".join(unknown))


if __name__ == "__main__":
    main()
