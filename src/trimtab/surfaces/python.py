"""The Python interface: policies in, pandas out. The same desk as the command line; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.trades import Decision
from trimtab.costs.capacity import Participation
from trimtab.data.market import Market
from trimtab.data.sources.frame import FrameSource
from trimtab.desk import gallery as shelf
from trimtab.desk.backtest import Progress
from trimtab.desk.backtest import backtest as run
from trimtab.desk.capacity import SIZES, capacity_of
from trimtab.desk.counterparts import counterparts
from trimtab.desk.fee_review import review_fees
from trimtab.desk.load import load_policy as read_file
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, source_in
from trimtab.desk.result import Result
from trimtab.desk.rivals import rival
from trimtab.desk.sounding import sound
from trimtab.desk.summary import summary
from trimtab.desk.tax_review import GAIN_COLUMNS, YEAR_COLUMNS, gain_rows, review_taxes, year_rows
from trimtab.desk.workspace import Workspace as Folder
from trimtab.surfaces.books import Book
from trimtab.surfaces.capacity import Capacity
from trimtab.surfaces.orders import Orders
from trimtab.surfaces.readings import Readings
from trimtab.surfaces.store import Store
from trimtab.validation.specimen import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Backtest",
    "Book",
    "Capacity",
    "Orders",
    "Readings",
    "Store",
    "Workspace",
    "backtest",
    "capacity",
    "check_signal",
    "gallery",
    "load_policy",
    "read_signals",
]


def load_policy(policy: str | Path | Mapping[str, Any]) -> Policy:
    """The policy in a YAML file, in plain values, or of the gallery by name. Raises PolicyError with file:line:col.

    A file goes before a name of the gallery.
    """
    if isinstance(policy, Mapping):
        return policy_from(policy)
    if isinstance(policy, str) and policy in shelf.names() and not Path(policy).is_file():
        return shelf.named(policy)
    return read_file(policy)


def gallery() -> pd.DataFrame:
    """The policies that come with the package: by name its title, where it comes from, its series, and whether it is a sample.

    A sample runs on the sample data; the others want prices of their `series`.
    """
    import pandas as pd

    entries = [shelf.entry(name) for name in shelf.names()]
    rows = [(one.name, one.title, one.source, one.series, one.sample) for one in entries]
    return pd.DataFrame(rows, columns=["name", "title", "source", "series", "sample"]).set_index("name")


def check_signal(component: Any, *, role: str = "signals") -> Verdict:
    """Audit a component on generated markets: shape, unknowns, look-ahead at every date, order of assets and more.

    `component` is a signal (or a regime model or forecaster, with its `role`), its name in a policy, or `module:Class`.
    The verdict has `passed`, `words`, `findings` and `failures`. Raises PolicyError for what cannot be built.
    """
    from trimtab.desk.conformance import check

    return check(role, component)


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


def backtest(
    policy: Policy | str | Path | Mapping[str, Any],
    data: Market | pd.DataFrame | str | Path | None = None,
    *,
    vs: Sequence[Policy | str | Path | Mapping[str, Any]] = ("saa",),
    workspace: str | Path | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Run a policy over past days.

    `data` replaces the policy's own: a folder of prices, a DataFrame (dates x series: closes), or a Market. `vs` names
    rivals: policies, or `saa` for the static benchmark; a policy with a regime is always shown beside itself without one,
    and a taxed one beside itself without taxes.
    With a `workspace` the run is saved and counted as a trial.
    """
    subject = policy if isinstance(policy, Policy) else load_policy(policy)
    subject = with_data(subject, data)
    market = data if isinstance(data, Market) else load_market(subject)
    outcome = run(subject, market, progress=progress)
    others = [rival(subject, other if isinstance(other, str | Policy) else load_policy(other)) for other in vs]
    against = tuple(_rival_run(other, outcome, data) for other in others)
    start = outcome.dates[0].item()
    against += tuple(run(other.with_horizon(start=start), outcome.market) for other in counterparts(subject))
    name = ""
    if workspace is not None:
        folder = Folder(Path(workspace))
        outcome = folder.trial(outcome)
        name = folder.save(outcome)
    return Backtest(outcome, against, name)


def capacity(
    policy: Policy | str | Path | Mapping[str, Any],
    data: Market | pd.DataFrame | str | Path | None = None,
    *,
    share: float = 0.10,
    days: float = 1.0,
    sizes: Sequence[float] = SIZES,
    basket: Mapping[str, float] | None = None,
) -> Capacity:
    """How much money a policy can run before a trade is more than `share` of what a market trades in `days` days.

    `sizes` are amounts at which trading is costed, `basket` what the baskets behind funds trade in a day, by asset or class;
    all in base currency. `data` as in `backtest`; it must hold volumes. Raises DataError where it does not.
    """
    subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
    market = data if isinstance(data, Market) else load_market(subject)
    return Capacity(capacity_of(subject, market, Participation(share, days, dict(basket or {})), sizes=tuple(sizes)))


def read_signals(
    policy: Policy | str | Path | Mapping[str, Any],
    data: Market | pd.DataFrame | str | Path | None = None,
    *,
    as_of: str | None = None,
) -> Readings:
    """What the signals of a policy say as of a date (YYYY-MM-DD; by default the last one of the data). Nothing is decided.

    `data` replaces the policy's own, as in `backtest`.
    """
    subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data).with_horizon(end=None)
    market = data if isinstance(data, Market) else load_market(subject)
    return Readings(sound(subject, market, None if as_of is None else np.datetime64(_date(as_of))))


def _date(text: str) -> date:
    """A date as text. Raises UsageError where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"as_of {text!r} is not a date", remedy="Write it as 2018-11-30.") from None


def _rival_run(other: Policy, outcome: Result, data: Any) -> Result:
    """A rival over the dates of the run itself, on the data that both were given, else on its own."""
    subject, market = outcome.policy, outcome.market
    if data is not None and not isinstance(data, Market):
        other = replace(other, data=subject.data)
    same = other.data is subject.data and other.universe == subject.universe and set(other.series) <= set(market.series)
    shared = same or isinstance(data, Market)
    return run(other.with_horizon(start=outcome.dates[0].item()), market if shared else load_market(other))


def with_data(policy: Policy, data: Any) -> Policy:
    """The policy on other data: a folder, or a DataFrame of closes. None and a Market leave it as it is."""
    if data is None or isinstance(data, Market):
        return policy
    if isinstance(data, str | Path):
        return replace(policy, data=source_in(data))
    return replace(policy, data=FrameSource.of(data))


def _table(frame: pd.DataFrame, *, dates: tuple[str, ...]) -> pd.DataFrame:
    """Dates as dates, exact amounts as floats; words and whole numbers stay."""
    import pandas as pd

    for column in frame.columns:
        if column in dates:
            frame[column] = pd.to_datetime(frame[column])
        elif column not in ("year", "asset", "lot", "term"):
            frame[column] = frame[column].astype(float)
    return frame


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder of runs and trials: `Workspace("desk").backtest("policy.yaml").report("out.html")`."""

    folder: str | Path = "."

    def backtest(self, policy: Policy | str | Path | Mapping[str, Any], **options: Any) -> Backtest:
        """As `trimtab.backtest`, saved here and counted as a trial."""
        return backtest(policy, workspace=self.folder, **options)

    @property
    def trials(self) -> list[dict[str, Any]]:
        """Every backtest ever run here."""
        return Folder(Path(self.folder)).trials()
