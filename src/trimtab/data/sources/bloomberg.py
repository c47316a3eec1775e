"""Bloomberg through xbbg: prices as they traded, splits, dividends, currency. A Terminal or B-PIPE must answer.

Prices are asked twice, with capital changes taken out and without, whatever the Terminal's own settings are: the ratio of
the two closes falls by the ratio of a split on its ex-date, which gives the splits. Dividends (`DVD_Hist_All`) carry no
word on their scale; where there were splits, the reading that agrees better with Bloomberg's own total-return index is
taken, and said. Where neither agrees the dividends are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME, Field
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.sources.library_frame import (
    CHANGED,
    days_of,
    gaps,
    kept,
    local_dates,
    number_columns,
    placed,
    require_frame,
    require_sound,
)
from trimtab.data.sources.splits import later, split_days
from trimtab.data.sources.units import in_major

INDEX = "TOT_RETURN_INDEX_GROSS_DVDS"

_COLUMNS = {"PX_LAST": CLOSE, "PX_OPEN": OPEN, "PX_HIGH": HIGH, "PX_LOW": LOW, "PX_VOLUME": VOLUME, INDEX: ADJUSTED}
_NO_CASH = ("split", "stock", "right", "spin", "scrip", "bonus", "omitted", "discontinued")  # in the type of a dividend
_EARLIEST = np.datetime64("1970-01-01")
_SPLIT = 0.01  # a smaller change of the ratio of two rounded closes is rounding
_AGREES = 0.2  # of the amount: how far a dividend may lie from what the total-return index implies, at the median


@dataclass(frozen=True, slots=True)
class Bloomberg:
    """Vendor over Bloomberg's historical data. Codes are its own: SPY US Equity, VOD LN Equity. `market` (MIC) is theirs."""

    market: str = ""
    dividends: bool = True

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """Daily histories with prices as traded, by security. See `Vendor`."""
        blp, ext, errors = _library()
        for code in codes:
            first = since.get(code, _EARLIEST).astype("datetime64[D]")
            session = _Session(blp, ext, errors, code, str(first), str(now.astype("datetime64[D]")))
            yield self._one(session, now)

    def _one(self, session: _Session, now: np.datetime64) -> History:
        where = session.where
        dates, fields = _prices(session.history("false", [*_COLUMNS]), where)
        days, undone = _prices(session.history("true", ["PX_LAST"]), where)
        if not np.array_equal(days, dates):
            raise DataError("the two answers on prices have different dates", where=where, remedy="Ask again later.")
        fields[SPLIT] = splits_of(fields[CLOSE], undone[CLOSE])
        kind, issues = Kind.PRICE, (*_counted(fields[SPLIT], where),)
        if self.dividends:
            ex, amounts = _paid(session.dividends(), where)
            fields[DIVIDEND], said = on_scale(dates, fields, (ex, amounts), where)
            kind, issues = Kind.PRICE_AND_DIVIDENDS, (*issues, *said)
        fields, unit, told = in_major(fields, session.currency(), where)
        dates, fields = kept(dates, fields, closes(dates) <= now)
        about = About(
            session.code,
            session.code,
            kind,
            "Bloomberg through xbbg",
            currency=unit,
            market=self.market,
            licence="Bloomberg's contract: for the Terminal's user",
        )
        return History(about, dates, fields, issues=(*told, *issues, *gaps(fields, where)))


