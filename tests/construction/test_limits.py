"""Limits: their voices agree, amounts by hand, errors that help, planted faults."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, portfolios, rule_sets, rules_of, universe
from trimtab.construction.limits import LongOnly, MaxLeverage, MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Limit, LimitKind
from trimtab.core.values import Asset

U = universe(4)  # equity, bonds, real, equity
B = (0.4, 0.3, 0.2, 0.1)
BOOK = book_of(np.array(B))
many = settings(max_examples=60, deadline=None)

ON_WEIGHTS: list[Limit] = [
    LongOnly(U),
    MaxWeight(0.4, universe=U),
    MaxWeight(0.5, Of.CLASS, universe=U),
    MaxWeight(0.3, only=("A1", "A3"), universe=U),
    MaxWeight(0.3, Of.CLASS, ("real",), U),
    MinWeight(0.1, universe=U),
    MinWeight(0.25, Of.CLASS, ("bonds", "equity"), U),
    MaxTilt(0.06, benchmark=B, universe=U),
    MaxTilt(0.06, Of.CLASS, B, U),
    MaxLeverage(1.25, U),
    MaxWeight(0.5, Of.GROUP, ("A0", "bonds"), U),
    MinWeight(0.4, Of.GROUP, ("A1", "A2", "A3"), U),
    MaxTilt(0.05, Of.GROUP, B, U, ("equity", "A2")),
    MaxTilt(0.05, Of.ASSET, B, U, ("A1",)),
]
ALL = [*ON_WEIGHTS, MaxTurnover(0.2, universe=U)]
FREE = st.one_of(st.integers(-2, 12).map(lambda k: k / 8.0), st.floats(-0.5, 1.5))


def check_voices(limit: Limit, w: Array) -> None:
    """The region and the breach say the same about every portfolio."""
    assert bool(limit.region.contains(w, tolerance=1e-9)) == (limit.breach(w, BOOK) <= 1e-9)


def check_amount(limit: Limit, w: Array) -> None:
    """Above zero, a breach is the largest distance from the region along any one asset, class or cash."""
    region = limit.region
    cash = 1.0 - w.sum()
    gaps = [*(region.low - w), *(w - region.high), region.low_cash - cash, cash - region.high_cash]
    for group in region.groups:
        held = sum(w[i] for i in range(len(w)) if group.members[i])
        gaps += [group.floor - held, held - group.cap]
    assert limit.breach(w, BOOK) == pytest.approx(max(gaps), abs=1e-12)


@pytest.mark.parametrize("limit", ON_WEIGHTS, ids=lambda limit: limit.words)
@settings(max_examples=30, deadline=None)
@given(weights=st.lists(FREE, min_size=4, max_size=4))
def test_voices_agree(limit: Limit, weights: list[float]) -> None:
    w = np.array(weights)
    if limit.kind is LimitKind.LEVERAGE:
        w = np.abs(w)  # selling short is not modelled: gross exposure is then 1 less cash
    check_voices(limit, w)
    check_amount(limit, w)


@many
@given(st.data(), st.integers(3, 6))
def test_a_portfolio_is_in_the_region_of_all_rules_where_none_is_broken(data: st.DataObject, count: int) -> None:
    rules = data.draw(rule_sets(count))
    w = data.draw(portfolios(count))  # nothing short and nothing borrowed: what Rules keeps without a rule
    assert bool(rules.region.contains(w, tolerance=1e-9)) == (rules.breaches(w, book_of(w)) == ())


@many
@given(st.lists(FREE, min_size=4, max_size=4), st.permutations(range(4)))
def test_the_order_of_assets_plays_no_part(weights: list[float], order: list[int]) -> None:
    assets, w = tuple(U[i] for i in order), np.array(weights)
    for limit in ON_WEIGHTS:
        fields = {"universe": assets}
        if isinstance(limit, MaxTilt):
            fields["benchmark"] = tuple(B[i] for i in order)
        assert replace(limit, **fields).breach(w[order], BOOK) == pytest.approx(limit.breach(w, BOOK), abs=1e-12)


# Every limit keeps the same promises.


@pytest.mark.parametrize("limit", ALL, ids=lambda limit: limit.words)
def test_conformance(limit: Limit) -> None:
    assert limit.region.low.shape == (4,)
    assert not limit.region.low.flags.writeable
    assert np.isinf(limit.left(BOOK)) == (limit.kind is not LimitKind.TURNOVER)
    assert isinstance(limit.breach(np.array(B), BOOK), float)
    assert limit.words
    assert limit == replace(limit)
    assert hash(limit) == hash(replace(limit))
    with pytest.raises(FrozenInstanceError):
        limit.universe = ()  # type: ignore[misc]


@pytest.mark.parametrize("limit", ALL, ids=lambda limit: limit.words)
def test_nan_is_a_breach(limit: Limit) -> None:
    """A comparison with NaN is false: it must not pass for kept."""
    w = np.array([0.4, np.nan, 0.2, 0.1])
    assert limit.breach(w, BOOK) == np.inf
    assert not limit.region.contains(w) or limit.kind in (LimitKind.TURNOVER, LimitKind.LEVERAGE)


# Worked by hand. Portfolio: A0 .45 (equity), A1 .25 (bonds), A2 .05 (real), A3 .15 (equity), cash .10.

W = np.array([0.45, 0.25, 0.05, 0.15])
BY_HAND = [
    (LongOnly(U), -0.05),  # the smallest weight is .05
    (MaxWeight(0.4, universe=U), 0.05),  # .45 - .40
    (MaxWeight(0.5, Of.CLASS, universe=U), 0.1),  # equity .45 + .15 = .60
    (MaxWeight(0.3, only=("A1", "A3"), universe=U), -0.05),  # .25 - .30
    (MinWeight(0.1, universe=U), 0.05),  # .10 - .05
    (MinWeight(0.1, Of.CLASS, ("real",), U), 0.05),
    (MaxTilt(0.06, benchmark=B, universe=U), 0.09),  # tilts .05 -.05 -.15 .05: |-.15| - .06
    (MaxTilt(0.06, Of.CLASS, B, U), 0.09),  # equity .60 against .50 is .04 above; real .05 against .20 is .09
    (MaxLeverage(1.0, U), -0.1),  # gross .90
    (MaxWeight(0.5, Of.GROUP, ("A0", "bonds"), U), 0.2),  # .45 + .25
    (MinWeight(0.3, Of.GROUP, ("A2", "A3"), U), 0.1),  # .05 + .15
    (MaxTilt(0.05, Of.GROUP, B, U, ("equity", "A2")), 0.0),  # .65 against .70
    (MaxTilt(0.02, Of.ASSET, B, U, ("A1",)), 0.03),  # .25 against .30
]


@pytest.mark.parametrize(("limit", "amount"), BY_HAND, ids=lambda value: getattr(value, "words", ""))
def test_amounts_by_hand(limit: Limit, amount: float) -> None:
    assert limit.breach(W, BOOK) == pytest.approx(amount, abs=1e-15)


def test_borrowing_needs_a_rule() -> None:
    borrowed = np.array([0.6, 0.3, 0.2, 0.1])  # 120 % invested
    assert not rules_of(count=4).region.contains(borrowed)
    assert rules_of(MaxLeverage(1.25, U), count=4).region.contains(borrowed)
    assert not rules_of(MaxLeverage(1.1, U), count=4).region.contains(borrowed)


def test_in_a_sentence() -> None:
    said = [limit.words for limit in ALL]
    assert said == [
        "No asset is sold short",
        "Each asset at most 40 %",
        "Each class at most 50 %",
        "A1, A3 at most 30 %",
        "real at most 30 %",
        "Each asset at least 10 %",
        "bonds, equity at least 25 %",
        "Each asset within 6 % of its benchmark weight",
        "Each class within 6 % of its benchmark weight",
        "Gross exposure at most 125 %",
        "A0, bonds together at most 50 %",
        "A1, A2, A3 together at least 40 %",
        "equity, A2 together within 5 % of their benchmark weight",
        "A1 within 5 % of its benchmark weight",
        "One-way turnover of at most 20 % per calendar quarter",
    ]


# At the door.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: MaxWeight(at_most=40), "at_most", r"at_most is 40, above 1\.0.*did you mean 0\.40\?"),
        (lambda: MinWeight(at_least=-0.1), "at_least", "below 0"),
        (lambda: MaxTilt(at_most=6), "at_most", r"did you mean 0\.06\?"),
        (lambda: MaxTurnover(at_most=20), "at_most", r"did you mean 0\.20\?"),
        (lambda: MaxLeverage(at_most=0.5), "at_most", r"below 1\.0"),
        (lambda: MaxWeight(0.4, only=("SPY",), universe=U), "only", "'SPY' is no asset.*Known are A0, A1, A2, A3"),
        (lambda: MaxWeight(0.4, Of.CLASS, ("gold",), U), "only", "'gold' is no class.*equity, bonds, real"),
        (lambda: MaxWeight(0.4, Of.CLASS, universe=(Asset("X"),)), "of", "asset 'X' has no class"),
        (lambda: MaxWeight(0.4, Of.GROUP, universe=U), "only", "the group is empty"),
        (lambda: MaxWeight(0.4, Of.GROUP, ("gold",), U), "only", "'gold' is no asset or class.*equity"),
        (lambda: MaxTilt(0.1, benchmark=(0.6, 0.4), universe=U), "benchmark", "2 weights for 4 assets"),
        (lambda: MaxWeight(0.4).region, "universe", "does not know its assets"),
        (lambda: MaxTilt(0.4, universe=U).region, "universe", "does not know its assets"),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_a_policy_file_can_say_it() -> None:
    """`{use: max_weight, of: class, at_most: 0.60}`, bound to the universe afterwards."""
    read = TypeAdapter(MaxWeight).validate_python({"at_most": 0.6, "of": "class"})
    assert replace(read, universe=U) == MaxWeight(0.6, Of.CLASS, universe=U)
    assert set(TypeAdapter(MaxWeight).json_schema()["properties"]) == {"at_most", "of", "only", "universe"}


# Planted faults.


class ForgetsTheSecond(MaxWeight):
    """Reads the first of the named assets only."""

    def breach(self, target: Array, book) -> float:
        return float(target[0] - self.at_most)


class OneSided(MaxTilt):
    """A tilt below the benchmark is a tilt as well."""

    def breach(self, target: Array, book) -> float:
        return float((target - np.array(self.benchmark)).max() - self.at_most)


class Net(MaxLeverage):
    """The cash leg the wrong way round."""

    @property
    def region(self):
        return replace(super().region, low_cash=self.at_most - 1.0)


class EachInsteadOfSum(MaxWeight):
    """A cap on a class that looks at its members one by one."""

    @property
    def region(self):
        return MaxWeight(self.at_most, universe=self.universe).region


@pytest.mark.parametrize(
    "fault",
    [
        ForgetsTheSecond(0.3, universe=U),
        OneSided(0.06, benchmark=B, universe=U),
        Net(1.25, U),
        EachInsteadOfSum(0.5, Of.CLASS, universe=U),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_planted_faults_are_caught(fault: Limit) -> None:
    with pytest.raises(AssertionError):
        _all(fault)
    for limit in ON_WEIGHTS:
        _all(limit)


def samples() -> list[Array]:
    """Portfolios near the benchmark and far from it, some of them borrowed."""
    rng = np.random.default_rng(1)
    near = np.array(B) + rng.uniform(-0.08, 0.08, (200, 4))
    return [*near, *(rng.dirichlet(np.ones(5), 200)[:, :4] * rng.choice([0.5, 1.0, 1.5], (200, 1)))]


def _all(limit: Limit) -> None:
    for w in samples():
        check_voices(limit, w)


def test_sampling_is_fair() -> None:
    """The law above would say nothing if all samples fell on one side."""
    for limit in ON_WEIGHTS[1:]:
        kept = sum(limit.breach(w, BOOK) <= 0 for w in samples())
        assert 20 < kept < 380
