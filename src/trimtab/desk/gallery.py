"""The policies that come with the package: samples that run on the sample data, and a gallery of those known by name.

Policies of the gallery hold exchange-traded funds; they run on prices of one's own (`--data`, or a market store). Each is
a file with its source under `description` and its rules as parameters, so that the words are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable

from trimtab.core.errors import UsageError
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.yaml12 import parse

SAMPLES, SHELF = "policies", "policies/funds"  # folders: what runs on the sample data, and what wants prices of one's own


@dataclass(frozen=True, slots=True)
class Entry:
    """One policy of the gallery: its name, its title, where it comes from, and the series that it holds and reads."""

    name: str
    title: str
    source: str
    series: tuple[str, ...]
    sample: bool


def samples() -> tuple[str, ...]:
    """Names of the policies that run on the sample data."""
    return _files(SAMPLES)


def shelf() -> tuple[str, ...]:
    """Names of the policies known by name that want prices of one's own."""
    return _files(SHELF)


def names() -> tuple[str, ...]:
    """Every name that `init --from`, `backtest` and `--vs` know."""
    return (*samples(), *shelf())


def text(name: str) -> str:
    """The file of a policy, comments and all. Raises UsageError with the names there are, the nearest first."""
    if name not in names():
        near = get_close_matches(name, names(), 1)
        guess = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"no policy {name!r} in the gallery", remedy=f"{guess}There are: {', '.join(names())}.")
    return (_folder(SAMPLES if name in samples() else SHELF) / f"{name}.yaml").read_text(encoding="utf-8")


def named(name: str) -> Policy:
    """A policy of the gallery. Raises UsageError with the names there are."""
    found = text(name)
    return read_policy(parse(found, f"{name}.yaml"), source=found)


def entry(name: str) -> Entry:
    """What is to be said of a policy before it runs."""
    policy = named(name)
    series = tuple(dict.fromkeys((*(asset.series for asset in policy.universe), *policy.series)))
    source = parse(text(name), f"{name}.yaml").values.get("description", "")
    return Entry(name, policy.title, source, series, name in samples())


def _folder(name: str) -> Traversable:
    return resources.files("trimtab.desk") / name


def _files(folder: str) -> tuple[str, ...]:
    return tuple(sorted(item.name.removesuffix(".yaml") for item in _folder(folder).iterdir() if item.name.endswith(".yaml")))
