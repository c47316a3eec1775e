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
    assert rests(BESIDE, [wealth(MARKET), wealth(OWN[0], begin=MONTHS - 10)]).shape == (MONTHS, 0)


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
