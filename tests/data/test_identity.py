"""Names in time: renames, reuse, what is ambiguous is refused, and earlier answers stay what they were."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.data.identifiers import Scheme
from trimtab.data.identity import Name, Names
from trimtab.data.validity import NEVER


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def at(text: str) -> np.datetime64:
    return np.datetime64(text, "s")


EARLY = at("2000-01-01T00:00:00")


def ticker(instrument: str, name: str, since: str, until: str = "", *, market: str = "XNYS", recorded: str = "") -> Name:
    end = day(until) if until else NEVER
    return Name(instrument, Scheme.TICKER, name, day(since), at(recorded) if recorded else EARLY, end, market)


# Real cases.

META = Names(
    (
        ticker("meta", "FB", "2012-05-18", market="XNAS", recorded="2012-05-18T00:00:00"),
        ticker("meta", "FB", "2012-05-18", "2022-06-09", market="XNAS", recorded="2022-05-31T00:00:00"),
        ticker("meta", "META", "2022-06-09", market="XNAS", recorded="2022-05-31T00:00:00"),
    )
)
REUSED = Names(
    (
        ticker("gm-1908", "GM", "1916-12-20", "2009-06-02"),
        ticker("gm-2010", "GM", "2010-11-18"),
        ticker("sears", "SHLD", "2005-03-28", "2018-10-15", market="XNAS"),
        ticker("defence-fund", "SHLD", "2023-09-12", market="ARCX"),
    )
)


def test_a_rename_keeps_the_instrument() -> None:
    assert META.resolve("FB", on=day("2022-06-08")) == "meta"
    assert META.resolve("META", on=day("2022-06-09")) == "meta"
    with pytest.raises(DataError, match="FB means no instrument on 2022-06-09"):
        META.resolve("FB", on=day("2022-06-09"))
    assert META.resolve("FB") == "meta"  # one instrument ever: the name alone will do
    assert [n.name for n in META.of("meta", day("2023-01-03"))] == ["META"]


def test_a_ticker_used_again_is_another_instrument() -> None:
    assert REUSED.resolve("GM", on=day("2008-12-31")) == "gm-1908"
    assert REUSED.resolve("GM", on=day("2011-01-03")) == "gm-2010"
    assert REUSED.resolve("SHLD", on=day("2018-04-11")) == "sears"
    assert REUSED.resolve("SHLD", on=day("2024-01-02")) == "defence-fund"


def test_a_join_by_ticker_alone_is_refused_with_both_named() -> None:
    with pytest.raises(
        DataError, match=r"several instruments: gm-1908 \(XNYS\) from .* until 2009-06-02; gm-2010 .*2010-11-18"
    ):
        REUSED.resolve("GM")
    with pytest.raises(DataError, match=r"several instruments between 2008-01-02 and 2012-01-03: gm-1908.*gm-2010"):
        REUSED.resolve_between("GM", day("2008-01-02"), day("2012-01-03"))


def test_a_file_joins_where_one_instrument_bore_the_name_throughout() -> None:
    assert REUSED.resolve_between("GM", day("2010-11-18"), day("2018-04-11")) == "gm-2010"
    assert REUSED.resolve_between("GM", day("2008-01-02"), day("2009-06-01")) == "gm-1908"
    with pytest.raises(DataError, match="nobody's on 2009-06-02"):
        REUSED.resolve_between("GM", day("2008-01-02"), day("2009-06-02"))
    with pytest.raises(DataError, match="nobody's on 2010-11-17"):
        REUSED.resolve_between("GM", day("2010-11-17"), day("2011-01-03"))


def test_one_ticker_in_two_markets_needs_the_market() -> None:
    names = Names((ticker("at-and-t", "T", "1984-01-01"), ticker("telus", "T", "1999-02-01", market="XTSE")))
    with pytest.raises(DataError, match=r"several instruments on 2024-01-02: at-and-t \(XNYS\).*telus \(XTSE\)"):
        names.resolve("T", on=day("2024-01-02"))
    assert names.resolve("T", on=day("2024-01-02"), market="XTSE") == "telus"


def test_other_schemes_are_names_of_their_own() -> None:
    isin = Name("apple", Scheme.ISIN, "US0378331005", day("1980-12-12"), EARLY)
    code = Name("apple", Scheme.VENDOR, "AAPL US Equity", day("1980-12-12"), EARLY, market="bloomberg")
    names = Names((isin, code))
    assert names.resolve("US0378331005", scheme=Scheme.ISIN) == "apple"
    assert names.resolve("AAPL US Equity", scheme=Scheme.VENDOR, market="bloomberg") == "apple"
    with pytest.raises(DataError, match="no such name is recorded"):
        names.resolve("AAPL")
    with pytest.raises(DataError, match="check digit"):
        Name("apple", Scheme.ISIN, "US0378331006", day("1980-12-12"), EARLY)


# Two times.


def test_an_earlier_state_answers_as_it_did() -> None:
    before = META.as_recorded(at("2022-01-01T00:00:00"))
    assert before.resolve("FB", on=day("2022-07-01")) == "meta"  # nobody knew yet that it would end
    with pytest.raises(DataError, match="no such name"):
        before.resolve("META", on=day("2022-07-01"))
    assert META.as_recorded(at("2000-01-01T00:00:00")).records == ()


def test_a_record_is_taken_back_by_one_that_ends_where_it_begins() -> None:
    wrong = ticker("gm-2010", "GM", "2009-07-10")
    back = ticker("gm-2010", "GM", "2009-07-10", "2009-07-10", recorded="2010-01-01T00:00:00")
    names = Names((*REUSED.records[:2], wrong, back))
    assert names.resolve("GM", on=day("2010-12-01")) == "gm-2010"
    with pytest.raises(DataError, match="overlaps"):
        Names((*REUSED.records[:2], wrong))


@given(st.permutations(list(META.records)), st.integers(2010, 2026))
def test_the_order_of_the_records_does_not_matter(records: list[Name], year: int) -> None:
    now = at(f"{year}-07-01T00:00:00")
    for name in ("FB", "META"):
        answers = []
        for names in (META, Names(tuple(records))):
            try:
                answers.append(names.as_recorded(now).resolve(name, on=day(f"{year}-06-30")))
            except DataError:
                answers.append("refused")
        assert answers[0] == answers[1]


@given(st.integers(2010, 2026), st.integers(2010, 2030))
def test_what_is_recorded_later_changes_no_earlier_answer(by: int, year: int) -> None:
    now, on = at(f"{by}-01-01T00:00:00"), day(f"{year}-06-30")
    later = ticker("other", "FB", f"{year}-01-01", market="XTSE", recorded=f"{by}-01-02T00:00:00")
    longer = Names((*META.records, later)).as_recorded(now)
    assert longer == META.as_recorded(now)
    assert longer.of("other", on) == ()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=6))
def test_overlapping_intervals_of_one_name_are_refused(spans: list[tuple[int, int]]) -> None:
    first = day("2020-01-01")
    records = [
        Name(f"i{k}", Scheme.TICKER, "X", first + start, EARLY, first + start + length, "XNYS")
        for k, (start, length) in enumerate(spans)
    ]
    days = [d for start, length in spans for d in range(start, start + length)]
    if len(days) == len(set(days)):
        names = Names(tuple(records))
        assert all(names.resolve("X", on=first + s) == f"i{k}" for k, (s, _) in enumerate(spans))
    else:
        with pytest.raises(DataError, match="the ticker X overlaps"):
            Names(tuple(records))


# Rows.


def test_rows_are_plain_and_come_back() -> None:
    rows = META.rows()
    assert repr(Names.from_rows(rows)) == repr(META)  # NaT is equal to nothing, itself included
    assert rows[1]["until"] == date(2022, 6, 9)
    assert rows[0]["until"] is None
    assert {type(value) for row in rows for value in row.values()} == {str, date, datetime, type(None)}
    pytest.importorskip("pyarrow")
    import pyarrow as pa

    assert repr(Names.from_rows(pa.Table.from_pylist(list(rows)).to_pylist())) == repr(META)


def test_rows_that_mean_nothing_are_refused() -> None:
    row = dict(META.rows()[0])
    with pytest.raises(DataError, match="has no zone"):
        Names.from_rows([{**row, "recorded": datetime(2020, 1, 1)}])  # noqa: DTZ001 - naive on purpose
    with pytest.raises(DataError, match="no scheme 'wkn'"):
        Names.from_rows([{**row, "scheme": "wkn"}])
    with pytest.raises(DataError, match="a time, not a date"):
        Names.from_rows([{**row, "since": datetime(2020, 1, 1)}])  # noqa: DTZ001
    with pytest.raises(DataError, match="before it begins"):
        Names.from_rows([{**row, "until": date(2000, 1, 1)}])
    with pytest.raises(DataError, match="no beginning"):
        Names.from_rows([{**row, "since": None}])
    with pytest.raises(DataError, match="belongs to no instrument"):
        Names.from_rows([{**row, "instrument": ""}])
