"""Data: what accounts need and how old it is, what the store holds, one series, and the import of a broker's file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.api.refused import Refused
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.pages.data_import import DEEDS as _DEEDS
from trimtab.surfaces.web.pages.data_import import PATH as IMPORT
from trimtab.surfaces.web.pages.data_import import importing
from trimtab.surfaces.web.reads.data import needs, sample, thinned

PATH = "/data"
_ROWS, _EVERY, _WIDE = 30, 20_000, 20
_CLOSES = ("close", "total_return", "value", "index", "yield")


async def data(asker: Asker) -> Shown:
    """The needs of accounts first; then the store, or that there is none."""
    store = await asker.maybe("data status")
    values: Values = {
        "needed": await asker.call(needs, asker.station.asking.served),
        "store": store,
        "checked": {} if store.get("refused") else await asker.maybe("data check"),
        "samples": await asker.maybe("samples list") if store.get("refused") else {},
    }
    return Shown("data.html", values, "store.series" if "series" in store else "needed.rows")


async def series(asker: Asker) -> Shown:
    """One series: what it is, its last rows, a chart, and what was restated."""
    name = asker.query.path["series"]
    found = await _found(asker, name, _ROWS)
    versions = {} if found.get("sample") else await asker.maybe("data vintages", series=name)
    first = found["rows"][0] if found["rows"] else {}
    values: Values = {
        "found": found,
        "columns": [one for one in first if one not in ("date", "known")],
        "drawn": _column(found["rows"]),
        "versions": versions.get("versions", []),
        "figure": f"/figures/data-series?{urlencode({'series': name})}",
    }
    return Shown("data_series.html", values, "found.rows", title=found.get("title") or found["series"])


async def _found(asker: Asker, name: str, rows: int) -> dict[str, Any]:
    """A series of the store, or of the sample data where the store does not have it. Raises Refused, UsageError."""
    try:
        return await asker.read("data show", series=name, rows=rows)
    except Refused:
        return await asker.call(sample, name, rows)


def _column(rows: list[dict[str, Any]]) -> str:
    """The column that is drawn: the closing value, else the first number."""
    last = rows[-1] if rows else {}
    named = [one for one in _CLOSES if isinstance(last.get(one), int | float)]
    numbers = [one for one, value in last.items() if isinstance(value, int | float) and one not in ("date", "known")]
    return next(iter([*named, *numbers]), "")


async def figure(asker: Asker) -> dict[str, Any]:
    """The whole of a series, thinned."""
    name = asker.query.one("series")
    if not name:
        raise UsageError("no series is named", remedy="Choose one on the page of data.")
    found = await _found(asker, name, _EVERY)
    column = _column(found["rows"])
    dates, values = thinned(found["rows"], column)
    line = {"type": "scatter", "mode": "lines", "x": dates, "y": values, "name": column.replace("_", " ")}
    axis: dict[str, Any] = {"title": {"text": column.replace("_", " ")}} | ({"type": "log"} if _wide(values) else {})
    return {"data": [line], "layout": {"showlegend": False, "yaxis": axis}}


def _wide(values: list[float | None]) -> bool:
    """Whether they grow so much that only a logarithmic axis shows their beginning."""
    known = [one for one in values if one is not None]
    return bool(known) and min(known) > 0 and max(known) > _WIDE * min(known)


PAGES = (
    Page(PATH, "data", "Data", data, "Keep"),
    Page(IMPORT, "data", "Import a broker's file", importing, right=Right.TRADE, kept=False),
    Page(f"{PATH}/{{series:path}}", "data", "Series", series),
)
DEEDS = _DEEDS
FIGURES = (("/figures/data-series", Right.READ, figure),)
