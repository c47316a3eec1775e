"""The pieces that sections are made of: a section with its finding, a chart with its table, tables that scroll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trimtab.surfaces.report.charts import Spec
from trimtab.surfaces.report.markup import Content, Markup, prose, tag, text


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its address and name in the menu, its HTML and the charts to be drawn in it."""

    id: str
    markup: Markup
    charts: Mapping[str, Spec] = field(default_factory=dict)


def section(key: str, topic: str, finding: str, *body: Content, charts: Mapping[str, Spec] | None = None) -> Section:
    """A section under the heading `finding`, with `topic` as its small title and `key` as its place in the menu."""
    title = tag("h2", tag("span", topic, class_="kicker"), " ", prose(finding), id=f"{key}-title")
    return Section(key, tag("section", title, *body, id=key, aria_labelledby=f"{key}-title"), charts or {})


def summary(*content: Content) -> Markup:
    """The sentence below a heading."""
    return tag("p", [prose(part) for part in content], class_="summary")


def chart(key: str, label: str, legend: Sequence[Markup], caption: str, table: Markup) -> Markup:
    """Where a chart is drawn: legend, drawing, how it was made, and the same numbers as a table.

    The keyboard reaches it, and the line below says what its arrow keys point at.
    """
    place = f"chart-{key}"
    name = f"{label} Arrow keys read values."
    drawing = {"id": place, "data_chart": key, "tabindex": "0", "role": "application", "aria_roledescription": "chart"}
    return text(
        [
            tag(
                "figure",
                tag("ul", legend, class_="legend") if legend else None,
                tag("div", class_="chart", aria_label=name, aria_describedby=f"{place}-reading", **drawing),
                tag("p", class_="reading", id=f"{place}-reading", aria_live="polite"),
                tag("figcaption", prose(caption)) if caption else None,
            ),
            tag("details", tag("summary", "View as table", tag("span", f": {label}", class_="hidden")), table),
        ]
    )


def line_legend(names: Sequence[str]) -> list[Markup]:
    """One entry a line, in the order and style in which `charts.curves` draws them."""
    return [tag("li", tag("span", class_=f"key line s{k % 4 + 1}", aria_hidden="true"), name) for k, name in enumerate(names)]


def band_legend(names: Sequence[tuple[str, str]]) -> list[Markup]:
    """One entry an area: name and style class."""
    return [tag("li", tag("span", class_=f"key {style}", aria_hidden="true"), name) for name, style in names]


def table(head: Sequence[Content], rows: Sequence[Sequence[Content]], *, label: str, class_: str = "") -> Markup:
    """A table with column headers and the first cell of each row as row header, in a box that scrolls sideways.

    The first column is text, the others are numbers.
    """
    header = tag(
        "tr", [cell if isinstance(cell, Markup) and cell.startswith("<th") else tag("th", cell, scope="col") for cell in head]
    )
    body = [tag("tr", tag("th", row[0], scope="row"), [cell_of(cell) for cell in row[1:]]) for row in rows]
    return scroll(tag("table", tag("thead", header), tag("tbody", body), class_=class_ or None), label=label)


def text_head(name: str) -> Markup:
    """The header of a column of text, which stands on the left as the text does."""
    return tag("th", name, scope="col", class_="words")


def cell_of(cell: Content) -> Markup:
    """A data cell; one that is already a cell stays as it is."""
    if isinstance(cell, Markup) and cell.startswith("<td"):
        return cell
    return tag("td", cell)


def scroll(content: Markup, *, label: str, class_: str = "scroll") -> Markup:
    """A region that the keyboard can reach and scroll."""
    return tag("div", content, class_=class_, tabindex="0", role="region", aria_label=label)


def bullets(lines: Sequence[Content], *, class_: str = "") -> Markup:
    """A list of sentences."""
    return tag("ul", [tag("li", line) for line in lines], class_=class_ or None)
