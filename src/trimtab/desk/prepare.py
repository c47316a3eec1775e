"""From a policy to the market it looks at: load the series it names, cut at its end, and refuse what it may not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.calendar import day
from trimtab.core.errors import DataError, ParameterError, PolicyError, UsageError
from trimtab.core.schedule import LATEST, TradeAt
from trimtab.core.terms import DAY, PER_YEAR, TRADED
from trimtab.data.assembly import assemble
from trimtab.data.currencies import major, quotes, route
from trimtab.data.fx import converted
from trimtab.data.history import History, Kind
from trimtab.data.market import Market
from trimtab.data.vintages import first_versions
from trimtab.desk.opinions import read_opinions
from trimtab.desk.policy import Averages, Policy
from trimtab.desk.reading_kinds import require_kinds


def load_market(policy: Policy) -> Market:
    """The market of a policy. Raises PolicyError for unknown or refused series, DataError for bad data."""
    names = dict.fromkeys((*(asset.series for asset in policy.universe), *policy.series))
    histories = {history.about.name: history for history in policy.data.load(tuple(names))}
    histories |= in_base_currency(policy, histories)
    market = assemble(policy.universe, histories, series=policy.series)
    if policy.views:
        market = replace(market, opinions=read_opinions(policy.views, policy.universe))
    check_market(policy, market)
    return market


def in_base_currency(policy: Policy, histories: Mapping[str, History]) -> dict[str, History]:
    """Those assets' histories that are in another currency than the policy, converted at rates from the same source.

    Raises DataError where the source has no rate for one, naming the pair to add.
    """
    base = policy.horizon.capital.currency
    foreign = {
        asset.series: histories[asset.series]
        for asset in policy.universe
        if histories[asset.series].about.currency not in ("", base)
    }
    if not foreign:
        return {}
    known = quotes(policy.data.names())
    pairs = {leg.quote.series for h in foreign.values() for leg in route(major(h.about.currency)[0], base, known)}
    rates = {history.about.name: first_versions(history) for history in policy.data.load(sorted(pairs))}  # as first printed
    return {name: converted(history, base, rates) for name, history in foreign.items()}


def source_in(folder: str | Path) -> Any:
    """The source in a folder: a market store where it holds one, else files of prices."""
    from trimtab.data.sources.folder import Folder
    from trimtab.data.store.source import MarketStore
    from trimtab.data.store.store import is_store

    return MarketStore(str(folder)) if is_store(Path(folder)) else Folder(str(folder))


def check_market(policy: Policy, market: Market) -> None:
    """Refuse another universe, averages that the policy does not allow, and a next session where the data hold none."""
    if market.assets != policy.universe or not set(policy.series) <= set(market.series):
        raise UsageError(
            f"the market at hand is not that of the policy {policy.name}",
            remedy=f"Give one with {', '.join((*(asset.id for asset in policy.universe), *policy.series))}, in this order.",
        )
    require_kinds(policy, market)
    if market.averages and policy.averages is Averages.REFUSED:
        raise PolicyError(
            f"{', '.join(market.averages)}: values are averages over a period, on which timing flatters",
            where=policy.name,
            remedy="Use month-end data, or write `averages: allowed` and live with the label.",
            code="TT-POL-021",
        )
    if policy.deals:
        require_volumes(market, "a limit, a control or the costs depend on the volume traded in a day")
    _require_sessions(policy, market)


def _require_sessions(policy: Policy, market: Market) -> None:
    """Refuse a schedule that counts sessions which the data do not hold."""
    schedule, what = policy.schedule, ""
    remedy = "Choose `schedule: {trade: same_close}` or `{trade: next_observation}`, without lag."
    if market.monthly and schedule.trade in (TradeAt.NEXT_OPEN, TradeAt.NEXT_CLOSE):
        what = f"{market.frequency} data hold no next session for `trade: {schedule.trade.value}`"
    elif market.monthly and schedule.lag:
        what = f"{market.frequency} data hold no sessions for `lag: {schedule.lag}`"
    elif schedule.offset or schedule.lag:
        try:
            for every in policy.frequencies:
                schedule.require_room(every, market.per_year)
        except ParameterError as error:
            what, remedy = f"schedule.{error.what} in these data", error.remedy
    if what:
        raise PolicyError(what, where=policy.name, remedy=remedy, code="TT-POL-022")


def require_volumes(market: Market, why: str) -> None:
    """Raise DataError where the data hold no volumes, or not those of single days."""
    if TRADED not in market.fields:
        remedy = "Give data with a volume column, or take the limit (or the impact) out."
        raise DataError(f"{why}, and the data hold no volumes", remedy=remedy)
    if market.per_year < PER_YEAR[DAY]:
        what = f"{why}, and the data are {market.frequency}"
        raise DataError(what, remedy="Give daily data, or take the limit (or the impact) out.")


def until(market: Market, end: date | np.datetime64 | None) -> Market:
    """The market with every session after `end` taken away, and every view stated after the last cut-off there can be."""
    return _heard(market if end is None or day(end) >= market.sessions[-1] else _cut(market, end))


def _heard(market: Market) -> Market:
    """The market without the views that none of its decisions could know."""
    latest = market.closes_at(np.array([len(market.sessions) - 1]))[0] + np.timedelta64(LATEST)
    kept = tuple(one for one in market.opinions if one.stated <= latest)
    return market if len(kept) == len(market.opinions) else replace(market, opinions=kept)


def _cut(market: Market, end: date | np.datetime64) -> Market:
    keep = int(np.searchsorted(market.sessions, day(end), side="right"))
    if keep == 0:
        raise DataError(f"no data on or before {end}: they start on {market.sessions[0]}", remedy="Choose a later end.")
    rows: dict[str, Any] = {
        name: None if (array := getattr(market, name)) is None else array[:keep]
        for name in ("sessions", "known", "splits", "closing", "closed")
    }
    fields = {name: values[:keep] for name, values in market.fields.items()}
    series = {name: _until(history, day(end)) for name, history in market.series.items()}
    earlier = {name: tuple(old for old in versions if old.row < keep) for name, versions in market.earlier.items()}
    endings = {row: ends for row, ends in market.endings.items() if row < keep}
    return replace(market, fields=fields, series=series, earlier=earlier, endings=endings, **rows)


def _until(history: History, end: np.datetime64) -> History:
    keep = int(np.searchsorted(history.dates, end, side="right"))
    known = history.known[:keep] if history.known is not None else None
    return replace(history, dates=history.dates[:keep], known=known, fields={k: v[:keep] for k, v in history.fields.items()})


def bills(policy: Policy, market: Market) -> Array:
    """Growth of cash (T,) over the sessions. It stands still where the policy names no series or nothing is known of it."""
    name = policy.cash.series
    if not name:
        return np.ones(len(market.sessions))
    history = market.series[name]
    known = np.isfinite(history.values)
    dates, index = history.dates[known], history.values[known]
    if len(dates) == 0:
        return np.ones(len(market.sessions))
    if history.about.kind is Kind.YIELD:
        days = np.diff(dates).astype("timedelta64[D]").astype(float)
        index = np.concatenate([[1.0], np.cumprod(1.0 + index[:-1] * days / 365.0)])
    at = np.searchsorted(dates, market.sessions, side="right") - 1
    return np.asarray(index[np.maximum(at, 0)])


def years(market: Market) -> Array:
    """Time of each session in years (T,), for spreads on borrowing."""
    return np.asarray((market.sessions - market.sessions[0]).astype("timedelta64[D]").astype(float) / 365.25)
