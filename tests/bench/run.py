#!/usr/bin/env python3
"""tests/bench/run.py PROGRAM FOLDER DOCUMENTS [PART...]

Runs compare-bench (PROGRAM) over the workloads and the matrix below, and the programs
beside it, and writes the results under DOCUMENTS (docs/): RESULTS.md, and results/ with
the figures as CSV and the plots as SVG. FOLDER keeps every run's CSV, JSON and text.

Parts: workloads, itself, growth, graph, steps, matrix. Without a name all of them run, which
takes about an hour on an idle machine; a part that does not run keeps its section of
RESULTS.md, which says when and on what it was measured. All but the row of two readers
is pinned to one processor. QUIRE_BENCH_DOCS caps the documents of each run and lets it
run once: for the test of this script, which makes no figures.
"""

import csv
import datetime
import os
import re
import shutil
import subprocess
import sys

PEERS = ["sqlite", "lmdb", "wiredtiger", "leveldb", "bdb"]
TITLES = {"quire": "quire", "sqlite": "SQLite", "lmdb": "LMDB", "wiredtiger": "WiredTiger", "leveldb": "LevelDB",
          "bdb": "Berkeley DB"}

INSERTS = "--mode inserts-only"
NORMAL = "--sync normal"
# A million records leave the log in the middle of being moved into the file: the clock runs until all are there.
WHOLE = f"{NORMAL} --checkpoint"

# Title, options, the least that is asked and the goal: S, L and P are multiples of SQLite, of LMDB, of the best peer.
WORKLOADS = [
    ("random inserts, 10k, one commit, full", f"{INSERTS} --docs 10000 --commit-every 10000", "2 S, 1 L", "4 S, 1.7 P"),
    ("ascending inserts, 10k, one commit, full", f"{INSERTS} --order ascending --docs 10000 --commit-every 10000",
     "3 S, 1 L", "4.5 S, 1.3 L"),
    ("random inserts, 10k, commit every 1, full", f"{INSERTS} --docs 10000 --commit-every 1", "1 S", "1.15 S, 2 L"),
    ("random inserts, 10k, commit every 10, full", f"{INSERTS} --docs 10000 --commit-every 10", "1.4 S", "1.8 S, 2.4 L"),
    ("random inserts, 10k, commit every 1000, full", f"{INSERTS} --docs 10000 --commit-every 1000", "1.5 S, 1 L",
     "3.5 S, 1.5 P"),
    ("random inserts, 100k, commit every 1, normal", f"{INSERTS} --docs 100000 --commit-every 1 {NORMAL}", "8 S",
     "25 S, 2 P"),
    ("random inserts, 100k, commit every 10, normal", f"{INSERTS} --docs 100000 --commit-every 10 {NORMAL}", "10 S, 1 L",
     "35 S, 2 P"),
    ("random inserts, 1M, commit every 1000, normal", f"{INSERTS} --docs 1000000 --commit-every 1000 {WHOLE}",
     "6.5 S, 1 L", "25 S, 4 P"),
    ("random inserts, 1M, one commit, normal", f"{INSERTS} --docs 1000000 --commit-every 1000000 {WHOLE}",
     "1.7 S, 1 L", "3.5 S, 2 P"),
    ("ascending inserts, 1M, one commit, normal",
     f"{INSERTS} --order ascending --docs 1000000 --commit-every 1000000 {WHOLE}", "3 S, 1 L", "5 S, 1.5 L"),
    ("mixed 50/50, 1M operations, commit every 1000, normal", f"--mode mixed --docs 500000 --commit-every 1000 {WHOLE}",
     "5.5 S", "25 S, 4 P"),
    ("random updates in 200k, commit every 1000, normal", f"--mode update --docs 200000 --commit-every 1000 {NORMAL}",
     "5 S, 1 L", "30 S, 3.5 P"),
    ("churn (delete one, insert one) in 200k, commit every 1000, normal",
     f"--mode churn --docs 200000 --commit-every 1000 {NORMAL}", "4.5 S", "25 S, 5 P"),
    ("put_many, dense runs of 16, commit each, full",
     f"{INSERTS} --order ascending --put-many-group 16 --docs 10000 --commit-every 16", "1 S", "1.3 S, 2.2 L"),
    ("put_many, dense runs of 128, commit each, normal",
     f"{INSERTS} --order ascending --put-many-group 128 --docs 200000 --commit-every 128 {NORMAL}", "6 S",
     "11 S, 1.6 L"),
    ("put_many, sorted runs of 1024 random keys, commit each, normal",
     f"{INSERTS} --put-many-group 1024 --docs 200000 --commit-every 1024 {NORMAL}", "5 S, 1 L", "20 S, 2.5 P"),
    ("random reads, 10k, a read transaction each", "--mode reads-only --docs 10000 --commit-every 1", "1 L", "1.7 L"),
    ("random reads, 100k", "--mode reads-only --docs 100000 --commit-every 1000", "1 L", "1.8 L"),
    ("random reads, 1M", "--mode reads-only --docs 1000000 --commit-every 1000", "1 L", "1.3 L"),
    ("range of 100 rows, 100k", "--mode range --docs 100000 --commit-every 1000", "0.9 L", "1.4 L"),
    ("full scan, 1M rows loaded at random", "--mode scan --docs 1000000", "0.9 L", "1.1 L"),
    ("URL keys, 100-byte values: random inserts, 1M, one commit",
     f"{INSERTS} --shape url --docs 1000000 --commit-every 1000000 {WHOLE}", "1 L", "1.8 L"),
    ("URL keys: random reads, 1M", "--mode reads-only --shape url --docs 1000000 --commit-every 1000", "1 L", "1.3 L"),
]

