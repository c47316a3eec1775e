"""A desk with a quarter to tell of: one account on paper, decided and traded by the verbs, with an override in its midst.

April and May are decided on time, May's orders with an override in force and one of them made smaller by a person; June is not
decided. The book has a commitment with its fan, an incident in the data, and what a committee may vote on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from tests.promoted import moved
from tests.surfaces.cli.desk_folder import POLICY, days, put, table
from tests.surfaces.cli.order_desk import Hands, activity
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.desk.following import named_policy
from trimtab.desk.process_notes import INCIDENT, OVERRIDE
from trimtab.governance.promotion import Stage
from trimtab.surfaces.cli.main import main

QUARTER, TODAY = "2011Q2", "2011-07-05T12:00:00"
GOVERNED = POLICY.replace("allocator:", "reacher: {use: pace}\nallocator:") + (
    "overrides: {size: 0.20}\nexecution: {units: whole}\n"
    "regime: {use: volatility, window: 1M, history: 6M, enter: 0.70, exit: 0.50}\n"
)
SCRIPT = "<script>alert(1)</script>"
SESSIONS = days(520)
BEGUN = "2010-01-06T12:00:00"
DECIDED = {"2011-04-29": "2011-05-02", "2011-05-31": "2011-06-01"}  # month ends, and the sessions on which was traded


@cache
def built() -> tuple[Path, TemporaryDirectory[str]]:
    """The folder, made once for all tests of a process that only read it, or a copy of it; it goes with the process."""
    kept = TemporaryDirectory()
    here = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        folder = put_committee(Path(kept.name), patch)
        patch.chdir(here)
    return folder, kept


def put_committee(base: Path, patch: pytest.MonkeyPatch) -> Path:
    """The folder; the clock stood after the end of the quarter when it was done."""
    folder = put(base / "desk", table(len(SESSIONS)), GOVERNED)
    patch.chdir(folder)
    patch.delenv("TRIMTAB_BOOK", raising=False)
    clock = Hands(patch, BEGUN)
    for words in ("book init", "book account A07 --household Mueller", "book account C1 --household Third"):
        ran(words)
    (folder / "activity.csv").write_text(activity(200_000), encoding="utf-8")
    ran("book import activity.csv --account A07 --commit")
    ran("book follow A07 policy.yaml")
    ran("expect policy.yaml --paths 40 --years 3 --save")
    said = ["policy", "commit", "policy.yaml", "--hypothesis", f"Trends persist {SCRIPT} for a year", "--by", "anna", "--quiet"]
    assert main(said) == 0
    _promoted()
    for evening, morning in DECIDED.items():
        if evening == "2011-05-31":
            _noted()
        _month(clock, evening, morning, edited=evening == "2011-05-31")
    known(len(SESSIONS) - 1)
    clock.at = TODAY
    return folder


def known(last: int) -> None:
    """Prices up to and with a session: nobody knew later ones."""
    Path("prices/prices.csv").write_text("\n".join(table(last + 1)) + "\n", encoding="utf-8")


def _promoted() -> None:
    policy = named_policy("policy.yaml")
    at = np.datetime64(BEGUN, "s")
    with BookStore.open("book.db") as book:
        for was, now in ((Stage.DRAFT, Stage.CANDIDATE), (Stage.CANDIDATE, Stage.PAPER)):
            moved(book, policy, was, now, at=at, who="ben")


def _noted() -> None:
    """An override from the middle of May, and prices that were late once."""
    body = {"id": "O-1", "begins": "2011-05-16", "ends": "2011-07-20", "shifts": {"SPY": "0.10", "TLT": "-0.10"}, "holds": []}
    with BookStore.open("book.db") as book:
        note = Note(OVERRIDE, body | {"why": f"the harvest {SCRIPT} was good"}, "A07")
        book.append([note], recorded=np.datetime64("2011-05-16T10:00:00"), author="anna")
        late = {"what": "prices were stale by 3 sessions", "series": "SPY", "month": "2011-05"}
        book.append([Note(INCIDENT, late, "A07")], recorded=np.datetime64("2011-05-17T22:00:00"), author="anna")


def _month(clock: Hands, evening: str, morning: str, *, edited: bool) -> None:
    known(SESSIONS.index(evening))
    clock.at = f"{evening}T23:30:00"
    assert main(["rebalance", "--account", "A07", "--commit", "--by", "anna", "--quiet"]) in (0, 5)
    if edited:
        words = ["--qty", "10", "--reason", "client keeps some", "--by", "anna", "--quiet"]
        assert main(["orders", "edit", "A07", "TLT", *words]) in (0, 5)
    ran("orders approve A07 --by ben")
    clock.at = f"{morning}T12:00:00"
    assert main(["orders", "send", "A07", "--broker", "paper", "--quiet"]) == 0
    known(SESSIONS.index(morning))
    clock.at = f"{morning}T23:30:00"
    assert main(["reconcile", "--broker", "paper", "--quiet"]) in (0, 5)


def ran(words: str) -> None:
    assert main([*words.split(), "--quiet"]) in (0, 5), words
