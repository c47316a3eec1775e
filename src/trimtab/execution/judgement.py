"""What the gate says of a batch, evaluation by evaluation: for screens, for whoever approves, and for the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from trimtab.core.controls import Circumstances, Evaluation, Line, Measured, Outcome, Ruled
from trimtab.core.errors import BreachError, DataError, InvariantError, TrimtabError
from trimtab.core.rules import Breach, Rules, Severity
from trimtab.execution.batch import Batch
from trimtab.execution.checks import HAIR, STAYS, Case, Check

ALWAYS = "always"  # as the source of what no policy can switch off
UNKNOWN = "unknown"  # as a value that cannot be measured


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every evaluation of a batch, in the order in which they stop it."""

    evaluations: tuple[Evaluation, ...]

    @property
    def blocks(self) -> tuple[Evaluation, ...]:
        """What stops the batch; the first of them is what `Gate.stamp` names."""
        return tuple(one for one in self.evaluations if one.outcome is Outcome.BLOCK)

    @property
    def blocked(self) -> bool:
        """Whether anything stops the batch."""
        return bool(self.blocks)

    @property
    def warnings(self) -> tuple[Evaluation, ...]:
        """What is reported and stops nothing."""
        return tuple(one for one in self.evaluations if one.outcome is Outcome.WARN)

    @property
    def outcome(self) -> Outcome:
        """The worst of all."""
        return Outcome.BLOCK if self.blocked else Outcome.WARN if self.warnings else Outcome.PASS

    def of(self, order: str) -> tuple[Evaluation, ...]:
        """What concerns one order: what was measured on it, or on the batch as a whole."""
        return tuple(one for one in self.evaluations if one.on in ("", order))


def checked(check: Check, case: Case) -> Iterator[Evaluation]:
    """One evaluation a fault, or one that says the check was passed."""
    faults = check.faults(case)
    for on, value, limit, error in faults:
        yield Evaluation(check.name, ALWAYS, on, value, limit, Outcome.BLOCK, error.what)
    if not faults:
        yield Evaluation(check.name, ALWAYS, "", "0", "0", Outcome.PASS, check.words)


def ruled(rules: Rules, breaches: tuple[Breach, ...], stops: tuple[bool, ...], batch: Batch) -> Iterator[Evaluation]:
    """One evaluation a rule of construction: its breach in weight, and what is allowed of it."""
    broken = {id(breach.rule): (breach, stop) for breach, stop in zip(breaches, stops, strict=True)}
    for rule in rules.rules:
        name = rule.id or rule.limit.words
        if id(rule) not in broken:
            amount = float(rule.limit.breach(batch.target, batch.book))
            told = f"{amount:.6f}" if isfinite(amount) else "none"  # a first funding has no budget of turnover
            yield Evaluation(name, rule.source, "", told, "0", Outcome.PASS, rule.limit.words)
            continue
        breach, stop = broken[id(rule)]
        outcome = Outcome.BLOCK if stop else Outcome.WARN
        words = rule.limit.words
        if not stop and rule.severity is Severity.BLOCK:
            words += ": broken, and not by these orders" if not batch.decided else ": broken, and no target could help it"
        yield Evaluation(name, rule.source, "", f"{breach.amount:.6f}", "0", outcome, words)


def measured(rule: Ruled, lines: tuple[Line, ...], now: Circumstances) -> list[tuple[str, Measured | None]]:
    """What a control measures, by the order it is measured on. Raises InvariantError where it does not answer for each."""
    control = rule.control
    on = [""] if control.batch else [line.id for line in lines]
    values = control.values(lines, now)
    if len(values) != len(on):
        what = f"{rule.name} measured {len(values)} values of {len(on)}"
        raise InvariantError(what, remedy=STAYS)
    return list(zip(on, values, strict=True))


def beyond(value: Measured | None, most: Measured) -> bool:
    """Whether a value is above what is allowed; one that nobody knows, or that is no number, is."""
    return _unknown(value) or value > most  # type: ignore[operator]


def _unknown(value: Measured | None) -> bool:
    return value is None or value != value  # only NaN differs from itself


def controlled(rule: Ruled, lines: tuple[Line, ...], now: Circumstances) -> Iterator[Evaluation]:
    """One evaluation an order, or one for the batch."""
    most = rule.control.most
    above = Outcome.WARN if rule.severity is Severity.WARN else Outcome.BLOCK
    for on, value in measured(rule, lines, now):
        outcome = above if beyond(value, most) else Outcome.PASS
        yield Evaluation(rule.name, rule.source, on, said(value), said(most), outcome, rule.control.words)


def refusal(rule: Ruled, on: str, value: Measured | None) -> TrimtabError:
    """The error that names the control, the order and the value."""
    order = f" of order {on}" if on else ""
    if _unknown(value):
        return DataError(f"{rule.name}: what it asks{order} is not known", remedy=STAYS)
    kind = DataError if getattr(rule.control, "dates", False) else BreachError
    words = getattr(rule.control, "spoken", said)
    what = f"{rule.name} would be broken: {words(value)}{order}, at most {words(rule.control.most)}"
    return kind(what, remedy=" ".join(filter(None, ("No order was sent.", getattr(rule.control, "remedy", "")))))


def said(value: Measured | None) -> str:
    """A number as the journal keeps it, every digit of it."""
    if value is None or not isinstance(value, Decimal):
        return UNKNOWN if value is None else f"{value!r}"
    return f"{value.normalize():f}" if value.is_finite() else str(value)


def grew(breach: Breach, batch: Batch) -> bool:
    """Whether the orders make a breach arise or grow; for a decision, whose target is chosen, it always counts."""
    if batch.before is None:
        return True
    before = float(breach.rule.limit.breach(batch.before, batch.book))
    return not breach.amount <= max(before, 0.0) + HAIR
