"""Alpha Vantage: daily prices as CSV. Needs a key. Its refusals are JSON notes with status 200.

The free series has prices as they traded and tells neither splits nor dividends: a split shows as a fall. The adjusted
series (a paid plan) tells both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Issue
from trimtab.data.sources.http import Client
from trimtab.data.sources.keys import Login, key
from trimtab.data.sources.sheet import shown
from trimtab.data.sources.vendor_cells import Origin, csv_table, json_value
from trimtab.data.sources.vendor_rows import known_by, price_history, read_rows
from trimtab.data.sources.wire import Patience

HOME = "https://www.alphavantage.co"

_DATE = ("timestamp", "date")
_NAMES = {
    OPEN: ("open", "1. open"),
    HIGH: ("high", "2. high"),
    LOW: ("low", "3. low"),
    CLOSE: ("close", "4. close"),
    VOLUME: ("volume", "5. volume", "6. volume"),
    ADJUSTED: ("adjusted_close", "5. adjusted close"),
    DIVIDEND: ("dividend_amount", "7. dividend amount"),
    SPLIT: ("split_coefficient", "8. split coefficient"),
}
_EXPECTED = "CSV with timestamp, open, high, low, close, volume"


@dataclass(frozen=True, slots=True)
class AlphaVantage:
    """Daily prices by symbol, such as `SPY`. Kind: price only, or price and dividends where `adjusted`.

    `output` is `compact` (the last 100 rows) or `full`.
    """

    adjusted: bool = False
    output: Literal["compact", "full"] = "full"
    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a symbol; see `Vendor`. The vendor takes no start, so `since` is not used."""
        login = Login(key("alpha_vantage"), query="apikey")
        client = Client("alpha_vantage", self.url, HOME, self.patience)
        function = "TIME_SERIES_DAILY_ADJUSTED" if self.adjusted else "TIME_SERIES_DAILY"
        for code in codes:
            query = {"function": function, "symbol": code, "outputsize": self.output, "datatype": "csv"}
            answer = client.get("/query", query, series=code, login=login)
            yield known_by(answer.read(partial(parse, code=code)), now)


def parse(data: bytes, code: str) -> History:
    """The prices of `code` in the bytes of an answer. Raises DataError for a note in place of data and any other form."""
    origin = Origin("alpha_vantage", code)
    if data.lstrip().startswith(b"{"):
        raise _note(data, origin)
    rows = read_rows(csv_table(origin, data, _EXPECTED), _DATE, _NAMES, must=(OPEN, HIGH, LOW, CLOSE, VOLUME))
    if SPLIT in rows.fields:
        return price_history(rows)
    found = price_history(rows, notes=("prices as they traded; splits and dividends unknown",))
    issue = Issue("the vendor does not tell splits, so each shows as a jump of the price", str(origin), "kept as written")
    return History(found.about, found.dates, found.fields, issues=(*found.issues, issue))


def _note(data: bytes, origin: Origin) -> DataError:
    """The error that a JSON note is."""
    found = json_value(origin, data, _EXPECTED)
    name, said = next(((name, text) for name, text in found.items() if isinstance(text, str)), ("", ""))
    if name in ("Note", "Information"):
        what = f"alpha_vantage gives no data and says {shown(said, 160)}"
        return origin.error(what, remedy="Wait if you asked too often; else see what your plan allows.")
    if name == "Error Message":
        what = f"alpha_vantage does not understand the request and says {shown(said, 160)}"
        return origin.error(what, remedy="Check the symbol and ALPHAVANTAGE_API_KEY.")
    return origin.unexpected(_EXPECTED)
