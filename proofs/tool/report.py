"""
What the last run proved, function by function, for readers (Markdown, HTML), for tools that
show findings beside code (SARIF), and as a badge (SVG). Lines are counted as they stand in
the sources: of C without comments and blank lines; of ACSL in the contract and in the body.
A function rests on a rule of docs/FORMAT.md if its contract uses the rule's predicate,
directly or through others.
"""
import html
import json
import os
import re

from tool.mutate import blank, source_of
from tool.units import ANNOTATION, BUILD, COMMENT, HERE, LOGIC, ROOT, lemma_units, read_names, read_units, scope_files

FOLDER = os.path.join(BUILD, "report")
COLUMNS = ("function", "C", "ACSL", "properties", "goals", "seconds", "slowest goal", "rules")


def save(units):
    """Kept for the report: everything that a run knows of its units."""
    report = [{"unit": unit.name, "functions": unit.functions, "safety": sorted(unit.safety), "goals": unit.goals,
               "valid": unit.valid, "seconds": round(unit.seconds, 1), "provers": unit.by_prover,
               "per_function": unit.per_function, "properties": unit.properties,
               "times": {name: round(seconds, 2) for name, seconds in unit.times.items()},
               "slowest": unit.slowest, "failures": unit.failures} for unit in units]
    with open(os.path.join(BUILD, "report.json"), "w") as file:
        json.dump(report, file, indent=1)


# ---- Lines and rules -------------------------------------------------------------------


def full_lines(text):
    return sum(1 for line in text.splitlines() if line.strip(" \t*@/"))


def annotation_lines(text):
    return sum(full_lines(COMMENT.sub("", block[3:-2]) if block.startswith("/*") else block) for block in ANNOTATION.findall(text))


def contracts_of(function, texts):
    """The annotations that stand directly above a declaration or the definition of the function."""
    found = []
    for text in texts:
        for match in re.finditer(rf"\b{function}\s*\(", blank(text)):
            end = text.rfind("*/", 0, match.start())
            between = text[end + 2:match.start()]
            begin = text.rfind("/*", 0, end)
            if end >= 0 and text.startswith("/*@", begin) and not re.search(r"[;{}=(]|\breturn\b", between):
                found.append(text[begin:end + 2])
    return found


def read_headers():
    texts = []
    for path in scope_files():
        if path.endswith(".h"):
            with open(path) as file:
                texts.append(file.read())
    return texts


HEADERS = read_headers()


def lines_of(unit, function):
    """Lines of C, lines of ACSL, and the text of the contract."""
    path, source, (start, end) = source_of(unit, function)
    code = blank(source)
    head = re.split(r"\n[ \t]*\n", code[:start])[-1].lstrip()
    texts = {source} | (set() if head.startswith("static") else set(HEADERS))
    contract = "\n".join(contracts_of(function, texts))
    c_lines = sum(1 for line in (head + code[start:end + 2]).splitlines() if line.strip())
    return path, source.count("\n", 0, start), c_lines, annotation_lines(contract) + annotation_lines(source[start:end]), contract


def logic_definitions():
    """Name of a predicate or logic function -> its text."""
    definitions = {}
    for name in sorted(os.listdir(LOGIC)):
        with open(os.path.join(LOGIC, name)) as file:
            text = re.sub(r"//[^\n]*", "", file.read())
        for match in re.finditer(r"\b(?:logic|predicate)\b[^=;]*?(\w+)\s*(?:\{[^}]*\})?\s*(?:\([^=]*?\))?\s*=(.*?);", text, re.S):
            definitions[match.group(1)] = match.group(2)
    return definitions


def rules_of(contract, definitions):
    seen, todo = set(), [contract]
    while todo:
        for word in set(re.findall(r"\w+", todo.pop())) & set(definitions) - seen:
            seen.add(word)
            todo.append(definitions[word])
    numbers = {int(match.group(1)) for name in seen for match in [re.match(r"rule_(\d+)", name)] if match}
    return " ".join(f"P{number}" for number in sorted(numbers))


# ---- The report -----------------------------------------------------------------------


def gather():
    with open(os.path.join(BUILD, "report.json")) as file:
        entries = {entry["unit"]: entry for entry in json.load(file)}
    definitions, rows = logic_definitions(), []
    for unit in read_units():
        entry = entries.get(unit.name)
        for function in unit.functions:
            path, line, c_lines, acsl, contract = lines_of(unit, function)
            row = {"unit": unit.name, "function": function, "safety": function in unit.safety, "path": path, "line": line + 1,
                   "C": c_lines, "ACSL": acsl, "rules": rules_of(contract, definitions), "run": entry is not None}
            if entry:
                slowest = entry["slowest"].get(function, ["", 0.0])
                row.update({"properties": entry["properties"].get(function, 0), "goals": entry["per_function"].get(function, 0),
                            "seconds": entry["times"].get(function, 0.0),
                            "slowest goal": f"{slowest[0].removeprefix(function + '_')} {slowest[1]:.2f} s" if slowest[0] else ""})
            rows.append(row)
    return entries, rows