@dataclass(frozen=True, slots=True)
class _Session:
    """Questions about one security, each answered by a frame or one clear error."""

    blp: Any
    ext: Any
    errors: Any
    code: str
    first: str
    last: str

    @property
    def where(self) -> str:
        return f"Bloomberg {self.code}"

    def history(self, splits: str, fields: list[str]) -> Any:
        adjust = {"CapChg": splits, "CshAdjNormal": "false", "CshAdjAbnormal": "false", "UseDPDF": "false"}
        shape = {"backend": "pandas", "format": "semi_long"}
        return self._asked(lambda: self.blp.bdh(self.code, fields, self.first, self.last, **shape, **adjust))

    def dividends(self) -> Any:
        span = {"start_date": self.first, "end_date": self.last}
        return self._asked(lambda: self.ext.dividend(self.code, "all", **span, backend="pandas"))

    def currency(self) -> str:
        frame = self._asked(lambda: self.blp.bdp(self.code, ["CRNCY"], backend="pandas", format="semi_long"))
        require_frame(frame, self.where)
        if "CRNCY" not in frame.columns:
            raise DataError("the answer has no column CRNCY", where=self.where, remedy=CHANGED)
        return str(frame["CRNCY"].iloc[0])

    def _asked(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except self.errors.BlpTimeoutError as error:
            raise DataError(f"Bloomberg did not answer ({_line(error)})", where=self.where, remedy="Ask again.") from error
        except self.errors.BlpLimitError as error:
            remedy = "Bloomberg counts what is asked a day and a month: ask for less, or tomorrow."
            raise DataError(f"Bloomberg's limit is reached ({_line(error)})", where=self.where, remedy=remedy) from error
        except self.errors.BlpError as error:
            remedy = "Check the security and its yellow key, and that the Terminal runs and is logged in."
            raise DataError(f"Bloomberg refused ({_line(error)})", where=self.where, remedy=remedy) from error
        except (AttributeError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
            what = f"xbbg stumbled ({type(error).__name__}: {_line(error)})"
            raise DataError(what, where=self.where, remedy=CHANGED) from error


def _prices(frame: Any, where: str) -> tuple[Dates, dict[Field, Array]]:
    """Dates and numbers of a semi-long frame: ticker, date and a column a field."""
    require_frame(frame, where)
    if "date" not in frame.columns:
        raise DataError("the answer has no column date", where=where, remedy=CHANGED)
    days = import_module("pandas").DatetimeIndex(days_of(frame["date"], where).astype("datetime64[s]"))
    frame = frame.set_index(days).sort_index()
    dates = local_dates(frame.index, where, zoned=False)
    fields = number_columns(frame, _COLUMNS, where, needed=("PX_LAST",))
    require_sound(fields, dates, where)
    return dates, {field: values for field, values in fields.items() if np.isfinite(values).any()}


def splits_of(traded: Array, undone: Array) -> Array:
    """Split ratios (T,) on ex-dates, NaN elsewhere, from closes as traded and closes adjusted for splits (T,).

    The ratio of the two closes is the product of all later splits, so it falls by a split's ratio on its ex-date. Closes
    are rounded: what comes within a half percent of a ratio of small whole numbers is that ratio.
    """
    split = np.full(len(traded), np.nan)
    rows = np.flatnonzero(np.isfinite(traded) & np.isfinite(undone))
    factor = traded[rows] / undone[rows]
    step = factor[:-1] / factor[1:]
    for at in np.flatnonzero(np.abs(step - 1.0) > _SPLIT):  # a handful in the life of a share
        near = float(Fraction(float(step[at])).limit_denominator(20))
        split[rows[at + 1]] = near if near > 0.0 and abs(near / step[at] - 1.0) < 0.005 else step[at]
    return split


def _counted(split: Array, where: str) -> tuple[Issue, ...]:
    count = len(split_days(split))
    what = f"{count} split{'s' if count > 1 else ''} read from the two forms of the closes"
    return (Issue(what, where, "prices are as traded"),) if count else ()


def _paid(frame: Any, where: str) -> tuple[Dates, Array]:
    """Ex-dates and amounts (N,) of cash dividends; both empty where there were none."""
    if not hasattr(frame, "columns"):
        raise DataError("the dividends are no table", where=where, remedy=CHANGED)
    if len(frame.index) == 0:
        return np.array([], dtype="datetime64[D]"), np.array([])
    absent = [name for name in ("Ex-Date", "Dividend Amount", "Dividend Type") if name not in frame.columns]
    if absent:
        raise DataError(f"the dividends have no column {', '.join(absent)}", where=where, remedy=CHANGED)
    cash = [not any(word in str(kind).lower() for word in _NO_CASH) for kind in frame["Dividend Type"]]
    frame = frame[np.array(cash) & frame["Ex-Date"].notna().to_numpy()]
    amounts = number_columns(frame, {"Dividend Amount": DIVIDEND}, where, needed=("Dividend Amount",))[DIVIDEND]
    if bool((amounts < 0.0).any()) or bool(np.isinf(amounts).any()):
        raise DataError("a dividend is below zero or infinite", where=where, remedy="Report it to Bloomberg.")
    return days_of(frame["Ex-Date"], where), amounts


def on_scale(
    dates: Dates, fields: Mapping[Field, Array], paid: tuple[Dates, Array], where: str
) -> tuple[Array, tuple[Issue, ...]]:
    """Dividends (T,) as traded on their ex-dates, from amounts that may be adjusted for later splits.

    Raises DataError where there were splits and neither reading agrees with the total-return index, or there is none.
    """
    given = placed(dates, *paid)
    factor = later(fields[SPLIT])
    if not bool((np.isfinite(given) & (factor != 1.0)).any()):
        return given, ()
    if ADJUSTED not in fields:
        raise DataError(f"there are splits, and no {INDEX} to scale dividends by", where=where, remedy="Leave dividends out.")
    implied = _implied(fields)
    readings = {"as paid": given, "adjusted for later splits": given * factor}
    rows = np.flatnonzero(np.isfinite(given) & (given > 0.0) & np.isfinite(implied) & (factor != 1.0))
    off = {name: _off(amounts, implied, rows) for name, amounts in readings.items()}
    best = min(off, key=lambda name: off[name])
    if not off[best] < _AGREES:
        what = "dividends agree with Bloomberg's total-return index on no scale"
        raise DataError(what, where=where, remedy="Compare DVD and TRA on the Terminal, or leave dividends out.")
    return readings[best], (
        Issue(f"dividends were given {best}, by the total-return index", where, "put on the scale of prices"),
    )


def _off(amounts: Array, implied: Array, rows: Index) -> float:
    return float(np.median(np.abs(implied[rows] / amounts[rows] - 1.0))) if len(rows) else np.inf


def _implied(fields: Mapping[Field, Array]) -> Array:
    """Cash a unit (T,) on each date that turns the step of the close into that of the total-return index."""
    close, index = fields[CLOSE], fields[ADJUSTED]
    ratio = np.where(np.isnan(fields[SPLIT]), 1.0, fields[SPLIT])
    implied = np.full(len(close), np.nan)
    implied[1:] = index[1:] / index[:-1] * close[:-1] / ratio[1:] - close[1:]
    return implied


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _library() -> tuple[Any, Any, Any]:
    try:
        return import_module("xbbg.blp"), import_module("xbbg.ext"), import_module("xbbg.exceptions")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[bloomberg]', and install Bloomberg's own library blpapi."
        raise UsageError(f"xbbg cannot be imported ({_line(error)})", remedy=remedy) from error
