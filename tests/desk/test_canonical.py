"""The commitment: order, comments and spelled-out defaults change nothing, every parameter does; and changes in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.desk import gallery
from trimtab.desk.canonical import commitment, differences
from trimtab.desk.load import policy_from, read_policy
from trimtab.desk.yaml12 import parse

POLICY: dict[str, Any] = {
    "trimtab": 1,
    "name": "p",
    "title": "A title",
    "since": "2001-01-02",
    "start": "2002-01-02",
    "end": "2003-01-02",
    "capital": "1000000 USD",
    "stale_days": 1,
    "data": {"use": "folder", "path": "prices"},
    "universe": {"A": {"series": "a", "class": "equity", "name": "Alpha"}, "B": {"series": "b", "class": "bonds"}},
    "benchmark": {"A": 0.6, "B": 0.4},
    "signals": {
        "trend": {"use": "trend", "window": "10M", "band": 0.02, "assets": ["A"]},
        "move": {"use": "momentum", "lookback": "12M", "skip": "1M"},
    },
    "combine": {"use": "vote", "hysteresis": 0.3},
    "regime": {"use": "none"},
    "forecast": {"use": "none"},
    "allocator": {"use": "overlay", "tilt": 0.1, "funding": ["B"]},
    "reacher": {"use": "pace", "band": 0.01},
    "rules": [
        {
            "limit": {"use": "max_tilt", "at_most": 0.1},
            "id": "R-1",
            "source": "IPS 1",
            "effective_from": "2020-01-01",
            "severity": "warn",
        },
        {"use": "max_turnover", "at_most": 0.2, "per": "quarter"},
    ],
    "costs": {"use": "linear", "bps": 5, "minimum_ticket": "1 USD"},
    "cash": {"series": "bills", "borrow_spread": 0.01},
    "schedule": {"decide": "month-end", "trade": "next_close", "cut_off": "2h"},
    "execution": {"minimum": "200 USD", "units": "whole", "dividends": "pay"},
    "averages": "allowed",
}

# What each leaf of the canonical form can be changed to, by its path.
OTHERS: dict[str, Any] = {
    "name": "q",
    "since": "2001-01-03",
    "start": "2002-01-03",
    "end": "2003-01-03",
    "capital": "1000001 USD",
    "stale_days": 2,
    "data.path": "others",
    "data.currency": "EUR",
    "data.market": "XTKS",
    "universe.A.series": "aa",
    "universe.A.class": "stocks",
    "universe.A.name": "Aleph",
    "universe.B.series": "bb",
    "universe.B.class": "cash-like",
    "universe.B.name": "Beta",
    "benchmark.A": 0.55,
    "benchmark.B": 0.35,
    "signals.trend.use": "crossover",
    "signals.trend.window": "11M",
    "signals.trend.band": 0.03,
    "signals.trend.assets.0": "B",
    "signals.move.lookback": "13M",
    "signals.move.skip": "2M",
    "signals.move.excess_of": "a",
    "signals.move.assets": ["A"],
    "combine.hysteresis": 0.4,
    "combine.minimum": 2,
    "allocator.tilt": 0.2,
    "allocator.strength": 2.0,
    "allocator.funding.0": "A",
    "reacher.band": 0.02,
    "costs.bps": 6,
    "costs.half_spread_bps": 1,
    "costs.minimum_ticket": "2 USD",
    "cash.series": "notes",
    "cash.borrow_spread": 0.02,
    "schedule.decide": "week-end",
    "schedule.trade": "next_open",
    "schedule.cut_off": "3h",
    "execution.minimum": "201 USD",
    "execution.units": "fractional",
    "execution.digits": 6,
    "execution.dividends": "reinvest",
    "execution.rounding": "none",
    "averages": "refused",
    "rules.0.limit.at_most": 0.11,
    "rules.0.limit.of": "class",
    "rules.0.id": "R-2",
    "rules.0.source": "IPS 2",
    "rules.0.effective_from": "2020-01-02",
    "rules.0.severity": "block",
    "rules.1.limit.at_most": 0.21,
    "rules.1.limit.per": "year",
}
FIXED = {  # cannot change alone: what comes with it stands in the list, or there is one choice only
    *("trimtab", "base_currency", "data.use", "regime.use", "forecast.use", "reacher.use", "costs.use"),
    *("signals.move.use", "combine.use", "allocator.use", "rules.0.limit.use", "rules.1.limit.use", "rules.1.limit.window"),
    *("rules.1.id", "rules.1.source", "rules.1.effective_from", "rules.1.severity"),
}


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted paths of every scalar, and of empty lists."""
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) and value else None
    if parts is None:
        yield ".".join(path)
    else:
        for key, part in parts:
            yield from leaves(part, (*path, str(key)))


def changed(path: str, value: Any) -> dict[str, Any]:
    """POLICY with one value replaced or added."""
    out = json.loads(json.dumps(POLICY))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    if parents[:2] == ["rules", 1]:
        parents = [part for part in parents if part != "limit"]  # written bare there
    place = out
    for part in parents:
        place = place[part] if isinstance(place, list) else place.setdefault(part, {})
    place[last] = value
    return out


BASE = policy_from(POLICY)


# Same policy, same hash.


def shuffled(draw: st.DrawFn, value: Any) -> Any:
    """The same mapping with its keys in any order, all the way down."""
    if isinstance(value, Mapping):
        return {key: shuffled(draw, value[key]) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list) and all(isinstance(part, Mapping) for part in value):
        return [shuffled(draw, part) for part in draw(st.permutations(value))]  # rules have no order either
    return value


