"""Yahoo through yfinance: prices as they traded, dividends, splits, and the vendor's adjusted close beside them.

Yahoo hands prices over adjusted for every split it knows of up to today, so each question runs from the first date
wanted to the present without an end: then the splits in the answer are all that have touched its prices, and `splits`
undoes them. Capital gains belong to the dividends. The row of a session that is still open is left out.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import (
    ADJUSTED,
    CAPITAL_GAINS,
    CLOSE,
    DIVIDEND,
    HIGH,
    LOW,
    OPEN,
    SPLIT,
    VOLUME,
    Field,
    NonNegative,
    Positive,
    check_ranges,
)
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.sources.library_frame import CHANGED, gaps, kept, local_dates, number_columns, require_frame, require_sound
from trimtab.data.sources.splits import as_traded, with_gains
from trimtab.data.sources.units import in_major

_COLUMNS = {
    "Close": CLOSE,
    "Open": OPEN,
    "High": HIGH,
    "Low": LOW,
    "Volume": VOLUME,
    "Adj Close": ADJUSTED,
    "Dividends": DIVIDEND,
    "Stock Splits": SPLIT,
    "Capital Gains": CAPITAL_GAINS,
}
_NEEDED = ("Close", "Adj Close", "Dividends", "Stock Splits")
_MARKETS = {
    "NYQ": "XNYS",
    "NMS": "XNAS",
    "NGM": "XNAS",
    "NCM": "XNAS",
    "PCX": "ARCX",
    "ASE": "XASE",
    "BTS": "BATS",
    "LSE": "XLON",
    "TSE": "XTKS",
    "JPX": "XTKS",
    "GER": "XETR",
    "PAR": "XPAR",
    "AMS": "XAMS",
    "MIL": "XMIL",
    "MCE": "XMAD",
    "MAD": "XMAD",
    "HKG": "XHKG",
    "TOR": "XTSE",
    "SWX": "XSWX",
    "EBS": "XSWX",
    "JNB": "XJSE",
    "TLV": "XTAE",
}
_KINDS = {"INDEX": Kind.LEVEL, "CURRENCY": Kind.RATE, "FUTURE": Kind.PRICE, "CRYPTOCURRENCY": Kind.PRICE}
_EARLIER = np.timedelta64(10, "D")  # an answer without any row is an error there: start before the last one known
_FOUR_O_CLOCK = ("America/New_York", "America/Toronto")
_ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # what yfinance stumbles over in an odd answer


@dataclass(frozen=True, slots=True)
class Yahoo:
    """Vendor over Yahoo's free daily data. Codes are Yahoo's own symbols: SPY, VOD.L, 7203.T, ^GSPC, EURUSD=X.

    After a refusal for asking too often it waits `pause` seconds, and asks `attempts` times in all. `timeout` in seconds.
    """

    pause: NonNegative = 60.0
    attempts: int = 4
    timeout: Positive = 30.0

    def __post_init__(self) -> None:
        check_ranges(self)

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """Daily histories with prices as traded, by symbol. See `Vendor`; `since` is asked from ten days earlier."""
        library = _library()
        for code in codes:
            ticker = library.Ticker(code)
            frame = self._asked(library, ticker, code, since.get(code))
            yield history_of(frame, dict(_metadata(ticker)), code, now)

    def _asked(self, library: Any, ticker: Any, code: str, since: np.datetime64 | None) -> Any:
        errors, where = library.exceptions, f"Yahoo {code}"
        span = {"period": "max"} if since is None else {"start": str(since.astype("datetime64[D]") - _EARLIER)}
        for attempt in range(max(self.attempts, 1)):
            if attempt:
                time.sleep(self.pause)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # the newer switch is global to the process
                    return ticker.history(
                        **span, interval="1d", auto_adjust=False, actions=True, raise_errors=True, timeout=self.timeout
                    )
            except errors.YFRateLimitError:
                continue
            except errors.YFTickerMissingError as error:
                remedy = "Check the symbol; it may have been renamed or delisted, or have no prices since that date."
                raise DataError(f"Yahoo has no prices ({_line(error)})", where=where, remedy=remedy) from error
            except (errors.YFException, OSError) as error:
                raise DataError(f"Yahoo did not answer ({_line(error)})", where=where, remedy="Ask again later.") from error
            except _ODD as error:
                what = f"yfinance could not read the answer ({type(error).__name__}: {_line(error)})"
                raise DataError(what, where=where, remedy=CHANGED) from error
        what = f"Yahoo refused {self.attempts} times for asking too often"
        raise DataError(what, where=where, remedy="Ask again in an hour, or for fewer symbols, or with a longer pause.")


def history_of(frame: Any, metadata: Mapping[str, Any], code: str, now: np.datetime64) -> History:
    """A history from yfinance's frame of split-adjusted prices (its zoned index, its column names) and its metadata.

    Raises DataError for a frame that is empty, unzoned, lacks columns, or holds what no price can be.
    """
    where = f"Yahoo {code}"
    require_frame(frame, where)
    dates = local_dates(frame.index, where, zoned=True)
    fields = number_columns(frame, _COLUMNS, where, needed=_NEEDED)
    kind = _KINDS.get(str(metadata.get("instrumentType", "")), Kind.PRICE_AND_DIVIDENDS)
    plain = kind in (Kind.LEVEL, Kind.RATE)
    require_sound(fields, dates, where, prices=not plain)
    fields, currency, units = in_major(_traded(fields), str(metadata.get("currency") or ""), where)
    market = _MARKETS.get(str(metadata.get("exchangeName", "")), "")
    dates, fields = kept(dates, fields, _closed(dates, str(frame.index.tz), market, now))
    if plain:
        fields = {CLOSE: fields[CLOSE]}
    about = About(
        code,
        str(metadata.get("longName") or metadata.get("shortName") or code),
        kind,
        "Yahoo through yfinance",
        currency=currency,
        market=market,
        licence="Yahoo's terms: personal use, not to be passed on",
    )
    issues = (*units, *_unplaced(metadata, market, where), *gaps(fields, where))
    return History(about, dates, fields, issues=issues)


def _traded(fields: Mapping[Field, Array]) -> dict[Field, Array]:
    gains = fields.get(CAPITAL_GAINS)
    made = dict(fields)
    if gains is not None:
        made[DIVIDEND] = with_gains(made[DIVIDEND], gains)
        if not (gains > 0.0).any():
            del made[CAPITAL_GAINS]
    return as_traded(made)


def _closed(dates: Dates, zone: str, market: str, now: np.datetime64) -> Mask:
    """Rows (T,) whose session is over: at 16:00 in New York and Toronto, elsewhere by 18:00 local time at the latest.

    Where the market is not known, its rows count as known at New York's close, and not before.
    """
    over = closes(dates, hour=16 if zone in _FOUR_O_CLOCK else 18, zone=zone) <= now
    return over if market else over & (closes(dates) <= now)


def _unplaced(metadata: Mapping[str, Any], market: str, where: str) -> tuple[Issue, ...]:
    if market:
        return ()
    return (Issue(f"the exchange {metadata.get('exchangeName', '')!r} has no MIC here", where, "taken as New York"),)


def _metadata(ticker: Any) -> Mapping[str, Any]:
    found = ticker.history_metadata
    return found if isinstance(found, Mapping) else {}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _library() -> Any:
    try:
        library = import_module("yfinance")
        import_module("yfinance.exceptions")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[yahoo]'."
        raise UsageError(f"yfinance cannot be imported ({_line(error)})", remedy=remedy) from error
    return library
