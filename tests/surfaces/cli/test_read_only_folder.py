"""Whoever may read a folder and not write it is told what everybody else is told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.desk.committee_world import QUARTER, TODAY, built
from tests.surfaces.cli.desk_folder import everything
from tests.surfaces.cli.order_desk import Hands
from trimtab.surfaces.cli.main import main

READERS = {
    "status": 3,  # a decision is stopped
    "adherence --all": 0,
    "overrides --all": 0,
    "review --quarter --all": 5,  # one is due
    "policy status": 0,
    "policy changes": 0,
    "shadow A07": 0,
    "attribute A07": 0,
    "why SPY --account A07": 0,
    "book show A07": 0,
    "orders list": 0,
    "journal show": 0,
    "verify": 0,
    "committee minutes": 0,
    f"committee pack {QUARTER} --all --html ../pack.html": 0,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk of a quarter, at its end; it may be read. Permissions bind in tests/accounting/database/test_unwritable.py."""
    copy = tmp_path / "desk"
    shutil.copytree(built()[0], copy)
    monkeypatch.chdir(copy)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    Hands(monkeypatch, TODAY)
    return copy


@pytest.mark.parametrize("words", READERS)
def test_a_verb_that_reads_answers_the_same_and_writes_nothing(
    words: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(words.split()) == READERS[words]
    usual = capsys.readouterr()
    before = everything(folder)
    (folder.parent / "pack.html").unlink(missing_ok=True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(words.split()) == READERS[words]
    assert capsys.readouterr() == usual
    assert everything(folder) == before


def test_a_verb_that_writes_says_that_it_may_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    capsys.readouterr()
    assert main(["override", "--end", "O-1", "--reason", "over", "--by", "anna"]) == 1
    assert "error TT-BOK-007  book.db: the file cannot be written" in capsys.readouterr().err
    assert everything(folder) == before
