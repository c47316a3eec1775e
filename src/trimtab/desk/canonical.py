"""The canonical form of a policy and its SHA-256: the commitment that governance holds people to.

Comments, order and spelled-out defaults change nothing; parameters do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trimtab.core.rules import Rule
from trimtab.desk.config import canonical, plain_values
from trimtab.desk.control_reading import canonical_control
from trimtab.desk.dealing import Liquidity
from trimtab.desk.policy import HELD_TO, Approval, Policy

ROLES = {  # key: role, what stands there where the file is silent
    "combine": ("combiners", {"use": "mean"}),
    "regime": ("regimes", {"use": "none"}),
    "forecast": ("forecasters", {"use": "none"}),
    "allocator": ("allocators", {"use": "static"}),
    "reacher": ("reachers", {"use": "pace"}),
    "costs": ("costs", {"use": "linear"}),
}

_MOVABLE = frozenset({"data", "views", "since", "start", "end", "capital"})


def commitment(form: Mapping[str, Any]) -> str:
    """SHA-256 of a canonical form."""
    return hashlib.sha256(json.dumps(form, sort_keys=True, allow_nan=False).encode()).hexdigest()


def trial_commitment(policy: Policy, own: Mapping[str, str] | None = None) -> str:
    """The commitment of a policy as it is run: with its dates or capital moved, that of a file which says so.

    Its own SHA-256 where nothing was moved, and `own`, the code of its owner's that it runs (`with_code`), is empty. The last
    date does not count: it cuts the data, which have a hash of their own.
    """
    changed = moved(policy)
    return with_code(commitment({**policy.identity.canonical, **changed}) if changed else policy.sha256, own or {})


def with_code(sha256: str, own: Mapping[str, str]) -> str:
    """The commitment of a policy together with its owner's code, SHA-256 by module; `sha256` itself where there is none."""
    return commitment({"policy": sha256, "own_code": dict(own)}) if own else sha256


def moved(policy: Policy) -> dict[str, str | None]:
    """First dates and capital where they are not those that the policy is committed to, as a file would say them."""
    form, horizon = policy.identity.canonical, policy.horizon
    written = form.get("of", form)
    today = {"since": _text(horizon.since), "start": _text(horizon.start), "capital": str(horizon.capital)}
    return {key: value for key, value in today.items() if key in written and written[key] != value}


def changed_since(policy: Policy) -> tuple[str, ...]:
    """The keys in which a policy is no longer what it is committed to, as `dataclasses.replace` makes it.

    Left out are data, views, dates and capital, which may be moved; a policy made of another (`rivals.renamed`) has no such
    form.
    """
    written = policy.identity.canonical
    if "trimtab" not in written:
        return ()
    today = canonical_form(policy, written.get("data"), views=written.get("views", ""))
    return tuple(key for key in sorted({*written, *today} - _MOVABLE) if written.get(key) != today.get(key))


def canonical_form(policy: Policy, data: Any, *, views: str = "") -> dict[str, Any]:
    """Every parameter, defaults written out, in an order that the file's order does not change.

    `data` and `views` stand as the file writes them: the name of a folder or file is relative to the policy. Without views
    the key is left out, so that the hashes of policies written before there were any still stand.
    """
    horizon = policy.horizon
    rules = [_canonical_rule(rule) for rule in policy.rules.rules]
    form: dict[str, Any] = {
        "trimtab": 1,
        "name": policy.name,
        "base_currency": horizon.capital.currency,
        "since": _text(horizon.since),
        "start": _text(horizon.start),
        "end": _text(horizon.end),
        "capital": str(horizon.capital),
        "stale_days": horizon.stale_days,
        "data": data,
        "universe": {a.id: {"series": a.series, "class": a.asset_class, "name": a.name} for a in policy.universe},
        "benchmark": {a.id: float(w) for a, w in zip(policy.universe, policy.benchmark, strict=True)},
        "signals": {name: canonical("signals", signal) for name, signal in policy.signals.items()},
        "rules": sorted(rules, key=lambda rule: json.dumps(rule, sort_keys=True)),
        "cash": plain_values(policy.cash),
        "schedule": plain_values(policy.schedule),
        "execution": plain_values(policy.execution),
        "averages": policy.averages.value,
    }
    for key, (role, _) in ROLES.items():
        form[key] = canonical(role, getattr(policy, "forecaster" if key == "forecast" else key))
    if policy.liquidity != Liquidity():  # it came later: at its default it is left out, and old hashes stand
        form["liquidity"] = plain_values(policy.liquidity)
    if policy.holding is not None:
        form["holding"] = canonical("holding", policy.holding)
    return form | _later(policy) | ({"views": views} if views else {})


def _later(policy: Policy) -> dict[str, Any]:
    """Keys that came after policies had been committed to: left out where a policy does not use them."""
    form: dict[str, Any] = {}
    if policy.tax is not None:
        form["tax"] = canonical("taxes", policy.tax.regime) | {
            "account": policy.tax.wrapper.value,
            "payouts": {name: payout.value for name, payout in sorted(policy.tax.payouts.items())},
            "rates": policy.tax.file,
        }
    if policy.fees:
        form["fees"] = [canonical("fees", fee) for fee in policy.fees]
    if policy.controls is not None:
        form["controls"] = [canonical_control(ruled) for ruled in policy.controls]
    if policy.approval != Approval():
        form["approval"] = plain_values(policy.approval)
    for key in HELD_TO:
        if (part := getattr(policy, key)) is not None:
            form[key] = plain_values(part)
    return form


def _canonical_rule(rule: Rule) -> dict[str, Any]:
    return {
        "limit": canonical("limits", rule.limit),
        "id": rule.id,
        "source": rule.source,
        "effective_from": _text(rule.effective_from),
        "severity": rule.severity.value,
    }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What changed between two canonical forms, a sentence each: `signals average window: 10M -> 12M`."""
    return tuple(_changes(old, new, ()))


def _changes(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[str]:
    old, new = _named(old), _named(new)
    name = " ".join(path)
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield f"{name}: {_short(old)} -> {_short(new)}"
    elif old.get("use") != new.get("use"):
        yield f"{name}: {_short(old)} -> {_short(new)}"
    else:
        for key in sorted({*old, *new}):
            here = (*path, str(key))
            if key not in new:
                yield f"{' '.join(here)} removed ({_short(old[key])})"
            elif key not in old:
                yield f"{' '.join(here)} added ({_short(new[key])})"
            else:
                yield from _changes(old[key], new[key], here)


def _named(value: Any) -> Any:
    """A list of rules as a mapping by id, so that a rule is compared with itself."""
    if isinstance(value, list) and any(isinstance(part, Mapping) and "limit" in part for part in value):
        return {part["id"] or f"{part['limit']['use']} {k}": part for k, part in enumerate(value)}
    return {} if value == [] else value


def _short(value: Any) -> str:
    """A value in a few words; a component by its name and the parameters that are set."""
    if isinstance(value, Mapping):
        if "limit" in value:
            return _short(value["limit"])
        set_ = [f"{key} {_short(part)}" for key, part in value.items() if key != "use" and part not in (None, "", [], {})]
        return " ".join([str(value.get("use", "")), ", ".join(set_)]).strip()
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "nothing"
    return json.dumps(value, ensure_ascii=False).strip('"')
