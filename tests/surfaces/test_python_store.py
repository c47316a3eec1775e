"""The market store in Python: pandas out, instants with a zone, the same answers as the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.data.store.worlds import macro, prices
from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND
from trimtab.data.history import About, History, Kind


@pytest.fixture
def store(tmp_path: Path) -> trimtab.Store:
    return trimtab.Store(tmp_path / "market")


def test_a_folder_goes_in_and_a_backtest_runs_on_it(store: trimtab.Store, tmp_path: Path):
    folder = put(tmp_path / "desk")
    outcome = store.add("folder", path=str(folder / "prices"))
    assert [change.added for change in outcome.changes] == [260, 260]
    assert store.names == ("SPY", "TLT")
    assert not store.update()[0].errors
    policy = POLICY.replace("path: prices", f"path: {folder / 'prices'}")
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    there = trimtab.backtest(tmp_path / "policy.yaml", store.folder)
    here = trimtab.backtest(tmp_path / "policy.yaml")
    pd.testing.assert_series_equal(there.returns, here.returns)


def test_series_as_of_an_instant_and_as_recorded(store: trimtab.Store):
    rows = [("2024-01-01", "2024-02-10", 1.0), ("2024-01-01", "2024-03-10", 1.2), ("2024-02-01", "2024-03-10", 2.0)]
    store.append([macro("M", rows)], source="mine")
    now = store.series("M")
    assert now.to_dict() == {pd.Timestamp("2024-01-01"): 1.2, pd.Timestamp("2024-02-01"): 2.0}
    assert store.series("M", as_of="2024-02-20T00:00:00Z").tolist() == [1.0]
    assert store.series("M", as_of=datetime(2024, 2, 20, tzinfo=UTC)).tolist() == [1.0]
    assert store.vintages("M")["value"].tolist() == [1.0, 1.2, 2.0]
    assert str(store.vintages("M")["known"].dt.tz) == "UTC"
    panel = store.panel(["M"], ["2024-02-20T00:00:00Z", "2024-03-20T00:00:00+01:00"])
    assert panel["M"].tolist()[0] == 1.0
    assert np.isnan(panel["M"].tolist()[1])
    assert panel["M"].tolist()[2:] == [1.2, 2.0]


def test_sql_and_check(store: trimtab.Store):
    values = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.01, 200)))
    values[100] *= 100.0
    store.append([prices("A", values)], source="mine")
    assert {(line["series"], line["code"]) for line in store.check()} >= {("A", "A1")}
    frame = store.sql("SELECT source, count(*) AS n FROM observations GROUP BY source ORDER BY source")
    assert frame["n"].tolist() == [200, 1]


@pytest.mark.parametrize("when", ["2024-02-20", "2024-02-20T00:00:00", datetime(2024, 2, 20)])  # noqa: DTZ001 - naive on purpose
def test_naive_instants_are_refused(store: trimtab.Store, when: str | datetime):
    store.append([prices("A", [1.0])], source="mine")
    with pytest.raises(UsageError, match="no time zone"):
        store.series("A", as_of=when)


def test_what_is_not_there_is_said(store: trimtab.Store):
    store.append([prices("A", [1.0])], source="mine")
    with pytest.raises(UsageError, match="It has: close"):
        store.series("A", field="open")


def test_numbers_that_are_no_prices_are_set_aside(store: trimtab.Store):
    dates = np.arange("2020-01-01", "2020-01-31", dtype="datetime64[D]")
    values = np.where(np.arange(30) == 7, -1.0, np.linspace(10.0, 11.0, 30))
    store.append([History(About("Z", "Z", Kind.PRICE, "mine"), dates, {CLOSE: values})], source="mine")
    assert np.isnan(store.series("Z").iloc[7])
    assert store.series("Z").notna().sum() == 29


def test_a_series_that_must_be_refused_is_not_kept(store: trimtab.Store):
    """Adjusted closes with their dividends beside them: whoever pays them out counts them twice."""
    dates = np.busday_offset("2020-01-01", np.arange(700), roll="forward").astype("datetime64[D]")
    adjusted = 50.0 * np.exp(np.cumsum(np.random.default_rng(5).normal(0.0005, 0.002, 700)))
    paid = np.where(np.arange(700) % 60 == 30, 1.5, 0.0)
    about = About("Z", "Z", Kind.PRICE_AND_DIVIDENDS, "mine")
    with pytest.raises(DataError, match="dividend"):
        store.append([History(about, dates, {CLOSE: adjusted, ADJUSTED: adjusted, DIVIDEND: paid})], source="mine")
    assert store.names == ()
