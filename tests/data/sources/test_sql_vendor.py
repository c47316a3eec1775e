"""SQL through SQLAlchemy and SQLite: the rows of a table or a query, bound values only, nothing written, no secret shown."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT
from trimtab.data.history import History, Kind
from trimtab.data.sources import sql, sql_session
from trimtab.data.sources.series import histories
from trimtab.data.sources.sql import Sql, sheet_of

NOW = np.datetime64("2024-06-01T00:00:00")
CANARY = "canary-Secret!42"

ROWS = [
    ("AAA", "2024-01-02", 100.0, 0.0, None),
    ("AAA", "2024-01-03", 51.0, 0.5, 2.0),
    ("BBB", "2024-01-02", 7.0, 0.0, None),
    ("BBB", "2024-01-03", None, 0.0, None),
    ("BBB", "2024-01-04", 8.0, 0.0, None),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "market.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table prices (id text, date text, close real, dividend real, split real)")
        connection.executemany("insert into prices values (?, ?, ?, ?, ?)", ROWS)
        connection.execute("create table macro (date text, series text, value real)")
        connection.execute("insert into macro values ('2024-01-31', 'cpi', -0.5)")
    return path


def vendor(database: Path, **parameters: Any) -> Sql:
    return Sql(url=f"sqlite:///{database}", **parameters)


def fetched(vendor: Sql, *codes: str, since: dict[str, np.datetime64] | None = None, now: np.datetime64 = NOW) -> list[History]:
    return [*vendor.fetch(codes, since=since or {}, now=now)]


def refused(vendor: Sql, *codes: str) -> DataError:
    with pytest.raises(DataError) as caught:
        fetched(vendor, *codes)
    assert caught.value.remedy
    return caught.value


QUERIES = [
    {"table": "prices"},
    {"query": "select * from prices"},
    {"query": "select * from prices where id = :code"},
    {"query": "select * from prices where id in :codes"},
    {"query": "select * from prices where id in :codes and date >= :since order by date desc"},
    {"query": "with p as (select * from prices) select id, date, close, dividend, split from p where id = :code"},
]


@pytest.mark.parametrize("parameters", QUERIES)
def test_a_table_and_every_form_of_query_say_the_same(parameters: dict[str, str], database: Path) -> None:
    bbb, aaa = fetched(vendor(database, **parameters), "BBB", "AAA")
    assert (bbb.about.name, aaa.about.name) == ("BBB", "AAA")  # in the order asked
    assert aaa.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert aaa.fields[CLOSE].tolist() == [100.0, 51.0]
    assert aaa.fields[DIVIDEND].tolist() == [0.0, 0.5]
    assert aaa.fields[SPLIT][1] == 2.0
    assert np.isnan(bbb.values).tolist() == [False, True, False]
    assert aaa.about.provenance in ("SQL table prices", "SQL query")


def test_since_bounds_the_answer(database: Path) -> None:
    for parameters in (QUERIES[0], QUERIES[4]):
        (history,) = fetched(vendor(database, **parameters), "BBB", since={"BBB": np.datetime64("2024-01-03")})
        assert history.dates.astype(str).tolist() == ["2024-01-04"]  # the 3rd has no price: trimmed


def test_values_in_long_form_and_a_currency(database: Path) -> None:
    (history,) = fetched(vendor(database, table="macro"), "cpi")
    assert history.about.kind is Kind.LEVEL
    assert history.values.tolist() == [-0.5]
    aaa = fetched(vendor(database, table="prices", currency="GBp"), "AAA")[0]
    assert aaa.about.currency == "GBP"
    assert aaa.fields[CLOSE].tolist() == [1.0, 0.51]


@pytest.mark.parametrize(
    ("kind", "day"), [("date", "2024-01-03"), ("datetime", "2024-01-03 00:00:00.000000"), ("text", "2024-01-03")]
)
def test_dates_and_decimals_by_their_declared_types(kind: str, day: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"create table typed (day {kind}, ticker text, close numeric(10, 2))")
        connection.execute("insert into typed values (?, 'AAA', 5.25)", (day,))
        connection.execute("insert into typed values (?, 'AAA', 5)", (day.replace("-03", "-02"),))
    every = fetched(vendor(database, table="typed"), "AAA")[0]
    assert every.values.tolist() == [5.0, 5.25]
    (history,) = fetched(vendor(database, table="typed"), "AAA", since={"AAA": np.datetime64("2024-01-03")})
    assert history.dates.astype(str).tolist() == ["2024-01-03"]


def test_a_query_without_ids_is_named_by_its_code(database: Path) -> None:
    (history,) = fetched(vendor(database, query="select date, close from prices where id = :code"), "AAA")
    assert history.about.name == "AAA"
    assert history.about.kind is Kind.PRICE


def test_rows_later_than_now_are_left_out(database: Path) -> None:
    (history,) = fetched(vendor(database, table="prices"), "AAA", now=np.datetime64("2024-01-03T20:59:59"))
    assert history.dates.astype(str).tolist() == ["2024-01-02"]


def test_a_part_without_dividends_or_splits_has_none_of_them(database: Path) -> None:
    (history,) = fetched(vendor(database, query="select * from prices where id = :code"), "BBB")
    assert history.about.kind is Kind.PRICE_AND_DIVIDENDS  # as the whole table is
    assert np.isnan(history.fields[SPLIT]).all()
    assert history.issues[0].what == "columns without any value: split"


def test_no_code_no_question(database: Path) -> None:
    assert fetched(vendor(database, table="prices")) == []


@given(st.text(min_size=1, max_size=40) | st.sampled_from(["'; drop table prices; --", 'AAA" or "1"="1', "AAA' or '1'='1"]))
def test_a_code_is_a_value_and_never_part_of_the_query(code: str) -> None:
    for parameters in QUERIES:
        with pytest.raises(DataError):  # an empty database has no such table, whatever the code says
            fetched(Sql(url="sqlite://", **parameters), code)


def test_injection_finds_no_row_and_drops_no_table(database: Path) -> None:
    for parameters in QUERIES:
        for code in ("'; drop table prices; --", "AAA' or '1'='1", 'AAA" or ""="'):
            assert "no row" in str(refused(vendor(database, **parameters), code))
    assert len(fetched(vendor(database, table="prices"), "AAA")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "with x as (select 1) insert into prices select 'X', '2024-01-02', 1, 0, null",
        "with x as (select 1) delete from prices",
        "with x as (select 1) update prices set close = 1",
    ],
)
def test_nothing_is_written(query: str, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.read_bytes()
    error = refused(vendor(database, query=query), "AAA")
    assert "readonly" in str(error) or "read-only" in str(error)
    assert database.read_bytes() == before
    monkeypatch.setattr(sql_session, "_READ_ONLY", {})  # control: without the switch SQLite writes, and keeps it
    assert "readonly" not in str(refused(vendor(database, query=query), "AAA"))
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select count(*), sum(close) from prices").fetchone() != (5, 166.0)


@pytest.mark.parametrize(
    "query", ["drop table prices", "insert into prices values (1)", "  delete from prices", "pragma x", "attach 'x' as y"]
)
def test_a_query_that_does_not_read_is_refused_at_the_door(query: str) -> None:
    with pytest.raises(UsageError, match="does not begin with SELECT"):
        Sql(url="sqlite://", query=query)


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"url": "sqlite://", "query": "select 1", "table": "p"}, "query or table"),
        ({"url": "sqlite://"}, "query or table"),
        ({"table": "p"}, "url or url_from"),
        ({"url": "sqlite://", "url_from": "X", "table": "p"}, "url or url_from"),
    ],
)
def test_parameters_that_contradict(parameters: dict[str, str], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        Sql(**parameters)


@pytest.mark.parametrize(
    ("row", "where", "what"),
    [
        (("AAA", "2024-01-04", 0.0, 0.0, None), "query row 6:close", "0.0 is not a price"),
        (("AAA", "2024-01-04", -1.5, 0.0, None), "query row 6:close", "is not a price"),
        (("AAA", "2024-01-04", "x", 0.0, None), "query row 6:close", "'x' is text"),
        (("AAA", "04/01/2024", 5.0, 0.0, None), "query row 6:date", "could be month/day"),
        (("AAA", "2024-01-04 16:00:00", 5.0, 0.0, None), "query row 6:date", "time of day"),
        (("AAA", None, 5.0, 0.0, None), "query row 6:date", "the date is empty"),
        ((None, "2024-01-04", 5.0, 0.0, None), "query row 6:id", "which series"),
        (("AAA", "2024-01-03", 5.0, 0.0, None), "query row 6:close", "occurs twice"),
        (("AAA", "2024-01-04", 5.0, -1.0, None), "query row 6:dividend", "below zero"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row: tuple[Any, ...], where: str, what: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("insert into prices values (?, ?, ?, ?, ?)", row)
    error = refused(vendor(database, query="select * from prices"), "AAA")
    assert error.where == where
    assert what in str(error)


@pytest.mark.parametrize(
    ("parameters", "code", "what"),
    [
        ({"table": "prices"}, "ZZZ", "no rows for ZZZ"),
        ({"query": "select * from prices"}, "ZZZ", "no row of ZZZ"),
        ({"table": "absent"}, "AAA", "NoSuchTableError"),
        ({"query": "select * from absent"}, "AAA", "no such table: absent"),
        ({"query": "select nonsense from"}, "AAA", "the database refused"),
        ({"query": "select * from prices where id = :other"}, "AAA", "the database refused"),
        ({"query": "select close from prices"}, "AAA", "only one column"),
        ({"query": "select id, date from prices"}, "AAA", "is text"),
        ({"query": "select id, date, close, close from prices"}, "AAA", "are the same"),
    ],
)
def test_answers_that_are_refused(parameters: dict[str, str], code: str, what: str, database: Path) -> None:
    assert what in str(refused(vendor(database, **parameters), code))


def test_a_table_needs_ids_and_dates(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table bare (date text, close real)")
    assert "no column of ids" in str(refused(vendor(database, table="bare"), "AAA"))


def test_a_missing_or_broken_database_is_refused_and_never_made(tmp_path: Path) -> None:
    path = tmp_path / "absent.db"
    assert "no such database" in str(refused(vendor(path, table="prices"), "AAA"))
    assert not path.exists()
    path.write_bytes(b"this is no database, only text of some length" * 50)
    assert "not a database" in str(refused(vendor(path, table="prices"), "AAA"))


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


def test_a_password_in_the_address_is_refused_without_repeating_it() -> None:
    for url in (f"postgresql://me:{CANARY}@host/db", f"mysql+pymysql://host/db?password={CANARY}"):
        with pytest.raises(UsageError, match="carries a password") as caught:
            fetched(Sql(url=url, table="prices"), "AAA")
        assert CANARY not in shown(caught.value)


def test_no_error_shows_the_password_or_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MYDB_PASSWORD", CANARY)
    monkeypatch.setenv("MYDB_URL", f"postgresql+nodriver://me:{CANARY}@host/db")
    monkeypatch.setenv("BAD_URL", f"no address {CANARY}")
    vendors = [
        Sql(url="postgresql+nodriver://me@host/db", password_from="MYDB_PASSWORD", table="prices"),  # noqa: S106 - the name of a variable
        Sql(url_from="MYDB_URL", table="prices"),
        Sql(url_from="BAD_URL", table="prices"),
        Sql(url=f"sqlite:///{tmp_path}/absent.db", password_from="MYDB_PASSWORD", table="prices"),  # noqa: S106 - the name of a variable
    ]
    for each in vendors:
        with pytest.raises(TrimtabError) as caught:
            fetched(each, "AAA")
        assert CANARY not in shown(caught.value)
        assert CANARY not in repr(each)


def test_a_port_that_is_no_number_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_PORT", f"postgresql+psycopg://me:{CANARY}@host:abc/name")
    with pytest.raises(UsageError, match="the variable BAD_PORT is no address of a database") as caught:
        fetched(Sql(url_from="BAD_PORT", query="SELECT * FROM prices"), "A")
    assert CANARY not in shown(caught.value)


def test_a_driver_that_repeats_the_password_is_masked() -> None:
    import sqlalchemy

    def loud() -> None:
        raise OSError(f"cannot log in with {CANARY}")

    with pytest.raises(DataError) as caught:
        sql_session._clear(sqlalchemy, (CANARY,), loud)
    assert "cannot log in with ***" in str(caught.value)
    assert CANARY not in shown(caught.value)
    with pytest.raises(DataError) as caught:
        sql_session._clear(sqlalchemy, (), loud)  # control: secrets forgotten
    assert CANARY in shown(caught.value)


def test_a_variable_that_is_not_set_is_named(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MYDB_URL", raising=False)
    with pytest.raises(UsageError, match="the environment variable MYDB_URL is not set"):
        fetched(Sql(url_from="MYDB_URL", table="prices"), "AAA")
    monkeypatch.setenv("MYDB_URL", f"sqlite:///{database}")
    assert len(fetched(Sql(url_from="MYDB_URL", table="prices"), "AAA")) == 1


def test_without_sqlalchemy_the_remedy_says_what_to_install(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(sql_session, "import_module", absent)
    with pytest.raises(UsageError, match=r"trimtab\[sql\]"):
        fetched(vendor(database, table="prices"), "AAA")


VALUE = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.text(max_size=5)
    | st.binary(max_size=3)
)
NAME = st.sampled_from(["date", "id", "close", "value", "x", "", "Stock Splits", "dividend"])


@given(st.lists(NAME, min_size=1, max_size=4), st.data())
def test_any_answer_becomes_histories_or_is_refused(header: Sequence[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*[VALUE] * len(header)), min_size=1, max_size=4))
    try:
        assert histories(sheet_of(header, rows, "query", ""))
    except DataError as error:
        assert error.where.startswith("query")  # noqa: PT017 - both outcomes are right


def test_the_answer_is_bounded(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "MAX_CELLS", 10)
    assert "more than 10 cells" in str(refused(vendor(database, table="prices"), "AAA", "BBB"))
