"""The year of the demonstration desk: three accounts launched, twelve months walked, and what people did between them.

Everything goes through the functions that a user calls, at the clock of a practice desk. In the year stand an order that was
made smaller, one that was declined, money that came in, reviews, the minutes of a committee, and an override that is in force
when it ends. Then a proposal of the first account waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trimtab.core.money import Money
from trimtab.data.samples import Samples
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.following import named_policy
from trimtab.desk.live import clock_of
from trimtab.desk.load import load_policy
from trimtab.desk.practice import Desk as Begun
from trimtab.desk.practice import begin, first_instant, loader_of
from trimtab.numerics.resampling import Futures
from trimtab.surfaces.books import Book
from trimtab.surfaces.commitments import Commitments
from trimtab.surfaces.committee import Committee
from trimtab.surfaces.demo_desk_policies import CLASSIC, FOLDER, FOUR, LAUNCHES, Launch
from trimtab.surfaces.desk import Desk
from trimtab.surfaces.orders import Orders
from trimtab.surfaces.overrides import Overrides
from trimtab.surfaces.python import Workspace
from trimtab.surfaces.reviews import Reviews
from trimtab.surfaces.sweeps import Axes

BEGIN, END = "2017-09-29", "2018-09-28"  # the first decision, and the one that waits
MONTHS = 12
FEW = Futures(years=3, seed=1, paths=40)  # histories of an expectation: enough to draw, too few to lean on
TILTS: Axes = {"allocator.tilt": [0.05, 0.08, 0.10]}  # what the first validations look around at
GRID: Axes = {"signals.fast.window": ["3M", "4M", "6M"], "allocator.tilt": [0.05, 0.10]}
EDITED, DECLINED, COMMITTEE, OVERRIDDEN = "2017-12", "2018-05", "2018-07", "2018-08"
MONEY = {"2018-04": {"DEMO-3": "25000"}, "2018-09": {"DEMO-1": "40000"}}  # that comes in before the decision of a month
REVIEWED = ("2017-12", "2018-03", "2018-06")
PEOPLE = ("anna", "ben", "carl")
MARKET_OPEN = "T15:01:00Z"  # half an hour after New York has opened, in winter too

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """A folder in which the year is lived, and who is told of each step that is done.

    The book is named by its file: what the environment says of another book must not be written into.
    """

    folder: Path
    told: Told

    @property
    def book(self) -> str:
        """The address of the book."""
        return str(self.folder / "book.db")

    @property
    def desk(self) -> Desk:
        """The desk of anna, who trades."""
        return Desk(self.folder, by="anna", address=self.book)

    @property
    def day(self) -> str:
        """The date of the clock."""
        return str(clock_of(self.folder).now().astype("datetime64[D]"))

    def orders(self, by: str) -> Orders:
        """Orders as somebody sees them."""
        return Orders(self.book, by=by, workspace=self.folder)

    def file(self, policy: str) -> str:
        """The file of a policy."""
        return str(self.folder / FOLDER / f"{policy}.yaml")


def launch(year: Year) -> None:
    """Begin the desk, open its accounts, and bring their policies to paper by what is known on that day."""
    first = LAUNCHES[0]
    at = first_instant(named_policy(year.file(first.policy)), np.datetime64(BEGIN, "D"))
    begun = Begun(first.account, Money.parse(f"{first.cash} USD"), year.file(first.policy), at, first.household)
    begin(year.folder, year.book, begun, "anna")
    year.told("begun")
    for one in LAUNCHES:
        _open(year, one)
        _to_paper(year, one)
        year.told(f"{one.policy} on paper")
    paper = year.folder / "paper" / "paper.yaml"
    paper.parent.mkdir(exist_ok=True)
    paper.write_text("participation: 0\nhalf_spread_bps: 10\n", encoding="utf-8")


def _open(year: Year, one: Launch) -> None:
    """An account with its cash, and the policy that it follows. The desk was begun with the first of them."""
    if one is LAUNCHES[0]:
        return
    Book(year.book, by="anna").open_account(one.account, one.household)
    _pay_in(year, one.account, one.cash)
    year.orders("anna").follow(one.account, year.file(one.policy))


def _pay_in(year: Year, account: str, cash: str) -> None:
    """Cash that comes in, by the statement of a bank. The file stays as an example of one that was imported."""
    file = year.folder / "statements" / f"{year.day}-{account}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"date,kind,amount\n{year.day},deposit,{cash}\n", encoding="utf-8")
    Book(year.book, by="anna").import_file(file, account, format="csv", commit_it=True)


def _to_paper(year: Year, one: Launch) -> None:
    """A commitment with what is expected, a validation, and two promotions by somebody else."""
    file, book = year.file(one.policy), year.book
    Commitments(book, by="anna", workspace=year.folder).commit(file, one.hypothesis, futures=FEW)
    signed = Commitments(book, by="ben", workspace=year.folder)
    signed.promote(file, "candidate")
    Workspace(year.folder).validate(file, grid=TILTS)
    signed.promote(file, "paper", accept="A demonstration: the failed checks are known, and a year on paper is looked at.")


def live(year: Year, months: int = MONTHS) -> None:
    """So many months, each from its decision to its fills, up to the evening of the decision that follows them."""
    sessions = [str(day) for day in Samples().load(("usmv",))[0].dates]
    for _ in range(months):
        month = year.day[:7]
        _before(year, month)
        year.desk.month()
        _by_hand(year, month)
        _approve(year)
        _to_fills(year, sessions[sessions.index(year.day) + 1])
        _after(year, month)
        year.desk.tick()
        year.told(month)
    _before(year, year.day[:7])
    year.desk.month()


def _before(year: Year, month: str) -> None:
    """What comes before the decision: a deposit, an override."""
    for account, cash in MONEY.get(month, {}).items():
        _pay_in(year, account, cash)
    if month == OVERRIDDEN:
        shifts = {"QUAL": "0.02", "VLUE": "-0.02"}
        why = "Value is short of catalysts until the autumn"
        Overrides(year.book, by="anna", workspace=year.folder).add("DEMO-1", shifts, until="2018-10-15", reason=why)


def _by_hand(year: Year, month: str) -> None:
    """What people do to orders that wait: in one month one is made smaller, in another one is declined."""
    ben = year.orders("ben")
    waiting = ben.list(status="planned")
    units = {str(one): abs(count) for one, count in waiting[waiting["account"] == "DEMO-1"]["units"].items()}
    if month == EDITED:
        order = max(units, key=lambda one: units[one])
        year.orders("anna").edit(order, units=units[order] // 2, reason="Half now: the market is thin between the years")
    if month == DECLINED:
        ben.reject(next(iter(units)), reason="Not before the meeting")


def _approve(year: Year) -> None:
    """Approval of all that waits by somebody else than anna, who asked for it."""
    for account in dict.fromkeys(year.orders("ben").list(status="planned")["account"]):
        year.orders("carl" if account == "DEMO-3" else "ben").approve(account)


def _to_fills(year: Year, following: str) -> None:
    """What is approved leaves in the evening, or when the market takes it; the funds fill at the close of the next session."""
    _walk(year, "DEMO-1", "DEMO-3")
    year.desk.tick(following + MARKET_OPEN)
    year.desk.month()  # a month whose last day is a holiday is decided on now
    _approve(year)
    _walk(year, "DEMO-2")
    policy = named_policy(year.file(FOUR))
    year.desk.tick(text_of_instant(first_instant(policy, np.datetime64(following, "D"))))
    _walk(year, "DEMO-1", "DEMO-3")


def _walk(year: Year, *accounts: str) -> None:
    """The month of accounts, as far as their orders go on now."""
    going = set(year.orders("anna").list()["account"])
    for one in accounts:
        if one in going:
            year.desk.month(account=one)


def _after(year: Year, month: str) -> None:
    """Reviews that are due, and the committee."""
    if month in REVIEWED:
        for one in LAUNCHES:
            Reviews(year.book, by="anna", workspace=year.folder).hold(one.account, attended=PEOPLE[:2], said="Looked at")
    if month == COMMITTEE:
        _sit(year)


def _sit(year: Year) -> None:
    """The committee sits over the second quarter, and votes on the promotion of the first policy."""
    committee = Committee(year.book, by="carl", workspace=year.folder)
    pack = committee.pack("2018Q2")
    place = pack.write(year.folder / "committee" / "2018Q2.html")
    mine = pack.proposals[pack.proposals["what"].str.contains(FOUR)]
    why = "Ten months of rising prices prove little: again after a fall, or in the winter"
    committee.minutes(str(mine.index[0]), "1:2", why=why, revisit="2019-01", pack=place, attended=PEOPLE)


def research(year: Year) -> None:
    """Two runs, a sweep of six variants and a validation around them, by what the clock of the desk lets be known."""
    workspace, load = Workspace(year.folder), loader_of(year.folder)
    for name in (FOUR, CLASSIC):
        policy = load_policy(year.file(name))
        workspace.backtest(policy, data=load(policy), vs=["saa"])
        year.told(f"run of {name}")
    policy = load_policy(year.file(FOUR))
    workspace.sweep(policy, GRID, load(policy))
    year.told("sweep")
    workspace.validate(policy)
    year.told("validation")
