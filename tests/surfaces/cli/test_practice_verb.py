"""`practice`: a year of months on sample data as a newcomer walks it, and the refusals on the way."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.promoted import put_files_at
from tests.surfaces.cli.desk_folder import put, table
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.desk.live import SystemClock
from trimtab.governance.promotion import Stage
from trimtab.surfaces.cli.main import main

BEGIN = "practice trend-overlay --account ME --at 2018-01-31"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def paper() -> None:
    put_files_at("book.db", ["trend-overlay"], Stage.PAPER, at="2018-01-31T23:00:00")


def a_month(capsys: Capture) -> list[str]:
    """Walk and let time pass until a month is reported; what `practice --next` said on the way."""
    said = []
    for _ in range(12):
        code = main(shlex.split("month --account ME --quiet --by anna"))
        if code == 5:
            assert main(shlex.split("orders approve ME --quiet --by carl")) == 0
        capsys.readouterr()
        if main(["practice", "--next"]) != 0:
            continue
        said.append(capsys.readouterr().out.strip())
        if said[-1].endswith(("a decision is due", "filled, or not")) and len(said) > 1:
            return said
    raise AssertionError(said)


def test_a_newcomer_gets_from_an_empty_folder_to_a_reported_month(home: Path, capsys: Capture) -> None:
    """Decided on the evening of 31 January, sent when New York opens on 1 February, filled at the close of 28 February.

    US equity 6,442.41 at the decision: 70 % of 100,000 less 0.05 % are 10.86 units; filled at 6,214.35 they are 67,488.23.
    The money that lay idle until then earned 110.00, the month's return on bills of 0.11 %.
    """
    ran(BEGIN, capsys)
    paper()
    assert document("practice", capsys)["clock"] == "2018-01-31T23:00:00Z"
    ran("month --account ME --by anna", capsys, 5)
    ran("orders approve ME --by carl", capsys)
    waits = document("month --account ME", capsys)["walks"][0]["steps"][-1]
    assert "from 2018-02-01T14:31Z on" in waits["said"]
    opened = document("practice --next", capsys)
    assert (opened["clock"], opened["what"]) == ("2018-02-01T15:01:00Z", "the market takes orders")
    ran("month --account ME", capsys)
    assert document("practice --next", capsys)["clock"] == "2018-02-28T23:00:00Z"
    ended = document("month --account ME --by anna", capsys, 5)["walks"][0]
    assert ended["reports"] == ["months/2018-01/ME.html"]
    page = Path(ended["reports"][0]).read_text(encoding="utf-8")
    assert "Practice: no real money moved" in page
    shown = document("book show ME", capsys)
    held = {one["instrument"]: one for one in shown["lines"]}
    assert float(held["us_equity"]["units"]) == pytest.approx(10.86007245)
    assert float(held["us_equity"]["cost"]) == pytest.approx(10.86007245 * 6214.3455 * 1.0005, rel=1e-6)
    spent = sum(float(one["cost"]) for one in held.values())
    assert float(shown["cash"][0]["amount"]) == pytest.approx(100_000 - spent + 110.00)


def test_the_verb_that_lets_time_pass_waits_for_what_can_be_done(home: Path, capsys: Capture) -> None:
    ran(BEGIN, capsys)
    paper()
    assert "ME has a decision to make" in ran("practice --next", capsys, 2)[1]
    ran("month --account ME --by anna", capsys, 5)
    assert "2018-01-31/1 waits for a person" in ran("practice --next", capsys, 2)[1]
    ran("orders approve ME --by carl", capsys)
    ran("practice --next", capsys)
    assert "can be sent now" in ran("practice --next", capsys, 2)[1]
    ran("practice --to 2018-02-02", capsys)  # whoever wants to be late, may
    assert document("practice", capsys)["clock"] == "2018-02-02T23:00:00Z"


def test_the_end_of_the_data_is_the_end_of_the_practice(home: Path, capsys: Capture) -> None:
    ran("practice trend-overlay --account ME --at 2018-11-30", capsys)
    ran("practice --to 2018-12-03", capsys)
    ran("month --account ME --by anna", capsys, 5)
    ran('orders reject ME --reason "at the end"', capsys)
    assert "the data hold nothing after" in ran("practice --next", capsys, 4)[1]


def test_what_comes_after_the_clock_changes_nothing_that_is_printed(home: Path, capsys: Capture) -> None:
    """Prices of a folder, daily: a month later they are a thousand times as high. No command on the desk notices."""
    said = []
    for name, factor in (("one", 1.0), ("two", 1000.0)):
        folder = put(home / name)
        rows = [row.split(",") for row in table()[1:]]
        late = [
            [day, *(f"{float(cell) * (factor if day > '2010-09-30' else 1.0):.4f}" for cell in cells)] for day, *cells in rows
        ]
        (folder / "prices" / "prices.csv").write_text(
            "\n".join(["date,SPY,TLT", *map(",".join, late)]) + "\n", encoding="utf-8"
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            ran("practice policy.yaml --account ME --at 2010-09-30", capsys)
            put_files_at("book.db", ["policy.yaml"], Stage.PAPER, at="2010-09-30T22:00:00")
            words = ("status", "rebalance --account ME", "month --account ME --by anna", "drift policy.yaml --account ME")
            then = ("orders approve ME --by carl", "month --account ME", "status")
            inside = (
                "practice --to 2010-10-01T15:00:00Z",
                "why SPY --account ME",
                "rebalance --account ME",
                "month --account ME",
            )
            said.append([_out(one, capsys) for one in (*words, *then, *inside)])
    assert said[0] == said[1]
    assert "100,000" in said[0][1]


def _out(words: str, capsys: Capture) -> str:
    main(shlex.split(words))
    return capsys.readouterr().out


def test_no_real_order_leaves_a_practice_desk(home: Path, capsys: Capture) -> None:
    ran(BEGIN, capsys)
    put_files_at("book.db", ["trend-overlay"], Stage.LIVE, at="2018-01-31T23:00:00")
    ran("month --account ME --by anna", capsys, 5)
    ran("orders approve ME --by carl", capsys)
    assert "practice book" in ran("orders export ME", capsys, 2)[1]
    assert "practice book" in ran("orders arm ME --broker alpaca --confirm ME", capsys, 2)[1]
    assert main(shlex.split("orders send ME --broker alpaca --live")) != 0
    stopped = document("month --account ME --export blotter", capsys, 2)["walks"][0]
    assert "practice book" in stopped["steps"][-1]["said"]
    assert not (home / "orders").exists()


def test_every_command_of_a_practice_desk_is_told_its_time(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the machine is asked by none of them."""
    ran(BEGIN, capsys)
    paper()

    def never(_: Any) -> None:
        raise AssertionError("the machine was asked for the time")

    monkeypatch.setattr(SystemClock, "now", never)
    words = ("status", "month --account ME --by anna", "orders approve ME --by carl", "rebalance --account ME", "orders list")
    for one in (*words, "journal show", "book show ME", "drift trend-overlay --account ME", "why US_EQ --account ME"):
        main(shlex.split(one))
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("practice trend-overlay --at 2018-01-31", "no account is named"),
        ("practice trend-overlay --account ME", "no first date"),
        ("practice trend-overlay --account ME --at soon", "neither a date nor an instant"),
        ("practice trend-overlay --account ME --at 2018-12-01", "Begin on 2018-11-30 at the latest: --at 2018-11-30."),
        ("practice trend-overlay --account ME --at 2018-01-31 --cash much", "not an amount of money"),
        ("practice trend-overlay --account ME --at 2018-01-31 --next", "a desk is begun, or its clock is moved"),
        ("practice --next --to 2018-02-28", "both --next and --to"),
        ("practice", "no book"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(words: str, said: str, home: Path, capsys: Capture) -> None:
    _, err = ran(words, capsys, 2)
    assert said in err
    assert err.count("\n") == 1
    assert not (home / "book.db").exists()


def test_the_examples_of_the_help_run(home: Path, capsys: Capture) -> None:
    """In the order in which a newcomer meets them."""
    assert main(shlex.split(VERBS["practice"].get_default("example").removeprefix("trimtab "))) == 0
    assert main([*shlex.split(VERBS["status"].get_default("example").removeprefix("trimtab ")), "--workspace", "practice"]) == 5
    example = VERBS["month"].get_default("example").replace("A07", "ME").removeprefix("trimtab ")
    assert main([*shlex.split(example), "--workspace", "practice"]) == 5
    capsys.readouterr()


def test_three_months_pass_by_the_same_few_commands(home: Path, capsys: Capture) -> None:
    ran(BEGIN, capsys)
    paper()
    a_month(capsys)
    a_month(capsys)
    assert {path.parent.name for path in (home / "months").rglob("*.html")} >= {"2018-01"}
    assert document("verify", capsys)["sound"]


def test_a_practice_book_that_is_restored_lives_on_by_its_own_clock(home: Path, capsys: Capture) -> None:
    """A regression: its accounts were halted by the clock of this machine, years after the last record."""
    ran(BEGIN, capsys)
    paper()
    ran("month --account ME --by anna --quiet", capsys, 5)
    ran("backup copy.db", capsys)
    ran("restore copy.db --to again.db --workspace elsewhere", capsys)
    (halted,) = document("journal show --last 1 --book again.db", capsys)["records"]
    assert (halted["kind"], halted["recorded"][:19]) == ("trading", "2018-01-31T23:00:00")
