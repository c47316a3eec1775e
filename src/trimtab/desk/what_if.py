"""A rebalance under other circumstances: money that comes or goes, other prices, another policy. Nothing is kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO
from trimtab.desk.load import read_policy
from trimtab.desk.outlook import Outlook
from trimtab.desk.policy import Policy
from trimtab.desk.yaml12 import parse

_NOT_HERE = ("data", "start", "end", "capital")  # of the policy's own backtest, or of where prices come from


@dataclass(frozen=True, slots=True)
class Change:
    """What is different: `cash` that comes in (below zero goes out), `prices` by asset, `settings` by dotted key."""

    cash: Decimal = ZERO
    prices: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is different, in a line."""
        parts = [f"cash {self.cash:+,f}"] if self.cash else []
        parts += [f"{name} at {price:g}" for name, price in self.prices.items()]
        parts += [f"{key} = {value}" for key, value in self.settings.items()]
        return ", ".join(parts) or "nothing"


def changed_policy(policy: Policy, settings: Mapping[str, str]) -> Policy:
    """The policy with other values. Raises UsageError for a key that there is not, PolicyError where it does not hold then."""
    if not settings:
        return policy
    document = parse(policy.identity.source, policy.name)
    values = copy.deepcopy(document.values)
    for key, written in settings.items():
        if key.split(".")[0] in _NOT_HERE:
            raise UsageError(f"--set {key} changes nothing here", remedy="Write --data FOLDER, --as-of DATE or --cash instead.")
        _put(values, key, _value(key, written))
    folder = Path(policy.identity.folder or ".")
    changed = read_policy(replace(document, values=values), source=policy.identity.source, folder=folder)
    return replace(changed, data=policy.data).with_horizon(end=policy.horizon.end)


def _value(key: str, written: str) -> Any:
    """What is written, as a policy file reads it."""
    found = parse(f"- {written}", f"--set {key}={written}").values
    if not isinstance(found, list) or len(found) != 1:
        raise UsageError(f"--set {key} is more than one value", remedy="Write a list as [a, b].")
    return found[0]


def _put(values: Any, key: str, value: Any) -> None:
    """Set `rules.0.limit.at_most` in nested mappings and lists."""
    *path, last = key.split(".")
    here = values
    for part in path:
        here = _step(here, part, key)
    if isinstance(here, list):
        _step(here, last, key)
        here[int(last)] = value
    elif isinstance(here, dict):
        here[last] = value
    else:
        raise UsageError(f"--set {key}: there is nothing to set {last!r} in", remedy="See trimtab policy show.")


def _step(here: Any, part: str, key: str) -> Any:
    if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
        return here[int(part)]
    if isinstance(here, dict) and part in here:
        return here[part]
    known = ", ".join(here) if isinstance(here, dict) else f"0 to {len(here) - 1}" if isinstance(here, list) else "nothing"
    raise UsageError(f"--set {key}: there is no {part!r}", remedy=f"There is: {known}.")


def changed_outlook(said: Outlook, prices: Mapping[str, float]) -> Outlook:
    """The outlook at other prices: the books are valued at them, signals are not heard again."""
    if not prices:
        return said
    known = {asset.id: a for a, asset in enumerate(said.policy.universe)}
    values = np.array(said.prices)
    for name, price in prices.items():
        if name not in known:
            raise UsageError(f"--price {name}: there is no such asset", remedy=f"There are: {', '.join(known)}.")
        if not 0.0 < price < np.inf:
            raise UsageError(f"--price {name}={price:g} is no price", remedy="Give one above zero.")
        values[known[name]] = price
    return replace(said, prices=values)
