"""Read a policy: from a file, from text, or from plain values. Faults say file:line:col, and nothing is half read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Charges
from trimtab.core.money import Money, currency
from trimtab.core.rules import Rule, Rules
from trimtab.core.schedule import Execution, Schedule
from trimtab.core.terms import hundredth
from trimtab.core.values import Asset
from trimtab.costs.financing import Cash
from trimtab.desk.canonical import ROLES, canonical_form, commitment
from trimtab.desk.config import Binding, Builder, canonical, dotted
from trimtab.desk.conflicts import conflict, said
from trimtab.desk.control_reading import Written, controls_of
from trimtab.desk.dealing import Liquidity
from trimtab.desk.fitting import misfits
from trimtab.desk.policy import HELD_TO, Approval, Averages, Horizon, Identity, Policy
from trimtab.desk.registry import importable
from trimtab.desk.rehearsal import rehearse
from trimtab.desk.tax_reading import taxation
from trimtab.desk.words import sentences
from trimtab.desk.yaml12 import Document, parse, read_text

KEYS = (
    "trimtab", "name", "title", "description", "base_currency", "since", "start", "end", "capital", "data",
    "universe", "benchmark", "signals", "combine", "regime", "forecast", "allocator", "reacher", "rules", "costs",
    "cash", "schedule", "execution", "averages", "stale_days", "views", "liquidity", "holding", "tax", "fees",
    "controls", "approval", "overrides", "review", "changes",
)  # fmt: skip


def load_policy(path: str | FilePath) -> Policy:
    """The policy in a YAML file. Raises PolicyError with file:line:col, UsageError where there is no such file."""
    text = read_text(path, "the policy", remedy="Check the name, or write a new one: trimtab init.")
    return read_policy(parse(text, str(path)), source=text, folder=FilePath(path).parent)


def policy_from(values: Mapping[str, Any], *, name: str = "policy") -> Policy:
    """The policy in plain values, as a YAML file would hold them; places in errors are names of keys."""
    text = json.dumps(values, default=str, ensure_ascii=False)  # YAML knows no escaped surrogates
    return read_policy(parse(text, name), source=text)


def read_policy(document: Document, *, source: str = "", folder: FilePath = FilePath()) -> Policy:
    """The policy in a parsed document; relative data folders, and modules that `use:` names, are looked for in `folder`."""
    with importable(folder):
        return _read(document, source, folder)


def _read(document: Document, source: str, folder: FilePath) -> Policy:
    build = Builder(document)
    top = _top(build)
    universe = _universe(build, top)
    benchmark = _benchmark(build, top, universe)
    bound = Binding(universe, tuple(benchmark))
    parts = {
        "forecaster" if key == "forecast" else key: build.component(role, top.get(key, silent), (key,), bound)
        for key, (role, silent) in ROLES.items()
    }
    sections = _sections(build, top)
    signals = _signals(build, top, bound)
    policy = Policy(
        identity=replace(_identity(build, top), source=source, folder=str(folder.resolve())),
        data=_data(build, top, folder),
        views=_views(build, top, folder),
        holding=build.component("holding", top["holding"], ("holding",), bound) if top.get("holding") else None,
        tax=taxation(build, top.get("tax"), folder, bound),
        fees=_fees(build, top, bound),
        controls=controls_of(build, top.get("controls"), bound),
        approval=build.plain(Approval, top.get("approval"), ("approval",)),
        universe=universe,
        benchmark=np.array(benchmark),
        signals=signals,
        rules=_rules(build, top, bound, len(universe)),
        series=_needed((*signals.values(), *parts.values(), sections["cash"])),
        **parts,
        **sections,
    )
    return _sealed(build, policy, top)


def _top(build: Builder) -> Mapping[str, Any]:
    """The keys of the file, known ones all, with a version that is understood."""
    top = build.document.values
    if not isinstance(top, dict):
        raise build.fault((), "this file holds no policy", "Start with `trimtab: 1`, or write one: trimtab init.")
    build.keys(top, KEYS, ())
    if top.get("trimtab") != 1:
        raise build.fault(("trimtab",), "the format version is missing or unknown", "Begin the file with `trimtab: 1`.")
    return top


def _identity(build: Builder, top: Mapping[str, Any]) -> Identity:
    name, title = top.get("name"), top.get("title", "")
    if not isinstance(name, str) or not name.strip():
        raise build.fault(("name",), "the policy has no name", "Add for example `name: my-policy`.")
    if not isinstance(title, str):
        raise build.fault(("title",), f"title is {title!r}", "Write it as text.")
    return Identity(name, title)


def _universe(build: Builder, top: Mapping[str, Any]) -> tuple[Asset, ...]:
    entries = build.mapping(top.get("universe"), ("universe",))
    if not entries:
        remedy = "Add for example `US_EQ: {series: us_equity, class: equity}`."
        raise build.fault(("universe",), "the universe is empty", remedy)
    assets = []
    for key, value in entries.items():
        path = ("universe", key)
        part = build.mapping(value, path)
        build.keys(part, ("series", "class", "name"), path)
        for word, text in part.items():
            if not isinstance(text, str):
                raise build.fault((*path, word), f"{dotted((*path, word))} is {text!r}", "Write it as text.")
        if key.lower() == "cash":
            raise build.fault(path, "cash is not an asset: it is what the weights leave", "Leave it out.", key=True)
        assets.append(Asset(key, part.get("series", key), part.get("class", ""), part.get("name", "")))
    return tuple(assets)


def _benchmark(build: Builder, top: Mapping[str, Any], universe: tuple[Asset, ...]) -> list[float]:
    path = ("benchmark",)
    entries = build.mapping(top.get("benchmark"), path)
    build.keys(entries, [asset.id for asset in universe], path)
    if not entries:
        raise build.fault(path, "the benchmark is missing", "Add the strategic weights, for example {US_EQ: 0.60}.")
    weights = [_weight(build, entries.get(asset.id, 0.0), (*path, asset.id)) for asset in universe]
    if sum(weights) > 1.0 + 1e-9:
        remedy = "Weights may sum to 1 at most; what they leave is cash."
        raise build.fault(path, f"the benchmark weights sum to {sum(weights):.4g}", remedy, code="TT-POL-013")
    return weights


def _weight(build: Builder, value: Any, path: tuple[str, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise build.fault(path, f"{dotted(path)} is {value!r}, not a number", "Weights are fractions, such as 0.40.")
    if not 0.0 <= value <= 1.0:
        hint = f"did you mean {hundredth(value)}?" if 1.0 < value <= 100.0 else "give a value from 0 to 1."
        side = "above 1.0" if value > 1.0 else "below 0"
        raise build.fault(path, f"{dotted(path)} is {value}, {side}", f"Weights are fractions: {hint}")
    return float(value)


def _signals(build: Builder, top: Mapping[str, Any], bound: Binding) -> dict[str, Any]:
    entries = build.mapping(top.get("signals"), ("signals",))
    found = {name: build.component("signals", value, ("signals", name), bound) for name, value in entries.items()}
    known = [asset.id for asset in bound.universe]
    for name, signal in found.items():
        for k, asset in enumerate(getattr(signal, "assets", ())):
            if asset not in known:
                path = ("signals", name, "assets", k)
                raise build.fault(path, f"{asset!r} is not in the universe", f"Known: {', '.join(known)}.")
    return found


def _fees(build: Builder, top: Mapping[str, Any], bound: Binding) -> tuple[Charges, ...]:
    entries = top.get("fees") or []
    if not isinstance(entries, list):
        raise build.fault(("fees",), "fees must be a list", "Begin each fee with a dash.")
    return tuple(build.component("fees", value, ("fees", k), bound) for k, value in enumerate(entries))


def _rules(build: Builder, top: Mapping[str, Any], bound: Binding, count: int) -> Rules:
    entries = top.get("rules") or []
    if not isinstance(entries, list):
        raise build.fault(("rules",), "rules must be a list", "Begin each rule with a dash.")
    rules = [_rule(build, value, ("rules", k), bound) for k, value in enumerate(entries)]
    numbers = conflict(rules, count)
    if numbers:
        named = said(rules, numbers)
        what = f"the rules cannot all be met: {named} leave{'s' if len(numbers) == 1 else ''} no portfolio"
        raise build.fault(("rules", numbers[-1]), what, "Loosen one of them; without a leverage rule nothing is borrowed.")
    return Rules(tuple(rules), count)


def _rule(build: Builder, value: Any, path: tuple[str | int, ...], bound: Binding) -> Rule:
    entries = build.mapping(value, path)
    if "use" in entries:  # a bare limit, for research
        return Rule(build.component("limits", entries, path, bound))
    build.keys(entries, ("limit", "id", "source", "effective_from", "severity"), path)
    limit = build.component("limits", entries.get("limit"), (*path, "limit"), bound)
    rest = {key: part for key, part in entries.items() if key != "limit"}
    checked = build.plain(Written, rest, path)
    return Rule(limit, checked.id, checked.source, checked.effective_from, checked.severity)


def _sections(build: Builder, top: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "cash": build.plain(Cash, top.get("cash"), ("cash",)),
        "schedule": build.plain(Schedule, top.get("schedule"), ("schedule",)),
        "execution": build.plain(Execution, top.get("execution"), ("execution",)),
        "liquidity": build.plain(Liquidity, top.get("liquidity"), ("liquidity",)),
        "averages": build.validated(Averages, top.get("averages", "refused"), ("averages",)),
        **{key: build.plain(kind, top[key], (key,)) for key, kind in HELD_TO.items() if key in top},
    }
    base = top.get("base_currency", "USD")
    try:
        currency(base)
    except ParameterError as error:
        raise build.fault(("base_currency",), error.what, error.remedy) from None
    days = {key: _date(build, top.get(key), (key,)) for key in ("since", "start", "end")}
    capital = build.validated(Money, top.get("capital", f"1000000 {base}"), ("capital",))
    if capital.currency != base or capital.amount <= 0:
        raise build.fault(("capital",), f"capital is {capital}", f"Give an amount above 0 in {base}.")
    stale = top.get("stale_days", 0)
    if isinstance(stale, bool) or not isinstance(stale, int) or stale < 0:
        raise build.fault(("stale_days",), f"stale_days is {stale!r}", "Give a whole number of business days, 0 or more.")
    found["horizon"] = Horizon(days["since"], days["start"], days["end"], capital, stale)
    _ordered(build, found["horizon"])
    return found


def _priced(policy: Policy) -> dict[str, Any]:
    """The parts of a policy that state amounts of money, by their keys."""
    controls = tuple(ruled.control for ruled in policy.controls or ())
    return {"costs": policy.costs, "execution": policy.execution, "fees": policy.fees, "controls": controls}


def _one_currency(build: Builder, components: Mapping[str, Any], horizon: Horizon) -> None:
    """Refuse an amount in a currency that the account is not kept in."""
    base = horizon.capital.currency
    for path, value in [found for key, component in components.items() for found in _amounts(component, (key,))]:
        if value.amount and value.currency != base:
            raise build.fault(path, f"{dotted(path)} is {value}, the account is in {base}", f"Give an amount in {base}.")


def _amounts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Money]]:
    """The amounts of money in a component, and in those that it is made of."""
    if isinstance(value, Money):
        yield path, value
    elif isinstance(value, tuple):
        yield from (found for k, one in enumerate(value) for found in _amounts(one, (*path, k)))
    elif is_dataclass(value):
        yield from (found for part in fields(value) for found in _amounts(getattr(value, part.name), (*path, part.name)))


def _date(build: Builder, value: Any, path: tuple[str, ...]) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise build.fault(path, f"{dotted(path)} is {value!r}, not a date", "Write it as 1990-01-31.") from None


def _ordered(build: Builder, horizon: Horizon) -> None:
    if horizon.start and horizon.end and horizon.end <= horizon.start:
        raise build.fault(("end",), f"end {horizon.end} is not after start {horizon.start}", "Swap or change them.")
    first = horizon.since
    if first and horizon.end and horizon.end <= first:
        raise build.fault(("end",), f"end {horizon.end} is not after since {first}", "Change one of them.")


def _data(build: Builder, top: Mapping[str, Any], folder: FilePath) -> Any:
    value = top.get("data", {"use": "samples"})
    path = ("data",)
    entries = dict(build.mapping(value, path))
    written = entries.get("path")
    if entries.get("use") in ("folder", "store") and isinstance(written, str):
        entries["path"] = str(folder / written)
    return build.component("sources", entries, path)


def _views(build: Builder, top: Mapping[str, Any], folder: FilePath) -> str:
    """The file of views in full, empty where the policy names none."""
    written = top.get("views")
    if written is None:
        return ""
    if not isinstance(written, str) or not written.strip():
        raise build.fault(("views",), f"views is {written!r}", "Give the name of a file, such as views.yaml.")
    return str((folder / written).absolute())


def _needed(components: tuple[Any, ...]) -> tuple[str, ...]:
    names = [name for component in components for name in getattr(component, "needs", ())]
    return tuple(dict.fromkeys(name for name in names if name))


def _sealed(build: Builder, policy: Policy, top: Mapping[str, Any]) -> Policy:
    """The policy with its canonical form, hash and sentences. Raises where its parts do not fit each other."""
    _one_currency(build, _priced(policy), policy.horizon)
    data = {**canonical("sources", policy.data), **top.get("data", {})}  # a path as it is written
    for path, fault in chain(misfits(policy), rehearse(policy)):
        inner = (*path, fault.field) if fault.field else path
        raise build.fault(inner, f"{dotted(path)}.{fault.what}" if fault.field else fault.what, fault.remedy)
    form = canonical_form(policy, data, views=top.get("views") or "")
    identity = replace(policy.identity, canonical=form, sha256=commitment(form))
    return replace(policy, identity=identity, sentences=sentences(policy))
