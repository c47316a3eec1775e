"""Month ends out of saved runs, and what trials that go together are worth."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.desk.trial_returns import month_ends, shared_luck, worth


def kept(folder: Path, name: str, wealth: Array, first: str = "2001-01-02", *, daily: bool = True) -> str:
    """A run's `wealth.csv`, as a workspace writes it, on weekdays or month ends."""
    days = np.busday_offset(first, np.arange(len(wealth)))
    if not daily:
        days = (np.datetime64(first, "M") + np.arange(1, len(wealth) + 1)).astype("datetime64[D]") - 1
    place = folder / "runs" / name
    place.mkdir(parents=True)
    lines = [f"{day},{value!r},0.6,0.4" for day, value in zip(days, wealth.tolist(), strict=True)]
    (place / "wealth.csv").write_text("\n".join(["date,wealth,A,B", *lines]) + "\n", encoding="utf-8")
    return name


def monthly(folder: Path, name: str, returns: Array, first: str = "2001-01") -> str:
    return kept(folder, name, np.cumprod(np.append(1e6, 1.0 + returns)), first, daily=False)


def noise(count: int, months: int = 240, *, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(0.005, 0.03, (count, months))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_month_ends_are_those_of_a_plain_reader(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    folder = tmp_path_factory.mktemp("runs")
    kept(folder, "a", np.random.default_rng(seed).lognormal(13.0, 1.0, count))
    path = folder / "runs" / "a" / "wealth.csv"
    with path.open(encoding="utf-8") as file:
        plain = {row["date"][:7]: float(row["wealth"]) for row in csv.DictReader(file)}  # the last of a month stays
    months, wealth = month_ends(path)
    assert [str(np.datetime64(int(month), "M")) for month in months] == list(plain)
    assert wealth.tolist() == list(plain.values())


@pytest.mark.parametrize(
    "text", ["", "date,wealth\n", "date,wealth\n\n", "date,wealth\n2001-01-31,x\n", "date,wealth\nyesterday,1\n"]
)
def test_a_file_that_is_no_wealth_has_no_months(text: str, tmp_path: Path) -> None:
    (tmp_path / "wealth.csv").write_text(text, encoding="utf-8")
    assert len(month_ends(tmp_path / "wealth.csv")[0]) == 0
    assert len(month_ends(tmp_path / "nowhere.csv")[0]) == 0


def test_copies_are_worth_one_and_independent_runs_their_number(tmp_path: Path) -> None:
    rows = noise(8)
    alone = [monthly(tmp_path, f"alone{k}", row) for k, row in enumerate(rows)]
    copies = [monthly(tmp_path, f"copy{k}", rows[0]) for k in range(5)]
    assert worth(tmp_path, []) == 0.0
    assert worth(tmp_path, copies[:1]) == 1.0
    assert worth(tmp_path, copies) == pytest.approx(1.0, abs=1e-6)
    assert worth(tmp_path, alone) == pytest.approx(8.0, rel=0.1)
    both = worth(tmp_path, [*alone, *copies])  # copies add nothing; 500 draws tell 8 from 9 trials, hardly
    assert both == pytest.approx(8.0, rel=0.25)
    assert worth(tmp_path, [*alone, *copies * 3]) == pytest.approx(both, abs=1e-6)


def test_a_run_that_nobody_kept_or_that_is_short_or_torn_counts_as_independent(tmp_path: Path) -> None:
    rows = noise(2)
    names = [monthly(tmp_path, "one", rows[0]), monthly(tmp_path, "same", rows[0])]
    assert worth(tmp_path, [*names, "gone"]) == pytest.approx(2.0)
    names.append(monthly(tmp_path, "short", rows[0][:20]))
    assert worth(tmp_path, names) == pytest.approx(2.0)
    path = tmp_path / "runs" / monthly(tmp_path, "torn", rows[0]) / "wealth.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:50], *lines[51:]]), encoding="utf-8")  # a month is missing
    assert worth(tmp_path, [*names, "torn"]) == pytest.approx(3.0)
    path.write_text("".join([*lines[:50], "2005-02-28,nan,0,0\n", *lines[51:]]), encoding="utf-8")
    assert worth(tmp_path, [*names, "torn"]) == pytest.approx(3.0)
    assert worth(tmp_path, [*names, "../runs/one", "*"]) == pytest.approx(4.0)  # a name is no path
    monthly(tmp_path, "still", np.zeros(100))
    assert 2.0 <= worth(tmp_path, [*names, "still"]) <= 3.0


def test_runs_over_other_years_share_luck_only_where_their_years_are_the_same() -> None:
    # Two runs of 120 months with 60 months in common: the same returns there, so the correlation of their means is
    # 60 / sqrt(120 * 120) = 1/2 but for the noise of the sample.
    returns = noise(1, 180)[0]
    wealth = np.cumprod(np.append(1.0, 1.0 + returns))
    months = np.arange(181)
    luck = shared_luck([(months[:121], wealth[:121]), (months[60:], wealth[60:])])
    assert luck.shape == (180, 2)
    assert np.corrcoef(luck.T)[0, 1] == pytest.approx(0.5, abs=0.1)
    assert luck[:60, 1].tolist() == [0.0] * 60
    assert luck.sum(axis=0) == pytest.approx([0.0, 0.0], abs=1e-12)
    apart = shared_luck([(months[:61], wealth[:61]), (months[120:], wealth[120:])])
    assert np.corrcoef(apart.T)[0, 1] == pytest.approx(0.0, abs=1e-12)


def test_two_hundred_runs_of_25_years_of_days_take_less_than_a_second(tmp_path: Path) -> None:
    rows = [np.cumprod(1.0 + row) for row in noise(4, 6300)]
    names = [kept(tmp_path, f"run{k}", rows[k]) for k in range(4)]
    began = time.process_time()
    worth(tmp_path, names * 50)
    assert time.process_time() - began < 1.0
