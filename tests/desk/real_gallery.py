"""The gallery on real funds: every policy of the shelf over 2007 to 2024, and its benchmark held still. Each runs once.

A fund comes with its open, close, volume and dividends, as a file of prices would bring them; its total return follows
from closes and dividends. CAPE counts from four months after the first of its month. Tests are skipped without the data.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from tests import real_world
from tests.shared_data import shared
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, VOLUME
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.rivals import static

START, END = "2007-06-29", "2024-12-31"
COLUMNS = {OPEN: "open", CLOSE: "close", VOLUME: "volume", DIVIDEND: "dividend_implied"}


@cache
def fund(name: str) -> History:
    """One fund of the shared data, as traded but for splits."""
    frame = pd.read_parquet(shared("etf_daily.parquet"), filters=[("ticker", "==", name)])
    fields = {field: frame[column].to_numpy(dtype=float) for field, column in COLUMNS.items()}
    return History(About(name, name, Kind.PRICE_AND_DIVIDENDS, "shared data"), _dates(frame), fields)


def market_of(policy: Policy) -> Market:
    """The funds that a policy holds, and the series that it reads."""
    others = {name: series(name) for name in policy.series}
    held = {asset.series: fund(asset.series) for asset in policy.universe}
    return assemble(policy.universe, held | others, series=policy.series)


def series(name: str) -> History:
    """A fund, or a named series of the real world."""
    return real_world.series()[name] if name in real_world.series() else fund(name)


@cache
def ran(name: str) -> Result:
    """The policy, with its costs."""
    policy = gallery.named(name)
    return backtest(policy, market_of(policy))


@cache
def still(name: str) -> Result:
    """Its benchmark, put back to weight on the same schedule at the same costs."""
    policy = static(gallery.named(name))
    return backtest(policy, market_of(policy))


def decided(name: str, what: str = "target") -> pd.DataFrame:
    """Dates of decision by assets: `target`, what was held at the close (`held`), or the `aim`."""
    result = ran(name)
    rows = [one.today.aim if what == "aim" else one.book.held if what == "held" else one.target for one in result.decisions]
    days = pd.DatetimeIndex([one.today.when for one in result.decisions])
    return pd.DataFrame(np.array(rows), days, [asset.id for asset in result.assets])


def _dates(frame: pd.DataFrame) -> np.ndarray:
    return frame["date"].to_numpy().astype("datetime64[D]")
