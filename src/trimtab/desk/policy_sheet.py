"""A policy file as it is written: its keys one after the other, each of which can be put anew with the comments kept.

What is not touched stays as it was, to the letter; what is put anew comes with a comment that says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from types import MappingProxyType
from typing import Any

from trimtab.desk.yaml12 import parse

WIDTH = 120  # letters of a line
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"null", "true", "false"})
_READ = re.compile(r"[1-9][0-9]*[DWMQYh]|[0-9]{4}-[0-9]{2}-[0-9]{2}")  # durations and dates: text that needs no quotes


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines before the first key, and the text of each key in the order of the file."""

    head: str
    blocks: Mapping[str, str]

    @classmethod
    def of(cls, text: str, source: str = "policy") -> Sheet:
        """Take a file apart. Raises PolicyError where it is no YAML; a file without keys is all head."""
        lines = text.splitlines(keepends=True)
        found = sorted((line - 1, str(path[0])) for path, (line, _) in parse(text, source).keys.items() if len(path) == 1)
        starts = [*(line for line, _ in found), len(lines)]
        blocks = {key: "".join(lines[line:end]) for (line, key), end in zip(found, starts[1:], strict=True)}
        return cls("".join(lines[: starts[0]]), MappingProxyType(blocks))

    def put(self, key: str, value: Any, note: str = "", *, before: str = "costs") -> Sheet:
        """The key with another value and a comment: where it stood, else before another key, else at the end."""
        return self.put_text(key, "\n".join(written(key, value, note)) + "\n", before=before)

    def put_text(self, key: str, text: str, *, before: str = "costs") -> Sheet:
        """The same with the text of the key as it shall stand, its line ends in it."""
        if key in self.blocks:
            gap = "\n" if self.blocks[key].endswith("\n\n") else ""
            return replace(self, blocks=MappingProxyType({**self.blocks, key: text + gap}))
        order = list(self.blocks)
        place = order.index(before) if before in order else len(order)
        ended = {name: one if one.endswith("\n") else one + "\n" for name, one in self.blocks.items()}
        order.insert(place, key)
        return replace(self, blocks=MappingProxyType({name: ended.get(name, text) for name in order}))

    def without(self, *keys: str) -> Sheet:
        """The sheet without some keys."""
        return replace(self, blocks=MappingProxyType({key: text for key, text in self.blocks.items() if key not in keys}))

    def under(self, *lines: str) -> Sheet:
        """The sheet under another head: comments, one a line."""
        return replace(self, head="".join(f"# {line}".rstrip() + "\n" for line in lines))

    @property
    def text(self) -> str:
        """The file again."""
        return self.head + "".join(self.blocks.values())


def written(key: str, value: Any, note: str = "") -> Iterator[str]:
    """A key and its value as lines: in one where they fit, else one below the other. The note is a comment."""
    if isinstance(value, str) and len(value) > WIDTH - len(key) - 4 and _folds(value):
        yield f"{key}: >-"
        yield from (f"  {line}" for line in wrap(value, WIDTH - 2, break_long_words=False, break_on_hyphens=False))
        return
    line = f"{key}: {flow(value)}"
    if len(line) <= WIDTH - 20 or not isinstance(value, Mapping | Sequence) or isinstance(value, str):
        yield from _noted(line, note)
        return
    yield from _noted(f"{key}:", note)
    if isinstance(value, Mapping):
        yield from (f"  {inner}" for name, part in value.items() for inner in written(_text(str(name)), part))
    else:
        yield from (f"  - {flow(part)}" for part in value)


def _folds(text: str) -> bool:
    """Whether lines broken at spaces are the same text when they are read."""
    return text.isprintable() and text == " ".join(text.split())


def _noted(line: str, note: str) -> Iterator[str]:
    """A comment behind the line, or above it where both are too long for one."""
    if note and len(line) + len(note) + 5 > WIDTH:
        yield from (f"# {part}" for part in wrap(note, WIDTH - 2))
        yield line
    else:
        yield f"{line}   # {note}" if note else line


def flow(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Text as YAML: plain where it can only be read as such, else in quotes."""
    if (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or _READ.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
