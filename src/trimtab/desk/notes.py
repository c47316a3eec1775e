"""What must be said on the first screen: flaws of the data, the execution assumption, and what the policy leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from trimtab.core.calendar import FREQUENCIES, change_of_frequency, day
from trimtab.core.roles import Levering
from trimtab.core.schedule import TradeAt
from trimtab.core.taxes import Wrapper
from trimtab.core.terms import CLOSE, DAY, MONTH, PER_YEAR, WEEK, Span
from trimtab.data.history import Kind
from trimtab.data.market import Market, last_known
from trimtab.desk.foresight import foresights
from trimtab.desk.policy import Policy

ENOUGH = 5  # signals in one policy
LATE, OLD = 60, 100.0  # values that show how often a series comes; days after which even a frequent one is old


def notes(policy: Policy, market: Market) -> tuple[str, ...]:
    """Warnings in plain sentences, the gravest first."""
    gravest = (foresights(policy, market), _execution(policy, market), _paced(market), _data(market))
    parts = (*gravest, _unlent(policy), _many(policy), _sessions(policy, market), _missing(policy, market))
    return tuple(dict.fromkeys(line for part in parts for line in part))


def data_notes(market: Market) -> tuple[str, ...]:
    """Those warnings that are of the data alone, whatever is done with them."""
    return tuple(dict.fromkeys(_data(market)))


def _unlent(policy: Policy) -> Iterator[str]:
    """More leverage than the rules allow: what is above is cut off in equal parts, which is another mix."""
    most, allowed = float(getattr(policy.allocator, "most", 0.0)), 1.0 - float(policy.rules.essential.low_cash)
    if isinstance(policy.allocator, Levering) and most > max(allowed, 1.0) + 1e-9:
        yield (
            f"The weights may be scaled by up to {most:g}, and the rules allow an exposure of {allowed:g}: what is above is "
            f"taken off each asset alike, which changes the mix. A rule {{use: max_leverage, at_most: {most:g}}} allows it."
        )


def _many(policy: Policy) -> Iterator[str]:
    """More signals than a person can tell apart: they repeat each other, and each was one more chance to fit the past."""
    count = sum(_voices(signal) for signal in policy.voices.values())
    if count > ENOUGH:
        yield (
            f"{count} signals: more than {ENOUGH} say little that is new (they are correlated), are harder to explain, and "
            "each was one more chance to fit the past."
        )


def _voices(signal: Any) -> int:
    """How many different signals one is made of; a family of windows is one."""
    terms = getattr(signal, "terms", ())
    return sum(_voices(term) for term in terms) if terms else 1


def _execution(policy: Policy, market: Market) -> Iterator[str]:
    if not policy.schedule.wait:
        yield "Trades fill at the very close that decided them (same_close): nobody can trade there."
    if policy.schedule.trade is TradeAt.NEXT_OPEN and not market.has_open:
        when = "their session's close" if policy.schedule.lag else "the next session's close"
        yield f"No opening prices are known: trades fill at {when}."
    if market.averages:
        yield f"Built from monthly averages (averages: allowed): {', '.join(market.averages)}. They smooth risk and trend."


def _paced(market: Market) -> Iterator[str]:
    """Sessions that lie further apart in one part of the history than in another: figures a year know one distance."""
    change = change_of_frequency(market.sessions)
    if change is not None:
        when, before, after = change
        yield (
            f"The data are {FREQUENCIES[before]} until about {when} and {FREQUENCIES[after]} from there: figures a year and "
            f"windows in D count {market.per_year} sessions a year throughout, and are wrong. Begin there, or thin them out."
        )


def _data(market: Market) -> Iterator[str]:
    held = market.about
    generated = [about.name for about in held if "GENERATED" in about.provenance.upper()]
    if generated:
        yield f"Generated data, not market data: {', '.join(generated)}."
    price_only = [about.name for about in held if about.kind is Kind.PRICE]
    if price_only:
        yield f"Price only, dividends are missing: {', '.join(price_only)}. Returns are too low."
    yield from _gaps(market)
    yield from _closed(market)
    yield from _stopped(market)
    yield from _issues(market)


def _issues(market: Market, most: int = 6) -> Iterator[str]:
    """What the source found and did about it; `run.json` has all of it."""
    count = len(market.issues)
    if count:
        listed = "; ".join(f"{issue.where} {issue.what}: {issue.action}" for issue in market.issues[:most])
        rest = f"; and {count - most} more" if count > most else ""
        yield f"{count} data issue{'s' if count > 1 else ''}: {listed}{rest}."


def _gaps(market: Market) -> Iterator[str]:
    _, carried = last_known(market.fields[CLOSE], market.splits)
    for asset, count in zip(market.assets, carried.sum(axis=0).tolist(), strict=True):
        if count:
            yield f"{asset.title} has no price on {count} sessions: it is valued at its last known price there."


def _closed(market: Market) -> Iterator[str]:
    """Assets whose market kept other holidays than the others."""
    if market.closed is not None:
        for asset, count in zip(market.assets, market.closed.sum(axis=0).tolist(), strict=True):
            if count:
                yield f"{asset.title} is not traded on {count} sessions when its market is closed: its last price holds there."


def _stopped(market: Market) -> Iterator[str]:
    """Named series whose last value is old for a series of their kind: signals on them stand on it still."""
    for name, history in market.series.items():
        known = history.dates[np.isfinite(history.values)]
        gaps = np.diff(known[-LATE:].astype("datetime64[D]").astype(int)) if len(known) else np.empty(0)
        usual = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0
        age = float((market.sessions[-1] - known[-1]) / np.timedelta64(1, "D")) if len(known) else np.inf
        if np.isfinite(age) and age > max(OLD, 4.0 * usual):
            yield f"{name} ends on {known[-1]}: what is said about it later rests on that value."


def _sessions(policy: Policy, market: Market) -> Iterator[str]:
    """Windows counted in sessions on data whose sessions are months, or in months where they are quarters or years."""
    if not market.monthly:
        return
    monthly, unit = market.per_year == PER_YEAR[MONTH], {12: "months", 4: "quarters", 1: "years"}[market.per_year]
    parts = {**policy.voices, "regime": policy.regime, "forecast": policy.forecaster}
    short = (DAY,) if monthly else (DAY, WEEK, MONTH)
    counted = [name for name, part in parts.items() if any(span.every in short and span.count > 1 for span in _spans(part))]
    if counted and monthly:
        yield f"Windows in D count sessions, which are months here: {', '.join(counted)}. Write them in M."
    elif counted:
        yield f"Windows in D, W and M count sessions, which are {unit} here: {', '.join(counted)}."


def _spans(component: Any) -> Iterator[Span]:
    """Every span among the parameters of a component and of those that it is made of."""
    for field in fields(component) if is_dataclass(component) else ():
        value = getattr(component, field.name)
        if isinstance(value, Span):
            yield value
    for member in getattr(component, "members", ()):
        yield from _spans(member)


def _missing(policy: Policy, market: Market) -> Iterator[str]:
    yield from _cash(policy, market)
    yield f"The universe was chosen with hindsight{_untaxed(policy)}."
    if policy.tax is not None and policy.tax.bites and policy.tax.regime.window:
        yield "Wash sales count this account alone: purchases of a spouse, or in a retirement account, are not known here."
    inside = [about.name for about in market.about if about.kind is Kind.TOTAL_RETURN]
    if policy.tax is not None and policy.tax.bites and inside:
        yield f"Dividends are inside the price of {', '.join(inside)}: they are taxed as gains when sold, which is too late."


def _untaxed(policy: Policy) -> str:
    """What of taxes is left out; empty where they are in, or there are none."""
    if policy.tax is None or (policy.tax.wrapper is Wrapper.TAXABLE and not policy.tax.bites):
        return "; taxes are left out"
    deferred = policy.tax.wrapper is Wrapper.DEFERRED
    return "; the tax on money that leaves the account is left out" if deferred else ""


def _cash(policy: Policy, market: Market) -> Iterator[str]:
    name = policy.cash.series
    if not name:
        yield "Cash earns nothing: the policy names no cash series."
        return
    history = market.series[name]
    known = np.flatnonzero(np.isfinite(history.values))
    if len(known) == 0:
        yield f"Cash earns nothing: {name} has no value up to {market.sessions[-1]}."
    elif history.dates[known[0]] > (day(policy.horizon.start) if policy.horizon.start else market.sessions[0]):
        yield f"Cash earns nothing before {history.dates[known[0]]}, where {name} begins."
    elif history.about.kind is Kind.PRICE:
        yield f"{name} is price only: cash earns less than it would, by what {name} pays out."
    elif unknown := len(history.values) - len(known):
        yield f"{name} is unknown on {unknown} dates: cash earns nothing there, and the growth of the gap on the next one."