# quire against itself: the second run's rate over the first's.
OF_ITSELF = [
    ("in-place edits, on against off: random inserts, 10k, one commit", 5, 10,
     f"{INSERTS} --docs 10000 --commit-every 10000 --in-place off",
     f"{INSERTS} --docs 10000 --commit-every 10000 --in-place on"),
    ("reader threads, two against one: random reads, 1M", 1.7, 1.95,
     "--mode reads-only --docs 1000000 --commit-every 1000 --threads 1",
     "--mode reads-only --docs 1000000 --commit-every 1000 --threads 2"),
]


def matrix_points(sizes):
    """Commit sizes, sizes of sorted runs, and in-place edits on and off, for each kind of work. A transaction
    has whole runs, so what asks for less than one is the same point as one run a commit, and runs once."""
    for docs in sizes:
        for commit in (1, 10, 1000, docs):
            for group in (1, 16, 128, 1024):
                if commit == 1 or commit > group:
                    yield f"{INSERTS} --docs {docs} --commit-every {commit} --put-many-group {group}", "all"
            yield f"--mode reads-only --docs {docs} --commit-every {commit}", "all"
            yield f"--mode mixed --docs {docs} --commit-every {commit}", "all"
            yield f"--mode mixed --tx-mode read-with-write --docs {docs} --commit-every {commit}", "all"
            for mode in (INSERTS, "--mode mixed", "--mode mixed --tx-mode read-with-write"):
                yield f"{mode} --docs {docs} --commit-every {commit} --in-place off", "quire"


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder, self.count = program, folder, 0
        self.rows = []  # every engine of every run, as CSV gives it
        self.counted = []  # of every workload, quire alone with its counters on
        self.cap = int(os.environ.get("QUIRE_BENCH_DOCS", "0"))
        processor = sorted(os.sched_getaffinity(0))[-1]
        self.pin = ["taskset", "-c", str(processor)] if shutil.which("taskset") else []
        os.makedirs(folder, exist_ok=True)

    def sizes(self, *numbers):
        """These numbers of documents, or, where runs are capped, the cap alone."""
        return [self.cap] if self.cap else numbers

    def beside(self, name, when_capped):
        """What another program of the same build prints; with these options where runs are capped."""
        say(name)
        words = [f"{os.path.dirname(self.program)}/{name}", *(when_capped.split() if self.cap else [])]
        done = subprocess.run(self.pin + words, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: failed: {' '.join(words)}")
        return done.stdout.strip()

    def run(self, options, title, repeat, seconds, pinned=True):
        """The rows of one run of compare-bench, by engine."""
        self.count += 1
        stem = f"{self.folder}/{self.count:03d}"
        if self.cap:
            options = re.sub(r"--docs (\d+)", lambda found: f"--docs {min(int(found[1]), self.cap)}", options)
        say(f"{self.count}: {title}")
        words = [self.program, *options.split(), "--repeat", str(1 if self.cap else repeat)]
        words += ["--seconds", str(seconds), "--csv", stem + ".csv", "--json", stem + ".json"]
        with open(stem + ".txt", "w") as out:
            if subprocess.run((self.pin if pinned else []) + words, stdout=out).returncode != 0:
                sys.exit(f"bench: failed: {' '.join(words)}")
        with open(stem + ".csv") as lines:
            rows = list(csv.DictReader(lines))
        found = [{"title": title, **row} for row in rows]
        if "--metrics" in words:
            self.counted += found
        else:
            self.rows += found
        return {row["database"]: row for row in rows}


def say(text):
    end, start = ("", "\r\033[K") if sys.stderr.isatty() else ("\n", "")
    print(f"{start}bench: {text}", end=end, file=sys.stderr, flush=True)


def rate(row):
    return float(row["ops_per_s"])


def short(number):
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.2f}{unit}" if number / limit < 10 else f"{number / limit:.1f}{unit}"
    return f"{number:.0f}"


