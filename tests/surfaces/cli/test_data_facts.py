"""`trimtab data add names|members|actions|rolls`, and what `show`, `status` and `sql` make of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.desk_folder import days, everything, put
from trimtab.surfaces.cli import facts
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]

FILES = {
    "names": [
        "instrument,scheme,name,market,since,until",
        "META,ticker,FB,XNAS,2009-05-18,2010-06-09",
        "META,ticker,META,XNAS,2010-06-09,",
        "GM.1908,ticker,GM,XNYS,1916-12-20,2009-06-02",
        "GM.2010,ticker,GM,XNYS,2010-11-18,",
    ],
    "members": [
        "universe,instrument,since,until",
        "big,META,2009-01-02,",
        "big,LEH,2000-01-03,2010-03-01",
        "META,META,2010-01-04,",
    ],
    "actions": [
        "id,kind,effective,known,cash,ratio,price,other,reason",
        "META,spin-off,2010-12-31,,,0.5,30,CHILD,",
    ],
    "rolls": ["chain,date,old,new,price_old,price_new,cost", f"CL,{days(2)[1]},F1,F2,100,102,0.001"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of META, GM.2010 and two contracts, and a file of each kind of fact."""
    lines = ["date,META,GM.2010,F1,F2", *(f"{day},100,50,{98 + 2 * k},{100 + 2 * k}" for k, day in enumerate(days(260)))]
    monkeypatch.chdir(put(tmp_path, lines))
    for table, rows in FILES.items():
        Path(f"{table}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["data", "init", "--quiet"]) == 0
    assert main(["data", "add", "folder", "--set", "path=prices", "--quiet"]) == 0
    return tmp_path


def said(words: str, capsys: Capture, code: int = 0) -> str:
    capsys.readouterr()
    assert main(words.split()) == code
    return capsys.readouterr().out


def document(words: Sequence[str] | str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*(words.split() if isinstance(words, str) else words), "--json", "--quiet"]) == code
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def refused(words: str, capsys: Capture, code: int) -> str:
    """The one line on standard error; the store is what it was."""
    before = everything(Path("market"))
    capsys.readouterr()
    assert main(words.split()) == code
    out, error = capsys.readouterr()
    assert out == ""
    assert everything(Path("market")) == before
    (line,) = error.splitlines()
    assert line.startswith("error TT-")
    assert line.endswith(f"[exit {code}]")
    return line


def add(table: str) -> None:
    assert main(["data", "add", table, "--set", f"path={table}.csv", "--quiet"]) == 0


@pytest.mark.parametrize("table", FILES)
def test_facts_come_in_once(folder: Path, capsys: Capture, table: str):
    count = len(FILES[table]) - 1
    body = document(f"data add {table} --set path={table}.csv", capsys)
    assert body == {"trimtab": 1, "kind": "data add", "store": "market", "table": table, "rows": count, "new": count}
    assert document(f"data add {table} --set path={table}.csv", capsys)["new"] == 0
    assert said(f"data add {table} --set path={table}.csv", capsys) == f" {table}: {count} rows, nothing new\n"
    assert document(["data", "sql", f"SELECT count(*) FROM {table}"], capsys)["rows"] == [[count]]  # noqa: S608 - fixed words


@pytest.mark.parametrize("table", [*FILES, "latest"])
def test_every_table_can_be_asked_before_anything_is_in_it(folder: Path, capsys: Capture, table: str):
    body = document(["data", "sql", f"FROM {table} LIMIT 0"], capsys)
    head = FILES[table][0] + ",recorded" if table in FILES else "id,field,effective,known,recorded,value,source,hash"
    assert ",".join(body["columns"]) == head
    assert body["rows"] == []


def test_a_ticker_is_resolved_on_its_date_and_the_screen_says_so(folder: Path, capsys: Capture):
    add("names")
    text = said("data show FB --as-of 2010-06-08 --rows 1", capsys)
    assert text.splitlines()[0] == " FB was META's ticker from 2009-05-18 until 2010-06-09"
    assert "2010-06-08" in text.splitlines()[-1]
    body = document("data show FB --as-of 2010-06-08T21:00:00Z --rows 1", capsys)
    assert (body["series"], body["ticker"]) == ("META", "FB was META's ticker from 2009-05-18 until 2010-06-09")
    assert "ticker" not in document("data show META", capsys)  # an id is an id
    assert "FB was META's" in said("data show FB", capsys)  # one instrument ever: no date is needed
    assert "FB means no instrument on 2010-06-09" in refused("data show FB --as-of 2010-06-09", capsys, 4)


def test_a_ticker_that_was_used_again_needs_a_date(folder: Path, capsys: Capture):
    add("names")
    line = refused("data show GM", capsys, 4)
    assert "several instruments: GM.1908 (XNYS) from 1916-12-20 until 2009-06-02; GM.2010 (XNYS) from 2010-11-18" in line
    assert document("data show GM --as-of 2010-12-31", capsys)["series"] == "GM.2010"
    assert "no series 'GM.1908'" in refused("data show GM --as-of 2008-12-31", capsys, 2)
    assert "no series 'GMM'" in refused("data show GMM --as-of 2010-12-31", capsys, 2)  # no ticker either: as ever


