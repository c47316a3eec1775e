"""What every page of ours stands in: one self-contained HTML file with style, script, charts and the drawing library inside.

A content security policy in the page names the two scripts by their SHA-256, so that nothing else can run and nothing can
be fetched, whatever stands in a policy's name.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.surfaces.report.charts import interned
from trimtab.surfaces.report.markup import Markup, script_json, tag
from trimtab.surfaces.report.panel import Section

HASHED = "sha256-"


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around the sections: the title of the window, the words that skip the head, the head, and the foot."""

    title: str
    skip: str
    masthead: Markup
    footer: Markup


def framed(page: Page, parts: Sequence[Section], *, beside: str = "", data: Mapping[str, Any] | None = None) -> str:
    """The whole page. The drawing library is inside, or in the file `beside` it; `data` stand in it for programs to read.

    Raises UsageError where plotly is missing.
    """
    charts = {key: chart for part in parts for key, chart in part.charts.items()}
    scripts = [*([] if beside else [plotly()]), _own("script.js")]
    body = [
        tag("a", page.skip, href="#main", class_="skip"),
        page.masthead,
        _menu(parts),
        tag("main", [part.markup for part in parts], id="main", tabindex="-1"),
        page.footer,
        tag("script", script_json(interned(charts)), id="charts", type="application/json"),
        None if data is None else tag("script", script_json(data), id="data", type="application/json"),
        tag("script", src=beside) if beside else None,
        [tag("script", Markup(script)) for script in scripts],
    ]
    head = _head(page.title, scripts, beside=bool(beside))
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', body), lang='en')}\n"


def _head(title: str, scripts: Sequence[str], *, beside: bool) -> Markup:
    run = " ".join(f"'{HASHED}{_digest(script)}'" for script in scripts)
    from_file = " 'self' file:" if beside else ""
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    rules = f"default-src 'none'; script-src {run}{from_file}; {rest}"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=rules),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(_own("style.css"))),
    )


def _menu(parts: Sequence[Section]) -> Markup:
    links = [tag("li", tag("a", part.id.capitalize(), href=f"#{part.id}")) for part in parts]
    return tag("nav", tag("ul", links), aria_label="Sections", class_="menu")


def _digest(script: str) -> str:
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=4)
def _own(name: str) -> str:
    return (resources.files("trimtab.surfaces.report") / name).read_text(encoding="utf-8")


def plotly() -> str:
    """The drawing library as the installed plotly package ships it; plotly itself is not imported.

    Raises UsageError where it is missing.
    """
    found = find_spec("plotly")
    for folder in (found.submodule_search_locations or ()) if found else ():
        place = Path(folder) / "package_data" / "plotly.min.js"
        if place.exists():
            return _library(str(place))
    raise UsageError("plotly.min.js is not installed, so no chart can be drawn", remedy="Install it: pip install plotly")


@lru_cache(maxsize=1)
def _library(place: str) -> str:
    script = Path(place).read_text(encoding="utf-8")
    if "</script" in script.lower():
        raise UsageError("plotly.min.js cannot stand inside a page", where=place, remedy="Install another plotly release.")
    return script