def ratios(engines):
    """quire's rate over SQLite's, LMDB's and that of the fastest peer, where there are such."""
    peers = [rate(engines[name]) for name in PEERS if name in engines]
    found = {"S": engines.get("sqlite"), "L": engines.get("lmdb")}
    answer = {letter: rate(engines["quire"]) / rate(row) for letter, row in found.items() if row}
    if peers:
        answer["P"] = rate(engines["quire"]) / max(peers)
    return answer


def meets(found, asked):
    for part in asked.split(", "):
        factor, letter = part.split()
        if letter not in found or found[letter] < float(factor):
            return False
    return True


def is_known(found, asked):
    """Whether all are there that the wish is measured by."""
    return all(part.split()[1] in found for part in asked.split(", "))


def verdict(reaches_goal, reaches_least):
    return "goal" if reaches_goal else "least" if reaches_least else "**below**"


def workload_table(bench, repeat, seconds):
    lines = ["| workload | " + " | ".join(TITLES.values()) + " | : SQLite | : LMDB | : best | least | goal | reaches | checkpoints |",
             "|---" * (len(TITLES) + 8) + "|"]
    commands = []
    for title, options, least, goal in WORKLOADS:
        engines = bench.run(options, title, repeat, seconds)
        bench.run(f"{options} --databases quire --metrics", title + ", counted", 1, seconds)
        found = ratios(engines)
        cells = [title]
        for name in TITLES:
            cells.append(f"{short(rate(engines[name]))}{few(engines[name], repeat)}" if name in engines else "-")
        cells += [f"{found[letter]:.2f}" if letter in found else "-" for letter in "SLP"]
        known = is_known(found, f"{least}, {goal}")
        cells += [least, goal, verdict(meets(found, goal), meets(found, least)) if known else "unknown: a peer is missing"]
        cells.append(engines["quire"]["checkpoints"])
        lines.append("| " + " | ".join(cells) + " |")
        commands.append(options)
    return lines, commands


def few(row, repeat):
    """How many repeats there were, if not all."""
    return "" if int(row["repeats"]) == repeat else f" ({row['repeats']})"


def itself_table(bench, repeat, seconds):
    lines = ["| setting | first | second | factor | least | goal | reaches |", "|---" * 7 + "|"]
    commands = []
    for title, least, goal, first, second in OF_ITSELF:
        pinned = "--threads" not in first
        rows = [bench.run(f"{options} --databases quire", title, repeat, seconds, pinned)["quire"]
                for options in (first, second)]
        factor = rate(rows[1]) / rate(rows[0])
        lines.append(f"| {title} | {short(rate(rows[0]))} | {short(rate(rows[1]))} | {factor:.2f} | {least} | {goal} | "
                     f"{verdict(factor >= goal, factor >= least)} |")
        commands += [first + " --databases quire", second + " --databases quire"]
    return lines, commands