def test_a_command_that_names_a_series_takes_no_ticker(folder: Path, capsys: Capture):
    add("names")
    assert "no series 'FB'" in refused("data vintages FB", capsys, 2)
    policy = "trimtab: 1\nname: x\nsince: 2010-01-04\ndata: {use: store, path: market}\nuniverse: {A: {series: FB}}\n"
    Path("x.yaml").write_text(
        policy + "benchmark: {A: 1.0}\nschedule: {decide: month-end, trade: next_close}\n", encoding="utf-8"
    )
    assert "no series 'FB'" in refused("backtest x.yaml --quiet", capsys, 2)


def test_the_members_of_a_universe_on_a_date(folder: Path, capsys: Capture):
    add("members")
    assert said("data show big --as-of 2010-02-26", capsys) == " big on 2010-02-26: 2 members\n LEH\n META\n"
    body = document("data show big --as-of 2010-03-01", capsys)
    assert body == {"trimtab": 1, "kind": "data show", "universe": "big", "date": "2010-03-01", "members": ["META"]}
    assert document("data show big", capsys)["members"] == ["META"]  # today
    assert document("data show META --members", capsys)["universe"] == "META"  # a series bears the same id
    assert document("data show META", capsys)["series"] == "META"
    assert "no universe 'small' is recorded" in refused("data show small --members", capsys, 4)


def test_members_as_they_were_recorded(folder: Path, capsys: Capture):
    add("members")
    assert "no series 'big'" in refused("data show big --as-of 2010-02-26 --recorded 2020-01-01", capsys, 2)
    assert "no universe 'big'" in refused("data show big --members --recorded 2020-01-01", capsys, 4)


def test_actions_are_shown_with_their_series(folder: Path, capsys: Capture):
    add("actions")
    assert "2010-12-31 spin-off CHILD" in said("data show META", capsys)
    assert "spin-off" not in said("data show META --as-of 2010-12-30", capsys)


def test_a_chain_is_shown_and_listed(folder: Path, capsys: Capture):
    """F1 98, 100; rolled at 100 and 102 for .1 %; F2 104: 1, 100 / 98 * .999, and 104 / 102 times that."""
    add("rolls")
    rows = document("data show CL --rows 300", capsys)["rows"]
    want = [1.0, 100 / 98 * 0.999, 100 / 98 * 0.999 * 104 / 102]
    assert [row["close"] for row in rows[:3]] == pytest.approx(want, rel=1e-14)
    assert "excess return" in said("data show CL", capsys)
    standing = {row["series"]: row for row in document("data status", capsys)["series"]}
    assert (standing["CL"]["rows"], standing["CL"]["kind"]) == (260, "excess return")
    assert "broken" not in document("data status", capsys)


def test_a_chain_without_a_contract_hides_nothing_else(folder: Path, capsys: Capture):
    Path("rolls.csv").write_text(FILES["rolls"][0] + "\nCL,2010-03-01,F2,F9,100,102,\n", encoding="utf-8")
    add("rolls")
    assert "the chain CL needs F9" in refused("data show CL", capsys, 4)
    body = document("data status", capsys)
    assert len(body["series"]) == 4
    assert "F9" in body["broken"]["CL"]
    assert "BROKEN: the chain CL needs F9" in said("data status", capsys)
    assert said("data update --quiet", capsys)  # the contract can still come in


def test_a_policy_runs_on_a_chain(folder: Path, capsys: Capture):
    add("rolls")
    policy = "trimtab: 1\nname: x\nsince: 2010-01-04\ndata: {use: store, path: market}\nuniverse: {OIL: {series: CL}}\n"
    Path("x.yaml").write_text(
        policy + "benchmark: {OIL: 1.0}\nschedule: {decide: month-end, trade: next_close}\n", encoding="utf-8"
    )
    assert document("backtest x.yaml", capsys)["summary"]["end_value"] > 0.0


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (
            "data add names",
            2,
            "names are facts out of one file, not a source. Write: trimtab data add names --set path=names.csv",
        ),
        ("data add names --set path=names.csv --series A", 2, "names are facts"),
        ("data add rolls --set path=rolls.csv --name x", 2, "rolls are facts"),
        ("data add rolls --set file=rolls.csv", 2, "rolls are facts"),
        ("data add names --set path=missing.csv", 4, "missing.csv: the file cannot be read"),
        ("data add names --set path=members.csv", 4, "members.csv:1:1 names have no column 'universe'"),
        ("data add members --set path=bad.csv", 4, "bad.csv:3:3 A is in u twice"),
        ("data add members --set path=names.csv --store nowhere", 2, "there is no market store"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder: Path, capsys: Capture, words: str, code: int, expected: str):
    Path("bad.csv").write_text(FILES["members"][0] + "\nu,A,2010-01-04,\nu,A,2011-01-04,\n", encoding="utf-8")
    assert expected in refused(words, capsys, code)


def test_a_screen_that_ignores_the_date_is_caught(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch):
    """The control: without the date the reused ticker must not find anybody."""
    add("names")
    monkeypatch.setattr(facts, "_day", lambda _: None)
    assert "several instruments" in refused("data show GM --as-of 2010-12-31", capsys, 4)
