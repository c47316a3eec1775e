"""`trimtab.Desk`: the month and the status in Python say what the command line says."""

from __future__ import annotations

from pathlib import Path

import pytest

import trimtab
from tests.promoted import put_files_at
from tests.surfaces.cli.test_book_verbs import Capture, document
from trimtab.core.errors import UsageError
from trimtab.governance.promotion import Stage


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trimtab.Desk:
    """A practice desk on the evening of 31 January 2018, whose policy may trade on paper."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    made = trimtab.Desk(tmp_path / "practice", by="anna")
    assert made.practise("trend-overlay", "ME", "2018-01-31") == "2018-01-31T23:00:00Z"
    put_files_at(tmp_path / "practice" / "book.db", ["trend-overlay"], Stage.PAPER, at="2018-01-31T23:00:00")
    return made


def test_a_month_in_python(desk: trimtab.Desk) -> None:
    assert desk.status().attrs == {"act": True, "exit_code": 5}
    first = desk.month(account="ME")
    assert first.attrs["exit_code"] == 5
    assert first.iloc[-1][["step", "sign"]].tolist() == ["approve", "waiting"]
    trimtab.Orders(by="carl", workspace=desk.workspace).approve("ME")
    assert desk.tick() == "2018-02-01T15:01:00Z"
    assert "send" in set(desk.month()["step"])
    assert desk.tick() == "2018-02-28T23:00:00Z"
    assert desk.month(account="ME").attrs["reports"] == ["months/2018-01/ME.html"]
    why = desk.why("US_EQ", "ME")
    assert why.parts["orders"]
    assert why.asset == "US equity"


def test_python_and_command_line_say_the_same(desk: trimtab.Desk, capsys: Capture) -> None:
    told = document(f"status --workspace {desk.workspace}", capsys, 5)
    assert desk.status()["what"].tolist() == [one["what"] for one in told["items"]]
    walked = document(f"month --account ME --by anna --workspace {desk.workspace}", capsys, 5)["walks"][0]
    again = desk.month(account="ME")
    assert again["said"].tolist()[-1] == walked["steps"][-1]["said"]


def test_what_makes_no_sense_is_refused(desk: trimtab.Desk) -> None:
    with pytest.raises(UsageError, match="both an account and a household"):
        desk.month(account="ME", household="Practice")
    with pytest.raises(UsageError, match="not an instant"):
        desk.tick("tomorrow")
    with pytest.raises(UsageError, match="not a date"):
        trimtab.Desk("other").practise("trend-overlay", "ME", "2018-31-31")
    with pytest.raises(UsageError, match="only moves forward"):
        desk.tick("2018-01-01T00:00:00Z")