def detail_table(bench):
    """What each workload cost quire beside time, and the fastest peer's tail for comparison."""
    lines = ["| workload | p50 us | p99 us | commit p99 us | memory MiB | file MiB | log bytes an operation | syncs | min to max ms |",
             "|---" * 9 + "|"]
    for row in bench.rows:
        if row["database"] != "quire":
            continue
        operations = float(row["ops_per_s"]) * float(row["median_ms"]) / 1e3
        lines.append(
            f"| {row['title']} | {float(row['op_p50_us']):.2f} | {float(row['op_p99_us']):.2f} | "
            f"{float(row['commit_p99_us']):.1f} | {int(row['peak_bytes']) / 2**20:.0f} | {int(row['disk_bytes']) / 2**20:.1f} | "
            f"{int(row['logged_bytes']) / max(operations, 1):.0f} | {row['syncs']} | {row['min_ms']} to {row['max_ms']} |")
    return lines


def write_csv(path, rows):
    """All columns, but those of quire's counters that are 0 in every row."""
    names = [name for name in rows[0]
             if not name.startswith("quire_") or any(row[name] not in ("", "0") for row in rows)]
    with open(path, "w", newline="") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def gnuplot(path, size, script, blocks):
    """Draws with data blocks in front; without gnuplot there is no plot, and the text says so."""
    if not shutil.which("gnuplot"):
        say("no gnuplot (package gnuplot-nox): no plots")
        return
    text = f'set terminal svg size {size} noenhanced font "sans,11"\nset output "{path}"\nset grid\n'
    for name, lines in blocks.items():
        text += f"${name} << END\n" + "\n".join(lines) + "\nEND\n"
    subprocess.run(["gnuplot"], input=text + script, text=True, check=True)


def plot_workloads(path, bench):
    """quire's rate over each peer's, a row of marks for each workload."""
    by_title = {}
    for row in bench.rows:
        by_title.setdefault(row["title"], {})[row["database"]] = row
    titles = [title for title, *_ in WORKLOADS]
    blocks = {name: [f'{rate(by_title[t]["quire"]) / rate(by_title[t][name]):.4f} {len(titles) - i} "{t}"'
                     for i, t in enumerate(titles) if name in by_title[t]] for name in PEERS}
    blocks = {name: lines for name, lines in blocks.items() if lines}
    if not blocks:
        return
    ticks = ", ".join(f'"{t}" {len(titles) - i}' for i, t in enumerate(titles))
    marks = ", ".join(f'${name} using 1:2 with points pt {7 + i} ps 1.1 title "{TITLES[name]}"'
                      for i, name in enumerate(blocks))
    gnuplot(path, "1000,760", f"""set logscale x
set xlabel "quire's rate over the peer's: right of 1 quire is ahead"
set ytics ({ticks})
set yrange [0.3:{len(titles)}.7]
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2
set key outside top center horizontal
plot {marks}
""", blocks)


GROWTH = [("inserts", f"{INSERTS} --commit-every 1000 {WHOLE}"), ("reads", "--mode reads-only --commit-every 1000")]


def growth_table(bench, sizes, repeat, seconds):
    """How quire's cost grows with the number of records."""
    lines = ["| records | ns an insert | ns a read | log bytes an insert | written bytes an insert | memory MiB | file MiB |", "|---" * 7 + "|"]
    points = []
    for docs in sizes:
        rows = [bench.run(f"{options} --docs {docs} --databases quire", f"growth: {name}, {docs}", repeat, seconds)["quire"]
                for name, options in GROWTH]
        found = [1e9 / rate(rows[0]), 1e9 / rate(rows[1]), int(rows[0]["logged_bytes"]) / docs,
                 int(rows[0]["written_bytes"]) / docs, int(rows[0]["peak_bytes"]) / 2**20, int(rows[0]["disk_bytes"]) / 2**20]
        points.append(f"{docs} " + " ".join(f"{value:.2f}" for value in found))
        lines.append(f"| {docs} | {found[0]:.0f} | {found[1]:.0f} | {found[2]:.0f} | {found[3]:.0f} | {found[4]:.0f} | {found[5]:.1f} |")
    return lines, points


