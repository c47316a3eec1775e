"""`override` and `overrides`: written, traded, approved, ended, listed; JSON against the screen; what is refused, and how."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.promoted import put_files_at, told_to_follow
from tests.surfaces.cli.desk_folder import everything
from tests.surfaces.cli.order_desk import EVENING, LONG, MORNING, Hands, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_order_verbs import fitted
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.overriding import weight
from trimtab.surfaces.cli.tables import clipped

WRITE = VERBS["override"].get_default("example").removeprefix("trimtab ")
LIST = VERBS["overrides"].get_default("example").removeprefix("trimtab ")
ROW = {
    *("id", "account", "by", "recorded", "from", "until", "shifts", "holds", "size", "why", "state", "ended"),
    *("gain", "gain_money", "gain_untold"),
}
BACK = "override --account A07 --shift SPY=-0.03 --shift TLT=+3% --until 2011-03-31 --reason 'rates will fall' --by anna"


def test_the_examples_of_the_help_run(folder: Path, clock: Hands, capsys: Capture) -> None:
    out, _ = ran(WRITE, capsys)
    assert fitted(out, 120).startswith(" A07: O-1 ")
    assert "SPY +3.0 %, TLT -3.0 % until 2011-03-31: rates will rise" in out
    out, _ = ran(LIST, capsys)
    assert "O-1    A07" in fitted(out, 120)
    assert "living     2010-12-31 2011-03-31   3.00" in out


@pytest.mark.parametrize("width", [80, 120])
def test_every_table_keeps_to_the_width_of_the_terminal(
    folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for words, code in (
        (BACK, 0),
        (
            f"override --account {LONG} --hold SPY --until 2011-01-31 --reason 'a gift' --by bob",
            0,
        ),
        ("rebalance --account A07 --commit", 5),
        ("orders reject A07 --reason 'not before the meeting of the committee, which takes place in the second week of it'", 0),
        ("overrides --all", 0),
        ("override --end O-1 --reason 'a slip'", 0),
        ("overrides", 0),
    ):
        fitted(ran(words, capsys, code)[0], width)


def test_a_reason_that_would_steer_the_terminal_is_shown_letter_by_letter(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A regression: an escape sequence in a reason could clear the screen, and a bidirectional control turn its words."""
    words = [*BACK.replace("'rates will fall'", "REASON").split()]
    reason = "\x1b[2Jrates \u202ellaf\u202c will rise"
    assert main([reason if word == "REASON" else word for word in words]) == 0
    for command in ("overrides", "overrides --all"):
        out, err = ran(command, capsys)
        assert "\\x1b[2Jrates \\u202ellaf\\u202c will rise" in " ".join(out.split())
        assert not set(out + err) & {"\x1b", "\u202e", "\u202c"}
    assert document("overrides", capsys)["overrides"][0]["why"] == reason
    assert main(["override", "--end", "O-9\x1b[2J", "--reason", "a slip"]) == 2
    assert "O-9\\x1b[2J" in capsys.readouterr().err


def test_the_screen_and_the_json_say_which_override_moved_which_line(folder: Path, clock: Hands, capsys: Capture) -> None:
    plain = document("rebalance --account A07", capsys, 5)["accounts"][0]
    ran(BACK, capsys)
    out, _ = ran("rebalance --account A07", capsys, 5)
    assert " OVERRIDE O-1 anna: SPY -3.0 %, TLT +3.0 % until 2011-03-31: rates will fall\n" in out
    (found,) = document("rebalance --account A07", capsys, 5)["accounts"]
    assert [one["id"] for one in found["overrides"]] == ["O-1"]
    for name, shift in (("SPY", -0.03), ("TLT", 0.03)):
        assert found["assets"][name]["model"] == plain["assets"][name]["target"]
        assert found["assets"][name]["target"] == pytest.approx(plain["assets"][name]["target"] + shift)
    assert plain["overrides"] == []


