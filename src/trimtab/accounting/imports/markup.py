"""XML from strangers, read safely: no document type, no entities of its own, bounded depth, size and number of elements.

Expat does the work; every element knows its line, which the tree of the standard library does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from trimtab.accounting.imports.encodings import LARGEST

MOST_ELEMENTS, DEEPEST = 2_000_000, 40


@dataclass(slots=True)
class Element:
    """A tag, its attributes, the line it begins on, and what is inside."""

    tag: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """The element itself and all inside it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.inside)


def parse(text: str) -> tuple[Element, str]:
    """The tree as far as it could be read, under a nameless root, and what went wrong ("" where nothing did)."""
    root = Element("", 1)
    if len(text) > LARGEST:
        return root, f"the text is longer than {LARGEST} characters"
    try:
        # The text is decoded already; whatever encoding its declaration names no longer counts.
        _reader(root).Parse(text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), True)
    except expat.ExpatError as fault:
        return root, f"line {fault.lineno}: the XML is broken ({expat.ErrorString(fault.code)})"
    except ValueError as refusal:
        return root, str(refusal)
    return root, ""


def _reader(root: Element) -> expat.XMLParserType:
    reader = expat.ParserCreate("utf-8")
    path = [root]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(path) > DEEPEST:
            raise ValueError(f"line {reader.CurrentLineNumber}: too many elements, or too deep a nest of them")
        element = Element(tag, reader.CurrentLineNumber, attributes)
        path[-1].inside.append(element)
        path.append(element)

    def end(_: str) -> None:
        path.pop()

    def refuse(*_: object) -> int:
        raise ValueError(f"line {reader.CurrentLineNumber}: the XML declares a document type or entities, which is refused")

    reader.StartElementHandler = start
    reader.EndElementHandler = end
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    reader.ExternalEntityRefHandler = refuse
    return reader
