"""A user's package needs a licence that is known and mild; what only the work on the project needs is told apart."""

from pathlib import Path

import pytest

from tools import licences
from tools.licences import SETTLED, main, row, stale
from tools.pins import Pin
from tools.spdx import Family, family

ONE = Pin("one", "1.0", "", ("0" * 64,), ())
USER, WORK = frozenset({"web", "test"}), frozenset({"test"})


@pytest.mark.parametrize("licence", ["MIT", "LGPL-3.0-only", "MPL-2.0 AND MIT"])
def test_a_mild_licence_is_fine(licence: str):
    assert row(ONE, USER, {"one": ("1.0", licence)}, {}).fault == ""


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param({"one": ("1.0", "GPL-3.0-only")}, "strong copyleft: leave it out", id="strong"),
        pytest.param({"one": ("1.0", "AGPL-3.0-only")}, "strong copyleft: leave it out", id="network"),
        pytest.param({"one": ("1.0", "")}, "unknown: leave it out", id="silent"),
        pytest.param({"one": ("1.1", "MIT")}, "unknown (1.1 is installed)", id="another version"),
        pytest.param({}, "unknown (not installed here)", id="not installed"),
    ],
)
def test_any_other_is_a_fault_for_a_user_and_a_remark_for_the_work(told: dict[str, tuple[str, str]], words: str):
    assert row(ONE, USER, told, {}).fault.startswith(words)
    assert row(ONE, WORK, told, {}).fault == ""
    assert row(ONE, WORK, told, {}).family in (Family.STRONG, Family.UNKNOWN)


def test_what_a_person_settled_counts_with_its_reason():
    settled = row(ONE, USER, {"one": ("1.0", "")}, {"one": ("MIT", "its licence file")})
    assert (settled.licence, settled.fault, settled.remark) == ("MIT", "", "its licence file")


@pytest.mark.parametrize("bringers", [USER, WORK])
def test_a_settled_licence_that_the_package_contradicts_is_a_fault(bringers: frozenset[str]):
    assert "look again" in row(ONE, bringers, {"one": ("1.0", "GPL-3.0-only")}, {"one": ("MIT", "its licence file")}).fault


def test_settling_a_strong_licence_does_not_make_it_mild():
    assert row(ONE, USER, {}, {"one": ("GPL-3.0-only", "we like it")}).fault.startswith("strong copyleft")


def test_entries_that_nobody_needs_are_named():
    assert stale({"one": ("MIT", ""), "gone": ("MIT", "")}, ["one", "two"]) == ["gone"]


def test_every_settled_entry_has_a_licence_and_a_reason():
    assert all(licence and len(reason) > 10 for licence, reason in SETTLED.values())
    assert {name for name, (licence, _) in SETTLED.items() if family(licence) is Family.UNKNOWN} == {"vectorbt"}


LOCK = (
    "one==1.0 \\\n    --hash=sha256:{0}\n    # via trimtab (pyproject.toml)\ntwo==2 \\\n    --hash=sha256:{0}\n    # via {{}}\n"
)


@pytest.mark.parametrize(("via", "code"), [("one", 1), ("trimtab (pyproject.toml)", 0)])
def test_the_command_fails_for_what_a_users_package_brings(
    via: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "locks").mkdir()
    for lock in ("test", "check", "docs", "peer-x"):
        (tmp_path / "locks" / f"{lock}.txt").write_text(LOCK.format("0" * 64).format(via))
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["one"]\n[project.optional-dependencies]\ntest = ["two"]\n'
    )
    monkeypatch.setattr(licences, "installed", lambda _: {"one": ("1.0", "MIT"), "two": ("2", "GPL-3.0-only")})
    monkeypatch.setattr(licences, "SETTLED", {})
    assert main(tmp_path) == code
    assert ("two 2 (base, test): strong copyleft" in capsys.readouterr().out) == bool(code)
    table = (tmp_path / "out" / "supply" / "licences.md").read_text()
    assert "| two | 2 | GPL-3.0-only | strong copyleft |" in table
