"""`trimtab.report`: the tear sheet of any return series, or of a backtest, in a notebook or as a file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.visible import visible
from trimtab.desk.result import Result
from trimtab.surfaces.report.given import beside, given_study, went_live
from trimtab.surfaces.report.page import render
from trimtab.surfaces.report.pdf import print_pdf
from trimtab.surfaces.report.study import Study, study
from trimtab.surfaces.series import Track, read_series

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 900  # of the frame in a notebook, in pixels
FRAME = "allow-scripts allow-popups allow-modals"


class More(TypedDict, total=False):
    """What else a tear sheet may be told; the first two as pyfolio has them."""

    positions: pd.DataFrame | None
    transactions: pd.DataFrame | None
    client: bool
    prices: bool | None
    column: str


@dataclass(frozen=True, slots=True, eq=False)
class TearSheet:
    """A report: its `html`, and where it was written (`path`, None for nowhere). A notebook shows it in a frame."""

    html: str = field(repr=False)
    title: str
    path: Path | None = None

    def save(self, path: str | Path) -> Path:
        """Write the page, which stands alone, and return its path. Raises UsageError where it cannot be written."""
        return write_page(self.html, Path(path))

    def pdf(self, path: str | Path) -> Path:
        """Print it with an installed Chromium or Chrome and return the path. Raises UsageError where there is none."""
        with tempfile.TemporaryDirectory(prefix="trimtab-page-") as folder:
            return print_pdf(self.save(Path(folder) / "report.html"), Path(path))

    def _repr_html_(self) -> str:
        """A frame of its own, so that two reports in a notebook share neither styles nor scripts."""
        inside = escape(self.html, quote=True)
        style = "border:1px solid #cdd2d8;width:100%"
        title = escape(visible(self.title), quote=True)
        return f'<iframe title="{title}" sandbox="{FRAME}" style="{style}" height="{HEIGHT}" srcdoc="{inside}"></iframe>'


def report(
    returns: Any,
    benchmark: Any = None,
    *,
    title: str = "",
    out: str | Path | None = None,
    live_start: str | date | np.datetime64 | None = None,
    **more: Unpack[More],
) -> TearSheet:
    """The tear sheet of a return series, against a benchmark.

    `returns` and `benchmark` are what quantstats and pyfolio take: a Series of simple returns or prices, a table with
    `column`, a file; or a Backtest. From `live_start` on the returns are real. `positions` and `transactions`, as pyfolio
    has them, add what was held and traded; `client` is the version in plain words. Raises UsageError or DataError.
    """
    unknown = sorted(set(more) - set(More.__annotations__))
    if unknown:
        raise UsageError(f"report has no argument {unknown[0]}", remedy=f"Besides: {', '.join(More.__annotations__)}.")
    shown = _studied(returns, title, more)
    if benchmark is not None:
        shown = beside(shown, read_series(benchmark, name="" if _named(benchmark) else "Benchmark"))
    if live_start is not None:
        shown = went_live(shown, _day(live_start))
    shown = replace(shown, client=bool(more.get("client", False)))
    sheet = TearSheet(render(shown), shown.subject.title)
    return sheet if out is None else replace(sheet, path=sheet.save(out))


def _studied(returns: Any, title: str, more: More) -> Study:
    """The study of a series with what is known of its positions, or of a backtest."""
    result = returns if isinstance(returns, Result) else getattr(returns, "result", None)
    if isinstance(result, Result):
        made = study(result, getattr(returns, "rivals", ()))
        return replace(made, subject=replace(made.subject, title=title)) if title else made
    name = title or ("" if _named(returns) else "Return series")
    track = read_series(returns, name=name, prices=more.get("prices"), column=more.get("column", ""))
    return with_holdings(given_study(track, source=described(returns)), more)


def with_holdings(shown: Study, more: More) -> Study:
    """The study with positions, and with transactions, whose turnover needs positions."""
    from trimtab.surfaces.pyfolio import held_from, trades_from

    positions, transactions = more.get("positions"), more.get("transactions")
    if positions is None:
        if transactions is not None:
            raise UsageError("turnover needs positions beside transactions", remedy="Give positions too, as pyfolio has them.")
        return shown
    held = replace(shown, held=held_from(positions))
    if transactions is None or not len(transactions):
        return held
    made = replace(trades_from(transactions, positions), years=shown.subject.years)
    return replace(held, subject=replace(held.subject, trades=made))


def described(source: Any) -> str:
    """What a series came from, in words."""
    if isinstance(source, str | Path):
        return f"File {Path(source).name}"
    if isinstance(source, Track):
        return "A series already read"
    return f"A pandas {type(source).__name__}" if hasattr(source, "index") else "Dates beside numbers"


def _named(source: Any) -> bool:
    """Whether the reader finds a name in it."""
    return isinstance(source, str | Path | Track) or bool(getattr(source, "name", "")) or hasattr(source, "columns")


def _day(when: str | date | np.datetime64) -> np.datetime64:
    """A date, given as one of any kind or as text. Raises UsageError where it is none."""
    try:
        return np.datetime64(date.fromisoformat(when if isinstance(when, str) else str(when)[:10]), "D")
    except ValueError:
        raise UsageError(f"live_start {when!r} is not a date", remedy="Write it as 2018-11-30.") from None


def write_page(page: str, target: Path) -> Path:
    """Write a page, whatever folder it lies in, and return its path. Raises UsageError where it cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write the report: {error.strerror}", where=str(target)) from error
    return target
