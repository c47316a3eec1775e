"""YAML 1.2 with positions: safe, small, and every value knows where it stands.

PyYAML parses to nodes; the core schema of YAML 1.2 gives them types (so `no` and `on` are text and `1e3` is a number).
Aliases are refused (a few hundred bytes can unfold to millions of values), and so are tags and duplicate keys.
What libyaml and PyYAML's own parser read alike, which is what policies are written in, libyaml reads: ten times as fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from trimtab.core.errors import PolicyError, UsageError

LIMIT_BYTES = 1_000_000
LIMIT_DEPTH = 20
_INT = re.compile(r"[-+]?[0-9]{1,30}|0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")  # a policy needs no longer numbers
_ODD = re.compile(r"[^\n -~]|[?|>!&*]")  # where the two parsers may differ, if only in a column
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, and the line and column (1-based) of each value and key by its path."""

    source: str
    values: Any
    places: Mapping[Path, tuple[int, int]] = field(repr=False)
    keys: Mapping[Path, tuple[int, int]] = field(repr=False)

    def where(self, path: Path, *, key: bool = False) -> str:
        """`file:line:col` of a value (or of its key), or of the closest parent that has one."""
        while True:
            place = (self.keys if key else self.places).get(path) or self.places.get(path)
            if place or not path:
                line, column = place or (1, 1)
                return f"{self.source}:{line}:{column}"
            path = path[:-1]


def read_text(path: str | FilePath, what: str, *, remedy: str = "Check the name.") -> str:
    """The text of a file of `what`. Raises UsageError where it cannot be read, PolicyError where it is no UTF-8 or too long."""
    try:
        with FilePath(path).open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {what} {path}: {error.strerror}", remedy=remedy) from None
    if len(data) > LIMIT_BYTES:
        raise PolicyError(f"more than {LIMIT_BYTES} bytes of YAML", where=str(path), remedy="No more than that are read.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError("the file is not UTF-8 text", where=str(path), remedy="Save it as UTF-8.") from None


def parse(text: str, source: str) -> Document:
    """Read one YAML document. Raises PolicyError with file:line:col."""
    import yaml

    if len(text) > LIMIT_BYTES:
        raise PolicyError(f"{len(text)} bytes of YAML", where=source, remedy=f"At most {LIMIT_BYTES} are read.")
    try:
        _screen(source, yaml.parse(text, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader))
        alike = yaml.__with_libyaml__ and text.endswith("\n") and not _ODD.search(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader if alike else yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        here = text.splitlines()[mark.line : mark.line + 1] if mark else []
        if mark and here and here[0][mark.column :].startswith("\t"):
            raise _fault(source, mark, "not valid YAML: a tab where spaces belong", "Indent with spaces.") from None
        raise _fault(source, mark, f"not valid YAML: {error.problem}", "Check indentation, colons and quotes.") from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise PolicyError(f"not valid YAML: {error}", where=source, remedy="Save the file as UTF-8 text.") from None
    places: dict[Path, tuple[int, int]] = {}
    keys: dict[Path, tuple[int, int]] = {}
    values = None if node is None else _Reader(source, places, keys).value(node, ())
    return Document(source, values, places, keys)


def _screen(source: str, events: Iterator[Any]) -> None:
    """Refuse what is dangerous before anything is built: aliases, tags, and nesting without end."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        if kind == "AliasEvent":
            raise _fault(source, event.start_mark, "aliases are not allowed", "Write the value out.")
        if getattr(event, "tag", None) is not None:
            raise _fault(source, event.start_mark, f"the tag {event.tag} is not allowed", "Use plain values.")
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        if depth > LIMIT_DEPTH:
            raise _fault(source, event.start_mark, f"nested more than {LIMIT_DEPTH} deep", "Flatten the file.")


def _fault(source: str, mark: Any, what: str, remedy: str) -> PolicyError:
    where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    return PolicyError(what, where=where, remedy=remedy, code="TT-POL-002")


@dataclass(frozen=True, slots=True)
class _Reader:
    source: str
    places: dict[Path, tuple[int, int]]
    keys: dict[Path, tuple[int, int]]

    def value(self, node: Any, path: Path) -> Any:
        self.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        kind = type(node).__name__
        if kind == "MappingNode":
            return dict(self._pairs(node, path))
        if kind == "SequenceNode":
            return [self.value(item, (*path, k)) for k, item in enumerate(node.value)]
        return self._scalar(node)

    def _pairs(self, node: Any, path: Path) -> Iterator[tuple[str, Any]]:
        for key_node, value_node in node.value:
            if type(key_node).__name__ != "ScalarNode":
                raise _fault(self.source, key_node.start_mark, "a key must be text", "Use a plain word as the key.")
            here = (*path, str(key_node.value))
            if here in self.keys:
                raise _fault(self.source, key_node.start_mark, f"{key_node.value!r} stands here twice", "Keep one.")
            self.keys[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            yield str(key_node.value), self.value(value_node, here)

    def _scalar(self, node: Any) -> Any:
        text = node.value
        if node.style:  # quoted, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        return text
