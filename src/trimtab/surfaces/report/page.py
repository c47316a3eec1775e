"""The report: one self-contained HTML file. Style, script, charts and the drawing library are all inside it (see `frame`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.result import Result
from trimtab.desk.version import code_version
from trimtab.surfaces.report.allocation import weights
from trimtab.surfaces.report.appendix import data, definitions, policy
from trimtab.surfaces.report.attribution import attribution, health
from trimtab.surfaces.report.crises import crises
from trimtab.surfaces.report.cycles import cost_quarters, market_cycles
from trimtab.surfaces.report.decision import decision
from trimtab.surfaces.report.expected import expected
from trimtab.surfaces.report.figures import Figure, columns, missing
from trimtab.surfaces.report.forecast import forecast
from trimtab.surfaces.report.frame import Page, framed, plotly
from trimtab.surfaces.report.growth import drawdown, growth
from trimtab.surfaces.report.holdings import assets, trading
from trimtab.surfaces.report.intervals import how_sure
from trimtab.surfaces.report.markup import Markup, tag
from trimtab.surfaces.report.overview import figure_section, masthead
from trimtab.surfaces.report.panel import Section
from trimtab.surfaces.report.risk import leverage, risk
from trimtab.surfaces.report.rolling import rolling
from trimtab.surfaces.report.signals import regime, signals
from trimtab.surfaces.report.sleeves import sleeves
from trimtab.surfaces.report.study import Study, study
from trimtab.surfaces.report.taxes import fees, taxes
from trimtab.surfaces.report.trailing import trailing
from trimtab.surfaces.report.validation import validation
from trimtab.surfaces.report.years import calendar_years, months

BESIDE = "plotly.min.js"
INTERNAL = frozenset({"decision", "signals", "regime", "sleeves", "forecast", "risk", "rolling", "data"})  # not for clients
INTERNAL |= {"health", "costs", "validation"}


class Library(Enum):
    """Where the drawing library is: in the page, which then stands alone, or in a file beside it."""

    INSIDE = "inside"
    BESIDE = "beside"


def write_report(
    result: Result | Study, path: str | Path, *, rivals: Sequence[Result] = (), library: Library = Library.INSIDE
) -> Path:
    """Write the report of `result` against `rivals` (the first is the benchmark), or of a whole study, and return its path.

    `library` beside the file saves 4.8 MB in each report of a pack. Raises UsageError where the result has too few
    valuation dates, where plotly is missing, or where the file cannot be written.
    """
    shown = result if isinstance(result, Study) else _studied(result, rivals)
    target = Path(path)
    page = render(shown, library=library)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if library is Library.BESIDE:
            (target.parent / BESIDE).write_text(plotly(), encoding="utf-8", newline="\n")
        target.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write the report: {error.strerror}", where=str(target)) from error
    return target


def _studied(result: Result, rivals: Sequence[Result]) -> Study:
    if len(result.dates) < 2:
        raise UsageError("a report needs two valuation dates at least", remedy="Give the backtest a longer window.")
    return study(result, rivals)


def render(shown: Study, *, library: Library = Library.INSIDE) -> str:
    """The whole page."""
    found = columns(shown)
    what = "backtest report" if shown.result is not None else "performance report"
    page = Page(f"{shown.subject.title}: {what}", "Skip to the report", masthead(shown, found), _footer(shown))
    return framed(page, sections(shown, found), beside=BESIDE if library is Library.BESIDE else "")


def sections(shown: Study, found: Sequence[Mapping[str, Figure]]) -> tuple[Section, ...]:
    """All sections in order, with the key figures `found`; those without anything to say are left out.

    Those that need a run are left out where only returns are known, those that are internal where a client reads.
    """
    every = _contents(shown, found, missing(shown, found))
    made = (make() for key, make in every.items() if not shown.client or key not in INTERNAL)
    return tuple(part for part in made if part is not None)


Make = Callable[[], Section | None]


def _contents(shown: Study, found: Sequence[Mapping[str, Figure]], absent: Sequence[str]) -> dict[str, Make]:
    """What makes each section, by its place in the menu; the order is that of the page."""
    of_run = partial(_on, shown.result)
    return {
        "decision": of_run(decision),
        "figures": lambda: figure_section(shown, found, absent),
        "intervals": lambda: how_sure(shown),
        "expected": lambda: expected(shown),
        "signals": of_run(signals),
        "regime": of_run(regime),
        "sleeves": of_run(sleeves),
        "forecast": of_run(forecast),
        "risk": of_run(risk),
        "leverage": of_run(leverage),
        "growth": lambda: growth(shown),
        "drawdown": lambda: drawdown(shown),
        "trailing": lambda: trailing(shown),
        "months": lambda: months(shown),
        "years": lambda: calendar_years(shown),
        "crises": lambda: crises(shown),
        "cycles": lambda: market_cycles(shown),
        **_came_of_it(shown, found, absent),
    }


def _came_of_it(shown: Study, found: Sequence[Mapping[str, Figure]], absent: Sequence[str]) -> dict[str, Make]:
    """The second half: what was held and traded, what it cost, and where the result came from."""
    of_run = partial(_on, shown.result)
    return {
        "weights": lambda: weights(shown),
        "rolling": lambda: rolling(shown),
        "trading": lambda: trading(shown, found[0]),
        "costs": of_run(cost_quarters),
        "fees": of_run(fees),
        "taxes": of_run(taxes),
        "assets": of_run(assets),
        "attribution": of_run(lambda known: attribution(known, client=shown.client)),
        "health": of_run(health),
        "validation": lambda: validation(shown),
        "policy": of_run(lambda known: policy(known, client=shown.client)),
        "data": of_run(data),
        "definitions": lambda: definitions(shown, absent),
    }


def _on(run: Result | None, make: Callable[[Result], Section | None]) -> Make:
    """A section that needs a run: nothing without one."""
    return lambda: None if run is None else make(run)


def _footer(shown: Study) -> Markup:
    made = "What the policy calls for, computed from past data." if shown.result else "Computed from the returns as given."
    words = f"{made} Not advice; past results say little about future ones."
    version = shown.result.code_version or "(version not recorded)" if shown.result else code_version()
    code = None if shown.client else tag("p", "Trimtab ", tag("code", version))
    return tag("footer", tag("p", words), code)
