#!/usr/bin/env python3
"""fuzz/grow.py PROGRAM COVERAGE TARGET INPUT...

Keeps of INPUTs those that run a part of src/ that no committed input of any target
runs: as corpus/TARGET/grown-HASH, shorter ones first, and made as short as that allows. PROGRAM is the target's plain
driver, built with clang's source-based coverage; COVERAGE is where `make coverage`
left all.profdata, which is brought up to date. Prints a line for each input kept.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile


def run(*words, **environment):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **environment})


def sources():
    """Names of the sources whose static functions count: those of src/ that no support file shares."""
    others = {os.path.basename(path) for path in glob.glob("fuzz/**/*.c", recursive=True) + glob.glob("tests/support/*.c")}
    return {os.path.basename(path) for path in glob.glob("src/*/*.c")} - others


def taken(profile, ours):
    """The counters of our functions that are not zero, as (function, hash, number)."""
    text = run("llvm-profdata", "merge", "-text", "-o", "-", profile).stdout.decode()
    found = set()
    for block in text.split("\n\n"):
        lines = block.strip().split("\n")
        if len(lines) < 7:
            continue
        name, function_hash, counts = lines[0], lines[2], lines[6:]
        file = name.split(":")[0] if ":" in name else None
        if (file in ours) if file else (name in ours):
            found |= {(name, function_hash, i) for i, count in enumerate(counts) if count != "0"}
    return found


def functions(program):
    """Global functions of src/, from the archives beside the program's folder."""
    rooms = [path for path in glob.glob(os.path.join(os.path.dirname(program), "../rooms/*.a")) if "/fuzz" not in path]
    lines = run("nm", "--defined-only", *rooms).stdout.decode().split("\n")
    return {words[2] for line in lines if len(words := line.split()) == 3 and words[1] == "T"}


class Grower:
    def __init__(self, program, coverage, target, folder):
        self.program, self.target, self.folder = program, target, folder
        self.ours = sources() | functions(program)
        self.everything = f"{coverage}/all.profdata"
        self.known = taken(self.everything, self.ours)

    def replay(self, paths):
        """What these inputs take that is not known yet, and their profile; None if one of them fails."""
        raw, profile = f"{self.folder}/raw", f"{self.folder}/profdata"
        if run(self.program, "-limit_ms=100", *paths, LLVM_PROFILE_FILE=raw).returncode != 0:
            return None, profile
        run("llvm-profdata", "merge", "-sparse", "-o", profile, raw)
        return taken(profile, self.ours) - self.known, profile

    def shorten(self, path, new):
        """A shorter input that takes all of `new` too: pieces are left out, large ones first, for some hundred trials."""
        with open(path, "rb") as file:
            best = file.read()
        shorter = f"{self.folder}/shorter"
        size, trials = len(best) // 2, 0
        while size >= 4 and trials < 200:
            at = 0
            while at < len(best):
                trials += 1
                candidate = best[:at] + best[at + size :]
                with open(shorter, "wb") as file:
                    file.write(candidate)
                found, _ = self.replay([shorter])
                if found is not None and new <= found:
                    best = candidate
                else:
                    at += size
            size //= 2
        with open(shorter, "wb") as file:
            file.write(best)
        return shorter

    def keep(self, path, new):
        path = self.shorten(path, new)
        new, profile = self.replay([path])
        with open(path, "rb") as file:
            name = f"corpus/{self.target}/grown-{hashlib.sha256(file.read()).hexdigest()[:10]}"
        shutil.copy(path, name)
        self.known |= new
        run("llvm-profdata", "merge", "-sparse", "-o", self.everything, self.everything, profile)
        print(f"{name} {len(new)}")

    def grow(self, paths):
        """Halves the inputs until those are left alone that take something new."""
        new, _ = self.replay(paths)
        if new is None and len(paths) == 1:
            print(f"{paths[0]} fails, or takes more than 100 ms: not kept")
        elif new and len(paths) == 1:
            self.keep(paths[0], new)
        elif new is None or new:
            self.grow(paths[: len(paths) // 2])
            self.grow(paths[len(paths) // 2 :])


def main():
    program, coverage, target, inputs = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    with tempfile.TemporaryDirectory() as folder:
        grower = Grower(program, coverage, target, folder)
        inputs.sort(key=os.path.getsize)
        for at in range(0, len(inputs), 64):
            grower.grow(inputs[at : at + 64])


main()
