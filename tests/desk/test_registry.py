"""Names to components: ours, those of entry points, and those of a module of one's own."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from tests.desk import own_parts, worlds
from trimtab.core.errors import PolicyError
from trimtab.desk import registry
from trimtab.desk.backtest import backtest
from trimtab.desk.registry import BUILT_IN, find, name_of, names
from trimtab.desk.schema import schema

HERE = "tests.desk.own_parts"
EVERY = [(role, name) for role, known in BUILT_IN.items() for name in known]


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_every_name_leads_to_a_class_and_back(role: str, name: str) -> None:
    kind = find(role, name)
    assert isinstance(kind, type)
    own = {part for parent in kind.__mro__ for part in vars(parent)}
    assert own.issuperset(registry._VOICES[role])  # ours are held to what is asked of others
    assert BUILT_IN[role][name] == f"{kind.__module__}:{kind.__qualname__}"


def test_a_component_of_ones_own_runs_and_is_part_of_the_hash() -> None:
    signals = {"dear": {"use": f"{HERE}:Dear", "level": 60}}
    policy = worlds.policy(signals=signals)
    assert isinstance(policy.signals["dear"], own_parts.Dear)
    assert policy.identity.canonical["signals"]["dear"] == {"use": f"{HERE}:Dear", "level": 60.0, "trust": 1.0, "depth": 1}
    assert policy.sha256 != worlds.policy(signals={"dear": {"use": f"{HERE}:Dear", "level": 61}}).sha256
    result = backtest(policy, worlds.market(policy, 2, count=120))
    assert result.decisions
    assert any("its price against 60" in line for line in result.reason(result.decisions[-1]))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"lvel": 1}, "unknown key signals.dear.lvel. Did you mean level?"),
        ({"level": 13.0}, "signals.dear.level is 13.0, which brings bad luck. Take 14."),
        ({"trust": 50}, "signals.dear.trust is 50, above 1.0. Weights are fractions: did you mean 0.50?"),
        ({"depth": 1.5}, "signals.dear.depth is 1.5: input should be a valid integer"),
        ({"depth": "2"}, "signals.dear.depth is '2', not a number."),
    ],
)
def test_parameters_of_others_are_checked_like_ours(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        worlds.policy(signals={"dear": {"use": f"{HERE}:Dear", **parameters}})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (f"{HERE}:Plain", "is no dataclass"),
        (f"{HERE}:FUNCTION", "is no dataclass"),
        ("trimtab.core.values:Asset", "is none of the signals: it has no __call__"),
        (f"{HERE}:Nothing", "cannot import"),
        ("no.such.module:X", "No module named 'no'"),
        (":X", "cannot import ':X'"),
        ("tests.desk.own_parts:", "cannot import"),
        ("..:X", "cannot import"),
    ],
)
def test_what_is_no_component_is_refused(target: str, said: str) -> None:
    with pytest.raises(PolicyError, match=r"policy:1:\d+") as caught:
        worlds.policy(signals={"s": {"use": target}})
    assert said in str(caught.value)
    assert caught.value.remedy


def test_nearest_names() -> None:
    with pytest.raises(PolicyError, match=r"'momentun' is none of the signals\. Did you mean momentum\?"):
        find("signals", "momentun")
    with pytest.raises(PolicyError, match=r"Known: folder, samples, store, synthetic\."):
        find("sources", "q")


def test_entry_points_bring_names(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "trimtab.signals": [
            EntryPoint("dear", f"{HERE}:Dear", "trimtab.signals"),
            EntryPoint("mute", f"{HERE}:Mute", "trimtab.signals"),
            EntryPoint("broken", "no.such:X", "trimtab.signals"),
        ]
    }
    monkeypatch.setattr(registry, "entry_points", lambda group: points.get(group, []))
    assert find("signals", "dear") is own_parts.Dear
    assert name_of("signals", own_parts.Dear()) == "dear"
    assert set(names("signals")) == {*BUILT_IN["signals"], "broken", "dear", "mute"}
    assert find("signals", "trend").__name__ == "Trend"  # ours are not taken over
    assert find("signals", "mute") is own_parts.Mute
    with pytest.raises(PolicyError):
        find("signals", "broken")
    points["trimtab.signals"] = points["trimtab.signals"][:1]
    listed = [choice["properties"]["use"]["const"] for choice in schema()["$defs"]["signals"]["oneOf"]]
    assert "dear" in listed


def test_a_stranger_is_named_by_where_it_stands() -> None:
    assert name_of("signals", own_parts.Dear()) == f"{HERE}:Dear"
