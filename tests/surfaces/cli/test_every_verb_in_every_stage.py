"""Nothing in this room can be bypassed from the command line: every verb of the parser x every stage of the policy.

Orders wait, approved, in a book whose policy is then brought to a stage. What may leave from there leaves; nothing else does,
whatever is typed: other verbs, another folder, another policy, an edited file, a copy of the book. A verb without a row fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.desk.order_paths import PATHS, Way, World
from tests.promoted import moved, put_at
from tests.surfaces.cli.desk_folder import POLICY
from tests.surfaces.cli.order_desk import EVENING, MORNING
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.accounting.database.store import BookStore
from trimtab.core.venues import NoAccess
from trimtab.desk import exporting, sending
from trimtab.desk.committee_proposals import proposals_of
from trimtab.desk.load import load_policy
from trimtab.desk.staged import stage_of
from trimtab.governance.promotion import Stage

APPROVAL = 5  # the exit code of what is refused here


@dataclass(frozen=True)
class State:
    """What is done to a policy on which nobody has ever decided anything, and the stage at which it then is."""

    name: str
    put: Stage | None
    then: Stage | None = None

    @property
    def stage(self) -> Stage:
        return self.then or self.put or Stage.DRAFT


STATES = (
    State("draft", None),
    State("committed", Stage.DRAFT),
    State("candidate", Stage.CANDIDATE),
    State("paper", Stage.PAPER),
    State("live", Stage.LIVE),
    State("retired", Stage.LIVE, Stage.DRAFT),
    State("back on paper", Stage.LIVE, Stage.PAPER),
)


@dataclass(frozen=True)
class Row:
    """What is typed, from which stage on an order may leave by it (None: from none), and which exit codes it may end with."""

    words: str
    leaves: Stage | None = None
    codes: tuple[int, ...] = (0,)
    reads: bool = False


ASKING = {"serve", "mcp"}  # these name a book, and ask the other verbs
NO_BOOK = {  # these cannot open a book: they have no option that names one
    *("demo", "init", "gallery", "samples list", "doctor", "advise", "new signal", "check-signal", "plugins list"),
    *("mandate init", "mandate check", "mandate rules", "mandate show"),
    *(f"data {verb}" for verb in ("init", "add", "update", "status", "check", "show", "vintages", "sql")),
    *("backtest", "signals", "capacity", "report", "metrics", "compare", "expect", "validate", "sweep"),
    *("trials list", "trials accept-loss", "policy check", "policy show", "policy diff", "policy schema"),
    *("policy pack", "policy verify"),
}
ROWS = {
    # On their way out.
    "orders send": Row("orders send A07", Stage.PAPER),
    "orders export": Row("orders export A07", Stage.LIVE),
    "month": Row("month --account A07", Stage.PAPER, (0, 4, 5)),
    # What plans, changes, approves or stops orders: none of it sends.
    "decide": Row("decide --account A07", codes=(0, 3, 4, 5)),
    "rebalance": Row('rebalance --account A07 --commit --supersede "again"', codes=(0, 4, 5)),
    "orders add": Row('orders add A07 SPY 5 --kind on_open --reason "by hand"', codes=(0, 3, 4, 5)),
    "orders edit": Row('orders edit A07 SPY --qty 1 --reason "fewer"', codes=(0, 1, 2, 5)),
    "orders approve": Row("orders approve A07 --by ben --reason seen", codes=(0, 2)),
    "orders reject": Row('orders reject A07 --reason "no"', codes=(0, 2)),
    "orders hold": Row("orders hold A07", codes=(0, 2)),
    "orders slice": Row("orders slice A07 SPY --into 2", codes=(0, 1, 2)),
    "orders block": Row("orders block Mueller", codes=(0, 2, 5)),
    "orders cancel": Row("orders cancel A07"),
    "orders arm": Row("orders arm A07 --broker alpaca --confirm A07"),
    "orders list": Row("orders list --all", codes=(0, 5)),
    "reconcile": Row("reconcile --broker paper", codes=(0, 2, 4)),
    "kill": Row("kill A07"),
    "release": Row("release A07 --reason seen", codes=(0, 2)),
    "override": Row("override --account A07 --shift SPY=+0.01 --until 2011-01-20 --reason why", codes=(0, 2, 3)),
    # What moves policies, or accounts between them.
    "policy commit": Row('policy commit policy.yaml --hypothesis "trends go on" --paths 5 --years 1', codes=(2,)),
    "policy promote": Row("policy promote policy.yaml --to live --waive ready --by ben", codes=(APPROVAL,)),
    "policy status": Row("policy status"),
    "policy change": Row("policy change policy.yaml other.yaml --cause flaw --reason why --by ben", codes=(APPROVAL,)),
    "policy sign": Row("policy sign C-1 --by ben", codes=(2,)),
    "policy changes": Row("policy changes"),
    "book follow": Row("book follow A07 other.yaml", codes=(0, APPROVAL)),
    # The book itself, and what is said of it.
    "book init": Row("book init", codes=(2,)),
    "book account": Row("book account Z9 --household Other"),
    "book sleeve": Row("book sleeve A07 core"),
    "book instrument": Row("book instrument GLD"),
    "book cancel": Row("book cancel A07 0 --reason why", codes=(0, 2, 4)),
    "book import": Row("book import activity.csv --account B1 --commit", codes=(0, 4)),
    "book export": Row("book export A07 --out a07.csv", codes=(0, 2)),
    "restore": Row("restore copy.db --to restored.db", codes=(0, 2)),
    "backup": Row("backup saved.db"),
    "upgrade": Row("upgrade", codes=(0, 2)),
    "practice": Row("practice policy.yaml --account ME --at 2010-12-31", codes=(1, 2)),
    "committee minutes": Row("committee minutes --proposal OPEN --vote 3:0 --why agreed --revisit 2011-06", codes=(0,)),
    "committee pack": Row("committee pack 2010Q4", codes=(0, 1, 2, 4, 5)),
    "review": Row("review --quarter --account A07 --hold", codes=(0, 2, 4, 5)),
    "mandate sign": Row("mandate sign nowhere.yaml", codes=(2,)),
    **{
        verb: Row(words, codes=(0, 1, 2, 3, 4, 5), reads=True)
        for verb, words in {
            "attribute": "attribute A07",
            "why": "why SPY --account A07",
            "economics": "economics policy.yaml --aum 50m --account A07",
            "book list": "book list",
            "book show": "book show",
            "book lots": "book lots A07",
            "book gains": "book gains A07",
            "book flows": "book flows",
            "drift": "drift policy.yaml",
            "tax report": "tax report Mueller --year 2010",
            "tax harvest": "tax harvest A07",
            "tax locate": "tax locate Mueller",
            "tax rates": "tax rates",
            "verify": "verify",
            "journal show": "journal show",
            "journal export": "journal export journal.jsonl",
            "what-if": "what-if --account A07 --cash 500",
            "overrides": "overrides",
            "adherence": "adherence --account A07",
            "shadow": "shadow A07",
            "status": "status",
        }.items()
    },
}
WAYS = {way.name: way for way in PATHS}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        made = World(tmp_path_factory.mktemp("stages"), patch, None)
        other = POLICY.replace("tilt: 0.10}", "tilt: 0.05}")
        (made.folder / "other.yaml").write_text(other, encoding="utf-8")
        yield made


def staged(world: World, state: State, way: Way = WAYS["decide"]) -> None:
    """Orders wait, approved, and the policy is at the stage of the state; what was exported before was exported live."""
    policy, at = load_policy(world.folder / "policy.yaml"), np.datetime64(EVENING)
    ready = f"{way.name} {state.name}"
    if ready not in world.ready:
        again = way.name == "file again"
        world.at(WAYS["file"] if again else way)
        with BookStore.open("book.db") as book:
            if state.put is not None:
                put_at(book, policy, state.put, at=at)
        if again:
            assert world.ran("orders export A07")[0] == 0
        with BookStore.open("book.db") as book:
            if state.put is not None and state.then is not None:
                moved(book, policy, state.put, state.then, at=at)
        world.ready[ready] = world._kept()
    world.restore(world.ready[ready])
    world.clock.at, world.double.live = MORNING, False


def on_a_pack(world: World, words: str) -> tuple[str, bool]:
    """A vote on the first open proposal, on a pack of the book as it stands, and whether there is any."""
    if "OPEN" not in words:
        return words, True
    assert world.ran("committee pack 2010Q4 --again")[0] == 0
    with BookStore.open("book.db") as book:
        found = [one.number for one in proposals_of(book, np.datetime64(MORNING, "D").item()) if one.open]
    return words.replace("OPEN", (*found, "P-1")[0]), bool(found)


def tried(world: World, words: str, state: State, needed: Stage | None) -> tuple[int, str]:
    """What a command ends with and says; whether anything has left by it is as it must be."""
    before = world.left()
    code, said = world.ran(words)
    may = needed is not None and state.stage >= needed
    assert (world.left() != before) is may, (state.name, words, code, said)
    if needed is not None and not may:
        assert code == APPROVAL, (state.name, words, code, said)
        assert "Traceback" not in said
    return code, said


# Every verb.


def test_every_verb_has_a_row_or_no_way_to_a_book() -> None:
    known = {*ROWS, *NO_BOOK, *ASKING}
    assert not set(VERBS) - known, "say in this file what these verbs must do in every stage"
    for verb, made in VERBS.items():
        booked = any("--book" in action.option_strings for action in made._actions)
        assert booked is (verb in ROWS or verb in ASKING), verb


@pytest.mark.parametrize("verb", [verb for verb in ROWS if verb in VERBS])
def test_no_verb_lets_an_order_out_before_its_stage(world: World, verb: str) -> None:
    row = ROWS[verb]
    for state in STATES[4:5] if row.reads else [one for one in STATES if one.name not in ("committed", "back on paper")]:
        staged(world, state)
        words, any_open = on_a_pack(world, row.words)
        code, said = tried(world, words, state, row.leaves)
        if row.leaves is None or state.stage >= row.leaves:
            assert code in (row.codes if any_open else (2,)), (state.name, words, code, said)
        if not row.reads and verb != "orders send":  # whatever it did, what was approved leaves no earlier than before
            _, said = world.ran("orders send A07")
            left = bool(world.double.taken)
            assert not left or state.stage >= Stage.PAPER, (state.name, row.words, said)


# Every way on which an order leaves.


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_orders_leave_by_every_way_from_their_stage_on_and_by_none_before(world: World, state: State) -> None:
    for way in PATHS:
        if way.name == "file again" and state.put is not Stage.LIVE:
            continue  # nothing was ever exported
        staged(world, state, way)
        filed = way.leave.startswith("orders export")
        tried(world, way.leave, state, Stage.LIVE if filed else Stage.PAPER)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_real_money_moves_for_what_is_live_alone(world: World, state: State) -> None:
    for way in ("decide", "manual", "block", "slice"):
        staged(world, state, WAYS[way])
        names = WAYS[way].leave.split()[-1]
        for account in ("A07", "B1"):
            code, said = world.ran(f"orders arm {account} --broker alpaca --confirm {account}")
            assert code == 0, said
        world.double.live = True
        tried(world, f"orders send {names} --broker alpaca --live", state, Stage.LIVE)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_month_that_ends_in_a_file_needs_what_a_file_needs(world: World, state: State) -> None:
    staged(world, state)
    before = world.left()
    code, said = world.ran("month --account A07 --export blotter")
    assert (world.left() != before) is (state.stage is Stage.LIVE), (code, said)
    assert state.stage is Stage.LIVE or code == APPROVAL, (code, said)


# Round about.


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_neither_another_folder_nor_a_copy_of_the_book_helps(world: World, state: State) -> None:
    (world.folder / "elsewhere").mkdir(exist_ok=True)
    again = "release A07 --reason seen --book restored.db"  # what was brought back is halted until somebody has looked
    for words, needed in (
        ("orders export A07 --workspace elsewhere --book restored.db --out out", Stage.LIVE),
        ("orders send A07 --workspace elsewhere --book restored.db", Stage.PAPER),
    ):
        staged(world, state)
        for step in ("backup copy.db", "restore copy.db --to restored.db", again):
            assert world.ran(step)[0] == 0, step
        code, said = world.ran(words)
        assert code == (0 if state.stage >= needed else APPROVAL), (words, code, said)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_neither_another_policy_nor_an_edited_file_helps(world: World, state: State) -> None:
    """Whoever never committed to the other policy gets nothing out under it, whatever the account follows."""
    text = (world.folder / "policy.yaml").read_text(encoding="utf-8")
    for words, codes in (
        ('rebalance other.yaml --account A07 --commit --supersede "again"', (2, 3)),
        ('orders add A07 SPY 5 --policy other.yaml --kind on_open --reason "by hand"', (2,)),
        ("decide other.yaml --account A07", (2, 3)),
        ("policy promote other.yaml --to paper --by ben", (APPROVAL,)),
        ("policy promote other.yaml --to candidate --by ben", (APPROVAL,)),
    ):
        staged(world, state)
        code, said = tried(world, words, state, None)
        assert code in codes, (state.name, words, code, said)
    staged(world, state)
    try:
        (world.folder / "policy.yaml").write_text(text.replace("tilt: 0.10}", "tilt: 0.20}"), encoding="utf-8")
        code, said = tried(world, 'rebalance --account A07 --commit --supersede "again"', state, None)
        assert code == 2, said
        tried(world, "orders send A07", state, Stage.PAPER)  # what was approved is of the policy as it was
    finally:
        (world.folder / "policy.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_whoever_has_an_account_follow_another_policy_gets_nothing_out_by_it(world: World, state: State) -> None:
    staged(world, state)
    world.clock.at = EVENING
    code, said = world.ran("book follow A07 other.yaml")
    was = max(one for one in (state.put, state.then, Stage.DRAFT) if one is not None)
    assert code == (APPROVAL if was >= Stage.PAPER else 0), said
    world.ran('rebalance --account A07 --commit --supersede "again"')
    world.ran("orders approve A07 --by ben --reason seen")
    world.clock.at = MORNING
    if code == 0:
        tried(world, "orders send A07", State("another", None), Stage.PAPER)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_no_stage_is_skipped_by_asking_for_it(world: World, state: State) -> None:
    """Nothing is expected of it and no validation is kept: upward it goes nowhere, by nobody, whatever reasons are given."""
    staged(world, state)
    sha256 = load_policy(world.folder / "policy.yaml").sha256
    for to in ("candidate", "paper", "live"):
        for reasons in ("", "--accept why", "--waive why", "--reason why", "--waive why --by anna", "--waive why --by ben"):
            if Stage(to) > state.stage:
                code, said = world.ran(f"policy promote policy.yaml --to {to} {reasons}")
                assert code in (2, APPROVAL), (to, reasons, said)
    with BookStore.open("book.db") as book:
        assert stage_of(book, sha256) is state.stage


# The control: where a guard is taken away the table does not hold.


@pytest.mark.parametrize("room", [sending, exporting])
def test_a_guard_that_is_taken_away_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch, room: object) -> None:
    monkeypatch.setattr(room, "require_may_leave", lambda *_: lambda: None)
    draft = STATES[0]
    words = "orders send A07" if room is sending else "orders export A07"
    staged(world, draft)
    with pytest.raises(AssertionError):
        tried(world, words, draft, Stage.PAPER if room is sending else Stage.LIVE)


def test_without_an_arm_nothing_leaves_even_when_it_is_live(world: World) -> None:
    staged(world, State("live", Stage.LIVE))
    world.double.live = True
    code, said = world.ran("orders send A07 --broker alpaca --live")
    assert (code, world.double.taken) == (NoAccess.exit_code, []), said
    assert Path("book.db").exists()
