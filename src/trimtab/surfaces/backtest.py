"""A backtest as the Python interface hands it out: figures, tables and reports over one result and its rivals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.trades import Decision
from trimtab.desk.fee_review import review_fees
from trimtab.desk.result import Result
from trimtab.desk.summary import summary
from trimtab.desk.tax_review import GAIN_COLUMNS, YEAR_COLUMNS, gain_rows, review_taxes, year_rows
from trimtab.surfaces.attribution import Attributed, attribution_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """One policy over past days, and its rivals. `result` holds the arrays; the properties speak pandas."""

    result: Result
    rivals: tuple[Result, ...] = ()
    run: str = ""

    @property
    def returns(self) -> pd.Series[float]:
        """Simple returns between valuation sessions, after costs, fees and taxes; tz-naive index of trading dates."""
        import pandas as pd

        index = pd.DatetimeIndex(self.result.dates[1:], name="date")
        return pd.Series(self.result.returns, index=index, name=self.result.policy.name)

    @property
    def wealth(self) -> pd.Series[float]:
        """Net asset value in base currency, from the starting capital on."""
        import pandas as pd

        return pd.Series(self.result.wealth, index=pd.DatetimeIndex(self.result.dates, name="date"), name="wealth")

    @property
    def weights(self) -> pd.DataFrame:
        """Weights held at each close as fractions, one column an asset and `cash`."""
        import pandas as pd

        columns = [asset.id for asset in self.result.assets]
        frame = pd.DataFrame(self.result.weights, index=pd.DatetimeIndex(self.result.dates, name="date"), columns=columns)
        frame["cash"] = 1.0 - frame.sum(axis=1)
        return frame

    @property
    def trades(self) -> pd.DataFrame:
        """Every fill: date, asset, units, price, amount, cost (floats; the exact Decimals are in `result.fills`)."""
        import pandas as pd

        ids = [asset.id for asset in self.result.assets]
        rows = [
            (
                fill.when,
                ids[fill.asset],
                float(fill.units),
                float(fill.price),
                float(fill.amount),
                float(fill.cost),
                fill.order,
            )
            for fill in self.result.fills
        ]
        frame = pd.DataFrame(rows, columns=["date", "asset", "units", "price", "amount", "cost", "order"])
        frame["date"] = pd.to_datetime(frame["date"])
        return frame

    @property
    def after_tax(self) -> pd.Series[float]:
        """Returns a year `before_taxes`, `after_taxes` paid and owed, and `after_sale` of all at the end besides.

        In the manner of funds (SEC Form N-1A, Item 26(b)), at the policy's rates. NaN where nothing was taxed.
        """
        import pandas as pd

        review = review_taxes(self.result)
        found = (np.nan,) * 3 if review is None else tuple(value for _, value in review.returns.lines)
        return pd.Series(found, index=["before_taxes", "after_taxes", "after_sale"], dtype=float, name="return a year")

    @property
    def taxes(self) -> pd.DataFrame:
        """A row a tax year: gains by term, incomes, losses carried on, tax, when due and paid (NaT: not). Empty untaxed."""
        import pandas as pd

        review = review_taxes(self.result)
        rows = [] if review is None else [[*row[:-1], row[-1] or None] for row in year_rows(review)]
        return _table(pd.DataFrame(rows, columns=list(YEAR_COLUMNS)), dates=("due", "paid")).set_index("year")

    @property
    def gains(self) -> pd.DataFrame:
        """A row a lot that was sold: dates, term, units, proceeds, cost, gain, and what wash sales put off. Empty untaxed."""
        import pandas as pd

        return _table(pd.DataFrame(gain_rows(self.result), columns=list(GAIN_COLUMNS)), dates=("acquired", "sold"))

    @property
    def gross_returns(self) -> pd.Series[float]:
        """As `returns`, with every fee of the policy added back on the session on which it was charged."""
        import pandas as pd

        review = review_fees(self.result)
        if review is None:
            return self.returns
        return pd.Series(
            review.returns.gross, index=pd.DatetimeIndex(self.result.dates[1:], name="date"), name=self.returns.name
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision with all that went into it, oldest first."""
        return self.result.decisions

    def summary(self) -> dict[str, Any]:
        """Key figures after costs, fees and taxes; fractions, per year. None where a figure is not defined."""
        return summary(self.result)

    def attribution(
        self, *, by: str = "signal", first: str | None = None, last: str | None = None, linking: str = "carino"
    ) -> Attributed:
        """Where the difference from the benchmark came from, by `signal`, `sleeve` or `class`, between two dates."""
        return attribution_of(self.result, by=by, first=first, last=last, linking=linking)

    def why(self, when: str | None = None) -> tuple[str, ...]:
        """Why the decision of a date (the last one by default) is what it is, in sentences. Raises UsageError."""
        chosen = [d for d in self.decisions if when is None or str(d.today.when) == when]
        if not chosen:
            raise UsageError(f"no decision on {when}", remedy=f"The last one is of {self.decisions[-1].today.when}.")
        return self.result.reason(chosen[-1])

    def to_pyfolio(self) -> tuple[pd.Series[float], pd.DataFrame, pd.DataFrame]:
        """Returns, positions (currency by asset and `cash`) and transactions, as pyfolio and empyrical want them."""
        import pandas as pd

        positions = self.weights.mul(self.wealth, axis=0)
        fills = self.trades
        columns = {"amount": fills["units"], "price": fills["price"], "symbol": fills["asset"]}
        transactions = pd.DataFrame(columns).set_index(pd.DatetimeIndex(fills["date"], name="date"))
        return self.returns, positions, transactions

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report and return its path."""
        from trimtab.surfaces.report.page import write_report

        return write_report(self.result, Path(path), rivals=self.rivals)


def _table(frame: pd.DataFrame, *, dates: tuple[str, ...]) -> pd.DataFrame:
    """Dates as dates, exact amounts as floats; words and whole numbers stay."""
    import pandas as pd

    for column in frame.columns:
        if column in dates:
            frame[column] = pd.to_datetime(frame[column])
        elif column not in ("year", "asset", "lot", "term"):
            frame[column] = frame[column].astype(float)
    return frame
