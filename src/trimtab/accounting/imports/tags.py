"""The tags of OFX, version 1 (SGML, where a value closes its own tag) and version 2 (XML), in one small reader.

A tag with a value is a leaf and needs no end tag; one without is an aggregate, unless it is never closed: then it was an
empty leaf, and what followed belongs to the aggregate around it. No document type, no entities but the five of XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from trimtab.accounting.imports.encodings import LARGEST

MOST_TAGS, DEEPEST = 5_000_000, 60
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.]{0,60})\s*(/?)>([^<]*)")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#\d{1,6});")
_SIGNS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


@dataclass(slots=True)
class Tag:
    """A tag with its value, or with tags inside."""

    name: str
    line: int
    value: str = ""
    inside: list[Tag] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Tag]:
        """Every tag inside, at any depth, of one of the names, in the order of the text."""
        waiting = list(reversed(self.inside))
        while waiting:
            tag = waiting.pop()
            if tag.name in names:
                yield tag
            waiting += reversed(tag.inside)

    def flat(self) -> dict[str, str]:
        """Every leaf inside by its name; the first of a name counts."""
        found: dict[str, str] = {}
        waiting = list(reversed(self.inside))
        while waiting:
            tag = waiting.pop()
            if not tag.inside:
                found.setdefault(tag.name, tag.value)
            waiting += reversed(tag.inside)
        return found


def parse(text: str) -> tuple[Tag, str]:
    """The tree under a nameless root as far as it could be read, and what went wrong ("" where nothing did)."""
    root = Tag("", 1)
    if len(text) > LARGEST:
        return root, f"the text is longer than {LARGEST} characters"
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        return root, "the text declares a document type or entities, which is refused"
    path, line, seen = [root], 1, 0
    for count, match in enumerate(_TAG.finditer(text)):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        if count > MOST_TAGS or len(path) > DEEPEST:
            return root, f"line {line}: too many tags, or too deep a nest of them"
        _place(path, match, line)
    if len(path) > 1:
        return root, f"line {line}: {path[1].name} is never closed: is the text cut off?"
    return root, ""


def _place(path: list[Tag], match: re.Match[str], line: int) -> None:
    """Put one tag where it belongs; `path` is what is open."""
    end, name, empty, value = match[1], match[2].upper(), match[3], match[4].strip()
    if not end:
        tag = Tag(name, line, _ENTITY.sub(_sign, value))
        path[-1].inside.append(tag)
        if not value and not empty:
            path.append(tag)
        return
    depth = next((depth for depth in range(len(path) - 1, 0, -1) if path[depth].name == name), 0)
    if depth:  # depth 0: the end tag of a leaf
        while len(path) > depth + 1:
            leaf = path.pop()  # was never closed: an empty leaf
            path[-1].inside += leaf.inside
            leaf.inside = []
        path.pop()


def _sign(match: re.Match[str]) -> str:
    """The sign that an entity stands for."""
    name = match[1]
    if not name.startswith("#"):
        return _SIGNS[name]
    number = int(name[1:])
    return chr(number) if 32 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else " "
