"""Parts of a policy that do not fit each other: each is pointed to with file:line:col, and told what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.desk import worlds
from trimtab.core.errors import PolicyError
from trimtab.desk.load import load_policy, policy_from

HEAD = ["trimtab: 1", "name: x", "universe: {STOCKS: {class: equity}, BONDS: {class: bonds}}", "benchmark: {STOCKS: 1}"]
SINCE = "since: 2000-01-31"
EWMA = "forecast: {use: ewma, window: 60D}"
STRESSED = "allocator: {use: volatility_target, target: 0.1, deleverage: {states: [stressed]}, of: {use: static}}"
MIXED = "allocator: {use: blend, mix: {use: by_state, shares: {panic: {a: 1}}, otherwise: {a: 1}}, sleeves: {a: {}}}"

# What stands in line 5 and below, where the fault is, and what is said of it.
MISFITS = [
    # memory without a first date
    ("signals: {t: {use: trend, band: 0.02}}", "1:1", "t remembers its past, and the policy has no `since`. Add"),
    ("regime: {use: volatility}", "1:1", "regime remembers its past"),
    (
        f"{EWMA}\nallocator: {{use: volatility_target, target: 0.1, step: 0.2, of: {{use: static}}}}",
        "1:1",
        "allocator remembers",
    ),
    (
        "allocator: {use: blend, mix: {use: equal}, sleeves: {a: {}, b: {decide: quarter-end}}}",
        "1:1",
        "allocator remembers its past",
    ),
    (
        "allocator: {use: blend, mix: {use: equal}, sleeves: {a: {regime: {use: volatility}}}}",
        "1:1",
        "allocator remembers its past",
    ),
    # a covariance that nobody forecasts
    ("allocator: {use: risk_parity}", "5:12", "allocator needs a covariance, and the policy has no forecast. Add one, such as"),
    ("allocator: {use: min_variance}", "5:12", "allocator needs a covariance"),
    ("allocator: {use: inverse_volatility}", "5:12", "allocator needs a covariance"),
    ("allocator: {use: hierarchical_risk_parity}", "5:12", "allocator needs a covariance"),
    ("allocator: {use: max_diversification}", "5:12", "allocator needs a covariance"),
    (
        f"{SINCE}\nallocator: {{use: volatility_target, target: 0.1, of: {{use: static}}}}",
        "6:12",
        "allocator needs a covariance",
    ),
    (
        "allocator: {use: blend, mix: {use: inverse_risk}, sleeves: {a: {}}}",
        "5:12",
        "allocator needs a covariance",
    ),
    (
        "allocator: {use: blend, mix: {use: equal}, sleeves: {a: {}, rp: {allocator: {use: risk_parity}}}}",
        "5:77",
        "allocator.sleeves.rp.allocator needs a covariance",
    ),
    ("reacher: {use: mean_variance, risk_aversion: 4}", "5:10", "reacher needs a mean, and the policy has no forecast"),
    (
        "rules:\n  - {use: long_only}\n  - {use: tracking_error, at_most: 0.02}",
        "7:5",
        "a limit on risk needs a covariance, and the policy has no forecast",
    ),
    (
        "rules:\n  - limit: {use: tracking_error, at_most: 0.02}\n    id: IPS-1",
        "6:5",
        "a limit on risk needs a covariance",
    ),
    # a regime that nobody tells
    (
        f"{SINCE}\n{EWMA}\n{STRESSED}",
        "7:12",
        "allocator needs the state of the market, and the policy has no regime. Add one, such as",
    ),
    (
        "allocator: {use: blend, mix: {use: by_state, shares: {}, otherwise: {a: 1}}, sleeves: {a: {}}}",
        "5:12",
        "allocator needs the state of the market",
    ),
    # names that do not fit
    (
        f"{SINCE}\n{EWMA}\nregime: {{use: volatility}}\n{STRESSED.replace('stressed', 'panic')}",
        "8:",
        "'panic' is no state of the regime",
    ),
    (
        f"{SINCE}\nregime: {{use: volatility}}\n{MIXED}",
        "7:",
        "'panic' is no state of the regime",
    ),
    # views without a reader
    ("views: views.yaml", "5:8", "views are given, but nothing in the policy reads them. Write a forecast that does"),
]


@pytest.mark.parametrize(("lines", "place", "says"), MISFITS)
def test_every_misfit_is_pointed_to(lines: str, place: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("\n".join([*HEAD, lines, ""]), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    assert caught.value.where.startswith(f"{file}:{place}")
    assert says in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


FITTING = [
    "signals: {m: {use: momentum}}\ncombine: {use: weighted}",  # no memory, no first date
    f"{EWMA}\nallocator: {{use: volatility_target, target: 0.1, of: {{use: risk_parity}}}}\n{SINCE}",
    f"{EWMA}\nrules: [{{use: tracking_error, at_most: 0.02}}]",
    "allocator: {use: blend, mix: {use: equal}, sleeves: {a: {}, rp: {allocator: {use: risk_parity}, forecast: {use: ewma}}}}",
    "allocator: {use: blend, mix: {use: equal}, sleeves: {a: {decide: quarter-end}, b: {decide: quarter-end}}}",
    f"{SINCE}\nallocator: {{use: blend, mix: {{use: equal}}, sleeves: {{a: {{regime: {{use: volatility}}}}}}}}",
]


@pytest.mark.parametrize("lines", FITTING)
def test_what_fits_is_read(lines: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("\n".join([*HEAD, lines, ""]), encoding="utf-8")
    assert load_policy(file).name == "x"


def test_the_gravest_misfit_comes_first() -> None:
    values = {"trimtab": 1, "name": "x", "universe": {"A": {}}, "benchmark": {"A": 1.0}}
    both = {"regime": {"use": "volatility"}, "allocator": {"use": "risk_parity"}}
    with pytest.raises(PolicyError, match="no `since`"):
        policy_from(values | both)


@pytest.mark.parametrize("allocator", [{"use": "timing"}, {"use": "rotation"}, {"use": "scored"}])
def test_weights_by_scores_need_signals(allocator: dict[str, Any]) -> None:
    """Regression: without any they held cash for ever, and said nothing."""
    with pytest.raises(PolicyError, match="allocator weighs by scores, and there are no signals"):
        worlds.policy(signals={}, combine=None, allocator=allocator)
    sleeves = {"a": {"allocator": allocator}}
    with pytest.raises(PolicyError, match=r"allocator\.sleeves\.a\.allocator weighs by scores"):
        worlds.policy(signals={}, combine=None, allocator={"use": "blend", "sleeves": sleeves, "mix": {"use": "equal"}})