def test_the_way_of_an_override_through_the_month(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Written, proposed, approved, filled on paper; ended at night, and traded back at the next decision."""
    ran(BACK, capsys)
    ran("rebalance --account A07 --commit", capsys, 5)
    clock.at = MORNING
    ran("orders approve A07 --by bob", capsys)
    ran("orders send A07 --broker paper", capsys)
    night(folder, clock)
    ran("reconcile --broker paper", capsys)
    ended = document("override --end O-1 --reason 'second thoughts'", capsys)["override"]
    assert ended["state"] == "ended"
    assert ended["until"] == "2011-01-02"
    (back,) = document("rebalance --account A07", capsys, 5)["accounts"]
    assert back["overrides"] == []
    assert {trade["asset"]: Decimal(trade["units"]) > 0 for trade in back["trades"]} == {"SPY": True, "TLT": False}
    assert ran("verify", capsys)[0].startswith(" book.db: sound")


def test_json_is_one_document_with_stable_keys(folder: Path, clock: Hands, capsys: Capture) -> None:
    made = document(WRITE, capsys)
    assert made.keys() == {"trimtab", "kind", "exit_code", "override"}
    assert made["kind"] == "override"
    assert made["override"].keys() == ROW
    ran("rebalance --account A07 --commit", capsys, 5)
    listed = document("overrides --all", capsys)
    assert listed.keys() == {"trimtab", "kind", "exit_code", "overrides", "interventions"}
    assert [one.keys() for one in listed["overrides"]] == [ROW]
    assert listed["overrides"][0]["shifts"] == {"SPY": "0.03", "TLT": "-0.03"}


def test_beyond_a_limit_the_proposal_is_blocked_with_the_rule_and_nothing_is_planned(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    """The model is 58 to 42 where 70 to 30 is the limit: 12.5 % more are beyond it."""
    ran("override --account A07 --shift SPY=0.125 --shift TLT=-0.125 --until 2011-03-31 --reason 'all in'", capsys)
    out, _ = ran("rebalance --account A07 --commit", capsys, 3)
    assert "BLOCK IPS-1" in out
    assert "BLOCKED, not proposed" in out
    assert document("orders list A07", capsys)["orders"] == []


def test_month_and_status_say_what_stops_a_decision_in_the_same_words(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A regression: a month said `a rule stops it: target always`, and nothing of the override that takes what is not there."""
    ran("override --account A07 --shift SPY=0.5 --shift TLT=-0.5 --until 2011-03-31 --reason 'all in'", capsys)
    last = document("month --account A07", capsys, 3)["walks"][0]["steps"][-1]["said"]
    said = last.removeprefix("a rule stops it: ")
    assert said.startswith("the target of 2010-12-31 sells short or borrows more than the rules allow; IPS-1")
    assert "O-1 takes 50.00% from TLT, where there is" in said
    assert "with O-1 cash comes to -" in said
    items = document("status", capsys, 3)["items"]
    assert [one["what"] for one in items if one["exit_code"] == 3] == [f"the decision of 2010-12-31 is stopped: {said}"]


def test_orders_that_wait_are_told_with_the_way_to_put_it_in(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("rebalance --account A07 --commit", capsys, 5)
    out, hints = ran(BACK, capsys)
    assert "2 orders of A07 wait without it" in out
    assert 'next: trimtab rebalance --account A07 --commit --supersede "O-1"' in hints
    ran('rebalance --account A07 --commit --supersede "O-1"', capsys, 5)
    assert all("of O-1" in one["ticket"]["reason"] for one in document("orders list A07 --status planned", capsys, 5)["orders"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--shift SPY=3", "--shift SPY=3 is beyond 1. Weights are fractions: did you mean +0.03?"),
        ("--shift SPY=much", "--shift SPY=much is no weight."),
        ("--shift SPY", "--shift SPY is no pair."),
        ("--shift SPX=3%", "SPX is no asset of the policy mine. Did you mean SPY?"),
        ("--shift SPY=0.01 --shift SPY=0.02", "--shift SPY is given twice."),
        ("--shift SPY=0.01 --hold SPY", "what is held cannot be shifted"),
        ("", "nothing is changed. Write --shift SPY=+0.03, or --hold GLD."),
        ("--shift SPY=0.01 --from 2010-12-30", "it would begin on 2010-12-30, which is past."),
        ("--shift SPY=0.01 --from 2011-05-01", "it ends on 2011-03-31, before it begins"),
        ("--shift SPY=0.01 --from soon", "--from soon is not a date."),
        ("--shift SPY=0.01 --until 2011-04-01", "it lives longer than 90 days."),
        ("--shift SPY=0.01 --reason ''", 'an override needs a reason. Add --reason "why"'),
        ("--shift SPY=0", "it changes nothing. Shift an asset, or hold one."),
        ("--shift SPY=1e-30", "the shift of SPY is below 0.001%. Shift more, or leave it out."),
        ("--shift SPY=-0.0009% --shift TLT=1%", "the shift of SPY is below 0.001%."),
        ("--hold SPY --by ' '", "an override has no author. Say who."),
        ("--hold SPY --from 9999-12-31", "it ends on 2011-03-31, before it begins. It begins on 9999-12-31."),
        ("--hold SPY --until 9999-12-31", "it lives longer than 90 days."),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    folder: Path, clock: Hands, capsys: Capture, words: str, said: str
) -> None:
    before = everything(folder)
    _, err = ran(f"override --account A07 --until 2011-03-31 --reason why {words}", capsys, 2)
    assert said in err
    assert err.startswith("error TT-USE-001  ")  # the command line is at fault, and no policy
    assert len(err.splitlines()) == 1
    assert everything(folder) == before


def test_what_cannot_be_ended_or_listed_is_refused(folder: Path, clock: Hands, capsys: Capture) -> None:
    for words, said in (
        ("override --end O-7 --reason why", "there is no override 'O-7'. There are: none yet."),
        ("override --end O-7 --account A07 --reason why", "--end ends what was written"),
        ("override --shift SPY=0.01 --until 2011-03-31 --reason why", "no account is named"),
        ("override --account C1 --shift SPY=0.01 --until 2011-03-31 --reason why", "C1 follows no policy"),
        ("override --hold SPY --account A07 --from 9999-12-31 --until 9999-12-31 --reason why --policy no.yaml", "no.yaml"),
        ("shadow A70", "there is no account, sleeve or household 'A70' in the book. Did you mean A07?"),
        ("shadow A07 --as-of soon", "soon"),
        ("overrides --account A70", "there is no account, sleeve or household 'A70' in the book. Did you mean A07?"),
    ):
        _, err = ran(words, capsys, 2)
        assert said in err, words
        assert err.startswith("error TT-USE-001  "), words


def test_what_people_did_to_orders_stands_below(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("rebalance --account A07 --commit", capsys, 5)
    ran("orders edit A07 SPY --qty 20 --reason 'client gift' --by anna", capsys, 5)
    ran("orders reject A07 --reason 'not now' --by bob", capsys)
    out, _ = ran("overrides --account A07", capsys)
    found = document("overrides --account A07", capsys)["interventions"]
    assert [(one["what"], one["by"], one["why"]) for one in found] == [
        ("edited", "anna", "client gift"),
        ("declined", "bob", "not now"),
        ("declined", "bob", "not now"),
    ]
    assert out.count("because not now") == 2
    assert all(Decimal(one["size"]) > 0 for one in found)


def test_each_size_is_of_the_value_of_its_own_account(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A07 has a tenth of the money of B1, and the same weights: what is declined of both under one label is as large."""
    ran("rebalance --household Mueller --commit", capsys, 5)
    ran("orders reject Mueller --reason 'not now'", capsys)
    found = document("overrides", capsys)["interventions"]
    sizes = {(one["account"], one["instrument"]): float(one["size"]) for one in found}
    assert len(sizes) == 4
    for name in ("SPY", "TLT"):
        assert sizes["A07", name] == pytest.approx(sizes["B1", name], rel=0.05)


def test_an_order_by_hand_beyond_the_bounds_is_refused_with_code_3(folder: Path, clock: Hands, capsys: Capture) -> None:
    """The folder's policies allow 100 %; with 1 % nobody adds 10 TLT of some 19,000."""
    text = (folder / "policy.yaml").read_text(encoding="utf-8").replace("size: 1}", "size: 0.01}")
    (folder / "tight.yaml").write_text(text.replace("name: mine", "name: tight"), encoding="utf-8")
    told_to_follow("book.db", "A07", "tight.yaml", at=EVENING)
    put_files_at("book.db", ["tight.yaml"], at=EVENING)
    _, err = ran("orders add A07 TLT -10 --reason 'less of it'", capsys, 3)
    assert "above the 1.00% that tight allows" in err


@pytest.mark.parametrize(("text", "value"), [("+0.03", "0.03"), ("-3%", "-0.03"), ("1", "1"), (".5 %", "0.005")])
def test_a_weight_is_a_fraction_or_a_percentage(text: str, value: str) -> None:
    assert weight(text.replace(" ", ""), "--shift") == Decimal(value)


def test_what_if_has_it_too_and_a_morning_is_too_late_for_the_decision_of_yesterday(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    ran(BACK, capsys)
    both = document("what-if --account A07 --cash 500", capsys)
    assert [[one["id"] for one in both[side]["overrides"]] for side in ("today", "what_if")] == [["O-1"], ["O-1"]]
    clock.at = MORNING
    out, _ = ran("override --account B1 --hold SPY --until 2011-01-31 --reason 'a gift'", capsys)
    assert "Decisions on closes before 2011-01-03 are without it." in out
    assert document("rebalance --account B1", capsys, 5)["accounts"][0]["overrides"] == []


def test_quiet_says_no_hint(folder: Path, clock: Hands, capsys: Capture) -> None:
    capsys.readouterr()
    words = "override --account A07 --hold SPY --until 2011-01-31 --reason why --json --quiet"
    assert main(words.split()) == 0
    got = capsys.readouterr()
    assert json.loads(got.out)["override"]["holds"] == ["SPY"]
    assert got.err == ""


def test_a_small_shift_is_told_as_it_is_and_a_hold_that_is_named_twice_is_one(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    """A regression: 0.05 % was told as 0.1 %."""
    words = "override --account A07 --until 2011-03-31 --reason why --by anna"
    for shift, told in (("0.05%", "+0.05 %"), ("-0.001%", "-0.001 %"), ("0.03", "+3.0 %")):
        assert f"SPY {told} until" in ran(f"{words} --shift SPY={shift}", capsys)[0]
    out, _ = ran(f"{words} --hold TLT --hold TLT", capsys)
    assert "anna: hold TLT until" in out


def test_a_line_break_in_a_name_or_a_reason_forges_no_line_of_the_screen(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A regression: `--by` of two lines broke the table of overrides."""
    assert clipped("  an\nna\t\u200b", 14) == "an na \\u200b  "
    forged = "O-9    A07          bob"
    words = ["override", "--account", "A07", "--shift", "SPY=-0.03", "--until", "2011-01-31", "--reason", f"why\n{forged}"]
    assert main([*words, "--by", f"an\n{forged}"]) == 0
    ran("rebalance --account A07 --commit", capsys, 5)
    for command in ("overrides", "overrides --all", "journal show", "orders list", "rebalance --account A07"):
        main(command.split())
        out, _ = capsys.readouterr()
        assert out.strip(), command
        assert not any(line.strip().startswith("O-9") for line in out.splitlines()), command
