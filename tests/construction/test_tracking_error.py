"""Tracking error: voices that agree, by hand, unknown covariances, planted faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, rules_of, universe
from trimtab.construction.tracking_error import TrackingError
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind

U = universe(4)  # equity, bonds, real, equity
B = (0.4, 0.3, 0.2, 0.1)


def knowing(covariance: Array | None):
    return replace(book_of(np.array(B)), covariance=covariance)


def check_voices(limit: TrackingError, w: Array, covariance: Array) -> None:
    """The bound and the breach say the same, and both the standard deviation of the members' part of the difference."""
    book, bound = knowing(covariance), limit.risk
    own = [i for i, a in enumerate(U) if not limit.only or a.id in limit.only or a.asset_class in limit.only]
    variance = sum((w[i] - B[i]) * (w[j] - B[j]) * covariance[i, j] for i in own for j in own)
    risk = np.sqrt(max(variance, 0.0))
    assert limit.breach(w, book) == pytest.approx(risk - limit.at_most, abs=1e-9)
    assert bound.risk(w, covariance) - bound.most == pytest.approx(limit.breach(w, book), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    st.integers(0, 999),
    st.sampled_from([(), ("equity",), ("A1", "A2")]),
)
def test_the_voices_agree(weights: list[float], seed: int, only: tuple[str, ...]) -> None:
    root = np.random.default_rng(seed).normal(0.0, 0.2, (4, 4))
    check_voices(TrackingError(0.04, only, B, U), np.array(weights), root @ root.T)


def test_by_hand() -> None:
    # Active .1 and -.1, volatilities 20 and 10 %, correlation .5: sqrt(.01 * (.04 + .01 - 2 * .01)) = sqrt(.0003).
    covariance = np.diag([0.04, 0.01, 0.09, 0.09])
    covariance[0, 1] = covariance[1, 0] = 0.01
    w = np.array([0.5, 0.2, 0.2, 0.1])
    assert TrackingError(0.01, (), B, U).breach(w, knowing(covariance)) == pytest.approx(np.sqrt(0.0003) - 0.01)
    assert TrackingError(0.01, ("equity",), B, U).breach(w, knowing(covariance)) == pytest.approx(0.02 - 0.01)
    assert TrackingError(0.01, ("real",), B, U).breach(w, knowing(covariance)) == -0.01


def test_what_is_not_known_is_infinitely_far_outside() -> None:
    unknown, w = np.full((4, 4), np.nan), np.array(B)
    limit = TrackingError(0.01, (), B, U)
    assert limit.breach(w, knowing(None)) == limit.breach(w, knowing(unknown)) == np.inf
    assert limit.breach(np.array([0.4, np.nan, 0.2, 0.1]), knowing(np.eye(4))) == np.inf
    beside = np.eye(4)
    beside[1, :] = beside[:, 1] = np.nan
    assert TrackingError(0.01, ("equity",), B, U).breach(w, knowing(beside)) == -0.01


def test_it_is_a_tilt_limit_and_a_bound_of_the_rules() -> None:
    rules = rules_of(TrackingError(0.02, (), B, U), TrackingError(0.01, ("A0",), B, U), count=4)
    assert [bound.most for bound in rules.bounds] == [0.02, 0.01]
    assert rules.rules[0].limit.kind is LimitKind.TILT
    assert not rules.plain
    assert rules.rules[0].limit.left(book_of(np.array(B))) == np.inf


def test_at_the_door() -> None:
    with pytest.raises(ParameterError, match="2 weights for 4 assets"):
        TrackingError(0.02, (), (0.5, 0.5), U)
    with pytest.raises(ParameterError, match="'gold' is no asset or class"):
        TrackingError(0.02, ("gold",), B, U)
    with pytest.raises(ParameterError, match="does not know its benchmark"):
        _ = TrackingError(0.02, universe=U).region
    with pytest.raises(ParameterError, match="below 0"):
        TrackingError(-0.02)
    read = TypeAdapter(TrackingError).validate_python({"at_most": 0.04, "only": ["equity"]})
    assert replace(read, benchmark=B, universe=U) == TrackingError(0.04, ("equity",), B, U)
    assert read.words == "Tracking error of equity at most 4 % per year"


class IgnoresCorrelation(TrackingError):
    def breach(self, target: Array, book) -> float:
        return super().breach(target, replace(book, covariance=np.diag(np.diagonal(book.covariance))))


class AbsoluteRisk(TrackingError):
    @property
    def risk(self):
        return replace(super().risk, centre=np.zeros(4))


@pytest.mark.parametrize("fault", [IgnoresCorrelation, AbsoluteRisk], ids=lambda kind: kind.__name__)
def test_planted_faults_are_caught(fault: type[TrackingError]) -> None:
    rng = np.random.default_rng(0)
    root, w = rng.normal(0.0, 0.2, (4, 4)), rng.dirichlet(np.ones(4))
    check_voices(TrackingError(0.04, (), B, U), w, root @ root.T)
    with pytest.raises(AssertionError):
        check_voices(fault(0.04, (), B, U), w, root @ root.T)
