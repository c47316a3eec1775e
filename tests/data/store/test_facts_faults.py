"""Everything that is refused in a file of facts: one line, its place, and the store as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.fact_files import HEADS, put, refused
from tests.data.store.worlds import NOW, prices
from trimtab.core.errors import DataError, TrimtabError
from trimtab.data.store.facts import FACTS, read_facts
from trimtab.data.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "market")


# What is refused, with its place.

FAULTS = [
    ("names", "A,ticker,AA,XNYS,2020-01-01,\nB,isin,US0378331006,,2020-01-01,", "3:3 ISIN 'US0378331006' cannot be right"),
    ("names", "B,isin,us0378331005,,2020-01-01,", "2:3 ISIN 'us0378331005' cannot be right: it has not the form"),
    ("names", ",ticker,AA,XNYS,2020-01-01,", "2:1 the instrument is empty"),
    ("names", "A,tickr,AA,XNYS,2020-01-01,", "2:2 there is no scheme 'tickr'. Did you mean ticker?"),
    ("names", "A,ticker,,XNYS,2020-01-01,", "2:3 the name is empty"),
    ("names", "A,ticker,AA,XNYS,,", "2:5 the since is empty"),
    ("names", "A,ticker,AA,XNYS,2020-01-01,2019-01-01", "2:6 ticker AA of A ends on 2019-01-01, before it begins"),
    ("names", "A,ticker,AA,XNYS,01/02/2020,", "2:5 '01/02/2020' could be month/day or day/month"),
    ("names", "A,ticker,AA,XNYS,2020-01,", "2:5 '2020-01' is a month, not a day"),
    ("names", "A,ticker,AA,XNYS,2020-02-30,", "2:5 there is no date 2020-02-30"),
    ("names", "A,ticker,AA,XNYS,2020-01-01,\nB,ticker,AA,XNYS,2021-01-01,", "3:5 the ticker AA overlaps: A (XNYS)"),
    ("names", "A,ticker,AA,XNYS,2020-01-01,\nA,ticker,AA,XNYS,2020-01-01,", "3:1 A, ticker, AA, XNYS, 2020-01-01 stands here"),
    ("members", "u,,2020-01-01,", "2:2 the instrument is empty"),
    ("members", ",A,2020-01-01,", "2:1 the universe is empty"),
    ("members", "u,A,2020-01-01,\nu,B,2020-01-01,\nu,A,2021-01-01,", "4:3 A is in u twice"),
    ("members", "u,A,2020-01-01,2019-01-01", "2:4 A in u ends on 2019-01-01, before it begins"),
    ("members", "u,A,2020-01-01", "2:4 the row has 3 cells, the header has 4"),
    ("actions", "A,spinoff,2020-01-02,,,0.5,30,B,", "2:2 there is no kind 'spinoff'. Did you mean spin-off?"),
    ("actions", "A,delisting,2020-01-02,,,,,,broke", "2:9 there is no reason 'broke'. Known: bankruptcy"),
    ("actions", ",delisting,2020-01-02,,,,,,", "2:1 the id is empty"),
    ("actions", "A,spin-off,2020-01-02,,,0.5,,B,", "2:7 a row of kind spin-off needs its price"),
    ("actions", "A,spin-off,2020-01-02,,,0.5,30,,", "2:8 a row of kind spin-off needs its other"),
    ("actions", "A,spin-off,2020-01-02,,,,30,B,", "2:6 a row of kind spin-off needs its ratio"),
    ("actions", "A,merger,2020-01-02,,,,,B,", "2:5 a row of kind merger needs its cash"),
    ("actions", "A,merger,2020-01-02,,5,0.5,,B,", "2:7 a row of kind merger needs its price"),
    ("actions", "A,rights,2020-01-02,,,0.2,,,", "2:7 a row of kind rights needs its price"),
    ("actions", "A,return of capital,2020-01-02,,,,,,", "2:5 a row of kind return of capital needs its cash"),
    ("actions", "A,return of capital,2020-01-02,,-1,,,,", "2:5 a return of capital is -1"),
    ("actions", "A,delisting,2020-01-02,,-1,,,,", "2:5 the liquidation value is -1"),
    ("actions", "A,delisting,2020-01-02,2020-01-02T10:00:00,,,,,", "2:4 2020-01-02T10:00:00 has no time zone"),
    ("actions", "A,delisting,2020-01-02,,NaN,,,,", "2:5 the cell reads 'NaN'"),
    ("actions", 'A,delisting,2020-01-02,,"1,5",,,,', "2:5 '1,5' has a"),
    ("rolls", "CL,2020-01-02,F1,F2,,102,", "2:5 the price_old is empty"),
    ("rolls", "CL,2020-01-02,F1,F2,100,,", "2:6 the price_new is empty"),
    ("rolls", "CL,2020-01-02,F1,F2,100,102,1.5", "2:7 the roll of 2020-01-02 costs 1.5"),
    ("rolls", "CL,2020-01-02,F1,F1,100,102,", "2:4 CL comes back to F1"),
    ("rolls", "CL,2020-01-02,CL,F1,100,102,", "2:4 CL cannot be one of its own contracts"),
    (
        "rolls",
        "CL,2020-01-02,F1,F2,100,102,\nCL,2020-02-03,F3,F4,100,102,",
        "3:3 CL rolls out of F3 on 2020-02-03, but into F2",
    ),
    (
        "rolls",
        "CL,2020-01-02,F1,F2,100,102,\nCL,2020-01-02,F2,F3,100,102,",
        "3:3 CL rolls out of F2 on 2020-01-02, but into F2",
    ),
    ("rolls", ",2020-01-02,F1,F2,100,102,", "2:1 the chain is empty"),
]


@pytest.mark.parametrize(("table", "lines", "said"), FAULTS, ids=[f"{table}-{k}" for k, (table, *_) in enumerate(FAULTS)])
def test_a_fault_is_named_with_its_place_and_nothing_is_written(store: Store, table: str, lines: str, said: str):
    error = refused(store, table, *lines.split("\n"))
    assert f"{table}.csv:{said}" in str(error)
    assert error.exit_code == 4
    assert error.remedy


@pytest.mark.parametrize(
    ("table", "held", "line", "said"),
    [
        ("names", "A,ticker,AA,XNYS,2020-01-01,", "B,ticker,AA,XNYS,2021-01-01,", "2:5 the ticker AA overlaps: A"),
        ("members", "u,A,2020-01-01,", "u,A,2021-01-01,", "2:3 A is in u twice: from 2020-01-01, and from 2021-01-01"),
        ("rolls", "CL,2020-01-02,F1,F2,1,1,", "CL,2020-02-03,F3,F4,1,1,", "2:3 CL rolls out of F3"),
        ("rolls", "CL,2020-01-02,F1,F2,1,1,", "CL,2020-02-03,F2,F1,1,1,", "2:3 CL comes back to F1"),
    ],
)
def test_what_contradicts_the_store_is_refused_too(store: Store, table: str, held: str, line: str, said: str):
    put(store, table, held)
    assert f"{table}.csv:{said}" in str(refused(store, table, line))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "universe,instrument,since",
            "1:1 the column until is missing. The columns of members are: universe,instrument,since,",
        ),
        ("universe,instrument,since,untill", "1:4 members have no column 'untill'. Did you mean until?"),
        ("universe,instrument,since,recorded", "1:4 members have no column 'recorded'"),
        ("universe,instrument,since,since", "1:4 the column since stands here twice"),
        ("universe;instrument;since;until", "1:1 the columns are separated by semicolons"),
    ],
)
def test_the_columns_are_those_of_the_table(tmp_path: Path, header: str, said: str):
    place = tmp_path / "members.csv"
    place.write_text(header + "\n" + ",".join(["2020-01-01"] * (header.count(",") + 1)) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_facts(place, "members")
    assert f"members.csv:{said}" in str(caught.value)


@given(st.binary(max_size=200), st.sampled_from(FACTS))
@settings(max_examples=150, deadline=None)
def test_no_file_whatever_brings_more_than_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes, table: str):
    place = tmp_path_factory.mktemp("any") / "any.csv"
    place.write_bytes(HEADS[table].encode() + b"\n" + data)
    said = ""
    try:
        read_facts(place, table)
    except TrimtabError as error:
        said = str(error)
    assert "\n" not in said
    assert not said or "any.csv" in said


def test_a_chain_and_a_series_never_share_an_id(store: Store):
    store.append([prices("CL", [1.0])], source="x", now=NOW)
    assert "rolls.csv:2:3 CL is a series of the store already" in str(refused(store, "rolls", "CL,2020-01-02,F1,F2,1,1,"))
    put(store, "rolls", "NG,2020-01-02,F1,F2,1,1,")
    with pytest.raises(DataError, match="NG is a chain of the store"):
        store.append([prices("NG", [1.0])], source="x", now=NOW)
