"""Every vendor that is asked over HTTP, with a small answer of our own invention and what must come out of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.data.sources.loopback import Loopback
from trimtab.data.history import History
from trimtab.data.sources.alfred import Alfred
from trimtab.data.sources.alpha_vantage import AlphaVantage
from trimtab.data.sources.eodhd import Eodhd
from trimtab.data.sources.fred import Fred
from trimtab.data.sources.french import French
from trimtab.data.sources.keys import VARIABLES
from trimtab.data.sources.nasdaq_data_link import NasdaqDataLink
from trimtab.data.sources.stooq import Stooq
from trimtab.data.sources.tiingo import Tiingo
from trimtab.data.sources.vendor import Vendor
from trimtab.data.sources.wire import Patience

SECRET = "canary/of+keys=7319046528"  # noqa: S105 - planted, to be looked for wherever it must not be
FORMS = (SECRET, "canary%2Fof%2Bkeys%3D7319046528", "canary/of%2Bkeys%3D7319046528", "canary\\/of", "7319046528")
NOW = np.datetime64("2024-06-03T12:00:00")


@dataclass(frozen=True)
class Case:
    """A vendor and a play: the good bodies by path, the codes to ask for, the closes that come out, requests for them."""

    make: Callable[[str, Patience], Vendor]
    good: Mapping[str, bytes]
    codes: Sequence[str]
    closes: Sequence[Sequence[float]]
    requests: int = 1
    key: str = ""  # name of the vendor whose key it needs
    errors: str = ""  # the vendor's name in messages

    @property
    def environment(self) -> dict[str, str]:
        return {VARIABLES[self.key]: SECRET} if self.key else {}


def jsoned(value: Any) -> bytes:
    return json.dumps(value).encode()


def zipped(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("Factors.csv"), text, compress_type=zipfile.ZIP_DEFLATED)  # no clock in a test
    return stream.getvalue()


_BAR = {"open": 9.0, "high": 13.0, "low": 8.0, "volume": 100}
_OBSERVED = [
    {"date": d, "realtime_start": k, "realtime_end": "9999-12-31", "value": v}
    for d, k, v in (("2024-01-01", "2024-02-13", "308.4"), ("2024-02-01", "2024-03-12", "310.3"))
]
_OBSERVATIONS = jsoned({"units": "lin", "count": 2, "offset": 0, "observations": _OBSERVED})
_FRENCH = "Made up for a test.\n\n,Mkt-RF,RF\n20240102,   1.50,  0.25\n20240103,  -0.75,  0.25\n\nCopyright nobody\n"

CASES = {
    "fred": Case(
        lambda url, patience: Fred(url=url, api=url, patience=patience),
        {"/graph/fredgraph.csv?id=CPIX": b"observation_date,CPIX\n2024-01-01,308.4\n2024-02-01,310.3\n"},
        ("CPIX",),
        ((308.4, 310.3),),
    ),
    "fred with a key": Case(
        lambda url, patience: Fred(url=url, api=url, patience=patience),
        {"/fred/series/observations?series_id=CPIX": _OBSERVATIONS},
        ("CPIX",),
        ((308.4, 310.3),),
        key="fred",
        errors="fred",
    ),
    "alfred": Case(
        lambda url, patience: Alfred(api=url, patience=patience),
        {"/fred/series/observations?series_id=CPIX": _OBSERVATIONS},
        ("CPIX",),
        ((308.4, 310.3),),
        key="fred",
    ),
    "french": Case(
        lambda url, patience: French(url=url, patience=patience),
        {"/pages/faculty/ken.french/ftp/F-F_Daily_CSV.zip": zipped(_FRENCH)},
        ("F-F_Daily:RF", "F-F_Daily:Mkt-RF"),
        ((0.0025, 0.0025), (0.015, -0.0075)),
    ),
    "stooq": Case(
        lambda url, patience: Stooq(url=url, patience=patience),
        {"/q/d/l/?s=spy.us&i=d": b"Date,Open,High,Low,Close,Volume\n2024-01-02,9,13,8,10,5\n2024-01-03,10,13,9,12,5\n"},
        ("SPY.US",),
        ((10.0, 12.0),),
    ),
    "tiingo": Case(
        lambda url, patience: Tiingo(url=url, patience=patience),
        {
            "/tiingo/daily/SPY/prices": jsoned(
                [_BAR | {"date": f"2024-01-0{d}T00:00:00.000Z", "close": c, "divCash": 0.0} for d, c in ((2, 10.0), (3, 12.0))]
            )
        },
        ("SPY",),
        ((10.0, 12.0),),
        key="tiingo",
    ),
    "nasdaq_data_link": Case(
        lambda url, patience: NasdaqDataLink(url=url, patience=patience),
        {
            "/api/v3/datasets/A/B.json": jsoned(
                {
                    "dataset": {
                        "database_code": "A",
                        "dataset_code": "B",
                        "frequency": "daily",
                        "column_names": ["Date", "Close"],
                        "data": [["2024-01-03", 12.0], ["2024-01-02", 10.0]],
                    }
                }
            )
        },
        ("A/B",),
        ((10.0, 12.0),),
        key="nasdaq_data_link",
    ),
    "eodhd": Case(
        lambda url, patience: Eodhd(url=url, patience=patience),
        {
            "/api/eod/SPY.US?fmt=json": jsoned(
                [_BAR | {"date": f"2024-01-0{d}", "close": c, "adjusted_close": c} for d, c in ((2, 10.0), (3, 12.0))]
            ),
            "/api/div/SPY.US?fmt=json": jsoned([{"date": "2024-01-03", "value": 0.5, "unadjustedValue": 0.5}]),
            "/api/splits/SPY.US?fmt=json": jsoned([]),
        },
        ("SPY.US",),
        ((10.0, 12.0),),
        requests=3,
        key="eodhd",
    ),
    "alpha_vantage": Case(
        lambda url, patience: AlphaVantage(url=url, patience=patience),
        {
            "/query?function=TIME_SERIES_DAILY&symbol=SPY": (
                b"timestamp,open,high,low,close,volume\r\n2024-01-03,10,13,9,12,5\r\n2024-01-02,9,13,8,10,5\r\n"
            )
        },
        ("SPY",),
        ((10.0, 12.0),),
        key="alpha_vantage",
    ),
}


def fetched(case: Case, server: Loopback, patience: Patience, since: Mapping[str, Any] | None = None) -> list[History]:
    """All histories of the case's codes from the server."""
    return list(case.make(server.url, patience).fetch(case.codes, since=since or {}, now=NOW))
