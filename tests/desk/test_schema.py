"""The JSON Schema: it takes what the loader takes, refuses what it refuses, and knows every component."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.desk import worlds
from tests.desk.json_schema import faults
from trimtab.core.errors import PolicyError
from trimtab.desk import gallery
from trimtab.desk.load import KEYS, policy_from, read_policy
from trimtab.desk.registry import BUILT_IN
from trimtab.desk.schema import schema
from trimtab.desk.yaml12 import parse

SCHEMA = schema()


def complaints(values: Any) -> list[str]:
    return list(faults(values, SCHEMA, SCHEMA))


@pytest.mark.parametrize("name", gallery.samples())
def test_the_sample_policies_fit(name: str) -> None:
    assert complaints(parse(gallery.text(name), name).values) == []


@pytest.mark.parametrize("name", gallery.samples())
def test_the_package_jsonschema_agrees(name: str) -> None:
    validator = pytest.importorskip("jsonschema", reason="an outside check, where it is installed").Draft202012Validator
    validator.check_schema(SCHEMA)
    assert list(validator(SCHEMA).iter_errors(parse(gallery.text(name), name).values)) == []


def test_a_policy_spelled_out_in_full_fits() -> None:
    form = json.loads(json.dumps(worlds.policy().identity.canonical))
    plain = {key: part for key, part in form.items() if part is not None}
    for rule in plain["rules"]:
        rule.pop("effective_from")  # null: not given
    assert complaints(plain) == []


def test_every_key_and_every_component_is_in_it() -> None:
    assert SCHEMA["properties"].keys() == set(KEYS)
    places = {"data": "sources", "combine": "combiners", "regime": "regimes", "forecast": "forecasters"}
    places |= {"allocator": "allocators", "reacher": "reachers", "costs": "costs", "holding": "holding", "tax": "taxes"}
    asked = {role: SCHEMA["properties"][key] for key, role in places.items()}
    asked["signals"] = SCHEMA["properties"]["signals"]["additionalProperties"]
    asked["fees"] = SCHEMA["properties"]["fees"]["items"]
    asked["limits"] = SCHEMA["properties"]["rules"]["items"]["anyOf"][1]
    asked["controls"] = SCHEMA["properties"]["controls"]["items"]["anyOf"][1]
    blend = next(one for one in SCHEMA["$defs"]["allocators"]["oneOf"] if one["properties"]["use"]["const"] == "blend")
    asked["mixes"] = blend["properties"]["mix"]
    assert blend["properties"]["sleeves"]["additionalProperties"] == {"$ref": "#/$defs/sleeves"}
    assert asked == {role: {"$ref": f"#/$defs/{role}"} for role in asked}
    found = {role: SCHEMA["$defs"][role]["oneOf"] for role in asked}
    assert {role: {c["properties"]["use"]["const"] for c in choices} for role, choices in found.items()} == {
        role: set(known)
        for role, known in BUILT_IN.items()
        if role not in ("vendors", "sleeves", "terms")  # a market store's; one kind alone; others' alone
    }


def test_what_the_policy_binds_is_not_asked_for() -> None:
    assert '"benchmark"' not in json.dumps(SCHEMA["properties"]["rules"])
    assert '"universe"' not in json.dumps(SCHEMA["properties"]["allocator"])


BAD: list[dict[str, Any]] = [
    {"unknown": 1},
    {"benchmark": {"A": 40}},
    {"benchmark": {"A": "0.4"}},
    {"signals": {"t": {"use": "trnd"}}},
    {"signals": {"t": {"use": "trend", "windw": "10M"}}},
    {"signals": {"t": {"use": "trend", "window": 10}}},
    {"signals": {"t": {"use": "trend", "band": 2}}},
    {"allocator": {"use": "overlay", "tilt": 10}},
    {"rules": [{"limit": {"use": "max_tilt"}}]},
    {"rules": [{"limit": {"use": "long_only"}, "severity": "stop"}]},
    {"rules": "none"},
    {"costs": {"use": "linear", "bps": 5000}},
    {"costs": {"use": "linear", "minimum_ticket": "5"}},
    {"schedule": {"decide": "monthly"}},
    {"schedule": {"cut_off": "2"}},
    {"schedule": {"offset": 21}},
    {"schedule": {"lag": -1}},
    {"schedule": {"lag": "1"}},
    {"execution": {"units": "half"}},
    {"execution": {"minimum": 200}},
    {"capital": "100"},
    {"stale_days": 1.5},
    {"stale_days": -1},
    {"averages": True},
    {"cash": {"serie": "bills"}},
    {"trimtab": 2},
    {"name": 5},
]


@pytest.mark.parametrize("changes", BAD, ids=[json.dumps(changes)[:50] for changes in BAD])
def test_what_the_loader_refuses_the_schema_refuses(changes: dict[str, Any]) -> None:
    values = json.loads(json.dumps({"trimtab": 1, "name": "p", "universe": {"A": None}, "benchmark": {"A": 1.0}} | changes))
    assert complaints(values)
    with pytest.raises(PolicyError):
        policy_from(values)


GOOD: list[dict[str, Any]] = [
    {"universe": {"A": {"series": "x", "class": "y", "name": "z"}}},
    {"rules": [{"use": "max_turnover", "at_most": 0.2, "window": "63D"}]},
    {"rules": [{"limit": {"use": "max_turnover", "at_most": 0.2, "per": "year"}, "effective_from": "2020-01-01"}]},
    {"execution": {"minimum": "200 USD", "units": "whole", "digits": 0}},
    {"schedule": {"decide": "daily", "trade": "same_close", "cut_off": "90min"}},
    {"schedule": {"decide": "half-year-end", "trade": "next_close", "offset": 20, "lag": 3}},
    {
        "schedule": {"decide": "two-month-end"},
        "signals": {"t": {"use": "trend", "window": "200D", "skip": "5D"}},
        "since": "2001-01-02",
    },
    {"capital": "1_000_000.50 USD"},
    {"data": {"use": "folder", "path": "x"}},
    {"combine": {"use": "mean", "weights": {"a": 0.5}}},
    {"since": "2001-01-02"},
    {"description": "words"},
]


@pytest.mark.parametrize("changes", GOOD, ids=[json.dumps(changes)[:50] for changes in GOOD])
def test_what_the_loader_takes_the_schema_takes(changes: dict[str, Any]) -> None:
    values = {"trimtab": 1, "name": "p", "universe": {"A": None}, "benchmark": {"A": 1.0}} | changes
    assert complaints(values) == []
    policy_from(values)


def test_the_small_check_itself_finds_what_is_wrong() -> None:
    """The control of the check: it must not be blind."""
    rule = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    assert list(faults({"a": 1}, rule, {})) == []
    for bad in ({"a": 0}, {"a": True}, {"a": "1"}, {"b": 1}, []):
        assert list(faults(bad, rule, {}))


def test_a_sample_is_read_by_name_and_by_file_alike() -> None:
    for name in gallery.samples():
        assert gallery.named(name).sha256 == read_policy(parse(gallery.text(name), "x.yaml")).sha256
