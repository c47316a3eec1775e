"""The policy in sentences, generated from its parts so that words and parameters cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

from trimtab.construction.blend import sleeves_of
from trimtab.core.calendar import Frequency
from trimtab.core.controls import Ruled
from trimtab.core.rules import Rule, Severity
from trimtab.core.schedule import Dividends, Schedule, TradeAt, Units, counted
from trimtab.core.taxes import Wrapper
from trimtab.desk.config import BOUND
from trimtab.desk.policy import Policy
from trimtab.desk.taxation import Taxation
from trimtab.forecasts.none import NoForecast
from trimtab.regimes.none import NoRegime

_TRADE = {
    TradeAt.NEXT_OPEN: "at the next session's open, or its close where no open is known",
    TradeAt.NEXT_CLOSE: "at the next session's close",
    TradeAt.SAME_CLOSE: "at the very close the decision used (same_close: a convention of papers, not tradable as it is)",
    TradeAt.NEXT_OBSERVATION: "at the next observation of the data",
}


def sentences(policy: Policy) -> tuple[str, ...]:
    """What the policy calls for, a sentence a part."""
    shares = [f"{w:.1%} {a.title}" for a, w in zip(policy.universe, policy.benchmark, strict=True) if w]
    lines = [f"Benchmark: {', '.join(shares)}; what is left is cash."]
    lines += [f"Signal {name}: {described(signal)}." for name, signal in policy.voices.items()]
    if policy.signals:
        lines.append(f"Signals are combined by {described(policy.combine)}.")
    if policy.views:
        lines.append(f"Views: those of {Path(policy.views).name}, each from when it is stated until it expires or is replaced.")
    if not isinstance(policy.regime, NoRegime):
        lines.append(f"Regime: {described(policy.regime)}.")
    if not isinstance(policy.forecaster, NoForecast):
        lines.append(f"Forecast: {described(policy.forecaster)}.")
    if not getattr(policy.reacher, "chooses", False):  # one that finds weights of its own goes to no aim
        lines.append(f"Weights: {described(policy.allocator)}.")
    lines.append(f"Trades: {described(policy.reacher)}.")
    lines += [rule_words(rule) for rule in policy.rules.rules]
    lines += [
        f"{schedule_words(policy.schedule)}.",
        *_sleeves_moved(policy),
        f"Costs: {described(policy.costs)}.",
        *([f"Holding: {described(policy.holding)}."] if policy.holding is not None else []),
        *(f"Fee: {described(fee)}." for fee in policy.fees),
        *([_tax(policy.tax)] if policy.tax is not None else []),
        _cash(policy),
        _execution(policy),
        *(control_words(ruled) for ruled in policy.controls or ()),
        *(["Approval: nobody approves orders that he asked for or edited."] if policy.approval.four_eyes else []),
        *_discipline(policy),
    ]
    return tuple(lines)


def _discipline(policy: Policy) -> list[str]:
    """What people are held to, as far as the policy says it."""
    said = []
    if (bounds := policy.overrides) is not None:
        said.append(f"Overrides: at most {bounds.size:.1%} of the portfolio together, each for at most {bounds.days} days.")
    if (plan := policy.review) is not None:
        cycle = f"parameters are open every {plan.full_cycle.count // 12} years at the earliest"
        said.append(f"Review: of the process every {_counted(plan.every.count, 'month')}; {cycle}.")
    if (terms := policy.changes) is not None:
        beyond = f"after a year more than {terms.extreme:.1%} off the benchmark two people sign"
        said.append(f"Changes: {_counted(terms.cooling_off, 'day')} of cooling-off; {beyond}.")
    return said


def _counted(count: int, word: str) -> str:
    return word if count == 1 and word == "month" else f"{count} {word}{'' if count == 1 else 's'}"


def rule_words(rule: Rule) -> str:
    """A rule with its place in the written policy."""
    name = f"Rule {rule.id}" if rule.id else "Rule"
    source = f" ({rule.source})" if rule.source else ""
    effect = "blocks" if rule.severity is Severity.BLOCK else "warns"
    return f"{name}{source}: {rule.limit.words.rstrip('.')}; a breach {effect}."


def control_words(ruled: Ruled) -> str:
    """A check of orders with its place in the written policy."""
    name = f"Control {ruled.id}" if ruled.id else "Control"
    source = f" ({ruled.source})" if ruled.source else ""
    effect = "blocks" if ruled.severity is Severity.BLOCK else "warns"
    return f"{name}{source}: {ruled.control.words.rstrip('.')}; beyond that it {effect}."


def schedule_words(schedule: Schedule) -> str:
    """When it is decided and when traded."""
    daily = schedule.decide is Frequency.DAILY
    day = "each session" if daily else schedule.when if schedule.offset else f"at {schedule.when}"
    traded = _lagged(schedule) if schedule.lag else _TRADE[schedule.trade]
    return f"Decided {day}, {schedule.cut_off} after the close; traded {traded}"


def _lagged(schedule: Schedule) -> str:
    """When it is traded where that is later than usual."""
    opens = schedule.trade is TradeAt.NEXT_OPEN
    price, rest = ("open", ", or its close where no open is known") if opens else ("close", "")
    return f"at the {price} {counted(schedule.wait)} later{rest}; on the day of the next decision at the latest"


def _sleeves_moved(policy: Policy) -> list[str]:
    """What an offset does to sleeves with dates of their own."""
    if not policy.schedule.offset or not any(sleeve.decide for _, sleeve in sleeves_of(policy.allocator)):
        return []
    return [f"Every sleeve decides {counted(policy.schedule.offset)} after its own dates."]


def described(component: Any) -> str:
    """A component's own words, else its name and parameters."""
    words = getattr(component, "words", "")
    if isinstance(words, str) and words:
        return words.rstrip(".")
    parts = [f"{f.name} {_value(getattr(component, f.name))}" for f in fields(component) if f.init and f.name not in BOUND]
    name = type(component).__name__
    plain = [part for part in parts if not part.endswith((" ", " ()"))]
    return f"{name} ({', '.join(plain)})" if plain else name


def _value(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return str(value)


def _tax(tax: Taxation) -> str:
    """By which law, in what kind of account."""
    if tax.wrapper is not Wrapper.TAXABLE:
        return f"Taxes: {described(tax.regime)}; the account is {tax.wrapper.value}: nothing is taxed inside it."
    paid = ", ".join(f"{name} {payout.value}" for name, payout in tax.payouts.items())
    return f"Taxes: {described(tax.regime)}; dividends are qualified{f' (but {paid})' if paid else ''}."


def _cash(policy: Policy) -> str:
    words = described(policy.cash)
    return f"{words[0].upper()}{words[1:]}."


def _execution(policy: Policy) -> str:
    rule = policy.execution
    units = "whole shares" if rule.units is Units.WHOLE else "fractions of shares"
    paid = "are reinvested on the ex-date" if rule.dividends is Dividends.REINVEST else "stay in cash"
    least = f"; trades below {rule.minimum} are not placed" if rule.minimum else ""
    sold = f"; sales take lots by {rule.lots.value}" if policy.tax is not None and not policy.tax.regime.pools else ""
    return f"Positions are {units}{least}; dividends {paid}{sold}."
