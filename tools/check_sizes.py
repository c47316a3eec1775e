"""The house rules that no ready-made linter knows: sizes, names, the clock and unsafe calls.

Reads the syntax tree of every Python file under the given folders (default: src and tools) and prints one line per
fault. Ends with 1 if there is any; a long but allowed file is only a warning.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MOST_LINES, MANY_LINES = 350, 250
MOST_CODE_LINES, MOST_PARAMETERS = 30, 6
EMPTY_WORDS = frozenset({one + s for one in ("util", "helper", "manager", "handler", "base") for s in ("", "s")} | {"common"})
CLOCKS = frozenset(
    {f"{stamp}.{name}" for stamp in ("datetime.datetime", "pandas.Timestamp") for name in ("now", "utcnow", "today")}
    | {"datetime.date.today", "time.time", "time.time_ns"}
)
STOPWATCHES = frozenset(f"time.{name}{unit}" for name in ("perf_counter", "process_time", "monotonic") for unit in ("", "_ns"))
UNSAFE = frozenset(
    {"eval", "exec", "builtins.eval", "builtins.exec"}
    | {f"yaml.{name}" for name in ("load", "load_all", "full_load", "unsafe_load")}
    | {"pandas.read_pickle"}
)
PICKLES = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"})
SILENT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})

Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom


class Fault(NamedTuple):
    """One finding: where, what, and whether it is only a warning."""

    line: int
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Module:
    """A parsed file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def rooms(self) -> tuple[str, ...]:
        """The parts of the path below the package; empty for a file outside it."""
        _, package, inside = self.path.as_posix().rpartition("src/trimtab/")
        return tuple(inside.split("/")) if package else ()


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def sizes(module: Module) -> Iterator[Fault]:
    """Length of the file, its docstring, and the length and parameters of each function."""
    lines = len(module.text.splitlines())
    if lines > MANY_LINES:
        most = f"at most {MOST_LINES}" if lines > MOST_LINES else f"more than {MANY_LINES}: is it still one idea?"
        yield Fault(1, f"{lines} lines, {most}", warning=lines <= MOST_LINES)
    if not ast.get_docstring(module.tree):
        yield Fault(1, "no module docstring")
    coded = code_lines(module)
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield from function_sizes(node, coded)


def function_sizes(node: Function, coded: set[int]) -> Iterator[Fault]:
    """A function's code lines, and its parameters without self and cls."""
    length = len(coded & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
    if length > MOST_CODE_LINES:
        yield Fault(node.lineno, f"{node.name} has {length} lines of code, at most {MOST_CODE_LINES}")
    given = node.args
    names = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    count = len([one for place, one in enumerate(names) if place or one.arg not in ("self", "cls")])
    if count > MOST_PARAMETERS:
        yield Fault(node.lineno, f"{node.name} takes {count} parameters, at most {MOST_PARAMETERS}")


def code_lines(module: Module) -> set[int]:
    """The numbers of the lines that hold code: no blanks, comments or docstrings."""
    coded: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type not in SILENT:
            coded.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(module.tree):
        if isinstance(node, (Function, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None:
            coded.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return coded


def names(module: Module) -> Iterator[Fault]:
    """File, folder and class names that say nothing."""
    for part in (*module.rooms[:-1], module.path.stem):
        for word in sorted(words(part) & EMPTY_WORDS):
            yield Fault(1, f"the name {part!r} says {word!r}: which question does it answer?")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            for word in sorted(words(node.name) & EMPTY_WORDS):
                yield Fault(node.lineno, f"the class {node.name!r} says {word!r}: which role does it play?")


def calls(module: Module) -> Iterator[Fault]:
    """The clock outside desk/live.py, stopwatches outside desk and surfaces, and ways to run foreign data as code."""
    live = module.rooms == ("desk", "live.py")
    timed = not module.rooms or module.rooms[0] in ("desk", "surfaces") or module.rooms[:2] == ("data", "sources")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield from arguments(node, live=live)
    for node, name in used(module.tree):
        if name in CLOCKS and not live:
            yield Fault(node.lineno, f"{name} reads the clock: only desk/live.py may, pass `now` in")
        if name in STOPWATCHES and not timed:
            yield Fault(node.lineno, f"{name} reads a stopwatch: only desk, surfaces and data/sources may")
        if name in UNSAFE:
            yield Fault(node.lineno, f"{name} can run what it reads")
        if name.split(".")[0] in PICKLES or name.endswith(".to_pickle"):
            yield Fault(node.lineno, f"{name}: pickles can run what they hold")


def arguments(node: ast.Call, *, live: bool) -> Iterator[Fault]:
    """The clock and the pickles that hide in an argument: `datetime64("now")`, `load(..., allow_pickle=True)`."""
    stamps = isinstance(node.func, ast.Attribute) and node.func.attr in ("datetime64", "Timestamp", "to_datetime")
    words_given = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if stamps and not live and ("now" in words_given or "today" in words_given):
        yield Fault(node.lineno, f"{ast.unparse(node)} reads the clock: only desk/live.py may, pass `now` in")
    if any(one.arg == "allow_pickle" and ast.unparse(one.value) != "False" for one in node.keywords):
        yield Fault(node.lineno, "allow_pickle: pickles can run what they hold")


def used(tree: ast.Module) -> Iterator[tuple[Import | ast.expr, str]]:
    """Every import and every name in use, written out in full: `dt.now` under `from datetime import datetime as dt`."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, Import):
            for name, full in imported(node):
                known[name] = full
                yield node, full
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)) and id(node) not in inner:
            yield node, in_full(node, known)


def imported(node: Import) -> Iterator[tuple[str, str]]:
    """Pairs of local name and full name that an import statement brings."""
    for one in node.names:
        if isinstance(node, ast.ImportFrom):
            yield one.asname or one.name, f"{node.module}.{one.name}"
        else:
            top = one.name.split(".")[0]
            yield (one.asname, one.name) if one.asname else (top, top)


def in_full(node: ast.expr, known: dict[str, str]) -> str:
    """The dotted name of an expression; what is no name becomes `?`."""
    if isinstance(node, ast.Attribute):
        return f"{in_full(node.value, known)}.{node.attr}"
    return known.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def faults(module: Module) -> list[Fault]:
    """All findings of a file, by line."""
    return sorted({fault for check in (sizes, names, calls) for fault in check(module)})


def read(path: Path) -> Module:
    """Read and parse one file; the tree's line numbers are the text's."""
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, filename=str(path)))


def main(arguments: list[str] | None = None) -> int:
    """Check the folders given, print the findings, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check the house rules on sizes, names, the clock and unsafe calls.")
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("src"), Path("tools")])
    paths = sorted(path for folder in parser.parse_args(arguments).folders for path in folder.rglob("*.py"))
    wrong = 0
    for path in paths:
        for fault in faults(read(path)):
            print(f"{path}:{fault.line}: {'warning: ' if fault.warning else ''}{fault.text}")
            wrong += not fault.warning
    print(f"sizes and names: {len(paths)} files, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
