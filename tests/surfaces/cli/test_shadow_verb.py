"""`shadow`: its example, its widths, its JSON against its screen, old models, and what is said to bad input."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk.test_shadow_in import folder, overridden
from tests.promoted import told_to_follow
from tests.surfaces.cli.test_book_verbs import Capture, ran
from tests.surfaces.cli.test_order_verbs import fitted
from tests.surfaces.cli.test_verbs import VERBS
from trimtab import Overrides
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.desk.books import Signature
from trimtab.desk.change_requests import request
from trimtab.desk.load import load_policy
from trimtab.desk.old_models import old_models_in
from trimtab.desk.prepare import load_market
from trimtab.desk.process_notes import CHANGED
from trimtab.governance.changes import Cause
from trimtab.surfaces.cli.main import main

__all__ = ["folder"]  # A07 under a policy that allows overrides
EXAMPLE = VERBS["shadow"].get_default("example").removeprefix("trimtab ")
WHOLE = "shadow A07 --as-of 2011-04-08"
BODY = {
    "account",
    "policy",
    "sha256",
    "currency",
    "dates",
    "wealth",
    "overrides",
    "together",
    "rest",
    "total",
    "words",
    "notes",
}


def test_the_example_of_the_help_runs(folder: Path, capsys: Capture) -> None:
    overridden()
    out, _ = ran(EXAMPLE, capsys)
    assert "the model as specified" in fitted(out, 120)


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_keeps_to_the_width_of_the_terminal(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    overridden()
    monkeypatch.setenv("COLUMNS", str(width))
    for words in (WHOLE, f"{WHOLE} --from 2011-02-15", "shadow A07 --old"):
        fitted(ran(words, capsys)[0], width)


def test_the_json_and_python_say_what_the_screen_says(folder: Path, capsys: Capture) -> None:
    overridden()
    out, _ = ran(WHOLE, capsys)
    found = json.loads(ran(f"{WHOLE} --json", capsys)[0])
    assert found.keys() == {"trimtab", "kind", "shadow"}
    told = found["shadow"]
    assert told.keys() == BODY
    assert told["overrides"][0].keys() == {"name", "linked", "money", "daily"}
    shown = {line[:30].strip(): re.findall(r"[+-][0-9,.]+", line[30:]) for line in out.splitlines()}
    for name, row in (("the account", told["total"]), ("all the rest, such as late", told["rest"])):
        (key,) = (one for one in shown if one.startswith(name[:24]))
        assert shown[key][-2:] == [f"{100.0 * row['linked']:+.2f}", f"{Decimal(row['money']):+,.2f}"]
    assert shown["the model as specified"] == [f"{100.0 * (told['wealth']['model'][-1] - 1.0):+.2f}"]
    assert told["words"][1].startswith("O-1 (anna: a view) cost ")


def test_python_has_it_too(folder: Path, capsys: Capture) -> None:
    overridden()
    found = Overrides("book.db", by="anna").shadow("A07")
    told = json.loads(ran("shadow A07 --json", capsys)[0])["shadow"]
    assert found.account.tolist() == told["wealth"]["account"]


def test_an_old_model_runs_on_beside_the_account_that_left_it(folder: Path, capsys: Capture) -> None:
    """Changed on 1 February, on which its decision of 31 January would have been filled: it runs on from there."""
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    (folder / "new.yaml").write_text(text.replace("tilt: 0.10}", "tilt: 0.05}").replace("name: mine", "name: calm"), "utf-8")
    old, new = load_policy("policy.yaml"), load_policy("new.yaml")
    with BookStore.open("book.db") as book:
        made = request(book, (old, new), Cause.FLAW, "too wild", Signature("anna", np.datetime64("2011-01-10T12:00:00")))
        body = {"id": made.id, "old": old.sha256, "new": new.sha256}
        book.append([Note(CHANGED, body, "A07")], recorded=np.datetime64("2011-02-01T12:00:00"), author="anna")
    told_to_follow("book.db", "A07", "new.yaml", at="2011-02-01T12:00:00")
    out, _ = ran(f"{WHOLE} --old", capsys)
    assert "C-1: A07 left mine for calm on 2011-02-01; mine runs on in shadow until 2011-08-01" in " ".join(out.split())
    with BookStore.open("book.db") as book:
        (found,) = old_models_in(book, "A07", load_market)
        assert old_models_in(book, "A07", load_market)[0].shadow.policy.sha256 == old.sha256
    assert str(found.shadow.dates[0]) == "2011-01-31"
    (told,) = json.loads(ran(f"{WHOLE} --old --json", capsys)[0])["old"]
    assert told.keys() == BODY | {"change", "on"}
    current = json.loads(ran(f"{WHOLE} --json", capsys)[0])["shadow"]
    assert (current["policy"], current["dates"][0]) == ("calm", "2011-01-31")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("shadow B9", 2, "there is no account, sleeve or household 'B9'"),
        (f"{WHOLE} --from yesterday", 2, "is not a date"),
        (f"{WHOLE} --from 2011-02-01 --old", 2, "do not go together"),
        ("shadow A07 --as-of 2010-12-31", 4, "no session follows the first decision"),
        (f"{WHOLE} --from 2012-01-02", 2, "has no day between"),
    ],
)
def test_bad_input_gets_one_clear_line(folder: Path, capsys: Capture, words: str, code: int, said: str) -> None:
    assert main(words.split()) == code
    assert said in " ".join(capsys.readouterr().err.split())
