"""The demonstration desk: what a newcomer finds, what a killed filling leaves, and that two fillings are the same.

Everything is asked of the desk's own reads. The desk is filled once; tests that write have a copy.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import filelock
import pytest

import trimtab
from tests.surfaces.demo_desk_fixture import demo_desk as demo_desk
from tests.surfaces.demo_desk_fixture import demo_desk_built as demo_desk_built
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, UsageError
from trimtab.data import sample_files
from trimtab.desk.following import followings
from trimtab.desk.load import load_policy
from trimtab.desk.workspace import Workspace as Runs
from trimtab.surfaces import demo_desk as module
from trimtab.surfaces import demo_desk_year as year_module
from trimtab.surfaces.demo_desk import ABOUT, REMEDY, STEPS, fill, settled
from trimtab.surfaces.demo_desk_policies import CLASSIC, FOLDER, FOUR, LAUNCHES, TWO, policy_texts
from trimtab.surfaces.demo_desk_year import BEGIN, END, MONTHS, Year, launch, live

ACCOUNTS = ["DEMO-1", "DEMO-2", "DEMO-3"]


class Killed(BaseException):
    """Somebody pulls the plug."""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)


def orders(desk: Path) -> trimtab.Orders:
    return trimtab.Orders(desk / "book.db", by="ben", workspace=desk)


# What a newcomer finds


def test_one_proposal_waits_for_a_person(demo_desk_built: Path) -> None:
    status = trimtab.Desk(demo_desk_built).status()
    urgent = status[status["exit_code"] > 0]
    assert urgent["account"].tolist() == ["DEMO-1"]
    assert urgent["what"].tolist() == ["4 orders wait for approval"]
    waiting = orders(demo_desk_built).list()
    assert set(waiting["status"]) == {"planned"}
    assert set(waiting["batch"]) == {f"{END}/1"}


def test_the_other_accounts_rest_inside_their_bands(demo_desk_built: Path) -> None:
    for name in ACCOUNTS[1:]:
        found = orders(demo_desk_built).rebalance(account=name)
        (one,) = found.review.rebalances
        assert not one.trades, name
        assert one.drift < one.outlook.policy.reacher.band, name


def test_one_override_is_in_force(demo_desk_built: Path) -> None:
    found = trimtab.Overrides(demo_desk_built / "book.db", workspace=demo_desk_built).list(finished=True)
    assert found[["account", "by", "state"]].values.tolist() == [["DEMO-1", "anna", "living"]]


def test_people_changed_and_declined_an_order(demo_desk_built: Path) -> None:
    found = trimtab.Overrides(demo_desk_built / "book.db", workspace=demo_desk_built).interventions()
    assert found[["account", "what", "by"]].values.tolist() == [["DEMO-1", "edited", "anna"], ["DEMO-1", "declined", "ben"]]


def test_a_year_was_decided_in_time(demo_desk_built: Path) -> None:
    reviews = trimtab.Reviews(demo_desk_built / "book.db", workspace=demo_desk_built)
    for name in ACCOUNTS:
        duties = reviews.adherence(name).duties
        assert duties.loc["signals", ["due", "kept"]].tolist() == [MONTHS + 1, MONTHS + 1], name
        assert duties.loc["reviews", ["due", "kept"]].tolist() == [3, 3], name
        assert duties.loc["trades", "due"] > 2, name
    reported = sorted(page.parent.name for page in (demo_desk_built / "months").glob("*/DEMO-1.html"))
    assert len(reported) == MONTHS
    assert (reported[0], reported[-1]) == (BEGIN[:7], "2018-08")


def test_the_journal_verifies_and_names_only_people_of_the_documentation(demo_desk_built: Path) -> None:
    verdict = trimtab.Book(demo_desk_built / "book.db").verify()
    assert verdict.sound, verdict.findings
    with BookStore.open(demo_desk_built / "book.db") as book:
        assert {one.author for one in book.records()} == {"anna", "ben", "carl", "desk"}


def test_it_says_that_it_is_a_demonstration(demo_desk_built: Path) -> None:
    accounts = trimtab.Book(demo_desk_built / "book.db").accounts
    assert accounts["household"].to_dict() == {one.account: one.household for one in LAUNCHES}
    assert set(accounts["household"]) == {"Demonstration A", "Demonstration B"}
    for name in policy_texts():
        policy = load_policy(demo_desk_built / FOLDER / f"{name}.yaml")
        assert policy.title.startswith("Demonstration")
        assert policy.approval.four_eyes
        assert policy.name == name
    assert "demonstration" in json.loads((demo_desk_built / ABOUT).read_text())["about"]


def test_research_is_not_empty(demo_desk_built: Path) -> None:
    workspace = trimtab.Workspace(demo_desk_built)
    assert workspace.trial_summary["trials"] > 20
    names = [one["name"] for one in workspace.trial_summary["entries"]]
    assert set(names) >= {FOUR, CLASSIC, TWO, f"validation of {FOUR}"}
    assert list((demo_desk_built / "sweeps").glob("*/results.parquet"))
    runs = Runs(demo_desk_built)
    for run in (path.name for path in (demo_desk_built / "runs").iterdir() if path.is_dir()):
        assert runs.policy(run).name.startswith("demo-")  # though the folder that it ran in is gone
    assert list((demo_desk_built / "runs").glob("*/validation.json"))


def _later(desk: Path) -> list[str]:
    """The runs that hold a day after the one on which the desk stands."""
    runs = [path for path in (desk / "runs").iterdir() if path.is_dir()]
    ends = {run.name: (run / "wealth.csv").read_text().splitlines()[-1].split(",")[0] for run in runs}
    return [run for run, last in ends.items() if last > END]


def test_research_knows_nothing_later_than_the_clock(demo_desk: Path) -> None:
    """The control: a run on all of the data is found."""
    assert not _later(demo_desk)
    made = trimtab.Workspace(demo_desk).backtest(demo_desk / FOLDER / f"{FOUR}.yaml")
    assert _later(demo_desk) == [made.run]


def test_the_committee_sat(demo_desk_built: Path) -> None:
    decided = trimtab.Committee(demo_desk_built / "book.db", workspace=demo_desk_built).decided
    assert decided["attended"].tolist() == [["anna", "ben", "carl"]]
    assert FOUR in decided["what"].iloc[0]
    assert (demo_desk_built / "committee" / "2018Q2.html").is_file()


def test_a_newcomer_goes_on(demo_desk: Path) -> None:
    """Approve what waits, go on, and see it filled: the data do not end with the desk."""
    orders(demo_desk).approve("DEMO-1")
    desk = trimtab.Desk(demo_desk, by="anna")
    desk.month(account="DEMO-1")
    assert desk.tick() == "2018-10-01T22:00:00Z"
    steps = desk.month(account="DEMO-1")
    assert "4 filled; book and venue agree" in steps["said"].tolist()
    assert trimtab.Book(demo_desk / "book.db").verify().sound


# A folder that is moved, taken, or full


def test_a_finished_desk_is_taken_as_it_is(demo_desk: Path) -> None:
    before = (demo_desk / "book.db").read_bytes()
    found = fill(demo_desk)
    assert (found.made, found.folder, list(found.accounts)) == (False, demo_desk, ACCOUNTS)
    assert (demo_desk / "book.db").read_bytes() == before


def test_a_copy_follows_the_policies_in_its_own_folder(demo_desk: Path, demo_desk_built: Path, tmp_path: Path) -> None:
    """The control: a copy that nobody settled follows those of the folder that it was copied from."""
    copy = tmp_path / "copy"
    shutil.copytree(demo_desk_built, copy)
    for folder, settle in ((demo_desk_built, False), (demo_desk, True)):
        if settle:
            settled(copy)
        with BookStore.open(copy / "book.db") as book:
            places = {Path(one.policy).parents[1] for one in followings(book).values()}
        assert places == {copy if settle else folder}


def test_an_account_that_follows_another_policy_by_now_is_left_alone(demo_desk: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = elsewhere / f"{TWO}.yaml"
    other.write_text((demo_desk / FOLDER / f"{TWO}.yaml").read_text())
    file = demo_desk / FOLDER / f"{TWO}.yaml"
    orders(demo_desk).follow("DEMO-3", other)
    file.write_text(file.read_text().replace("tilt: 0.08", "tilt: 0.05"))
    settled(demo_desk)
    with BookStore.open(demo_desk / "book.db") as book:
        assert Path(followings(book)["DEMO-3"].policy) == other


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(UsageError, match=r"holds something else: letters\.txt"):
        fill(tmp_path)
    with pytest.raises(UsageError, match="this is a file"):
        fill(tmp_path / "letters.txt")
    with pytest.raises(UsageError, match="no demonstration desk"):
        settled(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["letters.txt"]


def test_what_came_into_the_folder_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "demo"

    def build(draft: Path, progress: object) -> None:
        draft.mkdir()
        place.mkdir()
        (place / "letters.txt").write_text("dear")

    monkeypatch.setattr(module, "_build", build)
    with pytest.raises(DataError, match="could not be put in its place"):
        fill(place)
    assert (place / "letters.txt").read_text() == "dear"
    assert [one.name for one in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize("missing", ["skfolio", "pyarrow"])
def test_without_the_packages_it_says_what_to_install(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sample_files.package_folder

    def folder(package: str) -> Path | None:
        return None if package == missing else real(package)

    monkeypatch.setattr(sample_files, "package_folder", folder)
    monkeypatch.setattr(module, "package_folder", folder)
    with pytest.raises(UsageError) as refused:
        fill(tmp_path / "demo")
    assert missing in refused.value.what
    assert refused.value.remedy == REMEDY
    assert not list(tmp_path.iterdir())


# Killed, and begun again


def test_whoever_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def stop(said: str, done: int, of: int) -> None:
        told.append((said, done, of))
        raise Killed

    with pytest.raises(Killed):
        fill(tmp_path / "demo", progress=stop)
    assert told == [("begun", 1, STEPS)]
    assert not list(tmp_path.iterdir())


def test_whoever_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    """A process that ends in the middle: the place stays empty, and the next filling clears what it left and goes through."""
    code = "import os, sys; from pathlib import Path; from trimtab.surfaces.demo_desk import fill\n"
    code += "fill(Path(sys.argv[1]), progress=lambda *_: os._exit(9))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "demo")], check=False)
    assert done.returncode == 9
    (left,) = tmp_path.iterdir()
    assert left.name == ".demo.filling"
    assert (left / "demo" / "book.db").is_file()
    assert not (left / "demo" / ABOUT).exists()
    with pytest.raises(Killed):  # it came as far as the first time: nothing was in its way
        fill(tmp_path / "demo", progress=_raise)
    assert not list(tmp_path.iterdir())


def _raise(said: str, done: int, of: int) -> None:
    assert said == "begun"
    raise Killed


def test_two_do_not_fill_the_same_folder(tmp_path: Path) -> None:
    beside = tmp_path / ".demo.filling"
    beside.mkdir()
    with filelock.FileLock(beside / "lock"), pytest.raises(UsageError, match="somebody fills this folder already"):
        fill(tmp_path / "demo", progress=_raise)
    assert not (tmp_path / "demo").exists()


def test_a_book_that_the_environment_names_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = tmp_path / "real" / "book.db"
    book.parent.mkdir()
    trimtab.Book.create(book, by="anna")
    before = book.read_bytes()
    monkeypatch.setenv("TRIMTAB_BOOK", str(book))
    with pytest.raises(Killed):
        fill(tmp_path / "demo", progress=_raise)
    _begun(tmp_path / "again")
    assert book.read_bytes() == before
    assert trimtab.Book(tmp_path / "again" / "book.db").accounts.index.tolist() == ACCOUNTS


# Two fillings are the same


def _begun(folder: Path) -> None:
    """The launch without validations, and the first decision."""
    year = Year(folder, lambda _: None)
    for name, text in policy_texts().items():
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        Path(year.file(name)).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(year_module, "_to_paper", _only_expected)
        launch(year)
    live(year, months=0)


def _only_expected(year: Year, one: object) -> None:
    if getattr(one, "policy", "") == FOUR:
        book = Path(year.book)
        trimtab.Commitments(book, by="anna", workspace=year.folder).commit(
            year.file(FOUR), LAUNCHES[0].hypothesis, futures=year_module.FEW
        )


def _amounts(desk: Path) -> list[tuple[str, str, str, str]]:
    """The targets behind the orders of the first decision, in units: account, instrument, units and reference price."""
    found = orders(desk).list(finished=True)
    first = found[found["batch"] == f"{BEGIN}/1"]
    rows = first[["account", "instrument", "units", "reference"]].astype(str).values.tolist()
    return sorted((a, b, c, d) for a, b, c, d in rows)


def _expected(desk: Path) -> str:
    sha256 = load_policy(desk / FOLDER / f"{FOUR}.yaml").sha256
    return (desk / "expectations" / f"{sha256[:12]}.json").read_text()


@pytest.mark.parametrize("planted", [False, True], ids=["same", "another-seed-and-cash"])
def test_two_fillings_decide_the_same(
    planted: bool, demo_desk_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: other cash and another seed give other orders and another expectation."""
    if planted:
        monkeypatch.setattr(year_module, "LAUNCHES", (LAUNCHES[0], replace(LAUNCHES[1], cash="500001"), LAUNCHES[2]))
        monkeypatch.setattr(year_module, "FEW", replace(year_module.FEW, seed=2))
    _begun(tmp_path / "again")
    agree: Callable[[object, object], bool] = (lambda a, b: a != b) if planted else (lambda a, b: a == b)
    assert len(_amounts(demo_desk_built)) == 8
    assert agree(_amounts(tmp_path / "again"), _amounts(demo_desk_built))
    assert agree(_expected(tmp_path / "again"), _expected(demo_desk_built))
