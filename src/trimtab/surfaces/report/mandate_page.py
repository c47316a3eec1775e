"""The mandate as a page to read, print and sign: one self-contained HTML file, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.writing import write_text
from trimtab.governance.mandate import Mandate
from trimtab.governance.mandate_words import Lines, limits, parts
from trimtab.surfaces.report.markup import Markup, prose, tag
from trimtab.surfaces.report.panel import scroll

RULES = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
OWN = """
.statement { max-width: 52rem; margin: 0 auto; }
.statement section { padding: 1.6rem 0 0.2rem; }
.statement dl { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0.45rem 1.2rem; margin: 0.6rem 0 0; }
.statement dt { color: var(--muted); } .statement dd { margin: 0; overflow-wrap: anywhere; }
.statement table { width: 100%; } .statement th, .statement td { text-align: left; padding-right: 1.2rem; vertical-align: top; }
.statement td.day { white-space: nowrap; }
.statement caption { text-align: left; color: var(--muted); padding-bottom: 0.4rem; }
.statement > header { padding-top: 2rem; }
.statement .sign { display: grid; grid-template-columns: 1fr 1fr; gap: 2.2rem 2rem; margin-top: 2.4rem; }
.statement .sign p { border-top: 1px solid var(--ink); margin: 0; padding-top: 0.3rem; font-size: 0.85rem; }
.statement code { overflow-wrap: anywhere; }
@media (max-width: 36rem) {
  .statement dl, .statement .sign { grid-template-columns: minmax(0, 1fr); gap: 0.15rem; }
  .statement dd { margin-bottom: 0.6rem; }
}
@media print { .statement section { break-inside: avoid; } }
"""


def write_mandate(mandate: Mandate, place: Path) -> Path:
    """Write the page. Raises UsageError where a file stands there that is no page of a mandate, or it cannot be written."""
    if place.exists() and not _own(place):
        raise UsageError(f"{place} is there already and is no page of a mandate", remedy="Give another name.")
    try:
        write_text(place, render_mandate(mandate))
    except OSError as error:
        raise UsageError(f"cannot write the page: {error.strerror}", where=str(place)) from error
    return place


def render_mandate(mandate: Mandate) -> str:
    """The whole page."""
    style = (resources.files("trimtab.surfaces.report") / "style.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=RULES),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{mandate.title}: {mandate.name}, version {mandate.version}"),
        tag("style", Markup(style + OWN)),
    )
    closing = tag("p", "The numbers of this statement come to rules of a policy: ", tag("code", "trimtab mandate rules"), ".")
    body = tag(
        "body",
        tag("a", "Skip to the statement", href="#main", class_="skip"),
        tag("main", _masthead(mandate), list(_sections(mandate)), id="main", tabindex="-1", class_="statement"),
        tag("footer", closing),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _masthead(mandate: Mandate) -> Markup:
    first = prose(f"Version {mandate.version}, in force from {mandate.effective_from.isoformat()}.")
    digest = tag("p", "SHA-256 ", tag("code", mandate.sha256))
    return tag("header", tag("h1", mandate.title), tag("p", first, class_="lede"), digest)


def _sections(mandate: Mandate) -> Iterator[Markup]:
    """The parts in order, numbered; limits stand after the objectives."""
    number = 0
    for heading, lines in parts(mandate):
        number += 1
        yield tag("section", tag("h2", f"{number}. {heading}"), _listed(lines), _lines_to_sign(heading, lines))
        if heading == "Objectives" and mandate.constraints:
            number += 1
            yield tag("section", tag("h2", f"{number}. Limits"), _table(mandate))


def _listed(lines: Lines) -> Markup:
    return tag("dl", [[tag("dt", label), tag("dd", prose(text))] for label, text in lines])


def _lines_to_sign(heading: str, lines: Lines) -> Markup | None:
    if heading != "Signatures":
        return None
    return tag("div", [tag("p", f"{name}, {role}: date and signature") for name, role in lines], class_="sign")


def _table(mandate: Mandate) -> Markup:
    heads = ("Section", "Limit", "In force from", "A breach")
    rows = [
        tag("tr", tag("th", section, scope="row"), tag("td", words), tag("td", prose(since), class_="day"), tag("td", does))
        for section, words, since, does in limits(mandate)
    ]
    caption = tag("caption", "Limits by section: fractions of the net asset value of the portfolio")
    head = tag("thead", tag("tr", [tag("th", one, scope="col") for one in heads]))
    return scroll(tag("table", caption, head, tag("tbody", rows)), label="Limits")


def _own(place: Path) -> bool:
    """Whether the file is an earlier page of a mandate, or holds nothing."""
    if not place.is_file():
        return False
    text = place.read_text(encoding="utf-8", errors="replace")
    return not text or (text.startswith("<!DOCTYPE html>") and 'class="statement"' in text)
