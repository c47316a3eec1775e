"""A first policy for a folder of one's own prices: it loads, it runs, and no name is too odd for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind
from trimtab.data.sessions import expected
from trimtab.data.sources.folder import Folder
from trimtab.data.store.source import MarketStore
from trimtab.data.store.store import Store
from trimtab.desk import starter as module
from trimtab.desk.advising import source_written
from trimtab.desk.backtest import backtest
from trimtab.desk.load import load_policy, read_policy
from trimtab.desk.prepare import load_market
from trimtab.desk.starter import starter
from trimtab.desk.yaml12 import parse


def put(folder: Path, header: str, *, count: int = 300, monthly: bool = False) -> Path:
    """Prices of as many series as the header names."""
    names = header.split(",")
    days = np.busday_offset("2010-01-04", np.arange(count))
    if monthly:
        months = np.arange("2010-02", "2014-02", dtype="datetime64[M]").astype("datetime64[D]")
        days = np.busday_offset(months, -1, roll="forward")
    rng = np.random.default_rng(3)
    prices = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, (len(days), len(names))), axis=0))
    rows = [f"date,{header}", *(f"{d}," + ",".join(f"{p:.4f}" for p in row) for d, row in zip(days, prices, strict=True))]
    folder.mkdir(exist_ok=True)
    (folder / "prices.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("monthly", [False, True])
def test_the_policy_runs_as_it_is_written(monthly: bool, tmp_path: Path) -> None:
    put(tmp_path / "my data", "SPY,TLT,GLD", monthly=monthly)
    place = tmp_path / "policy.yaml"
    place.write_text(starter(str(tmp_path / "my data"), place), encoding="utf-8")
    policy = load_policy(place)
    assert [asset.id for asset in policy.universe] == ["SPY", "TLT", "GLD"]
    assert policy.benchmark.tolist() == [0.3333] * 3
    assert policy.schedule.trade.value == ("next_observation" if monthly else "next_open")
    result = backtest(policy, load_market(policy))
    assert len(result.decisions) > 3


@pytest.mark.parametrize("holidays", [False, True])
def test_prices_that_keep_to_the_sessions_of_new_york_name_its_market(holidays: bool, tmp_path: Path) -> None:
    folder, place = tmp_path / "prices", tmp_path / "policy.yaml"
    days = expected("XNYS", "2023-01-02", "2024-03-28")
    days = np.union1d(days, [np.datetime64("2023-12-25")]) if holidays else days
    folder.mkdir()
    (folder / "A.csv").write_text("\n".join(["date,close", *(f"{day},1" for day in days)]) + "\n", encoding="utf-8")
    place.write_text(starter(str(folder), place), encoding="utf-8")
    found = load_policy(place).data
    assert isinstance(found, Folder)
    assert found.market == ("" if holidays else "XNYS")
    assert source_written(str(folder), place) == {"use": "folder", "path": "prices"} | ({} if holidays else {"market": "XNYS"})


def test_names_that_are_no_ids_become_some_and_none_are_the_same(tmp_path: Path) -> None:
    """Regression: two names that differ in a dot only became one id, and `cash` is no asset."""
    put(tmp_path / "prices", "BRK.A,BRK-A,cash,^GSPC,no,123,é")
    policy = read_policy(parse(starter(str(tmp_path / "prices"), tmp_path / "policy.yaml"), "policy.yaml"), folder=tmp_path)
    assert [(a.id, a.series) for a in policy.universe] == [
        ("BRK_A", "BRK.A"),
        ("BRK_A_2", "BRK-A"),
        ("cash_1", "cash"),
        ("GSPC", "^GSPC"),
        ("no", "no"),
        ("123", "123"),
        ("ASSET_1", "é"),
    ]


letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])


@given(st.lists(st.text(letters, min_size=1, max_size=6), min_size=1, max_size=5, unique=True))
@settings(max_examples=60)
def test_whatever_the_names_are_the_policy_is_read(names: list[str]) -> None:
    dates = np.array(["2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    held = [History(About(n, n, Kind.PRICE, "t"), dates, {CLOSE: np.ones(2)}) for n in names]
    document = parse(module._text(held, dates[0], "it's a folder"), "policy.yaml")
    policy = read_policy(document)
    assert [asset.series for asset in policy.universe] == names
    assert policy.data.path == "it's a folder"


def test_a_folder_without_prices_is_refused(tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("date,value\n2020-01-02,1\n2020-01-03,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no prices"):
        starter(str(tmp_path), tmp_path / "policy.yaml")


def test_a_policy_for_a_market_store(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    rows = [f"{day},{k + 1}" for k, day in enumerate(np.busday_offset("2020-01-01", np.arange(300), roll="forward"))]
    (folder / "A.csv").write_text("\n".join(["date,close", *rows]) + "\n", encoding="utf-8")
    store = Store.create(tmp_path / "market")
    store.append(Folder(str(folder)).load(["A"]), source="folder", now=np.datetime64("2026-01-31T22:00:00", "s"))
    place = tmp_path / "policy.yaml"
    place.write_text(starter(str(store.root), place), encoding="utf-8")
    policy = load_policy(place)
    assert isinstance(policy.data, MarketStore)
    assert load_market(policy).fields[CLOSE][-1, 0] == 300.0