def totals(entries, rows):
    logic = 0
    for name in sorted(os.listdir(LOGIC)):
        with open(os.path.join(LOGIC, name)) as file:
            logic += annotation_lines(file.read())
    c_lines, acsl = sum(row["C"] for row in rows), sum(row["ACSL"] for row in rows)
    failed = sorted(name for name, entry in entries.items() if entry["failures"])
    run = [row for row in rows if row["run"]]
    return {"functions": len(run), "listed": len(rows), "C": c_lines, "ACSL": acsl, "logic": logic, "ratio": (acsl + logic) / max(1, c_lines),
            "goals": sum(entry["goals"] for entry in entries.values()), "valid": sum(entry["valid"] for entry in entries.values()),
            "lemmas": sum(entry["goals"] for entry in entries.values() if not entry["functions"]),
            "unproved": len(read_names(os.path.join(HERE, "unproved.txt"))), "failed": failed}


def sentences(total):
    yield (f"{total['valid']} of {total['goals']} goals, {total['lemmas']} of them lemmas, of {total['functions']} functions; "
           f"{total['listed']} functions are in functions.txt, {total['unproved']} in unproved.txt.")
    yield (f"{total['ACSL']} lines of ACSL at {total['C']} lines of C, and {total['logic']} lines of predicates and lemmas: "
           f"{total['ratio']:.2f} lines of ACSL a line of C.")
    if total["failed"]:
        yield "Refused: " + ", ".join(total["failed"]) + "."


def cells(row):
    name = row["function"] + (" (safety)" if row["safety"] else "")
    return [name, *(str(row.get(column, "not run")) for column in COLUMNS[1:])]


def as_markdown(rows, total):
    lines = ["# What is proved", "", *sentences(total), "", "Seconds are those of solvers and of WP's simplifier, of the run that found the proof."]
    for unit in dict.fromkeys(row["unit"] for row in rows):
        lines += ["", f"## {unit}", "", "| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        lines += ["| " + " | ".join(cells(row)) + " |" for row in rows if row["unit"] == unit]
    return "\n".join(lines) + "\n"


def as_html(rows, total):
    def table_row(kind, texts):
        return "<tr>" + "".join(f"<{kind}>{html.escape(text)}</{kind}>" for text in texts) + "</tr>"

    body = "".join(f"<p>{html.escape(text)}</p>\n" for text in sentences(total))
    head = table_row("th", ("unit", *COLUMNS))
    lines = "\n".join(table_row("td", (row["unit"], *cells(row))) for row in rows)
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>What is proved</title>\n<style>body{font:15px sans-serif;margin:2em}"
            "table{border-collapse:collapse}td,th{padding:.2em .6em;border-bottom:1px solid #ccc;text-align:left}</style></head>\n"
            f"<body><h1>What is proved</h1>\n{body}<table>\n{head}\n{lines}\n</table></body></html>\n")


def as_sarif(entries, rows):
    """A proved function is a result that passes; what a gate refuses is an error at its unit's file."""
    def result(gate, level, text, path, line):
        place = {"artifactLocation": {"uri": os.path.relpath(path, ROOT)}, "region": {"startLine": line}}
        kind = {"kind": "pass"} if level == "none" else {}
        return {"ruleId": gate, "level": level, "message": {"text": text}, "locations": [{"physicalLocation": place}], **kind}

    sources = {unit.name: unit.source if unit.functions else unit.logic for unit in read_units() + lemma_units()}
    refused = {name for name, entry in entries.items() if entry["failures"]}
    results = [result("goal", "none", f"{row['function']}: {row['goals']} goals proved", row["path"], row["line"])
               for row in rows if row["run"] and row["unit"] not in refused]
    for name in sorted(refused):
        results += [result(gate, "error", text[:2000], sources[name], 1) for gate, text in entries[name]["failures"]]
    gates = sorted({entry["ruleId"] for entry in results})
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "quire-prove", "rules": [{"id": gate} for gate in gates]}}, "results": results}]}, indent=1) + "\n"


def as_badge(total):
    text, colour = f"{total['functions']} functions, {total['valid']} goals", "#2e7d32"
    if total["failed"] or total["functions"] < total["listed"]:
        text, colour = ("refused" if total["failed"] else f"{total['functions']} of {total['listed']} functions"), "#b71c1c" if total["failed"] else "#9e7700"
    left, right = 52, 14 + 7 * len(text)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="proved: {text}">'
            f'<rect width="{left}" height="20" fill="#444"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
            f'<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle"><text x="{left / 2}" y="14">proved</text>'
            f'<text x="{left + right / 2}" y="14">{text}</text></g></svg>\n')


def write():
    try:
        entries, rows = gather()
    except OSError:
        print("prove: nothing has been proved in this build folder yet (make prove)")
        return 1
    total = totals(entries, rows)
    os.makedirs(FOLDER, exist_ok=True)
    for name, text in (("proofs.md", as_markdown(rows, total)), ("proofs.html", as_html(rows, total)),
                       ("proofs.sarif", as_sarif(entries, rows)), ("proofs.svg", as_badge(total))):
        with open(os.path.join(FOLDER, name), "w") as file:
            file.write(text)
    print("\n".join(sentences(total)))
    print(f"written: {os.path.relpath(FOLDER, ROOT)}/proofs.md, .html, .sarif and .svg")
    return 0