def plot_growth(path, points):
    gnuplot(path, "800,420", """set logscale x
set logscale y2
set xlabel "records"
set ylabel "ns an operation, bytes"
set y2label "MiB"
set yrange [0:*]
set ytics nomirror
set y2tics
set key outside top center horizontal
plot $points using 1:2 with linespoints title "an insert, ns", $points using 1:3 with linespoints title "a read, ns", \\
     $points using 1:4 with linespoints title "log bytes an insert", \\
     $points using 1:6 axes x1y2 with linespoints dt 2 title "memory, MiB", \\
     $points using 1:7 axes x1y2 with linespoints dt 2 title "file, MiB"
""", {"points": points})


def run_matrix(bench, sizes, repeat, seconds):
    for options, databases in matrix_points(sizes):
        ends = WHOLE if "--docs 1000000 " in options and "reads-only" not in options else NORMAL
        bench.run(f"{options} {ends} --databases {databases}", "matrix", repeat, seconds)


def matrix_table(rows):
    """One line for each point: quire's rate, and over the fastest peer's."""
    points = {}
    for row in rows:
        key = (row["docs"], row["mode"], row["tx_mode"], row["commit_every"], row["put_many_group"])
        points.setdefault(key, {})[(row["database"], row["in_place"])] = row
    lines = ["| records | work | commit every | runs of | quire | in-place off | fastest peer | : fastest |", "|---" * 8 + "|"]
    for (docs, mode, tx_mode, commit, group), engines in points.items():
        quire = engines[("quire", "on")]
        peers = [(rate(row), name) for (name, _), row in engines.items() if name != "quire"]
        off = engines.get(("quire", "off"))
        best = max(peers) if peers else None
        work = mode + (", reads in the write transaction" if tx_mode != "commit" else "")
        lines.append(f"| {docs} | {work} | {commit} | {group} | {short(rate(quire))} | {short(rate(off)) if off else '-'} | "
                     + (f"{short(best[0])} {TITLES[best[1]]} | {rate(quire) / best[0]:.2f} |" if best else "- | - |"))
    return lines


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def grep_file(path, pattern):
    try:
        with open(path) as lines:
            found = re.search(pattern, lines.read(), re.M)
    except OSError:
        found = None
    return found[1] if found else "unknown"


def loads():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def file_system():
    """Where the databases go: the kind of the file system of the folder for temporary files."""
    folder = os.environ.get("TMPDIR") or "/tmp"
    done = subprocess.run(["df", "--output=fstype", folder], stdout=subprocess.PIPE, text=True)
    lines = done.stdout.split("\n")
    return lines[1].strip() if done.returncode == 0 and len(lines) > 1 else "an unknown file system"


class Occasion:
    """When a part was measured, for how long, and on what."""

    def __init__(self):
        self.start, self.load = now(), loads()
        self.quire = first_line("git", "describe", "--always")
        # What an earlier part wrote is no change of what is measured.
        if subprocess.run(["git", "diff", "--quiet", "HEAD", "--", ".", ":!docs"]).returncode != 0:
            self.quire += "-dirty"

    def told(self, rows=()):
        memory = int(grep_file("/proc/meminfo", r"^MemTotal:\s+(\d+)") or 0) / 2**20
        processor = grep_file("/proc/cpuinfo", r"^model name\s*: (.*)$")
        system = grep_file("/etc/os-release", r'PRETTY_NAME="([^"]*)')
        lines = ["| | |", "|---|---|",
                 f"| date | {self.start:%Y-%m-%d %H:%M} UTC, {(now() - self.start).total_seconds() / 60:.0f} minutes |",
                 f"| processor | {processor}, {os.cpu_count()} cores |", f"| memory | {memory:.0f} GiB |",
                 f"| system | {system}, Linux {os.uname().release} |",
                 f"| files | in {file_system()} |",
                 f"| compiler | {first_line(os.environ.get('CC', 'cc'), '--version')} |",
                 f"| quire | {self.quire} |"]
        versions = {row["database"]: row["version"] for row in rows}
        lines += [f"| {TITLES[name]} | {versions[name]} |" for name in PEERS if name in versions]
        lines.append(f"| load of the machine before and after | {self.load} and {loads()} |")
        return "\n".join(lines)


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


