"""What a policy saw, as hashes: each series with its span and rows, so that others can tell whether theirs are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.registry import BUILT_IN, name_of

SAME = ("sha256", "first", "last", "rows")  # what the values of a series come to


def data_manifest(policy: Policy, market: Market) -> dict[str, Any]:
    """The market that a policy was run on: its source by name, and its series by what they are.

    `rest` is the hash of what belongs to all of them: closing times, endings and restated values.
    """
    use = name_of("sources", policy.data)
    return {
        "use": use if use in BUILT_IN["sources"] else "table",
        "frequency": market.frequency,
        "rest": _rest(market),
        "series": dict(_series(policy, market)),
    }


def data_differences(theirs: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    """Which series of a manifest are not the same here, in words; nothing is compared by name alone."""
    listed, own = theirs["series"], here["series"]
    found = [f"{name} is not among the data here" for name in listed if name not in own]
    found += [f"{name} is not in the manifest" for name in own if name not in listed]
    for name, one in own.items():
        other = listed.get(name)
        if other is not None and any(other[key] != one[key] for key in SAME):
            found.append(f"{name} differs: {_span(other)} there, {_span(one)} here")
    if not found and (theirs["rest"], theirs["frequency"]) != (here["rest"], here["frequency"]):
        found.append("the series are the same, and what belongs to all of them differs (sessions, endings, restated values)")
    return tuple(found)


def _span(one: Mapping[str, Any]) -> str:
    return f"{one['first'][:10]} to {one['last'][:10]}, {one['rows']} rows"


def data_remarks(theirs: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    """Which series have another description here, whose values may be the same all the same."""
    pairs = [(name, theirs["series"][name], own) for name, own in here["series"].items() if name in theirs["series"]]
    return tuple(
        f"{name} is told to be {one['kind']} in {one['currency']}, here it is {own['kind']} in {own['currency']}"
        for name, one, own in pairs
        if (one["kind"], one["currency"]) != (own["kind"], own["currency"])
    )


def _series(policy: Policy, market: Market) -> Iterator[tuple[str, dict[str, Any]]]:
    """By name: assets' prices as the policy saw them, in its currency, and the series that nobody holds."""
    dates = np.asarray(market.sessions, dtype="datetime64[D]")
    for a, (asset, about) in enumerate(zip(policy.universe, market.about, strict=True)):
        columns = {field.name: values[:, a] for field, values in market.fields.items()}
        columns |= {} if market.splits is None else {"splits": market.splits[:, a]}
        columns |= {} if market.closed is None else {"closed": market.closed[:, a].astype(float)}
        columns |= {} if market.known is None else {"known": market.known[:, a].astype("datetime64[s]").astype(np.int64)}
        yield asset.series, _entry(about, dates, columns, columns[CLOSE.name])
    for name, whole in market.series.items():
        past = _up_to(whole, dates[-1])
        columns = {field.name: values for field, values in past.fields.items()}
        columns |= {} if past.known is None else {"known": past.known.astype("datetime64[s]").astype(np.int64)}
        yield name, _entry(past.about, np.asarray(past.dates, dtype="datetime64[D]"), columns, past.values)


def _up_to(past: History, last: np.datetime64) -> History:
    """The history up to the last session: whoever has later values has the same before them."""
    keep = int(np.searchsorted(past.dates, last, side="right"))
    fields = {name: values[:keep] for name, values in past.fields.items()}
    return replace(past, dates=past.dates[:keep], fields=fields, known=None if past.known is None else past.known[:keep])


def _rest(market: Market) -> str:
    """What belongs to all series together."""
    found = hashlib.sha256(b"" if market.closing is None else market.closing.astype("datetime64[s]").astype("<i8").tobytes())
    for name, versions in sorted(market.earlier.items(), key=lambda pair: pair[0].name):
        found.update(f"|{name.name}{versions}".encode())
    found.update(repr(sorted((row, sorted(ends.items())) for row, ends in market.endings.items())).encode())
    return found.hexdigest()


def _entry(about: About, dates: Any, columns: Mapping[str, Array], values: Array) -> dict[str, Any]:
    known = np.flatnonzero(np.isfinite(values))
    span = [str(dates[row]) for row in known[[0, -1]]] if len(known) else ["", ""]
    return {
        "kind": about.kind.value,
        "currency": about.currency,
        "first": span[0],
        "last": span[1],
        "rows": len(known),
        "sha256": _digest(dates, columns),
    }


def _digest(dates: Any, columns: Mapping[str, Array]) -> str:
    """Of dates and columns by name; the same on every machine."""
    found = hashlib.sha256(dates.astype("<i8").tobytes())
    for name in sorted(columns):
        values = np.asarray(columns[name])
        plain = np.where(np.isnan(values), np.nan, values).astype("<f8") if values.dtype.kind == "f" else values.astype("<i8")
        found.update(f"|{name}|".encode())
        found.update(plain.tobytes())
    return found.hexdigest()
