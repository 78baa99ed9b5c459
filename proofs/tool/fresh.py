"""
What a session was recorded of. Beside its verdicts each file of session/ holds a digest of every
file that the unit reads (its source, the headers, the logic), of its list of functions and of
the options of the run. One look at the files then tells which units must be recorded anew,
without Frama-C and in a moment: also those that only include a header that changed.

Comments and layout do not count; they are no part of a goal.
"""
import hashlib
import json
import os
import re

from tool.units import COMMENT, HERE, ROOT, SESSION

MADE_OF = "made of"


def read_text(path):
    with open(path) as file:
        return file.read()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without_comments(text):
    """The words of a file: annotations are kept, comments and layout are not."""
    return " ".join(COMMENT.sub(lambda m: m.group() if m.group()[2:3] == "@" else " ", text).split())


def files_of(start, read):
    """A file and those of ours that it includes, each with its text."""
    texts, todo = {}, [start]
    while todo:
        path = os.path.normpath(todo.pop())
        if path not in texts:
            texts[path] = read(path)
            todo += [os.path.join(os.path.dirname(path), name)
                     for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', texts[path], re.M)]
    return texts


def made_of(unit, options, read=read_text):
    """What the unit's goals depend on: name of a file, or what else it is, -> digest."""
    texts = files_of(unit.source, read) if unit.functions else {}
    texts.update(files_of(unit.logic, read) if unit.logic else {})
    parts = {os.path.relpath(path, ROOT): digest(without_comments(text)) for path, text in texts.items()}
    parts["functions"] = digest(" ".join(sorted(unit.functions)))
    solvers = [read(os.path.join(HERE, "why3", name)) for name in sorted(os.listdir(os.path.join(HERE, "why3")))]
    parts["options"] = digest("\0".join([*options, *solvers]))
    return parts


def session_file(unit, session=SESSION):
    return os.path.join(session, unit.name + ".json")


def check_fresh(units, options, read=read_text, session=SESSION):
    """Units whose session is not of what is there now, and sessions of no unit."""
    problems = []
    for unit in units:
        path = session_file(unit, session)
        if not os.path.exists(path):
            problems.append(("stale", f"{unit.name} has no session"))
            continue
        then, now = json.loads(read_text(path)).get(MADE_OF), made_of(unit, options, read)
        changed = sorted(name for name in set(then or ()) | set(now) if (then or {}).get(name) != now.get(name))
        if not then:
            problems.append(("stale", f"the session of {unit.name} does not say what it was recorded of"))
        elif changed:
            problems.append(("stale", f"{unit.name} was recorded with other {', '.join(changed)}"))
    names = {unit.name + ".json" for unit in units}
    problems += [("stale", f"session/{name} is of no unit") for name in sorted(os.listdir(session)) if name not in names]
    return problems


HOW_TO_MEND = """\
Record these units anew: proofs/prove --record UNIT...
If their goals are what they were, the verdicts still do: proofs/prove --replay --record UNIT..."""
