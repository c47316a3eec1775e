"""Reads a page as a person or a screen reader would: elements, texts, links and tables. Stops at markup that is not closed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from trimtab.surfaces.python import Backtest
from trimtab.surfaces.report.page import write_report

STYLE = (resources.files("trimtab.surfaces.report") / "style.css").read_text(encoding="utf-8")
VOID = {"meta", "br", "hr", "img", "input", "link", "col"}


@dataclass
class Element:
    """One element with its attributes, its children and the text in it, scripts left out."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    parts: list[str | Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """Every element below this one with the name and the attributes, in order."""
        found = []
        for child in self.children:
            wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
            if name in ("", child.name) and wanted.items() <= child.attributes.items():
                found.append(child)
            found += child.all(name, **attributes)
        return found

    def one(self, name: str = "", **attributes: str) -> Element:
        (found,) = self.all(name, **attributes)
        return found


class Reader(HTMLParser):
    """Builds the tree; a closing tag that closes nothing, or the wrong thing, is an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(page: str) -> Element:
    """The page as a tree."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], f"never closed: {reader.open[-1].name}"
    return reader.root


def cells(table: Element) -> list[list[str]]:
    """Text of every row of a table."""
    return [[cell.text for cell in row.children] for row in table.all("tr")]


def specs(root: Element) -> dict[str, Any]:
    """The chart data in the page. Fails where they hold NaN or Infinity."""

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in the JSON of the page")

    return json.loads(root.one("script", id="charts").text, parse_constant=refuse)


def written(run: Backtest, folder: Path) -> tuple[str, Element]:
    """The page that is written, as text and as a tree."""
    path = write_report(run.result, folder / "deep" / "report.html", rivals=run.rivals)
    page = path.read_text(encoding="utf-8")
    return page, read(page)
