"""Participation: METHODS' case, unknown volumes, baskets, voices that agree, planted faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, universe
from trimtab.construction.liquidity import MaxParticipation
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.trades import Book
from trimtab.core.values import Dealing

U = universe(3)
nan = np.nan


def market(held: list[float], adv: list[float], nav: float = 100.0) -> Book:
    return replace(book_of(np.array(held)), nav=nav, dealing=Dealing(np.array(adv), np.full(len(adv), 0.01)))


def check_voices(limit: MaxParticipation, book: Book, w: Array) -> None:
    """Inside the window is no breach, and the breach is the trade in currency above what the market takes, in weight."""
    low, high = limit.window(book)
    assert bool(((w >= low - 1e-12) & (w <= high + 1e-12)).all()) == (limit.breach(w, book) <= 1e-12)
    volumes = [max(own, limit.basket.get(a.id, 0.0)) if own == own else limit.basket.get(a.id, 0.0) for a, own in _adv(book)]
    over = [abs(t - h) * book.nav - limit.share * v * limit.days for t, h, v in zip(w, book.held, volumes, strict=True)]
    assert limit.breach(w, book) == pytest.approx(max(over) / book.nav, abs=1e-12)


def _adv(book: Book):
    return zip(U, book.dealing.adv.tolist(), strict=True)


VOLUME = st.one_of(st.just(nan), st.just(0.0), st.floats(1.0, 1e4))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(VOLUME, min_size=3, max_size=3),
    st.lists(st.floats(0.0, 0.5), min_size=6, max_size=6),
    st.sampled_from([{}, {"A1": 500.0}]),
    st.floats(0.01, 1.0),
)
def test_the_voices_agree(adv: list[float], weights: list[float], basket: dict[str, float], share: float) -> None:
    check_voices(MaxParticipation(share, 2.0, basket, U), market(weights[:3], adv), np.array(weights[3:]))


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3), st.permutations(range(3)))
def test_neither_the_currency_nor_the_order_matters(factor: float, order: list[int]) -> None:
    book, limit = market([0.2, 0.3, 0.4], [10.0, 20.0, nan]), MaxParticipation(0.2, universe=U)
    other = market([0.2, 0.3, 0.4], [10.0 * factor, 20.0 * factor, nan], 100.0 * factor)
    np.testing.assert_allclose(limit.window(other), limit.window(book), atol=1e-12)
    moved = replace(limit, universe=tuple(U[i] for i in order))
    mixed = market([[0.2, 0.3, 0.4][i] for i in order], [[10.0, 20.0, nan][i] for i in order])
    np.testing.assert_allclose(moved.window(mixed), np.array(limit.window(book))[:, order], atol=1e-15)


def test_the_exact_case_of_the_methods() -> None:
    # ADV $50 m, 10 %, one day: at $100 m under management a trade may be 5 % of the portfolio.
    limit, book = MaxParticipation(0.10, universe=U), market([0.2, 0.3, 0.4], [50e6] * 3, 100e6)
    assert limit.most(book).tolist() == pytest.approx([0.05] * 3)
    assert limit.breach(np.array([0.25, 0.25, 0.4]), book) == pytest.approx(0.0, abs=1e-15)
    assert limit.breach(np.array([0.27, 0.3, 0.4]), book) == pytest.approx(0.02)
    assert MaxParticipation(0.10, 3.0, universe=U).most(book)[0] == pytest.approx(0.15)


def test_what_has_no_known_volume_is_not_traded_unless_its_basket_is() -> None:
    book = market([0.2, 0.3, 0.4], [nan, nan, 100.0])
    limit = MaxParticipation(0.1, 1.0, {"A1": 50.0, "A2": 20.0}, U)
    # A1: 10 % of a basket of 50 on 100 is .05; A2 trades 100 by itself, more than its basket.
    assert limit.most(book).tolist() == pytest.approx([0.0, 0.05, 0.10])


def test_a_repair_beyond_the_window_is_allowed_and_counts_from_there() -> None:
    limit, book = MaxParticipation(0.1, universe=U), market([0.2, 0.3, 0.4], [100.0] * 3)
    mended = replace(book, base=np.array([0.2, 0.3, 0.25]))  # .15 sold, where .10 is what the market takes
    assert limit.breach(np.array([0.2, 0.3, 0.25]), book) == pytest.approx(0.05)
    assert limit.breach(np.array([0.2, 0.3, 0.25]), mended) <= 0.0
    assert limit.breach(np.array([0.2, 0.3, 0.24]), mended) == pytest.approx(0.01)


def test_accounts_of_different_size_have_a_window_each() -> None:
    book = replace(market([0.2, 0.3, 0.4], [100.0] * 3), held=np.full((2, 3), 0.2), nav=np.array([100.0, 1000.0]))  # type: ignore[arg-type]
    np.testing.assert_allclose(MaxParticipation(0.1, universe=U).most(book), [[0.1] * 3, [0.01] * 3])


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: MaxParticipation(10.0), "share", r"did you mean 0\.10\?"),
        (lambda: MaxParticipation(0.0), "share", "not above 0"),
        (lambda: MaxParticipation(0.1, 0.0), "days", "not above 0"),
        (lambda: MaxParticipation(0.1, basket={"SPY": 1.0}, universe=U), "basket", "'SPY' is no asset.*A0, A1, A2"),
        (lambda: MaxParticipation(0.1, basket={"A0": -1.0}), "basket", "basket of A0 is -1.0"),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_a_book_without_dealing_stops() -> None:
    with pytest.raises(InvariantError, match="needs volumes"):
        MaxParticipation(0.1, universe=U).window(book_of(np.array([0.2, 0.3, 0.4])))


def test_a_policy_file_can_say_it() -> None:
    read = TypeAdapter(MaxParticipation).validate_python({"share": 0.1, "days": 3, "basket": {"A0": 5e6}})
    assert read == MaxParticipation(0.1, 3.0, {"A0": 5e6})
    assert hash(read) == hash(replace(read))
    assert read.deals
    assert read.words == "Each trade at most 10 % of the volume of 3 days, or of the basket of A0 where it is larger"
    assert MaxParticipation(0.2).words == "Each trade at most 20 % of a day's volume"


class FillsInTheUnknown(MaxParticipation):
    """Volume unknown means as much as one likes."""

    def window(self, book: Book):
        return super().window(replace(book, dealing=Dealing(np.nan_to_num(book.dealing.adv, nan=1e9), book.dealing.volatility)))


class OneSided(MaxParticipation):
    def window(self, book: Book):
        low, high = super().window(book)
        return np.full(low.shape, -np.inf), high


class InUnits(MaxParticipation):
    """Forgets what the portfolio is worth."""

    def most(self, book: Book) -> Array:
        return super().most(replace(book, nav=1.0))


@pytest.mark.parametrize("fault", [FillsInTheUnknown, OneSided, InUnits], ids=lambda kind: kind.__name__)
def test_planted_faults_are_caught(fault: type[MaxParticipation]) -> None:
    _all(MaxParticipation(0.1, universe=U))
    with pytest.raises(AssertionError):
        _all(fault(0.1, universe=U))


def _all(limit: MaxParticipation) -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        check_voices(limit, market(list(rng.dirichlet(np.ones(3))), [nan, 200.0, 1000.0]), rng.dirichlet(np.ones(3)))
