"""Generated series say so everywhere, repeat by seed, and stand under the names and spans of the samples."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab.core.errors import PolicyError
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.data.sample_catalogue import recipes
from trimtab.data.synthetic import GENERATED, Synthetic


def test_every_series_says_that_it_is_generated() -> None:
    for about in Synthetic().about():
        assert about.title.startswith("GENERATED")
        assert GENERATED in about.provenance
        assert GENERATED in about.notes


def test_the_same_seed_gives_the_same_numbers() -> None:
    names = Synthetic().names()
    for one, two, other in zip(Synthetic(3).load(names), Synthetic(3).load(names), Synthetic(4).load(names), strict=True):
        assert one.values.tobytes() == two.values.tobytes()
        assert one.values.tobytes() != other.values.tobytes()


def test_a_series_does_not_depend_on_which_others_are_asked_for() -> None:
    source = Synthetic()
    together = dict(zip(source.names(), source.load(source.names()), strict=True))
    for name in source.names():
        assert source.load([name])[0].values.tobytes() == together[name].values.tobytes()


def test_names_kinds_and_spans_are_those_of_the_samples() -> None:
    catalogue = recipes()
    for history in Synthetic().load(Synthetic().names()):
        about = history.about
        assert catalogue[about.name].about.kind is about.kind
        assert catalogue[about.name].about.lag_days == about.lag_days
        first = "1926-06-30" if about.holdable else "1926-07-30"
        assert [str(day) for day in history.span] == [first, "2018-11-30"]
        assert (TOTAL_RETURN in history.fields) is about.holdable
        assert np.isfinite(history.values).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 99])
def test_numbers_are_plausible(seed: int) -> None:
    loaded = {h.about.name: h.fields[CLOSE] for h in Synthetic(seed).load(Synthetic().names())}
    for name in ("us_equity", "bills", "long_corporate"):
        assert (loaded[name] > 0.0).all()
    assert (np.diff(loaded["bills"]) > 0.0).all()
    assert (loaded["aaa_yield"] >= loaded["bill_yield"] - 0.05).all()
    equity = loaded["us_equity"][1:] / loaded["us_equity"][:-1] - 1.0
    assert 0.10 < equity.std(ddof=1) * np.sqrt(12.0) < 0.25


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(PolicyError, match="us_equity") as caught:
        Synthetic().load(["us_equitty"])
    assert caught.value.code == "TT-POL-020"