SAME_PROMISE = """Every engine gives the same promise in a row. *full*: a commit is on the disk when it returns. *normal*: it is written, and after a power cut
a prefix of the commits is there.

| | full | normal | its log, before it goes into the file |
|---|---|---|---|
| quire | `QUIRE_SYNC_FULL` | `QUIRE_SYNC_NORMAL` | 64 MiB |
| SQLite | `synchronous=FULL`, WAL | `synchronous=NORMAL`, WAL | 64 MiB (`wal_autocheckpoint`) |
| LMDB | default | has none: `MDB_NOSYNC` stands in, after which a power cut may take everything | has no log |
| WiredTiger | `transaction_sync` with `fsync` | the same with `none`: written, not synced | 64 MiB (`checkpoint=(log_size)`); log files made ahead in full mode alone, where it gains |
| LevelDB | `sync` | without `sync` | 64 MiB (`write_buffer_size`) |
| Berkeley DB | default | `DB_TXN_WRITE_NOSYNC` | 64 MiB (`txn_checkpoint` after each commit) |

Pages of 8 KiB where an engine has pages of a size that can be set, caches of 1 GiB, no compression. quire is what `make` builds,
its rooms compiled as a whole and linked in; the peers are shared libraries of Debian's packages. SQLite has a WITHOUT ROWID table and prepared
statements, and where one session works its database to itself, without mutexes; a transaction of one statement goes without BEGIN. LMDB puts through a cursor.
LevelDB writes a batch a commit, and is left out where a write transaction reads. Berkeley DB runs without its lock subsystem and, where one session works, without mutexes; runs
and walks are in bulk, and so are transactions of 50,000 inserts and more (`DB_TXN_BULK`). Each repeat is a process of its own on a new database, after a warm-up; the engines take turns, and another one begins each
repeat. On one processor the threads that WiredTiger and LevelDB have beside the caller's share it. The clock runs from the first begin to the last commit, with
whatever checkpoints fall into it; loading what a row finds there, a checkpoint after that, and sorting runs stand
outside it. A row with `--checkpoint` stops the clock when all that was committed is in the
file and synced: by `quire_checkpoint`, `sqlite3_wal_checkpoint_v2`, `mdb_env_sync`, WiredTiger's `checkpoint`, `txn_checkpoint`, and in LevelDB, which has no such
call, by writing its memory table into a table file, which `leveldb_compact_range` does first."""


INTRODUCTION = f"""# Results

Written by `make bench`; a section that is measured anew alone, as by `make bench PARTS=growth`, says when. The figures are in [results/](results/) as CSV,
with versions, spreads and tails. Rates are operations in a second, medians of interleaved repeats; where an engine was so slow that it ran fewer, their number
stands in parentheses behind the rate.

What was counted of crashes, faults and damage stands in [DURABILITY.md](DURABILITY.md#counted).

{SAME_PROMISE}
"""


def lines_of(*parts):
    return "\n".join(line for part in parts for line in ([part] if isinstance(part, str) else part))


def workloads(bench, results):
    repeat, seconds = 5, 60
    occasion = Occasion()
    rows, commands = workload_table(bench, repeat, seconds)
    write_csv(f"{results}/workloads.csv", bench.rows)
    write_csv(f"{results}/counters.csv", bench.counted)
    plot_workloads(f"{results}/workloads.svg", bench)
    return lines_of(occasion.told(bench.rows), f"""
Medians of {repeat} repeats, on one processor. The three ratios are quire's rate over SQLite's, over LMDB's, and over that of
the fastest peer: above 1 quire is ahead. *least* and *goal* are what the project set itself. *checkpoints*: how often quire ran one while the clock ran;
rows of a million end with one of every engine. quire's counters of the workloads are in [results/counters.csv](results/counters.csv), from one more run of
quire alone, with counting on and its times left out of the table.
""", rows, """
![quire's rate over each peer's](results/workloads.svg)

Beside the rates, for quire (memory is the most the process had, loading included):
""", detail_table(bench), f"""
The commands, in the order of the rows, each with `--repeat {repeat} --seconds {seconds}`:

```sh""", [f"build/compare-bench {options}" for options in commands], "```")


