"""A parameter that is itself a component: built, written out again, hashed, pointed into, and walked with its memory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.json_schema import faults
from tests.forecasts.fixed import Sampled
from trimtab.core.errors import PolicyError
from trimtab.core.slots import slots_of
from trimtab.core.terms import months, sessions
from trimtab.desk.asking import heard, walk
from trimtab.desk.canonical import differences
from trimtab.desk.config import Binding, Builder, canonical
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.load import policy_from, read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.schema import schema
from trimtab.desk.yaml12 import parse
from trimtab.forecasts.black_litterman import BlackLitterman
from trimtab.signals.algebra import Sum
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

TEXT = """\
trimtab: 1
name: nested
since: 2001-01-02
universe: {A: {class: equity}, B: {class: equity}, C: {class: bonds}}
benchmark: {A: 0.4, B: 0.2, C: 0.3}
signals:
  both:
    use: sum
    terms:
      - {use: trend, window: 6M}
      - use: momentum
        skip: 1M
    weights: [0.5, 1]
"""


def read(text: str) -> Policy:
    return read_policy(parse(text, "p.yaml"))


def both(*terms: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"use": "sum", "terms": list(terms), **parameters}


def test_components_within_are_built_from_their_own_names() -> None:
    assert read(TEXT).signals["both"] == Sum((Trend(months(6)), Momentum(skip=months(1))), (0.5, 1.0))


def test_sums_of_sums_are_built_all_the_way_down() -> None:
    deep = both(both({"use": "trend", "window": "50D"}, weights=[2]), {"use": "momentum"})
    policy = worlds.policy(signals={"deep": deep})
    assert policy.signals["deep"] == Sum((Sum((Trend(sessions(50)),), (2.0,)), Momentum()))
    assert policy_from(policy.identity.canonical).signals == policy.signals


def test_the_canonical_form_is_the_same_policy_again() -> None:
    policy = read(TEXT)
    form = policy.identity.canonical["signals"]["both"]
    trend = {"use": "trend", "window": "6M", "band": 0.0, "assets": []}
    momentum = {"use": "momentum", "lookback": "12M", "skip": "1M", "assets": [], "excess_of": ""}
    assert form == {"use": "sum", "terms": [trend, momentum], "weights": [0.5, 1.0]}
    again = policy_from(policy.identity.canonical)
    assert (again.sha256, again.text) == (policy.sha256, policy.text)
    assert canonical("signals", again.signals["both"]) == form


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{use: trend, window: 6M}", "{window: 2Q, use: trend, band: 0}"),
        ("skip: 1M", "skip: 1M\n        lookback: 1Y  # the usual"),
        ("weights: [0.5, 1]", "weights: [0.50, 1.0]"),
        ("      - use: momentum\n        skip: 1M\n", "      - {skip: 1M, use: momentum, assets: []}\n"),
    ],
)
def test_another_spelling_is_the_same_hash(old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert read(TEXT.replace(old, new)).sha256 == read(TEXT).sha256


def test_another_parameter_within_is_another_hash_and_a_sentence() -> None:
    changes = (("window: 6M", "window: 7M"), ("skip: 1M", "skip: 2M"), ("{use: trend, window: 6M}", "{use: crossover}"))
    form = read(TEXT).identity.canonical
    for old, new in changes:
        other = read(TEXT.replace(old, new))
        assert other.sha256 != read(TEXT).sha256
        assert any(line.startswith("signals both terms") for line in differences(form, other.identity.canonical))


FAULTS = [
    ("window: 6M", "windw: 6M", "10:22 unknown key signals.both.terms[0].windw. Did you mean window?"),
    ("window: 6M", "window: 6", "10:30 6 is not a duration."),
    ("window: 6M", "window: 1M", "10:30 signals.both.terms[0].window 1M is the price itself."),
    (
        "window: 6M",
        "window: 6M, band: 2",
        "10:40 signals.both.terms[0].band is 2, above 1.0. Weights are fractions: did you mean",
    ),
    ("window: 6M", "window: 6M, band: 2%", "10:40 signals.both.terms[0].band is '2%', not a number."),
    ("use: trend", "use: trnd", "10:15 'trnd' is none of the signals. Did you mean trend?"),
    ("use: momentum", "use: vote", "11:14 'vote' is none of the signals."),
    ("{use: trend, window: 6M}", "{window: 6M}", "10:9 signals.both.terms[0] names no component. Write for example"),
    ("{use: trend, window: 6M}", "trend", "10:9 signals.both.terms[0] must be a mapping."),
    ("        skip: 1M", "        skip: 10D", "12:15 signals.both.terms[1].skip 10D has another step than lookback 12M."),
    (
        "    weights: [0.5, 1]",
        "    weights: [0.5]",
        "13:14 signals.both.weights has 1 numbers for 2 terms. Give one for each term.",
    ),
    ("    use: sum", "    use: sum\n    of: 1", "9:5 unknown key signals.both.of."),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[f"{k}" for k in range(len(FAULTS))])
def test_a_fault_within_is_pointed_to(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(PolicyError) as caught:
        read(TEXT.replace(old, new))
    assert str(caught.value).startswith(f"p.yaml:{said}")


def test_no_component_where_some_are_due() -> None:
    for terms, said in (
        ([], "terms is empty. Give at least one signal."),
        (7, "is no list"),
        (None, "is no list"),
    ):
        with pytest.raises(PolicyError, match=said):
            worlds.policy(signals={"s": {"use": "sum", "terms": terms}})


def test_a_component_alone_stands_for_no_list() -> None:
    with pytest.raises(PolicyError, match=r"signals\.s\.terms"):
        worlds.policy(signals={"s": {"use": "sum", "terms": {"use": "trend"}}})


# Memory.


def test_the_memory_of_a_component_within_needs_a_since() -> None:
    with pytest.raises(PolicyError, match="both remembers its past, and the policy has no `since`"):
        read(TEXT.replace("since: 2001-01-02\n", ""))
    lean = TEXT.replace("since: 2001-01-02\n", "").replace("      - {use: trend, window: 6M}\n", "").replace("[0.5, 1]", "[1]")
    with pytest.raises(PolicyError, match="combine remembers its past"):  # and not the sum, now without a trend
        read(lean)


def test_the_desk_walks_each_component_within() -> None:
    """With a wide band, a trend keeps its side: the sum hears the side that is kept, not the 0 of the day."""
    policy = worlds.policy(
        signals={"s": both({"use": "trend", "window": "30D", "band": 0.03}, {"use": "momentum", "lookback": "20D"})}
    )
    view = decision_view(policy, worlds.market(policy, 3))
    trend, momentum = policy.signals["s"].terms  # type: ignore[attr-defined]
    sides = trend(view).values
    kept = walk(trend, sides)
    assert ((sides == 0.0) & (kept != 0.0)).any()
    expected = kept + momentum(view).values
    found = heard(policy.signals["s"], view)
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.array_equal(aims(policy, view).parts.values[0], expected, equal_nan=True)


def test_the_series_that_a_component_within_reads_are_those_of_the_policy() -> None:
    spread = {"use": "spread", "long": "ten", "short": "three"}
    policy = worlds.policy(signals={"s": both({"use": "momentum", "excess_of": "notes"}, spread)})
    assert policy.series == ("notes", "ten", "three", "bills")


# One component, not a list.

FORECAST: dict[str, Any] = {
    "use": "trimtab.forecasts.black_litterman:BlackLitterman",
    "covariance": {"use": "tests.forecasts.fixed:Sampled", "window": "20D", "series": "vix"},
    "uncertainty": "confidence",
}


def test_a_single_slot_is_built_bound_and_written_out() -> None:
    policy = worlds.policy(forecast=FORECAST)
    forecaster = policy.forecaster
    assert isinstance(forecaster, BlackLitterman)
    assert forecaster.covariance == Sampled(sessions(20), "vix")
    assert forecaster.benchmark == (0.4, 0.2, 0.3)  # what the policy binds
    assert policy.series == ("vix", "bills")
    written = policy.identity.canonical["forecast"]
    assert written == {**FORECAST, "use": "black_litterman", "delta": 2.5, "tau": 0.05}
    assert policy_from(policy.identity.canonical).sha256 == policy.sha256


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"covariance": {"use": "trend"}}, "'trend' is none of the forecasters."),
        (
            {"covariance": {"use": "tests.forecasts.fixed:Sampled", "windw": "1M"}},
            "unknown key forecast.covariance.windw. Did you",
        ),
        ({"covariance": None}, "forecast.covariance names no component."),
        ({"tau": "0.05"}, "forecast.tau is '0.05', not a number."),
        ({"tau": 0}, "forecast.tau is 0, not above 0.0."),
        ({"uncertainty": "sure"}, "forecast.uncertainty is 'sure'. Use one of 'proportional' or 'confidence'."),
    ],
)
def test_faults_of_a_forecast_within(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        worlds.policy(forecast={**FORECAST, **changes})
    assert said in str(caught.value)


def test_a_slot_that_is_left_out_is_missed() -> None:
    with pytest.raises(PolicyError, match=r"forecast\.covariance is missing\. Add covariance: \.\.\. to forecast\."):
        worlds.policy(forecast={"use": FORECAST["use"]})


def test_what_the_policy_binds_reaches_within() -> None:
    build = Builder(parse("{}", "p.yaml"))
    held = {
        "use": FORECAST["use"],
        "covariance": {"use": "trimtab.forecasts.equilibrium:Equilibrium", "covariance": FORECAST["covariance"]},
    }
    made = build.component("forecasters", held, (), Binding(benchmark=(0.7, 0.3)))
    assert made.benchmark == made.covariance.benchmark == (0.7, 0.3)


# The schema.


def test_the_schema_refers_to_the_role() -> None:
    choices = {one["properties"]["use"]["const"]: one for one in schema()["$defs"]["signals"]["oneOf"]}
    assert choices["sum"]["properties"]["terms"]["items"] == {"$ref": "#/$defs/signals"}
    assert choices["sum"]["required"] == ["use", "terms"]
    assert slots_of(Sum) == {"terms": "signals"}
    assert slots_of(BlackLitterman) == {"covariance": "forecasters"}
    assert slots_of(Trend) == {}


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        ([{"use": "trend", "window": "6M"}], True),
        ([{"use": "sum", "terms": [{"use": "momentum"}]}], True),
        ([{"use": "trnd"}], False),
        ([{"use": "trend", "windw": "6M"}], False),
        ([{"use": "sum", "terms": [{"use": "trend", "window": 6}]}], False),
        ([{"use": "vote"}], False),
    ],
)
def test_the_schema_takes_and_refuses_what_the_loader_does(terms: list[Any], fits: bool) -> None:
    whole = schema()
    values = {**json.loads(json.dumps(parse(TEXT, "p.yaml").values)), "signals": {"s": {"use": "sum", "terms": terms}}}
    assert (list(faults(values, whole, whole)) == []) == fits
    if fits:
        policy_from(values)
    else:
        with pytest.raises(PolicyError):
            policy_from(values)
