"""Mutants of a module: one small change each, as a programmer's slip would make it (DeMillo, Lipton and Sayward 1978).

Comparisons change their operator or their boundary, sums and products their sign, `and` becomes `or`, constants move,
conditions are forced, statements go, answers become None. A mutant is named by its function and its text, so that the name
outlives lines that are moved.

What no mutant touches, because a test that noticed it would test the wrong thing: `EXEMPT` says why.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutants.slips import replacements

EXEMPT = {
    "annotations, bases and type aliases": "nothing runs by them; mypy reads them",
    "decorators": "`frozen` and `slots` keep us from mistakes and compute nothing",
    "docstrings, what is raised, and sentences": "wording is for people; that an error is raised is tested",
    "`words`, __repr__ and __str__": "wording again",
    "strict=True of zip": "an assertion about our own code",
    "repr= and compare= of fields": "how values are shown, and that a seal or a cache makes no difference between them",
    "names of NumPy's types": "another name is refused by NumPy, which would count as a kill that no test earned",
}
_WORDING = frozenset({"words", "__repr__", "__str__"})
_IDLE_FIELDS = frozenset(
    {"annotation", "returns", "decorator_list", "bases", "keywords", "type_params", "format_spec", "names"}
)
_IDLE_KEYWORDS = frozenset({"remedy", "where", "repr", "compare", "strict"})
_SENTENCE = re.compile(r"\w[,:;]? +\w|\w +$|^ +\w")
_DTYPE = re.compile(r"(datetime64|timedelta64)\[\w+\]|[iuf][1248]|int\d*|float\d*")
_DEF = ast.FunctionDef | ast.AsyncFunctionDef

Place = tuple[ast.AST, str, int | None]


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change: in which function (empty: in the module itself), at which line, and what it reads like."""

    module: str
    function: str
    text: str
    line: int
    place: Place = field(repr=False)
    new: ast.AST = field(repr=False)
    inside: bool  # its function's code alone differs: nothing need be imported again

    @property
    def name(self) -> str:
        """The name that outlives moved lines."""
        return f"{self.module}:{self.function}: {self.text}"

    def draw(self, seed: int) -> str:
        """A number that is its own for each seed: the smallest of a target are its sample."""
        return hashlib.sha256(f"{seed}:{self.name}".encode()).hexdigest()


@cache
def source_of(module: str) -> Source:
    """The source of a module, made once: its mutants take a second to list."""
    return Source(module)


class Source:
    """A module's text, and its mutants by number."""

    def __init__(self, module: str, text: str | None = None) -> None:
        self.module, self.path = module, ""
        if text is None:
            spec = find_spec(module)
            assert spec is not None
            assert spec.origin is not None
            self.path = spec.origin
            text = Path(spec.origin).read_text(encoding="utf-8")
        self.tree = ast.parse(text)
        found, seen = [], Counter[tuple[str, str]]()
        for mutant in _Walk(module, self.tree).mutants():
            seen[mutant.function, mutant.text] += 1
            again = seen[mutant.function, mutant.text]
            if again > 1:
                object.__setattr__(mutant, "text", f"{mutant.text} #{again}")
            found.append(mutant)
        self.mutants = tuple(found)

    def compiled(self, mutant: Mutant) -> CodeType:
        """The module's code with the change."""
        holder, name, index = mutant.place
        held: Any = getattr(holder, name)
        old = held if index is None else held[index]
        new = ast.fix_missing_locations(ast.copy_location(copy.deepcopy(mutant.new), old))
        put(mutant.place, new)
        try:
            return compile(self.tree, self.path, "exec", dont_inherit=True)
        finally:
            put(mutant.place, old)


def put(place: Place, node: ast.AST) -> None:
    """Put a node in its place."""
    holder, name, index = place
    if index is None:
        setattr(holder, name, node)
    else:
        getattr(holder, name)[index] = node


class _Walk:
    """One walk through a module, which knows in which function it is."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.module, self.tree = module, tree
        self.names: list[str] = []
        self.function = ""  # the outermost
        self.messages: frozenset[str] = frozenset()
        self.again: frozenset[str] = frozenset()

    def mutants(self) -> Iterator[Mutant]:
        yield from self._children(self.tree)

    def _children(self, node: ast.AST) -> Iterator[Mutant]:
        for name, value in ast.iter_fields(node):
            if name in _IDLE_FIELDS and not (name == "keywords" and isinstance(node, ast.Call)):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield from self._node((node, name, index), child)

    def _node(self, place: Place, node: ast.AST) -> Iterator[Mutant]:
        if self._idle(place, node):
            return
        for label, new in replacements(node, place[0], place[1], self.again):
            inside = bool(self.function) and place[1] not in ("defaults", "kw_defaults")
            yield Mutant(self.module, self.function, label, node.lineno, place, new, inside)  # type: ignore[attr-defined]
        if isinstance(node, ast.Raise):
            return
        if isinstance(node, _DEF | ast.ClassDef):
            yield from self._within(node)
        else:
            yield from self._children(node)

    def _within(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Mutant]:
        before = self.function, self.messages, self.again
        self.names.append(node.name)
        if isinstance(node, _DEF) and not self.function:
            self.function = ".".join(self.names)
            self.messages, self.again = messages(node), rebound(node)
        yield from self._children(node)
        self.names.pop()
        self.function, self.messages, self.again = before

    def _idle(self, place: Place, node: ast.AST) -> bool:
        """Whether a change here would be about wording, types or names alone: see `EXEMPT`."""
        match node:
            case ast.FunctionDef(name=name):
                return name in _WORDING
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.keyword(arg=arg):
                return arg in _IDLE_KEYWORDS
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return True
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name in self.messages or name in ("__slots__", "__all__")
            case ast.JoinedStr(values=parts):
                return any(isinstance(part, ast.Constant) and _SENTENCE.search(str(part.value)) for part in parts)
            case ast.Constant(value=str(text)):
                return bool(_SENTENCE.search(text) or _DTYPE.fullmatch(text))
        return False


def messages(function: ast.AST) -> frozenset[str]:
    """Names of a function that nothing but what is raised reads."""
    raised = [node for one in ast.walk(function) if isinstance(one, ast.Raise) for node in ast.walk(one)]
    read = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    of_errors = Counter(node.id for node in raised if isinstance(node, ast.Name))
    return frozenset(name for name, count in of_errors.items() if read[name] == count)


def rebound(function: ast.AST) -> frozenset[str]:
    """Names that a function gives a value more than once: an assignment less leaves the one before."""
    given = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    given.update(node.arg for node in ast.walk(function) if isinstance(node, ast.arg))
    return frozenset(name for name, count in given.items() if count > 1)
