"""`policy commit | promote | status | change | sign | changes`: from a draft to what is live and on to another policy."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

import trimtab
from tests.desk.own_signal_worlds import loaded, put_own
from tests.promoted import put_files_at, validated
from tests.surfaces.cli.desk_folder import POLICY, put, table
from tests.surfaces.cli.order_desk import EVENING, WHOLE, Hands, activity
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.desk.load import load_policy
from trimtab.governance.promotion import Stage
from trimtab.surfaces.cli import main as command_line

WHY = "Trends persist, as investors react late"
FEW = "--paths 20 --years 1"
COMMIT = f'policy commit policy.yaml --hypothesis "{WHY}" --by anna {FEW}'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy, its prices and what is expected of it; a book in which A07 follows it."""
    folder = put(tmp_path_factory.mktemp("commitment") / "desk", table(400))
    (folder / "other.yaml").write_text(POLICY.replace("tilt: 0.10}", "tilt: 0.05}"), encoding="utf-8")
    (folder / "activity.csv").write_text(activity(20_000), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        Hands(patch)
        for words in (
            "book init",
            "book account A07 --household Mueller",
            "book import activity.csv --account A07 --commit",
            "book follow A07 policy.yaml",
            "expect policy.yaml --save --paths 20 --years 1",
        ):
            assert command_line.main([*shlex.split(words), "--quiet"]) == 0, words
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "desk"
    shutil.copytree(made, copy)
    monkeypatch.chdir(copy)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(command_line, "parser", lambda: WHOLE)
    return copy


@pytest.fixture
def clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


@pytest.fixture
def paper(folder: Path, clock: Hands, capsys: Capture) -> str:
    """The policy on paper; the first letters of its hash."""
    ran(COMMIT, capsys)
    ran("policy promote policy.yaml --to candidate --by anna", capsys)
    validated(folder, load_policy("policy.yaml"))
    ran("policy promote policy.yaml --to paper --by anna", capsys)
    return load_policy("policy.yaml").sha256[:12]


def test_a_commitment_prints_the_hash_and_what_comes_next(folder: Path, clock: Hands, capsys: Capture) -> None:
    out, err = ran(COMMIT, capsys)
    sha256 = load_policy("policy.yaml").sha256
    assert out.splitlines()[:3] == [
        " mine: committed by anna on 2010-12-31",
        f" SHA-256 {sha256}",
        f" hypothesis: {WHY}",
    ]
    assert " expectations: written down, SHA-256 " in out
    assert err == " next: trimtab policy promote policy.yaml --to candidate\n"
    assert "error TT-USE-001  mine" in ran(COMMIT.replace("late", "soon"), capsys, 2)[1]


def test_where_nothing_is_expected_yet_that_is_drawn_and_written_down(folder: Path, clock: Hands, capsys: Capture) -> None:
    shutil.rmtree("expectations")
    found = document(COMMIT, capsys)
    assert found["drawn"] is True
    assert document(COMMIT, capsys)["drawn"] is False
    assert len(list(Path("expectations").glob("*.json"))) == 1


@pytest.mark.parametrize("way", ["the command line", "Python"])
def test_for_edited_code_what_is_expected_is_drawn_anew_before_it_is_committed_to(
    way: str, folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regression: with a commitment to the code before, nothing was drawn, and the new commitment was refused."""
    own = put_own(folder / "own", monkeypatch)
    (own / "prices" / "prices.csv").write_text("\n".join(table(400)) + "\n", encoding="utf-8")

    def committed() -> str:
        policy = loaded(own)
        if way == "Python":
            few = trimtab.Futures(1, 1, 20)
            return trimtab.Commitments("book.db", by="anna").commit(policy, WHY, futures=few).expectations
        done = document(COMMIT.replace("policy.yaml", "own/policy.yaml"), capsys)
        return str(done["expectations"] * done["drawn"])

    first = committed()
    (own / "own_sign.py").write_text("SIGN = -1.0\n")
    second = committed()
    drawn = {hashlib.sha256(one.read_bytes()).hexdigest() for one in Path("expectations").glob(f"{loaded(own).sha256[:12]}*")}
    assert drawn == {first, second}
    assert first != second


def test_expectations_that_were_lost_after_a_commitment_are_not_drawn_again(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    ran(COMMIT, capsys)
    shutil.rmtree("expectations")
    assert document(COMMIT, capsys)["drawn"] is False
    assert "what was expected of it is not in expectations" in ran("policy status policy.yaml", capsys)[0]


def test_a_hypothesis_that_says_nothing_is_refused_before_anything_is_drawn(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    shutil.rmtree("expectations")
    _, err = ran('policy commit policy.yaml --hypothesis "it rises"', capsys, 2)
    assert "2 words are too few for a hypothesis" in err
    assert not Path("expectations").exists()


def test_status_says_what_the_next_stage_needs(paper: str, clock: Hands, capsys: Capture) -> None:
    out, _ = ran("policy status", capsys)
    assert out.splitlines() == [
        f" mine: paper since 2010-12-31    policy {paper}",
        f"    committed by anna on 2010-12-31: {WHY}",
        "    for live: its six months on paper end on 2011-06-30",
    ]
    assert ran(f"policy status {paper}", capsys)[0] == ran("policy status policy.yaml", capsys)[0] == out
    out, _ = ran("policy status other.yaml", capsys)
    assert out.splitlines()[-1] == "    for candidate: nobody has committed it"
    out, _ = ran("policy status --as-of 2011-06-30", capsys)
    assert "no decision was recorded in 2010-12, 2011-01" in out


def test_what_was_expected_of_what_is_live_and_was_changed_since_is_told(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran(COMMIT, capsys)
    put_files_at("book.db", ["other.yaml"], at=EVENING)  # committed to with other expectations than there are
    out, _ = ran("policy status other.yaml", capsys)
    assert out.splitlines()[-1].startswith("    ! what was expected of it is not in expectations")
    assert document("policy status other.yaml", capsys)["policies"][0]["missing"] != []


def test_followed_policies_are_told_before_anybody_commits(folder: Path, clock: Hands, capsys: Capture) -> None:
    out, _ = ran("policy status", capsys)
    assert out.startswith(" mine: draft    policy ")


def test_two_people_waive(paper: str, clock: Hands, capsys: Capture) -> None:
    out, err = ran("policy promote policy.yaml --to live --by ben --waive ready", capsys, 5)
    assert out == " mine: signed by ben; a second person has to waive the months on paper\n"
    assert err == ""
    found = document("policy promote policy.yaml --to live --by carl --waive ready", capsys)
    assert (found["from"], found["to"], found["waived_by"]) == ("paper", "live", ["ben", "carl"])
    out, _ = ran(f"policy promote {paper} --to draft --by anna --reason 'a flaw was found'", capsys)
    assert out == f" mine: live -> draft    policy {paper}\n"


def test_a_change_by_request(paper: str, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account has held its year, so that it is known: one other person signs."""
    _, err = ran("book follow A07 other.yaml --by anna", capsys, 5)
    assert "is at the stage draft" in err
    put_files_at("book.db", ["other.yaml"], Stage.PAPER, at=EVENING)
    assert "nobody has asked for the change" in ran("book follow A07 other.yaml --by anna", capsys, 5)[1]
    out, err = ran('policy change policy.yaml other.yaml --cause flaw --reason "too wide" --by anna', capsys, 5)
    assert out.splitlines()[1] == "      fundamental flaw, asked for by anna on 2010-12-31: too wide"
    assert "somebody else signs: trimtab policy sign C-1 --by NAME" in err
    assert "asked for C-1 and does not sign it" in ran("policy sign C-1 --by anna", capsys, 5)[1]
    assert "signed by ben; cooling-off ends on 2011-01-10" in ran("policy sign C-1 --by ben", capsys)[0]
    assert "A07: the cooling-off ends on 2011-01-10" in ran("policy changes", capsys)[0]
    clock.at = "2011-01-10T23:30:00"
    assert "A07: may change: trimtab book follow" in ran("policy changes", capsys)[0]
    ran("book follow A07 other.yaml --by anna", capsys)
    assert "A07 changed on 2011-01-10; the old model runs on in shadow until 2011-07-10" in ran("policy changes", capsys)[0]


def test_json_is_one_document_with_stable_keys(paper: str, clock: Hands, capsys: Capture) -> None:
    committed = {"sha256", "name", "hypothesis", "expectations", "by", "at", "own_code"}
    request = {"id", "old", "new", "names", "cause", "why", "requested_by", "requested", "cooling_off_ends", "lapses", "signed"}
    request |= {"made", "shadow_until", "missing"}
    moved = {"sha256", "name", "from", "to", "done", "waived_by", "validation", "exit_code"}
    for words, code, kind, keys in (
        (COMMIT, 0, "policy-commit", committed | {"drawn"}),
        ("policy status", 0, "policy-status", {"policies"}),
        ("policy promote policy.yaml --to live --by ben --waive x", 5, "policy-promote", moved),
        ("policy change policy.yaml other.yaml --cause data --reason x", 5, "policy-change", request | {"exit_code"}),
        ("policy sign C-1 --by ben", 0, "policy-sign", request),
        ("policy changes", 0, "policy-changes", {"changes"}),
    ):
        found = document(words, capsys, code)
        assert (found.pop("trimtab"), found.pop("kind")) == (1, kind)
        assert found.keys() == keys, words
        json.dumps(found, allow_nan=False)
    (one,) = document("policy status policy.yaml", capsys)["policies"]
    assert one.keys() == {"sha256", "name", "stage", "since", "committed", "validation", "next", "missing", "waived_by"}
    assert one["committed"].keys() == committed


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_screens_keep_to_the_terminal_and_to_ascii(
    paper: str, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran('policy change policy.yaml other.yaml --cause mandate --reason "the client wants less of it" --by anna', capsys, 5)
    for words in ("policy status", "policy changes", "policy status other.yaml"):
        out, _ = ran(words, capsys)
        assert out.isascii()
        assert max(map(len, out.splitlines())) <= int(columns), words


def test_the_examples_of_the_help_run_in_their_order(folder: Path, clock: Hands, capsys: Capture) -> None:
    examples = {verb: one.get_default("example").removeprefix("trimtab ") for verb, one in VERBS.items()}
    for verb, code in (("commit", 0), ("promote", 0), ("status", 0), ("change", 5), ("sign", 0), ("changes", 0)):
        more = f" {FEW}" if verb == "commit" else " --by anna" if verb == "change" else ""
        ran(examples[f"policy {verb}"] + more, capsys, code)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("policy promote nowhere.yaml --to candidate", "cannot read the policy nowhere.yaml"),
        ("policy promote policy.yaml --to candidate --accept x", "--accept goes with --to paper"),
        ("policy promote policy.yaml --to paper --waive x", "--waive goes with --to live"),
        ("policy sign C-7 --by ben", "there is no change request 'C-7'"),
        ("policy status ffff", "there is no policy file ffff"),
    ],
)
def test_bad_input_is_one_line(folder: Path, clock: Hands, capsys: Capture, words: str, said: str) -> None:
    out, err = ran(words, capsys, 2)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err


def test_what_is_armed_without_a_live_policy_is_told(paper: str, clock: Hands, capsys: Capture) -> None:
    out, _ = ran("orders arm A07 --broker alpaca --confirm A07", capsys)
    assert " ! mine is at the stage paper: real orders leave only under one that is live (trimtab policy status)" in out
    ran("policy promote policy.yaml --to live --by ben --waive ready", capsys, 5)
    ran("policy promote policy.yaml --to live --by carl --waive ready", capsys)
    assert "!" not in ran("orders arm A07 --broker alpaca --confirm A07", capsys)[0]


# Python.


@pytest.fixture
def commitments(folder: Path, clock: Hands) -> trimtab.Commitments:
    return trimtab.Commitments("book.db", by="anna")


def test_python_says_the_same(commitments: trimtab.Commitments, folder: Path) -> None:
    few = trimtab.Futures(1, 1, 20)
    done = commitments.commit("policy.yaml", WHY, futures=few)
    assert (done.by, commitments.stage("policy.yaml")) == ("anna", "draft")
    commitments.promote("policy.yaml", "candidate")
    with pytest.raises(ApprovalRequired, match="it has not been validated as it stands"):
        commitments.promote("policy.yaml", "paper")
    validated(folder, load_policy("policy.yaml"))
    assert commitments.promote(done.sha256[:8], "paper").now is Stage.PAPER
    row = commitments.status.loc[done.sha256]
    assert (row["stage"], row["committed_by"], row["missing"]) == ("paper", "anna", "its six months on paper end on 2011-06-30")
    asked = commitments.change("policy.yaml", load_policy("other.yaml"), cause="data error", reason="a split was missed")
    trimtab.Commitments("book.db", by="ben").sign(asked.id)
    assert commitments.changes.loc["C-1", "signed"] == ("ben",)
    assert str(asked.change.requested.date()) == str(np.datetime64(EVENING, "D"))
    for wrong in (
        lambda: commitments.promote("policy.yaml", "up"),
        lambda: commitments.change("a", "b", cause="c", reason="d"),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_python_does_not_take_the_clock_of_another_folder(commitments: trimtab.Commitments, folder: Path) -> None:
    """A regression: with the practice clock of a folder of one's own a request could be dated back, past its cooling-off."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "practice.json").write_text('{"clock": "2009-01-15T00:00:00Z"}', encoding="utf-8")
    asked = trimtab.Commitments("book.db", by="anna", workspace=folder / "elsewhere")
    with pytest.raises(UsageError):
        _ = asked.changes
    assert commitments.changes.empty