def itself(bench, results):
    repeat, seconds = 5, 60
    occasion = Occasion()
    table, commands = itself_table(bench, repeat, seconds)
    write_csv(f"{results}/itself.csv", bench.rows)
    return lines_of(occasion.told(bench.rows), f"""
Medians of {repeat} repeats, on one processor but for the row of two readers. *factor* is the second run's rate over the first's.
""", table, f"""
The commands, in the order of the rows, each with `--repeat {repeat} --seconds {seconds}`:

```sh""", [f"build/compare-bench {options}" for options in commands], "```")


def growth(bench, results):
    occasion = Occasion()
    rows, points = growth_table(bench, bench.sizes(10000, 100000, 1000000, 10000000), 3, 60)
    write_csv(f"{results}/growth.csv", bench.rows)
    plot_growth(f"{results}/growth.svg", points)
    return lines_of(occasion.told(), """
Random inserts, a commit every 1000, *normal*, a checkpoint at the end; and random reads, 1000 in a transaction.
""", rows, """
![cost and size by the number of records](results/growth.svg)""")


def graph(bench, results):
    occasion = Occasion()
    rows = bench.beside("graph-bench", "--nodes 100 --repeat 1")
    return lines_of(occasion.told(), """
`make bench-graph`: nodes of one label and one property, four edges each with random endpoints, one commit, *full*. *Bare streams* are the sorted
runs that the load consists of, put by put_many. The limits are set for one batch of 20,000 nodes: least 3 times SQLite, goal 5 times, at most
1.6 times as long as the bare streams. The other rows go in batches of 8,192 rows, which bounds memory.
""", rows)


def counting(bench):
    """The table of `make bench-counting`, which builds what it measures; not where runs are capped."""
    if bench.cap:
        return ["(not measured)"]
    say("bench-counting")
    words = ["make", "--no-print-directory", f"BUILD={os.path.dirname(bench.program)}", "bench-counting"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: failed: {' '.join(words)}")
    return [line for line in done.stdout.splitlines() if line.startswith("|")]


def steps(bench, results):
    occasion = Occasion()
    rows = bench.beside("perf-bench", "1")
    return lines_of(occasion.told(), """
`make bench-perf`, the processor's time on a disk in memory:
""", rows, """
and what counting takes while it is switched off, in instructions, by a build without it (`make bench-counting`):
""", counting(bench))


def matrix(bench, results):
    repeat, seconds = 3, 3
    occasion = Occasion()
    run_matrix(bench, bench.sizes(10000, 100000, 1000000), repeat, seconds)
    write_csv(f"{results}/matrix.csv", bench.rows)
    return lines_of(occasion.told(bench.rows), f"""
All in *normal* mode, a million with a checkpoint at the end, medians of {repeat} repeats, or of as many as began within {seconds} seconds for an engine.
A transaction has whole runs: with runs of 16, *commit every* 16 is a commit for each, 1008 the first end of a run behind a thousand records.
""", matrix_table(bench.rows))


# In the order of the document: the section's title and what measures it.
PARTS = {"workloads": ("Workloads", workloads), "itself": ("quire against itself", itself), "growth": ("Growth", growth),
         "graph": ("Bulk loads of a graph", graph), "steps": ("Single steps", steps), "matrix": ("The matrix", matrix)}


def sections_of(path):
    """The sections of a document by their titles; none where there is no document."""
    try:
        with open(path) as text:
            return dict(part.split("\n", 1) for part in text.read().split("\n## ")[1:])
    except OSError:
        return {}


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, folder, documents = sys.argv[1:4]
    chosen = sys.argv[4:] or list(PARTS)
    for name in chosen:
        if name not in PARTS:
            sys.exit(f"bench: no part is called {name}; there are {', '.join(PARTS)}")
    results = documents + "/results"
    os.makedirs(results, exist_ok=True)
    path = documents + "/RESULTS.md"
    for name in chosen:
        title, measure = PARTS[name]
        sections = sections_of(path)
        sections[title] = "\n" + measure(Bench(program, f"{folder}/{name}"), results) + "\n"
        with open(path + ".new", "w") as out:
            out.write(INTRODUCTION + "".join(f"\n## {heading}\n{sections[heading].rstrip()}\n"
                                             for heading, _ in PARTS.values() if heading in sections))
        os.replace(path + ".new", path)
        say(f"wrote {title} in {path}\n")


if __name__ == "__main__":
    main()
