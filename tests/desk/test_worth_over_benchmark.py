"""Trials by their leads over the benchmark: the market that they share does not make them alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trimtab.core.arrays import Array
from trimtab.desk.worth_over_benchmark import Beside, Wealth, rests, worth_over
from trimtab.validation.effective_trials import effective_trials

MONTHS, COUNT = 240, 60
RNG = np.random.default_rng(5)
MARKET, OWN = RNG.normal(0.005, 0.04, MONTHS), RNG.normal(0.0, 0.02, (COUNT, MONTHS))
BESIDE = Beside(np.arange(300, 301 + MONTHS), MARKET, np.zeros(MONTHS))


def wealth(returns: Array, begin: int = 0) -> Wealth:
    """Months and wealth of returns (M,) that begin so many months late."""
    return BESIDE.months[begin:], np.concatenate(([1.0], np.cumprod(1.0 + returns[begin:])))


def rules(share: float) -> dict[str, Wealth]:
    return {f"{k:064x}": wealth(share * MARKET + own) for k, own in enumerate(OWN)}


@pytest.mark.parametrize("share", [0.0, 0.5, 3.0])
def test_a_shared_market_makes_nobody_alike(share: float) -> None:
    names = {f"{k:02d}" + "a" * 62: one for k, one in enumerate(rules(share).values())}
    found = worth_over(BESIDE, names, None, distinct=COUNT, seed=1)
    alone = effective_trials(rests(BESIDE, rules(0.0).values()), seed=1).count
    assert found == pytest.approx(alone, rel=1e-6)
    assert found > 0.8 * COUNT
    if share == 3.0:  # by their returns they are nearly one
        returns = np.array([one[1][1:] / one[1][:-1] - 1.0 for one in names.values()]).T
        assert effective_trials(returns - returns.mean(axis=0), seed=1).count < 0.2 * COUNT


def test_copies_count_once_and_what_nobody_kept_counts_in_full() -> None:
    copies = {f"{k:02d}" + "a" * 62: wealth(0.5 * MARKET + OWN[0]) for k in range(8)}
    assert worth_over(BESIDE, copies, None, distinct=8, seed=1) == pytest.approx(1.0, abs=0.05)
    assert worth_over(BESIDE, copies, None, distinct=20, seed=1) == pytest.approx(13.0, abs=0.05)
    assert worth_over(BESIDE, {}, None, distinct=20, seed=1) == 20.0


def test_one_that_begins_late_lowers_no_number_and_the_benchmark_itself_is_no_trial() -> None:
    names = {f"{k:02d}" + "b" * 62: wealth(0.5 * MARKET + own) for k, own in enumerate(OWN[:20])}
    before = worth_over(BESIDE, names, None, distinct=20, seed=1)
    late = names | {"c" * 64: wealth(0.5 * MARKET + OWN[20], begin=200)}
    assert worth_over(BESIDE, late, None, distinct=21, seed=1) >= before
    assert rests(BESIDE, [wealth(OWN[0], begin=MONTHS - 10)]).shape == (MONTHS, 0)
    assert not rests(BESIDE, [wealth(MARKET)]).any()


def test_what_lies_in_the_workspace_is_read_and_what_is_damaged_counts_in_full(tmp_path: Path) -> None:
    for k in range(4):
        place = tmp_path / "runs" / f"{k}"
        place.mkdir(parents=True)
        months, values = wealth(0.5 * MARKET + OWN[0])
        days = np.array(months, dtype="datetime64[M]").astype("datetime64[D]")
        rows = "".join(f"{day},{value!r}\n" for day, value in zip(days, values.tolist(), strict=True))
        (place / "wealth.csv").write_text(f"date,wealth\n{rows}" if k < 3 else "date\nx\n")
    (tmp_path / "sweeps" / "d" / "parts").mkdir(parents=True)
    (tmp_path / "sweeps" / "d" / "results.parquet").write_bytes(b"none")
    assert worth_over(BESIDE, {}, tmp_path, distinct=4, seed=1) == pytest.approx(2.0, abs=0.05)


def near(count: int, likeness: float, *, months: int = 60) -> tuple[Beside, dict[str, Wealth]]:
    """A benchmark, and `count` trials whose leads over it correlate by `likeness`."""
    rng = np.random.default_rng(3)
    shared, own = rng.standard_normal(months), rng.standard_normal((count, months))
    returns = 0.02 * (np.sqrt(likeness) * shared + np.sqrt(1.0 - likeness) * own)
    beside = Beside(np.arange(300, 301 + months), MARKET[:months], np.zeros(months))
    level = np.cumprod(1.0 + 0.5 * beside.benchmark + returns, axis=1)
    level = np.concatenate([np.ones((count, 1)), level], axis=1)
    return beside, {f"{k:012x}": (beside.months, one) for k, one in enumerate(level)}


def test_many_near_copies_are_worth_hardly_more_than_a_part_of_them() -> None:
    """A regression: 2,000 were looked at and their number was raised in proportion: 5,003 near copies, worth 50, counted 121.

    By hand: of n trials 0.9 alike the best is sqrt(.1) times that of n strangers, 3.55 for 4,000: 1.12, as of 4.4 strangers.
    """
    beside, many = near(4000, 0.9)
    found = worth_over(beside, many, None, distinct=4000, seed=1)
    assert found == pytest.approx(4.4, rel=0.15)
    half = worth_over(beside, dict(list(many.items())[::2]), None, distinct=2000, seed=1)
    assert half <= found < 1.2 * half


def test_however_many_copies_are_worth_one_and_strangers_their_number() -> None:
    beside, copies = near(3000, 1.0)
    assert worth_over(beside, copies, None, distinct=3000, seed=1) == pytest.approx(1.0, abs=0.01)
    beside, strangers = near(3000, 0.0, months=240)
    part = dict(list(strangers.items())[:600])
    few, all_of_them = (worth_over(beside, some, None, distinct=len(some), seed=1) for some in (part, strangers))
    assert all_of_them == pytest.approx(5.0 * few, rel=0.1)


def test_one_more_trial_never_lowers_the_worth_and_order_does_not_matter() -> None:
    beside, alike = near(2100, 0.8)
    named = list(alike.items())
    worth = [
        worth_over(beside, dict(named[:count]), None, distinct=count, seed=1)
        for count in (1, 500, 1999, 2000, 2001, 2002, 2100)
    ]
    assert worth == sorted(worth)
    mixed = dict(named[k] for k in np.random.default_rng(1).permutation(len(named)))
    assert worth_over(beside, mixed, None, distinct=2100, seed=1) == pytest.approx(worth[-1], rel=1e-6)


def test_what_never_differs_from_the_benchmark_cannot_be_the_best_and_counts_nothing() -> None:
    """A regression: 25 of 5,000 variants never traded, and counted as 25 strangers beside the rest, worth 50."""
    still = {f"{k:02d}" + "d" * 62: wealth(share * MARKET) for k, share in enumerate((0.0, 0.5, 1.0, 1.0))}
    assert worth_over(BESIDE, still, None, distinct=4, seed=1) == 1.0
    names = {f"{k:02d}" + "b" * 62: wealth(0.5 * MARKET + own) for k, own in enumerate(OWN[:20])}
    alone = worth_over(BESIDE, names, None, distinct=20, seed=1)
    assert worth_over(BESIDE, names | still, None, distinct=24, seed=1) == pytest.approx(alone)
    assert worth_over(BESIDE, names | still, None, distinct=25, seed=1) == pytest.approx(alone + 1.0)
