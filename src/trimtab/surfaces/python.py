"""The Python interface: policies in, pandas out. The same desk as the command line; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.costs.capacity import Participation
from trimtab.data.market import Market
from trimtab.data.sources.frame import FrameSource
from trimtab.desk import gallery as shelf
from trimtab.desk.backtest import Progress
from trimtab.desk.backtest import backtest as run
from trimtab.desk.capacity import SIZES, capacity_of
from trimtab.desk.counterparts import counterparts
from trimtab.desk.crew import Crew
from trimtab.desk.expected import expected_of
from trimtab.desk.load import load_policy as read_file
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.desk.prepare import load_market, source_in
from trimtab.desk.resampled import resample
from trimtab.desk.result import Result
from trimtab.desk.rivals import rival
from trimtab.desk.sounding import sound
from trimtab.desk.sweep_review import review_sweep
from trimtab.desk.sweeping import carry_out_sweep, plan
from trimtab.desk.trial_review import review_trials
from trimtab.desk.trials import Registry
from trimtab.desk.workspace import Workspace as Folder
from trimtab.numerics.resampling import Futures
from trimtab.surfaces.advice import Advised, advise
from trimtab.surfaces.attribution import Attributed
from trimtab.surfaces.backtest import Backtest
from trimtab.surfaces.books import Book
from trimtab.surfaces.bundles import BundleCheck, packed_to, verify_bundle
from trimtab.surfaces.capacity import Capacity
from trimtab.surfaces.commitments import Commitments
from trimtab.surfaces.committee import Committee
from trimtab.surfaces.desk import Desk
from trimtab.surfaces.economics import Asked, Economics, worked_out
from trimtab.surfaces.expected import Expectation
from trimtab.surfaces.factors import Explained, factor_attribution
from trimtab.surfaces.flows import FlowReturns, returns_with_flows
from trimtab.surfaces.mandates import Mandate
from trimtab.surfaces.metrics import metrics
from trimtab.surfaces.orders import Orders
from trimtab.surfaces.overrides import Overrides
from trimtab.surfaces.readings import Readings
from trimtab.surfaces.reviews import Reviews
from trimtab.surfaces.store import Store
from trimtab.surfaces.sweeps import Axes, Sweep, grid_of, require_used
from trimtab.surfaces.tearsheet import TearSheet, report
from trimtab.surfaces.validation import Validated, require_seed, validated
from trimtab.validation.specimen import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Advised",
    "Attributed",
    "Backtest",
    "Book",
    "BundleCheck",
    "Capacity",
    "Commitments",
    "Committee",
    "Desk",
    "Economics",
    "Expectation",
    "Explained",
    "FlowReturns",
    "Futures",
    "Mandate",
    "Orders",
    "Overrides",
    "Readings",
    "Reviews",
    "Store",
    "Sweep",
    "TearSheet",
    "Validated",
    "Workspace",
    "advise",
    "backtest",
    "capacity",
    "check_signal",
    "economics",
    "expect",
    "factor_attribution",
    "gallery",
    "load_policy",
    "metrics",
    "pack",
    "read_signals",
    "report",
    "returns_with_flows",
    "verify_bundle",
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
    With a `workspace` the run is saved and counted as a trial; rivals other than `saa` are counted too.
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
        outcome = folder.trial(outcome, beside=against)
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


def economics(
    policy: Policy | str | Path | Mapping[str, Any],
    data: Market | pd.DataFrame | str | Path | None = None,
    *,
    aum: float | str,
    workspace: str | Path | None = None,
    **asked: Unpack[Asked],
) -> Economics:
    """Whether a policy is worth its cost at `aum` of money, such as `"50m"`: benefit, costs, what is left, break-even.

    Besides `data_cost` and `software` (money a year), `management` and `hurdle` (rates a year), `net_of="benchmark"` and
    `seed` may be given. With a `workspace` what was expected there comes first, and the run is counted as a trial. `data`
    as in `backtest`.
    """
    subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
    market = data if isinstance(data, Market) else load_market(subject)
    return worked_out(subject, market, aum, workspace, asked)


def pack(
    policy: Policy | str | Path | Mapping[str, Any],
    data: pd.DataFrame | str | Path | None = None,
    *,
    out: str | Path | None = None,
    workspace: str | Path | None = None,
) -> Path:
    """Write a policy to give away (a bundle) to `out`, by default the policy's name with `.trimtab`; where it lies.

    It holds the policy, hashes of its data, and what came out; no account, capital or path. With a `workspace` what was
    expected and validated there goes with it, and the run is counted as a trial. Raises PolicyError for code of one's own.
    """
    subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
    return packed_to(subject, out, workspace)


def expect(
    policy: Policy | str | Path | Mapping[str, Any],
    data: Market | pd.DataFrame | str | Path | None = None,
    *,
    futures: Futures,
    progress: Progress | None = None,
) -> Expectation:
    """What to expect of a policy: it is run on histories drawn from its own, signals recomputed on each.

    `futures` says how many, over how many years, drawn how (`trimtab.Futures(years=10, seed=1, paths=1000)`); `data` as in
    `backtest`. Raises PolicyError or DataError where its market cannot be drawn from.
    """
    subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
    market = data if isinstance(data, Market) else load_market(subject)
    return Expectation(expected_of(resample(subject, market, futures, progress=progress)))


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


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder of runs and trials: `Workspace("desk").backtest("policy.yaml").report("out.html")`."""

    folder: str | Path = "."

    def backtest(self, policy: Policy | str | Path | Mapping[str, Any], **options: Any) -> Backtest:
        """As `trimtab.backtest`, saved here and counted as a trial, with its rivals."""
        return backtest(policy, workspace=self.folder, **options)

    def sweep(
        self,
        policy: Policy | str | Path | Mapping[str, Any],
        grid: Axes | str,
        data: Market | pd.DataFrame | str | Path | None = None,
        *,
        crew: Crew | None = None,
        data_at: str = "",
    ) -> Sweep:
        """Run every variant of a policy over a grid, `{"signals.trend.window": ["8M", "10M"]}` or as on the command line,
        `["signals.trend.window=8M,10M"]`; each counts as a trial here.

        `data` as in `trimtab.backtest`; `crew` says who works (this process by itself), `data_at` where clusters find the
        data. A sweep that was ended goes on where it stood.
        """
        subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
        workers = crew or Crew()
        if data_at:
            require_used(data_at, workers)
        planned = plan(subject, grid_of(grid), Path(self.folder), market=data if isinstance(data, Market) else None)
        return Sweep(review_sweep(planned, carry_out_sweep(planned, workers, data_at=data_at)))

    def validate(
        self,
        policy: Policy | str | Path | Mapping[str, Any],
        data: Market | pd.DataFrame | str | Path | None = None,
        *,
        grid: Axes | str = (),
        seed: int = 1,
    ) -> Validated:
        """Whether the result of a policy is to be believed, as `trimtab validate`; kept beside its run, variants counted once.

        `data` as in `backtest`; `grid` as in `sweep`. Raises ParameterError for a seed that is no whole number from 0 on.
        """
        require_seed(seed)
        around = grid_of(grid)
        subject = with_data(policy if isinstance(policy, Policy) else load_policy(policy), data)
        made = backtest(subject, data if isinstance(data, Market) else loader_of(self.folder)(subject))
        return validated(made.result, made.rivals, Folder(Path(self.folder)), grid=around, seed=seed)

    @property
    def trials(self) -> list[dict[str, Any]]:
        """Every line of the registry: each backtest ever run here, each part of a sweep, each accepted loss."""
        return Folder(Path(self.folder)).trials()

    @property
    def trial_summary(self) -> dict[str, Any]:
        """How many trials there were, how many independent ones they are worth, what is missing, what is left of the best."""
        return review_trials(Registry(Path(self.folder))).document
