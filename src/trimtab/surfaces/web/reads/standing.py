"""What stands behind an account: its policy, weights over time, risk, last prices, and the numbers that may be asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.core.arrays import Array
from trimtab.core.saying import words_of
from trimtab.core.terms import months
from trimtab.desk.following import followed_by
from trimtab.desk.outlook import last_prices
from trimtab.desk.policy import Policy
from trimtab.desk.record import number
from trimtab.desk.sounding import Sounding, sound
from trimtab.desk.yaml12 import parse
from trimtab.forecasts.none import NoForecast
from trimtab.forecasts.sample import Sample
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import on_data
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import Plain, below, options_of
from trimtab.surfaces.web.reads.signals import month_rows, thinned

SHOWN = 60  # months of the chart
WINDOWS = (36, 24, 12)  # months that risk is measured over where the policy forecasts none
_SECTIONS = ("rules", "reacher", "allocator", "combine", "signals", "benchmark", "costs", "execution", "holding")
_MOST = 60  # numbers that are offered


def standing_of(served: Served, account: str) -> Plain:
    """The policy that an account follows, as it looks today. Raises what reading it raises."""
    options = options_of(served, "what-if", account=account)
    with opened(options) as book:
        policy = on_data(followed_by(book, account), options).with_horizon(end=None)
        records = [one.body for one in notes(book, "record", account)]
    sounding = sound(policy, market_of(policy, options))
    covariance, how = _covariance(sounding)
    rows = month_rows(sounding.knowledge.days.dates, SHOWN)
    return {
        "policy": policy.name,
        "file": below(policy.identity.folder),
        "ids": [asset.id for asset in policy.universe],
        "titles": [asset.title for asset in policy.universe],
        "benchmark": policy.benchmark.tolist(),
        "covariance": [[number(cell) for cell in row] for row in covariance],
        "risk_from": how,
        "prices": thinned(last_prices(sounding.market)),
        "dates": [str(one) for one in sounding.knowledge.days.dates[rows]],
        "goals": [thinned(one) for one in sounding.knowledge.goal[rows].T],
        "decided": [_decided(one, policy) for one in records],
        "settings": list(settings(policy)),
        "four_eyes": policy.approval.four_eyes,
        "notes": list(sounding.notes),
    }


def settings(policy: Policy) -> Iterator[Plain]:
    """The numbers and durations in the file of a policy, by the keys of `--set`, in its order."""
    values = parse(policy.identity.source, policy.name).values if policy.identity.source else {}
    words = {k: rule.limit.words for k, rule in enumerate(policy.rules.rules)}
    names = {k: rule.id for k, rule in enumerate(policy.rules.rules)}
    found = 0
    for section in _SECTIONS:
        for key, value in _leaves(values.get(section), section):
            at = key.split(".")
            rule = int(at[1]) if section == "rules" else -1
            found += 1
            if found <= _MOST:
                label = f"{names.get(rule, '')} {at[-1].replace('_', ' ')}".strip() if rule >= 0 else " ".join(at[1:])
                yield {"key": key, "value": value, "section": section, "label": label, "words": words.get(rule, "")}


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Numbers, and texts that begin with one (`10M`), with their dotted keys."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if "." not in name and name not in ("id", "source", "effective_from", "severity", "use"):
                yield from _leaves(part, f"{key}.{name}")
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from _leaves(part, f"{key}.{k}")
    elif not isinstance(value, bool) and (isinstance(value, int | float) or (isinstance(value, str) and value[:1].isdigit())):
        yield key, value


def _covariance(sounding: Sounding) -> tuple[Array, str]:
    """(A, A) per year: what the policy forecasts, else that of its last monthly returns; and which of them, in words."""
    policy, knowledge = sounding.policy, sounding.knowledge
    if not isinstance(policy.forecaster, NoForecast):
        return knowledge.forecast.covariance[-1], f"by the policy's own forecast: {words_of(policy.forecaster)}"
    last = knowledge.between(len(knowledge.days.dates) - 1, len(knowledge.days.dates))
    found, width = np.full((len(policy.universe),) * 2, np.nan), 0
    for width in WINDOWS:
        found = Sample(window=months(width))(sounding.view.only(-1), last.scores, last.regime).covariance[-1]
        if np.isfinite(found).all():
            break
    return found, f"measured by total returns of the last {width} months; the policy itself forecasts none"


def _decided(record: Mapping[str, Any], policy: Policy) -> Plain:
    """What was held, and wanted, when a decision was written down."""
    rows = [record["assets"].get(asset.id, {}) for asset in policy.universe]
    return {
        "when": str(record["when"]),
        "held": [one.get("held") for one in rows],
        "target": [one.get("target") for one in rows],
    }
