"""A practice desk inside a session: every verb that looks at a market prints the same, whatever prices come after its clock."""

from __future__ import annotations

import ast
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import trimtab.surfaces.cli as command_line
from tests.promoted import put_files_at
from tests.surfaces.cli.desk_folder import POLICY, put, with_volumes
from tests.surfaces.cli.test_book_verbs import Capture, ran
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.desk import prepare, quoting
from trimtab.governance.promotion import Stage
from trimtab.surfaces.cli.main import main

OPEN = "2008-10-31T15:00:00Z"  # a Friday and the last session of the month, which is not over
OWN = POLICY.replace("since: 2010-01-04", "since: 2006-01-02") + "overrides: {size: 1}\n"
COMMIT = '--hypothesis "Trends persist, as investors react late" --paths 20 --years 2'
WISH = '--shift SPY=+0.03 --shift TLT=-0.03 --until 2008-11-14 --reason "rates will rise" --by anna'
LOOKING = {  # what looks at a market or at prices, in the order in which it is asked
    "status": ["status"],
    "decide": ["decide policy.yaml", "decide --account ME --if-due"],
    "signals": ["signals policy.yaml", "signals policy.yaml --as-of 2008-12-31"],
    "capacity": ["capacity policy.yaml"],
    "attribute": ["attribute policy.yaml", "attribute ME", "attribute ME --by class"],
    "backtest": ["backtest policy.yaml"],
    "why": ["why SPY", "why SPY --account ME"],
    "report": ["report {run}"],
    "expect": ["expect policy.yaml --paths 20 --years 2"],
    "economics": ["economics policy.yaml --aum 50m --account ME"],
    "validate": ["validate policy.yaml --grid signals.average.window=2M,3M"],
    "sweep": ["sweep policy.yaml --grid signals.average.window=2M,3M --json"],
    "policy pack": ["policy pack policy.yaml"],
    "policy commit": [f"policy commit other.yaml {COMMIT}"],
    "policy change": ['policy change policy.yaml other.yaml --cause flaw --reason "dividends were counted twice" --by anna'],
    "policy sign": ["policy sign C-1 --by ben"],
    "policy changes": ["policy changes"],
    "book show": ["book show ME --data prices", "book show ME --data prices --as-of 2008-12-31"],
    "book lots": ["book lots ME --data prices"],
    "tax harvest": ["tax harvest Practice --data prices --replace SPY=SCHB"],
    "drift": ["drift policy.yaml --account ME"],
    "rebalance": ["rebalance --account ME", "rebalance --all --as-of 2008-12-31"],
    "what-if": ["what-if policy.yaml --account ME --cash 500", "what-if --account ME --cash 500 --as-of 2008-12-31"],
    "orders add": ['orders add ME TLT -5 --reason "raise cash" --by anna'],
    "orders edit": ["orders edit ME TLT --qty 4 --reason less --by ben"],
    "orders approve": ["orders approve ME --by carl"],
    "orders send": ["orders send ME --broker paper"],
    "reconcile": ["reconcile --broker paper"],
    "overrides": ["overrides"],
    "shadow": ["shadow ME"],
    "adherence": ["adherence --account ME"],
    "review": ["review --quarter --account ME"],
    "committee pack": ["committee pack 2008Q4 --account ME"],
    "month": ["month --account ME"],
    "practice": ["practice --next"],  # the dates of sessions to come, and no price
}
WHOLE = {"demo", "policy verify"}  # no part of a desk's work; each says that it looks past the clock
BLIND = {  # what looks at no market, or at the samples alone; `data` is the store itself, which is nobody's desk
    *("init", "gallery", "samples list", "doctor", "advise", "metrics", "compare", "trials list", "trials accept-loss"),
    *(f"mandate {verb}" for verb in ("init", "check", "rules", "show", "sign")),
    *(f"data {verb}" for verb in ("init", "add", "update", "status", "check", "show", "vintages", "sql")),
    *(f"policy {verb}" for verb in ("check", "show", "diff", "schema", "promote", "status")),
    *("new signal", "check-signal", "plugins list"),
    *(f"book {verb}" for verb in ("init", "account", "sleeve", "follow", "instrument", "cancel", "import", "list")),
    *("book gains", "book flows", "book export", "tax report", "tax locate", "tax rates"),
    *("verify", "journal show", "journal export", "backup", "restore", "upgrade", "kill", "release"),
    *(f"orders {verb}" for verb in ("list", "reject", "hold", "slice", "block", "export", "cancel", "arm")),
    *("override", "committee minutes", "serve", "mcp"),  # the last two ask the other verbs
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two months on: an account with an override that was traded, and a session that is open."""
    folder = put(tmp_path_factory.mktemp("practice") / "desk", policy=OWN)
    (folder / "prices" / "prices.csv").unlink()
    with_volumes(folder / "prices", ("SPY", "TLT"))
    (folder / "other.yaml").write_text(OWN.replace("tilt: 0.10}", "tilt: 0.05}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        patch.setenv("COLUMNS", "120")
        done("practice policy.yaml --account ME --at 2008-08-29")
        put_files_at("book.db", ["policy.yaml"], Stage.PAPER, at="2008-08-29T22:00:00")
        done(f"override --account ME {WISH}")
        for sent, filled, later in (("2008-09-02", "2008-09-03", "2008-09-30"), ("2008-10-01", "2008-10-02", OPEN)):
            for one in ("orders approve ME --by carl", *(f"practice --to {at}" for at in (sent, filled, later))):
                done("month --account ME --by anna", 0, 5)
                done(one)
        yield folder


def done(words: str, *codes: int) -> None:
    assert main([*shlex.split(words), "--quiet"]) in (codes or (0,)), words


def other_future(folder: Path) -> None:
    """From the session on that is open, prices are other ones."""
    for file in (folder / "prices").iterdir():
        head, *rows = file.read_text(encoding="utf-8").splitlines()
        cells = [row.split(",") for row in rows]
        late = [(day, f"{float(close) * (3.0 if day >= OPEN[:10] else 1.0):.4f}", units) for day, close, units in cells]
        file.write_text("\n".join([head, *map(",".join, late)]) + "\n", encoding="utf-8")


def put_back(kept: Path, folder: Path) -> None:
    """The folder as it was."""
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def answers(capsys: Capture) -> dict[str, tuple[int, str]]:
    """What each of them prints, on both streams, and its exit code."""
    found = {}
    for words in (one for several in LOOKING.values() for one in several):
        asked = words.format(run=min((path.name for path in Path("runs").iterdir()), default="") if "{run}" in words else "")
        code = main([*shlex.split(asked), "--quiet"])
        found[words] = (code, "".join(capsys.readouterr()))
    return found


def test_what_comes_after_the_clock_changes_no_letter_that_any_verb_prints(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Prices of the session that is open, and of all that follow, are three times as high. Nobody can know."""
    seen, kept = [], shutil.copytree(desk, tmp_path / "kept")
    monkeypatch.chdir(desk)  # both times in the same place: what an account follows is read where it lay
    for other in (False, True):
        if other:
            other_future(desk)
        seen.append(answers(capsys))
        put_back(kept, desk)
    assert [words for words, said in seen[0].items() if said != seen[1][words]] == []
    assert all(said for _, said in seen[0].values())
    assert "2008-10-31" not in seen[0]["shadow ME"][1]
    assert "O-1 anna" in seen[0]["shadow ME"][1]
    assert "100,000.00 USD managed" not in seen[0]["rebalance --account ME"][1]


def test_the_table_holds_every_verb_once() -> None:
    """Whoever adds a verb says here whether it looks at a market; one that does is held to the clock above."""
    assert set(VERBS) == LOOKING.keys() | WHOLE | BLIND
    assert len(VERBS) == len(LOOKING) + len(WHOLE) + len(BLIND)


def test_every_verb_of_the_table_does_look_at_prices(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """So that no line of it is idle: those that were refused before they looked would pass for any future."""
    read, assembled, looked = list[str](), prepare.assemble, quoting.Quotes.prices
    monkeypatch.setattr(prepare, "assemble", lambda *a, **k: read.append("market") or assembled(*a, **k))
    monkeypatch.setattr(quoting.Quotes, "prices", lambda *a, **k: read.append("prices") or looked(*a, **k))
    monkeypatch.chdir(shutil.copytree(desk, tmp_path / "desk"))
    idle = list[str]()
    for verb in ("drift", "book show", "book lots", "tax harvest", "what-if", "orders add", "overrides", "shadow", "signals"):
        read.clear()
        main([*shlex.split(LOOKING[verb][0]), "--quiet"])
        idle += [] if read else [verb]
    capsys.readouterr()
    assert idle == []


def test_no_verb_loads_a_market_past_the_place_that_knows_the_clock() -> None:
    """`load_market` gives all of the data: the sample run, and the dates of sessions to come, have it by intent."""
    users = []
    for file in Path(next(iter(command_line.__path__))).glob("*.py"):
        names = [one.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
                 for one in node.names]  # fmt: skip
        users += [file.stem] if "load_market" in names else []
    assert sorted(users) == ["begin", "practice"]


def test_what_looks_past_the_clock_by_intent_says_so(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(shutil.copytree(desk, tmp_path / "desk"))
    done("policy pack policy.yaml")
    main(["policy", "verify", "mine.trimtab"])
    assert "this looks at all of the data, also at what comes after 2008-10-31T15:00:00Z" in capsys.readouterr().err
    done("practice --next")
    assert ran("policy pack policy.yaml --out again.trimtab", capsys)[1].count("all of the data") == 0