@given(st.data())
@settings(max_examples=25)
def test_order_changes_nothing(data: st.DataObject) -> None:
    other = policy_from(shuffled(data.draw, POLICY))
    assert other.sha256 == BASE.sha256
    assert differences(BASE.identity.canonical, other.identity.canonical) == ()


@pytest.mark.parametrize("name", ["p", *gallery.samples()])
def test_the_canonical_form_is_itself_a_policy_with_the_same_hash(name: str) -> None:
    """Everything spelled out, in another order: the same commitment."""
    policy = BASE if name == "p" else gallery.named(name)
    again = policy_from(policy.identity.canonical)
    assert again.sha256 == policy.sha256
    assert again.text == policy.text
    assert commitment(json.loads(policy.text)) == policy.sha256


def test_comments_titles_and_other_ways_to_write_a_value_change_nothing() -> None:
    text = json.dumps(POLICY, indent=1)
    commented = "# a comment\n" + text.replace('"name": "p",', '"name": p,   # another') + "\n# the end\n"
    assert read_policy(parse(commented, "p.yaml")).sha256 == BASE.sha256
    same = [
        ("title", "Another title"),
        ("description", "what it is for"),
        ("signals.move.lookback", "1Y"),
        ("signals.move.lookback", "4Q"),
        ("schedule.cut_off", "120min"),
        ("capital", "1_000_000.00 USD"),
        ("costs.minimum_ticket", "1.00 USD"),
        ("costs.bps", 5.0),
        ("benchmark.A", 0.60),
        ("execution.digits", 8),
        ("costs.half_spread_bps", 0),
        ("rules.1.per", "quarter"),
    ]
    plain = {"trimtab": 1, "name": "p", "universe": {"us_equity": None}, "benchmark": {"us_equity": 1.0}}
    seeds = [policy_from(plain | {"data": {"use": "synthetic", **seed}}).sha256 for seed in ({}, {"seed": 7}, {"seed": 8})]
    assert seeds[0] == seeds[1] != seeds[2]
    for path, value in same:
        assert policy_from(changed(path, value)).sha256 == BASE.sha256, path


def test_the_folder_a_policy_lies_in_changes_nothing() -> None:
    from pathlib import Path

    document = parse(json.dumps(POLICY), "p.yaml")
    here, there = (read_policy(document, folder=Path(folder)) for folder in ("/one", "/two"))
    assert here.sha256 == there.sha256
    assert here.data.path != there.data.path


# Another parameter, another hash.


@pytest.mark.parametrize("path", list(OTHERS))
def test_every_parameter_changes_the_hash(path: str) -> None:
    value = {"use": "crossover", "assets": ["A"]} if path == "signals.trend.use" else OTHERS[path]
    other = policy_from(changed(path.removesuffix(".use") if path.endswith("trend.use") else path, value))
    assert other.sha256 != BASE.sha256
    assert differences(BASE.identity.canonical, other.identity.canonical)


def test_no_parameter_is_left_out() -> None:
    """Each leaf of the canonical form stands in the list of changes above, or is said to be fixed."""
    assert set(leaves(BASE.identity.canonical)) - OTHERS.keys() == FIXED


def test_the_check_catches_a_hash_that_forgets_a_section() -> None:
    forgetful = {key: part for key, part in BASE.identity.canonical.items() if key != "cash"}
    other = policy_from(changed("cash.borrow_spread", 0.02)).identity.canonical
    assert commitment(forgetful) == commitment({key: part for key, part in other.items() if key != "cash"})


# Sentences.


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("signals.trend.window", "12M", "signals trend window: 10M -> 12M"),
        ("allocator.tilt", 0.2, "allocator tilt: 0.1 -> 0.2"),
        ("benchmark.A", 0.5, "benchmark A: 0.6 -> 0.5"),
        ("rules.0.limit.at_most", 0.05, "rules R-1 limit at_most: 0.1 -> 0.05"),
        ("rules.0.severity", "block", "rules R-1 severity: warn -> block"),
        ("schedule.trade", "next_open", "schedule trade: next_close -> next_open"),
        ("end", None, "end: 2003-01-02 -> null"),
        ("reacher", {"use": "pace"}, "reacher band: 0.01 -> 0.0"),
        ("signals.new", {"use": "trend"}, "signals new added (trend window 10M, band 0.0)"),
        ("signals.trend", {"use": "momentum"}, "signals trend: trend window 10M, band 0.02, assets A -> momentum"),
    ],
)
def test_a_change_in_a_sentence(path: str, value: Any, sentence: str) -> None:
    found = differences(BASE.identity.canonical, policy_from(changed(path, value)).identity.canonical)
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_rules_that_come_and_go() -> None:
    bare = policy_from(POLICY | {"rules": []}).identity.canonical
    gone = differences(BASE.identity.canonical, bare)
    assert any(line.startswith("rules R-1 removed (max_tilt at_most 0.1") for line in gone)
    assert any("max_turnover" in line for line in gone)
    assert len(gone) == 2
    assert len(differences(bare, BASE.identity.canonical)) == 2


def test_the_policy_of_the_laws_is_what_its_hash_says() -> None:
    assert worlds.policy().sha256 == policy_from(worlds.policy().identity.canonical).sha256
