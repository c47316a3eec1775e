"""An adviser's folder for the tests of the trading verbs: prices, two policies, a book of four accounts, and a clock."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.promoted import put_files_at
from tests.surfaces.cli.desk_folder import POLICY, put, table
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli import main as command_line
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.verbs import parser

EVENING = "2010-12-31T23:30:00"  # the last session of the month is over
MORNING = "2011-01-03T12:00:00"  # before the next one opens
NIGHT = "2011-01-03T23:30:00"  # in New York the cut-off has passed
NOON = "2011-01-04T16:00:00"  # a market is open
BY_HAND = "overrides: {size: 1}\n"  # an order by hand is an override of what is live
FOUR = (
    POLICY.replace("name: mine", "name: growth")
    .replace("allocator:", "reacher: {use: pace}\nallocator:")
    .replace("    id: IPS-1\n", "    id: IPS-4.1\n    source: Investment Policy Statement, section 4.1\n")
    + "execution: {units: whole}\napproval: {four_eyes: true}\n"
    + BY_HAND
)
WHOLE = parser()  # made once for all of these commands
LONG = "trust-of-the-very-patient-owners"
DEPOSITS = {"A07": 20_000, "B1": 200_000, "G1": 50_000, LONG: 90_000}


def activity(money: int) -> str:
    """Half of the money in each of two assets, bought on the second day at 100 and 99; units of the one end on a half."""
    units = money // 200
    rows = (f"2010-01-04,Deposit,,,,{money}", f"2010-01-05,Buy,SPY,{units}.5,100,", f"2010-01-05,Buy,TLT,{units},99,")
    return "\n".join(["Date,Type,Ticker,Shares,Price,Amount", *rows]) + "\n"


class Hands:
    """The clock of the program, set by hand."""

    def __init__(self, patch: pytest.MonkeyPatch, at: str = EVENING) -> None:
        self.at = at
        patch.setattr(SystemClock, "now", lambda _: np.datetime64(self.at, "s"))


def night(folder: Path, clock: Hands) -> None:
    """The session of 3 January is over, and its prices are in the folder: nobody knew them in the morning."""
    (folder / "prices" / "prices.csv").write_text("\n".join(table(261)) + "\n", encoding="utf-8")
    clock.at = NIGHT


def put_orders(base: Path, patch: pytest.MonkeyPatch) -> Path:
    """Prices to the last session of 2010, `policy.yaml` and `growth.yaml` (four eyes, whole units), and a book.

    Both policies are live. A07 and B1 of Mueller follow the first, G1 and one with a long name follow the other; C1 has
    nothing and follows none.
    """
    folder = put(base / "desk", policy=POLICY + BY_HAND)
    (folder / "growth.yaml").write_text(FOUR, encoding="utf-8")
    patch.chdir(folder)
    patch.delenv("TRIMTAB_BOOK", raising=False)
    Hands(patch)
    run("book init")
    for account, money in DEPOSITS.items():
        mine = account in ("A07", "B1")
        run(f"book account {account} --household {'Mueller' if mine else 'Other'} --lots hifo")
        (folder / "activity.csv").write_text(activity(money), encoding="utf-8")
        run(f"book import activity.csv --account {account} --commit")
        run(f"book follow {account} {'policy' if mine else 'growth'}.yaml")
    run("book account C1 --household Third")
    put_files_at("book.db", ["policy.yaml", "growth.yaml"], at=EVENING)
    shutil.copytree(folder, folder.parent / "kept")
    return folder


def restored(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """That folder as it was made, in its place: the book names the policies by where they are."""
    patch.chdir(folder.parent)
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "kept", folder)
    patch.chdir(folder)
    patch.delenv("TRIMTAB_BOOK", raising=False)
    patch.setenv("COLUMNS", "120")
    patch.setattr(command_line, "parser", lambda: WHOLE)
    return folder


def run(words: str) -> None:
    assert main([*words.split(), "--quiet"]) == 0, words
