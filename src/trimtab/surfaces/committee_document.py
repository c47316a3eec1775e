"""A committee's pack as one JSON document: raw fractions, exact amounts as text, and for each missing part the reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any, TypeVar

from trimtab.attribution.health import SignalHealth
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attribution_review import review_attribution
from trimtab.desk.committee import AccountPart, Pack, Results
from trimtab.desk.committee_policy import PolicyPart, Studied
from trimtab.desk.committee_process import Process
from trimtab.desk.committee_proposals import Proposal
from trimtab.desk.committee_told import Told
from trimtab.desk.discretion import Discretion
from trimtab.desk.economising import CostAlarm, Economised
from trimtab.desk.interventions import Intervention
from trimtab.desk.minutes import Minutes
from trimtab.desk.own_record import Span
from trimtab.desk.promised import Promised
from trimtab.desk.regime_table import Regimes
from trimtab.governance.adherence import Duty

T = TypeVar("T")
Document = dict[str, Any]


def pack_document(pack: Pack) -> Document:
    """The whole pack in plain values."""
    return {
        "quarter": pack.quarter.name,
        "first": pack.quarter.first.isoformat(),
        "last": pack.quarter.last.isoformat(),
        "until": pack.until.isoformat(),
        "whole": pack.whole,
        "made": pack.made.isoformat(),
        "by": pack.by,
        "journal_head": pack.head,
        "asked": pack.name,
        "accounts": [_account(one) for one in pack.accounts],
        "policies": [_policy(one) for one in pack.policies],
        "proposals": [proposal_document(one) for one in pack.proposals],
        "minutes": [minutes_document(one) for one in pack.minutes],
        "revisit": [one.record for one in pack.revisit],
    }


def proposal_document(one: Proposal) -> Document:
    """Something to vote on."""
    days = {"asked": one.asked.isoformat(), "until": None if one.until is None else one.until.isoformat()}
    texts = {name: getattr(one, name) for name in ("number", "kind", "what", "why", "by", "account", "record", "open")}
    return {**texts, **days, "needs": list(one.needs)}


def minutes_document(one: Minutes) -> Document:
    """What a committee decided."""
    texts = {name: getattr(one, name) for name in ("record", "proposal", "what", "why", "pack", "by")}
    vote = {"yes": one.vote.yes, "no": one.vote.no, "carried": one.vote.carried}
    days = {"recorded": one.recorded.isoformat(), "revisit": one.revisit.isoformat()}
    return {**texts, "vote": vote, **days, "attended": list(one.attended)}


def _or_why(part: Told[T], shown: Callable[[T], Any]) -> Any:
    return {"why": part.why} if part.found is None else shown(part.found)


def _account(one: AccountPart) -> Document:
    follows = one.follows
    return {
        "account": one.name,
        "policy": None if follows is None else {"name": follows.name, "sha256": follows.sha256},
        "decisions": _or_why(one.discretion, _discretion),
        "process": _or_why(one.process, _process),
        "performance": _or_why(one.results, _results),
        "promised": _or_why(one.promised, _promised),
        "attribution": _or_why(one.attribution, _attribution),
    }


def _discretion(found: Discretion) -> Document:
    rows = [
        {
            "id": (written := one.kept.written).id,
            "by": written.by,
            "recorded": written.recorded.isoformat(),
            "begins": written.begins.isoformat(),
            "ends": one.kept.override.ends.isoformat(),
            "shifts": {name: f"{shift:f}" for name, shift in written.shifts.items()},
            "holds": list(written.holds),
            "why": written.why,
            "state": one.state,
        }
        for one in found.overrides
    ]
    ladder = _or_why(found.ladder, lambda way: _days(asdict(way)))
    return {"overrides": rows, "interventions": [_intervention(one) for one in found.interventions], "effects": ladder}


def _intervention(one: Intervention) -> Document:
    texts = {name: getattr(one, name) for name in ("order", "place", "instrument", "what", "by", "why", "record")}
    size = None if one.size is None else f"{one.size:f}"
    return {**texts, "recorded": one.recorded.isoformat(), "units": f"{one.units:f}", "size": size}


def _process(found: Process) -> Document:
    one = found.adherence
    duties = {
        duty.name.lower(): {"due": one.due[duty], "broken": one.broken(duty), "points": float(one.earned(duty))}
        for duty in Duty
    }
    violations = [
        {"duty": v.duty.name.lower(), "when": v.when.isoformat(), "what": v.what, "evidence": v.evidence}
        for v in one.violations
    ]
    calendar = [
        {"on": due.on.isoformat(), "kind": due.kind.name.lower(), "place": due.place, "what": due.what}
        for due in found.calendar
    ]
    incidents = [_days(asdict(incident)) for incident in found.incidents]
    score = {"score": float(one.score), "duties": duties, "violations": violations}
    return {**score, "incidents": incidents, "calendar": calendar}


def _results(found: Results) -> Document:
    record = found.record
    span = {"first": str(record.dates[0]), "last": str(record.dates[-1]), "value": _number(record.value)}
    return {**span, "spans": [_span(one) for one in found.spans]}


def _span(one: Span) -> Document:
    return _days(asdict(one) | {"ahead": one.ahead})


def _promised(found: Promised) -> Document:
    stood = found.standing
    marks = {
        name: {"value": _number(mark.value), "percentile": _number(mark.percentile), "place": mark.place.value}
        for name, mark in (("wealth", stood.wealth), ("drawdown", stood.drawdown), ("shortfall", stood.shortfall))
    }
    path = [
        {
            "date": str(when),
            "wealth": _number(one.wealth.value),
            "percentile": _number(one.wealth.percentile),
            "shortfall": _number(one.shortfall.value),
            "shortfall_percentile": _number(one.shortfall.percentile),
        }
        for when, one in zip(found.months.dates[1:], found.path, strict=True)
    ]
    return {"launched": found.launched.isoformat(), "inside": found.inside, "words": stood.words, **marks, "path": path}


def _attribution(found: AccountAttribution) -> Document:
    review = review_attribution(found, found.attribution)
    whole = found.attribution
    causes = [
        {"part": one.part.value, "name": one.name, "title": one.title, "effect": one.effect, "money": f"{one.money:f}"}
        for one in review.causes
    ]
    return {
        "first": str(whole.starts[0]),
        "last": str(whole.ends[-1]),
        "account": whole.total,
        "benchmark": whole.benchmark_total,
        "gain": f"{whole.gain:f}",
        "benchmark_gain": f"{whole.benchmark_gain:f}",
        "currency": found.currency,
        "causes": causes,
        "notes": list(found.notes),
    }


def _policy(one: PolicyPart) -> Document:
    committed = one.committed
    said = committed and {"hypothesis": committed.hypothesis, "by": committed.by, "at": committed.at}
    return {
        "name": one.following.name,
        "title": one.title,
        "sha256": one.following.sha256,
        "accounts": list(one.accounts),
        "stage": one.stage.value,
        "launched": None if one.launched is None else one.launched.isoformat(),
        "commitment": said,
        "backtest": _or_why(one.studied, _studied),
        "signals": _or_why(one.health, lambda found: [_health(each) for each in found]),
        "regimes": _or_why(one.regimes, _regimes),
        "economics": _or_why(one.economics, _economics),
        "costs": [_costs(each) for each in one.costs],
    }


def _studied(found: Studied) -> Document:
    counts = {"trials": found.trials, "distinct_trials": found.distinct, "trials_missing": found.missing or None}
    return {"execution": found.execution, "notes": list(found.notes), **counts}


def _health(one: SignalHealth) -> Document:
    whole, recent = one.information, one.decay.recent
    figures = {"information": whole.value, "t": whole.t, "recent": recent.value, "hit_rate": one.hits.whole.rate}
    plain = {name: _number(value) for name, value in figures.items()}
    return {"name": one.name, "verdict": one.verdict.value, **plain, "whipsaws": one.whipsaws.count, "words": one.overall}


def _regimes(found: Regimes) -> Document:
    now = {"state": found.now.state, "probability": _number(found.now.probability), "why": found.now.why}
    rows = [{name: _plain(value) for name, value in asdict(row).items()} for row in found.rows]
    return {"now": now, "rows": rows, "first": str(found.first), "last": str(found.last), "unknown": found.unknown}


def _economics(found: Economised) -> Document:
    one = found.economics
    rates = {name: f"{rate:f}" for name, rate in one.rates.items()}
    fixed = {name: f"{cost.amount:f}" for name, cost in one.fixed.items()}
    size = {"assets": f"{one.assets.amount:f}", "currency": one.assets.currency}
    benefit = {"benefit": f"{one.benefit:f}", "low": f"{one.low:f}", "high": f"{one.high:f}"}
    net = {"cost": float(one.cost), "net": float(one.net), "marginal": one.marginal}
    able = found.capacity
    worst = {"why": found.no_capacity} if able is None else {"worst": _number(able.worst), "median": _number(able.median)}
    said = {"validation": found.validation or None, "verdict": found.verdict}
    return {**size, **benefit, "rates": rates, "fixed": fixed, **net, **said, "capacity": worst}


def _costs(one: CostAlarm) -> Document:
    quarters = [] if one.quarters is None else one.quarters.quarters
    rows = [
        {"quarter": row.quarter, "trades": row.trades, "realised": _number(row.realised), "assumed": _number(row.assumed)}
        for row in quarters
    ]
    head = {"account": one.account, "currency": one.currency, "alarm": one.alarm, "words": one.words}
    return {**head, "quarters": rows, "untold": list(one.untold)}


def _days(values: Document) -> Document:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return _days(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
