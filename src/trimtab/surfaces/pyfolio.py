"""Positions and transactions as pyfolio has them, made into weights over time and turnover by day.

Positions: one row a day, one column an asset and `cash`, in currency. Transactions: one row a fill under its time, with
`amount` (units, below zero for sales), `price`, `symbol`, and `commission` where it is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.surfaces.report.held import Held, held_of
from trimtab.surfaces.report.trades import Trades

if TYPE_CHECKING:
    import pandas as pd

CASH = "cash"
COLUMNS = ("amount", "price", "symbol")
POSITIONS = "positions: a row a day, a column an asset and one called cash, in currency"
TRANSACTIONS = "transactions: a row a fill under its time, with the columns amount, price and symbol"


def held_from(positions: pd.DataFrame) -> Held:
    """Weights at each date. Unknown positions count as none held. Raises DataError where it is no such table."""
    dates, values, titles = _values(positions)
    return held_of(values, dates, titles)


def trades_from(transactions: pd.DataFrame, positions: pd.DataFrame) -> Trades:
    """Turnover by day, of what the account was worth before, including the cash leg. Raises DataError for another table.

    The day on which nothing but cash was held before is first funding. Costs are known where there is `commission`.
    """
    import pandas as pd

    lacking = [name for name in COLUMNS if name not in getattr(transactions, "columns", ())]
    if lacking:
        raise DataError(f"the transactions have no {' and no '.join(lacking)}", remedy=f"Give {TRANSACTIONS}.")
    days = _dates(transactions.index, "transactions")
    value = _amounts(transactions, "amount") * _amounts(transactions, "price")
    if not np.isfinite(value).all():
        raise DataError("a transaction has no amount or no price", remedy="Drop it, or fill it in.")
    legs = pd.DataFrame({"day": days, "symbol": transactions["symbol"].astype(str).to_numpy(), "value": value})
    by_asset = legs.groupby(["day", "symbol"])["value"].sum()
    gross, net = by_asset.abs().groupby("day").sum(), by_asset.groupby("day").sum().abs()
    dates = gross.index.to_numpy().astype("datetime64[D]")
    nav, invested = _before(positions, dates)
    one_way = 0.5 * (gross.to_numpy() + net.to_numpy()) / nav
    costs = _commissions(transactions, days, len(dates))
    years = max(float((dates[-1] - dates[0]) / np.timedelta64(1, "D")) / 365.25, 1e-9) if len(dates) else 1.0
    return Trades(dates, one_way, costs, costs / nav, invested > 0.0, years, len(transactions))


def _commissions(transactions: pd.DataFrame, days: Dates, count: int) -> Array:
    """Costs by day (F,); NaN where no column says them."""
    if "commission" not in transactions.columns:
        return np.full(count, np.nan)
    paid = np.nan_to_num(np.abs(_amounts(transactions, "commission")))
    _, rows = np.unique(days, return_inverse=True)
    return np.bincount(rows, weights=paid, minlength=count).astype(float)


def _before(positions: pd.DataFrame, dates: Dates) -> tuple[Array, Array]:
    """What the account was worth, and how much of it was invested, on the last day before each of `dates`.

    The worth on the day itself where positions begin with it.
    """
    known, values, _ = _values(positions)
    rows = np.searchsorted(known, dates, side="left") - 1
    total, gross = values.sum(axis=1), np.abs(values[:, :-1]).sum(axis=1)
    worth = total[np.maximum(rows, 0)]
    if (worth <= 0.0).any():
        raise DataError(f"positions are worth {worth.min():g} before a trade", remedy=f"Give {POSITIONS}.")
    return worth, np.where(rows >= 0, gross[np.maximum(rows, 0)], 0.0)


def _values(positions: Any) -> tuple[Dates, Array, list[str]]:
    """Dates (T,), positions with cash last (T, A + 1), and the assets' names."""
    columns = list(getattr(positions, "columns", ()))
    if CASH not in columns or len(columns) < 2:
        raise DataError("the positions have no column cash beside assets", remedy=f"Give {POSITIONS}.")
    assets = [name for name in columns if name != CASH]
    dates = _dates(positions.index, "positions")
    if (np.diff(dates) <= np.timedelta64(0, "D")).any():
        raise DataError("the dates of the positions do not rise", remedy="Sort them and drop duplicates.")
    if not len(dates):
        raise DataError("the positions have no rows", remedy=f"Give {POSITIONS}.")
    if len(set(columns)) < len(columns):
        raise DataError("two columns of the positions have one name", remedy="Add them up.")
    values = np.stack([_amounts(positions, name) for name in [*assets, CASH]], axis=1)
    return dates, np.nan_to_num(values), [str(name) for name in assets]


def _amounts(table: pd.DataFrame, column: str) -> Array:
    """A column as numbers, NaN where unknown. Raises DataError for text and infinity."""
    try:
        found = table[column].to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError):
        raise DataError(f"the column {column} holds what is no number", remedy="Correct or empty the cells.") from None
    if np.isinf(found).any():
        raise DataError(f"a number of {column} is infinite", remedy="Correct or empty the cell.")
    return np.asarray(found, dtype=float)


def _dates(index: Any, what: str) -> Dates:
    """Local dates to the day."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(f"the index of the {what} holds no dates", remedy="Give a DatetimeIndex: pandas.to_datetime(index).")
    if index.hasnans:
        raise DataError(f"a date of the {what} is missing", remedy="Drop the row, or fill in its date.")
    plain = index.tz_localize(None) if index.tz is not None else index
    return np.asarray(plain.to_numpy()).astype("datetime64[D]")
