"""LSEG (Refinitiv) through lseg-data: daily prices adjusted for splits, gross dividends on the same scale, currency.

`get_history` answers prices with capital changes taken out (its default adjustments), `get_data` the dividends by
ex-date (`TR.DivAdjustedGross`) and the currency. The session is the library's own: its configuration file holds what it
needs to log in, and nothing of that passes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, VOLUME, Field
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
from trimtab.data.sources.units import in_major, major

_OTHERS = {"OPEN_PRC": OPEN, "HIGH_1": HIGH, "LOW_1": LOW, "ACVOL_UNS": VOLUME}
_PAID = ("TR.DivExDate", "TR.DivAdjustedGross", "TR.DivCurr")
_MOST = 10_000  # rows that one answer may have: more are cut off without a word
_EARLIEST = np.datetime64("1970-01-01")


@dataclass(frozen=True, slots=True)
class Lseg:
    """Vendor over an LSEG session. Codes are RICs: SPY.P, VOD.L, .SPX. `market` (MIC) holds for all of them.

    `session` names one of the library's configuration (empty: its default); `close` is the field of closing prices.
    """

    session: str = ""
    close: str = "TRDPRC_1"
    market: str = ""
    dividends: bool = True

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """Daily histories by RIC. See `Vendor`. The session is closed when the last has been handed over."""
        library = _library()
        _asked(library, "the session", lambda: library.open_session(**({"name": self.session} if self.session else {})))
        try:
            for code in codes:
                yield self._one(library, code, since.get(code, _EARLIEST), now)
        finally:
            library.close_session()

    def _one(self, library: Any, code: str, first: np.datetime64, now: np.datetime64) -> History:
        where, span = f"LSEG {code}", (str(first.astype("datetime64[D]")), str(now.astype("datetime64[D]")))
        frame = _asked(
            library,
            where,
            lambda: library.get_history(
                universe=code, fields=[self.close, *_OTHERS], interval="daily", start=span[0], end=span[1]
            ),
        )
        dates, fields = self._prices(frame, where)
        currency = self._currency(library, code)
        fields, unit, issues = in_major(fields, currency, where)
        kind = Kind.PRICE
        if self.dividends:
            paid, told = self._paid(library, code, span, (dates, unit))
            issues = (*issues, *told)
            if paid is not None:
                fields, kind = fields | {DIVIDEND: paid}, Kind.PRICE_AND_DIVIDENDS
        require_sound(fields, dates, where)
        dates, fields = kept(dates, fields, closes(dates) <= now)
        about = About(code, code, kind, "LSEG through lseg-data", currency=unit, market=self.market, licence="LSEG's contract")
        return History(about, dates, fields, issues=(*issues, *gaps(fields, where)))

    def _prices(self, frame: Any, where: str) -> tuple[Dates, dict[Field, Array]]:
        require_frame(frame, where)
        if len(frame.index) >= _MOST:
            remedy = "Ask from a later date on; older rows would be missing without a word."
            raise DataError(f"the answer has {_MOST:,} rows, the most that LSEG gives", where=where, remedy=remedy)
        frame = frame.sort_index()
        dates = local_dates(frame.index, where, zoned=False)
        fields = number_columns(frame, {self.close: CLOSE, **_OTHERS}, where, needed=(self.close,))
        require_sound(fields, dates, where)
        return dates, {field: values for field, values in fields.items() if np.isfinite(values).any()}

    def _currency(self, library: Any, code: str) -> str:
        where = f"LSEG {code}"
        frame = _asked(library, where, lambda: library.get_data(universe=[code], fields=["CF_CURR"]))
        require_frame(frame, where)
        found = [str(value) for value in frame.iloc[:, -1] if isinstance(value, str) and value]
        if not found:
            raise DataError("the answer has no currency", where=where, remedy="Ask LSEG for the unit of the prices.")
        return found[0]

    def _paid(
        self, library: Any, code: str, span: tuple[str, str], on: tuple[Dates, str]
    ) -> tuple[Array | None, tuple[Issue, ...]]:
        """Cash a unit (T,) in the currency of the prices, or None where it is paid in another one."""
        where = f"LSEG {code}"
        asked = {"SDate": span[0], "EDate": span[1], "DateType": "ED"}
        frame = _asked(library, where, lambda: library.get_data(universe=[code], fields=[*_PAID], parameters=asked))
        if not hasattr(frame, "columns") or len(frame.columns) != len(_PAID) + 1:
            raise DataError("the dividends of the answer have other columns", where=where, remedy=CHANGED)
        frame = frame.dropna(subset=[frame.columns[1]])
        days = days_of(frame.iloc[:, 1], where)
        names = {"amount": DIVIDEND}
        table = frame.iloc[:, 2:3].set_axis(["amount"], axis=1)
        amounts = number_columns(table, names, where, needed=("amount",))[DIVIDEND]
        units = {major(str(code), where) for code in frame.iloc[:, 3]}
        if units - {(on[1], 1.0), (on[1], 100.0)}:
            what = f"dividends are paid in {', '.join(sorted(unit for unit, _ in units))}, prices are in {on[1]}"
            return None, (Issue(what, where, "left out: prices only"),)
        parts = np.array([major(str(code), where)[1] for code in frame.iloc[:, 3]], dtype=np.float64)
        return placed(on[0], days, amounts / parts), ()


def _asked(library: Any, where: str, question: Callable[[], Any]) -> Any:
    """The answer to one question, or one clear error."""
    try:
        return question()
    except library.errors.LDError as error:
        remedy = "Check the code and your entitlements; LSEG Workspace must run, or the session be configured."
        raise DataError(f"LSEG refused ({_line(error)})", where=where, remedy=remedy) from error
    except (OSError, TimeoutError) as error:
        raise DataError(f"LSEG did not answer ({_line(error)})", where=where, remedy="Ask again later.") from error
    except (AttributeError, IndexError, KeyError, NameError, RuntimeError, TypeError, ValueError) as error:
        what = f"lseg-data stumbled ({type(error).__name__}: {_line(error)})"
        raise DataError(what, where=where, remedy="Check the session's name and the fields; update the library.") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _library() -> Any:
    try:
        library = import_module("lseg.data")
        import_module("lseg.data.errors")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[lseg]'."
        raise UsageError(f"lseg-data cannot be imported ({_line(error)})", remedy=remedy) from error
    return library
