"""One session from decision to report, at fixed instants, on two databases: what of it is bytes, by its SHA-256.

`python -m tests.desk.same_bytes PRICES FOLDER ADDRESS...`, an address for each book. Three accounts decide, two of them send
to the paper broker and reconcile, one is exported in every form. After each book there are two controls on one more in a
file: one that takes accounts out of a set, and one that reads the clock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tests.desk.paper_year import Hands
from tests.desk.paper_year_policies import RULES, policy
from tests.promoted import put_at
from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Flow
from trimtab.core.households import Account
from trimtab.core.money import decimal_of
from trimtab.core.orders import Standing
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.books import Signature, open_account
from trimtab.desk.exporting import FORMATS, Form, export, renderer, venue_in
from trimtab.desk.judging import Judge
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.proposing import propose_all
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.sending import Sender
from trimtab.desk.settlement import reconcile, shortfalls
from trimtab.desk.venues import GRACE, Where, open_venue
from trimtab.desk.version import code_version
from trimtab.execution.outbox import Outbox
from trimtab.surfaces.cli.orders import document as order_document
from trimtab.surfaces.cli.review_document import document
from trimtab.surfaces.cli.review_screen import review_lines

ACCOUNTS = ("A07", "B1", "C9")
EXPORTED = "C9"
DAY = np.timedelta64(1, "D")


class Running(Hands):
    """The control: some minutes that the clock of this machine says."""

    def now(self) -> np.datetime64:
        return self.at.astype("datetime64[s]") + np.timedelta64(time.time_ns() // 1000 % 600, "s")


def digest(what: object) -> str:
    """The SHA-256 of bytes, or of values as JSON; floats to their last digit."""
    raw = what if isinstance(what, bytes) else json.dumps(what, sort_keys=True, default=str).encode()
    return hashlib.sha256(raw).hexdigest()


@dataclass
class Session:
    """The accounts of a new book on one decision day of a policy, and everything that became of them."""

    policy: Policy
    market: Market
    folder: Path
    out: Path  # where files for persons go, which the journal names: the same for all
    variant: str = ""

    @cached_property
    def clock(self) -> Hands:
        at = self.market.closes_at(np.array([self._decides]))[0] + np.timedelta64(3, "h")
        return (Running if self.variant == "clock" else Hands)(at)

    @property
    def _decides(self) -> int:
        """The session of the decision: the last of November."""
        return int(np.flatnonzero(self.market.sessions < np.datetime64("2022-12-01"))[-1])

    def lived(self, address: str) -> dict[str, Any]:
        self.folder.mkdir(parents=True)
        shutil.rmtree(self.out, ignore_errors=True)
        with BookStore.create(address, recorded=self.clock.now(), author="desk") as book:
            for number, name in enumerate(ACCOUNTS):
                open_account(book, Account(name, "Mueller"), Signature("desk", self.clock.now()))
                money = EntryPosted(name, Flow(plain_date(self.market.sessions[self._decides]), decimal_of(1e6 * (number + 1))))
                book.append([money], recorded=self.clock.now(), author="desk")
            put_at(book, self.policy, at=self.clock.now())
            orders = OrderBook(book, self.clock, "desk")
            told: dict[str, Any] = self._decided(orders)
            self._sent(orders)
            told["exports"] = self._exported(orders)
            self.clock.at += DAY
            told["reconciled"] = self._reconciled(orders)
            standings = orders.standings()
            told["orders"] = digest([order_document(one) for one in standings])
            told["journal"] = [one.hash for one in book.records()]
            told["bodies"] = digest([one.body for one in book.records()])
            told["statuses"] = sorted({one.status.value for one in standings})
            return told

    def _seen(self, later: int = 0) -> Market:
        return until(self.market, self.market.sessions[self._decides + later])

    def _by(self) -> Signature:
        return Signature("desk", self.clock.now())

    def _names(self) -> Iterable[str]:
        return set(ACCOUNTS) if self.variant == "set" else ACCOUNTS

    def _decided(self, orders: OrderBook) -> dict[str, Any]:
        """Decide on each account, propose, approve: the screen, the document and the decisions."""
        seen, screens, documents = self._seen(), [], []
        for name in self._names():
            asked = wanted(orders.store, name, self.policy)
            found = review(orders, asked, lambda _: seen, (None, self.clock.now()))
            made = propose_all(orders, found.rebalances, self._by(), claimant="test")
            orders.approve([one.id for proposed in made for one in proposed.orders], "bob", "agreed")
            screens += list(review_lines(found, made, lots=True, rules=True))
            documents.append(document(found, made, 5))
        return {"screen": digest(screens), "documents": digest(documents)}

    def _judge(self, orders: OrderBook, later: int = 0) -> Judge:
        seen = self._seen(later)
        return Judge(orders, lambda _: seen, self._by(), lambda one: replace(one, data=self.policy.data))

    def _outbox(self, orders: OrderBook, account: str, later: int = 0) -> tuple[Judge, Outbox]:
        judge = self._judge(orders, later)
        venue = open_venue(Where("paper", account, self.folder), judge.accounts(self.policy.sha256), self.clock)
        return judge, Outbox(orders, venue, self.clock, GRACE["paper"])

    def _sent(self, orders: OrderBook) -> None:
        for name in self._names():
            if name != EXPORTED:
                judge, outbox = self._outbox(orders, name)
                done = Sender(orders, judge, outbox).send(orders.standings(name))
                assert not done.refused, done.refused[0].error

    def _exported(self, orders: OrderBook) -> dict[str, str]:
        """The orders of one account, sent as a blotter, and told in every other form."""
        chosen: tuple[Standing, ...] = orders.standings(EXPORTED)
        forms = [Form(name) for name in FORMATS if ":" not in name]
        told = {form.name: digest(renderer(orders, form, self._by())(chosen)) for form in forms}
        venue = venue_in(self.out, renderer(orders, forms[0], self._by()), forms[0])
        done = export(orders, self._judge(orders), chosen, venue).done
        assert done is not None
        return told | {"sent": done.sha256, "name": done.path.name}

    def _reconciled(self, orders: OrderBook) -> str:
        """What the paper broker filled, its own ledger, and what that cost against the decision."""
        clean, pieces = [], []
        for name in ACCOUNTS:
            if name != EXPORTED:
                _, outbox = self._outbox(orders, name, 1)
                clean.append(reconcile(orders, outbox, [name], orders.standings(name)[0].ticket.as_of)[0].clean)
                found, _ = shortfalls(orders, orders.standings(name), lambda one: (one.ticket.reference, one.ticket.as_of))
                pieces.append([repr(one) for one in found])
        return digest([clean, pieces, (self.folder / "paper" / "paper.jsonl").read_text()])


def main(prices: str, folder: str, addresses: list[str]) -> dict[str, Any]:
    """Everything, by database and variant."""
    place, out = Path(folder), Path(prices).with_name("out")
    rules = [*RULES, {"use": "net_exposure", "at_most": 0.97}]  # so that no purchase is cut
    made = policy(
        Path(prices), "next_open", rules=rules, allocator={"use": "risk_parity"}, forecast={"use": "ewma", "window": "40D"}
    )
    market = load_market(made)
    result = backtest(made, market)
    targets = [one.target.tobytes() for one in result.decisions]
    told: dict[str, Any] = {"code": code_version(), "backtest": digest(b"".join(targets) + repr(result.fills).encode())}
    for number, address in enumerate(addresses):
        told[f"book{number}"] = Session(made, market, place / str(number), out).lived(address)
    for variant in ("set", "clock"):
        told[variant] = Session(made, market, place / variant, out, variant).lived(str(place / f"{variant}.db"))
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3:])))
