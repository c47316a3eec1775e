"""The report: one self-contained HTML file. Style, script, charts and the drawing library are all inside it.

A content security policy in the page names the two scripts by their SHA-256, so that nothing else can run and nothing can
be fetched, whatever stands in a policy's name.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.result import Result
from trimtab.surfaces.report.appendix import data, definitions, policy
from trimtab.surfaces.report.charts import interned
from trimtab.surfaces.report.decision import decision
from trimtab.surfaces.report.figures import Figure, columns, missing
from trimtab.surfaces.report.forecast import forecast
from trimtab.surfaces.report.growth import drawdown, growth, rolling
from trimtab.surfaces.report.holdings import assets, trading, weights
from trimtab.surfaces.report.markup import Markup, script_json, tag
from trimtab.surfaces.report.overview import figure_section, masthead
from trimtab.surfaces.report.panel import Section
from trimtab.surfaces.report.risk import leverage, risk
from trimtab.surfaces.report.signals import regime, signals
from trimtab.surfaces.report.sleeves import sleeves
from trimtab.surfaces.report.study import Study, study
from trimtab.surfaces.report.taxes import fees, taxes
from trimtab.surfaces.report.years import calendar_years, months

HASHED = "sha256-"


def write_report(result: Result, path: str | Path, *, rivals: Sequence[Result] = ()) -> Path:
    """Write the report of `result` against `rivals` (the first is the benchmark) to `path`, and return the path.

    Raises UsageError where the result has too few valuation dates, where plotly is missing, or where the file cannot be
    written.
    """
    if len(result.dates) < 2:
        raise UsageError("a report needs two valuation dates at least", remedy="Give the backtest a longer window.")
    target = Path(path)
    page = render(study(result, rivals))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write the report: {error.strerror}", where=str(target)) from error
    return target


def render(shown: Study) -> str:
    """The whole page."""
    found = columns(shown)
    parts = sections(shown, found)
    charts = {key: chart for part in parts for key, chart in part.charts.items()}
    drawing = script_json(interned(charts))
    library, script = plotly(), _own("script.js")
    body = [
        tag("a", "Skip to the report", href="#main", class_="skip"),
        masthead(shown, found),
        _menu(parts),
        tag("main", [part.markup for part in parts], id="main", tabindex="-1"),
        _footer(shown),
        tag("script", drawing, id="charts", type="application/json"),
        tag("script", Markup(library)),
        tag("script", Markup(script)),
    ]
    head = _head(shown, (library, script))
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', body), lang='en')}\n"


def sections(shown: Study, found: Sequence[Mapping[str, Figure]]) -> tuple[Section, ...]:
    """All sections in order, with the key figures `found`; those without anything to say are left out."""
    result, absent = shown.result, missing(shown, found)
    every = (
        decision(result),
        figure_section(shown, found, absent),
        signals(result),
        regime(result),
        sleeves(result),
        forecast(result),
        risk(result),
        leverage(result),
        growth(shown),
        drawdown(shown),
        months(shown),
        calendar_years(shown),
        weights(shown),
        trading(shown, found[0]),
        fees(result),
        taxes(result),
        assets(shown),
        rolling(shown),
        policy(result),
        data(result),
        definitions(shown, absent),
    )
    return tuple(part for part in every if part is not None)


def _head(shown: Study, scripts: Sequence[str]) -> Markup:
    run = " ".join(f"'{HASHED}{_digest(script)}'" for script in scripts)
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    rules = f"default-src 'none'; script-src {run}; {rest}"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=rules),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{shown.result.policy.title}: backtest report"),
        tag("style", Markup(_own("style.css"))),
    )


def _menu(parts: Sequence[Section]) -> Markup:
    links = [tag("li", tag("a", part.id.capitalize(), href=f"#{part.id}")) for part in parts]
    return tag("nav", tag("ul", links), aria_label="Sections", class_="menu")


def _footer(shown: Study) -> Markup:
    words = "What the policy calls for, computed from past data. Not advice; past results say little about future ones."
    return tag(
        "footer", tag("p", words), tag("p", "Trimtab ", tag("code", shown.result.code_version or "(version not recorded)"))
    )


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
