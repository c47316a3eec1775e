"""An investment committee in Python: the pack of a quarter as tables and as a page, and minutes in the journal."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.desk.attribution_review import review_attribution
from trimtab.desk.books import Signature, book_address
from trimtab.desk.committee import Pack, Wanted, pack_of
from trimtab.desk.committee_period import quarter_of
from trimtab.desk.live import clock_of
from trimtab.desk.minutes import Decided, Minutes, minutes_of, record_minutes
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.prepare import source_in
from trimtab.surfaces.committee_document import minutes_document, pack_document
from trimtab.surfaces.committee_files import free_place, laid_before
from trimtab.surfaces.report.committee_page import findings, write_pack

if TYPE_CHECKING:
    import pandas as pd


class Said(TypedDict, total=False):
    """What minutes say besides proposal and vote."""

    why: Required[str]
    revisit: Required[str]
    pack: str | Path
    attended: Sequence[str]


SPANS = ("first", "last", "mine", "theirs", "mine_a_year", "theirs_a_year", "fall", "benchmark_fall", "why")


@dataclass(frozen=True, slots=True, eq=False)
class CommitteePack:
    """What lies before a committee. `pack` holds all of it; the properties speak pandas."""

    pack: Pack

    @property
    def findings(self) -> dict[str, str]:
        """What each of the eight parts comes to, in a sentence."""
        return dict(findings(self.pack))

    @property
    def performance(self) -> pd.DataFrame:
        """A row an account and span: returns of account (`mine`) and benchmark (`theirs`), falls, or `why` there is none."""
        import pandas as pd

        rows = {
            (part.name, span.name): [getattr(span, name) for name in SPANS]
            for part in self.pack.accounts
            for span in (part.results.found.spans if part.results.found is not None else ())
        }
        index = pd.MultiIndex.from_tuples(list(rows), names=["account", "span"])
        return pd.DataFrame(list(rows.values()), index=index, columns=list(SPANS))

    @property
    def attribution(self) -> pd.DataFrame:
        """A row an account and cause: `effect` as a fraction and `money`, exact; `attrs` has the reason of what is missing."""
        import pandas as pd

        found = {part.name: part.attribution.found for part in self.pack.accounts if part.attribution.found is not None}
        rows = [
            (name, cause.title, cause.effect, cause.money)
            for name, one in found.items()
            for cause in review_attribution(one, one.attribution).causes
        ]
        table = pd.DataFrame(rows, columns=["account", "cause", "effect", "money"]).set_index(["account", "cause"])
        table.attrs["missing"] = {part.name: part.attribution.why for part in self.pack.accounts if part.attribution.why}
        return table

    @property
    def violations(self) -> pd.DataFrame:
        """What was not kept, with its evidence; `attrs["score"]` has the process score of each account."""
        import pandas as pd

        known = {part.name: part.process.found.adherence for part in self.pack.accounts if part.process.found is not None}
        rows = [(name, v.when, v.duty.words, v.what, v.evidence) for name, one in known.items() for v in one.violations]
        table = pd.DataFrame(rows, columns=["account", "when", "duty", "what", "evidence"])
        table.attrs["score"] = {name: float(one.score) for name, one in known.items()}
        return table

    @property
    def proposals(self) -> pd.DataFrame:
        """What is to be voted on, by its number."""
        import pandas as pd

        columns = ["kind", "what", "why", "by", "asked", "account"]
        rows = [[getattr(one, name) for name in columns] for one in self.pack.proposals]
        return pd.DataFrame(rows, columns=columns, index=pd.Index([one.number for one in self.pack.proposals], name="number"))

    def to_dict(self) -> dict[str, Any]:
        """The whole pack in plain values, as the command line prints it."""
        return pack_document(self.pack)

    def write(self, path: str | Path, *, again: bool = False) -> Path:
        """Write the page. Raises UsageError where a file stands there, unless it is a pack and `again` is said."""
        return write_pack(self.pack, free_place(Path(path), again=again))


@dataclass(frozen=True, slots=True)
class Committee:
    """The investment committee of a book: `Committee("book.db", by="anna").pack("2018Q1").write("pack.html")`.

    `workspace` is where expectations and packs are kept; `data` a folder of prices, or a market store, in place of the data
    of the policies.
    """

    book: str | Path = ""
    by: str = ""
    workspace: str | Path = "."
    data: str | Path | None = None

    def pack(self, quarter: str, *, name: str = "") -> CommitteePack:
        """What lies before the committee for a quarter, `2018Q1`, of one account or household, or of all accounts.

        A part that cannot be made says why. Raises UsageError for a quarter that has not begun, or an unknown name.
        """
        by, folder = self._signature(), Path(self.workspace)
        wanted = Wanted(quarter_of(quarter, by.day), by, folder, loader_of(folder), self._prepared, name)
        with self._opened() as store:
            return CommitteePack(pack_of(OrderBook(store, clock_of(folder), by.author), wanted))

    def minutes(self, proposal: str, vote: str, **said: Unpack[Said]) -> Minutes:
        """Write down a vote, such as `4:1`, on a proposal, with `why` and the month or date to `revisit` it.

        `pack` is the file that lay before the committee (by default the last page of the workspace; a PDF is taken unseen),
        `attended` who was there. A vote signs nothing. Raises UsageError for an unknown proposal, a page that was changed after
        it was made, what is no vote, or a date that is past.
        """
        laid = laid_before(Path(self.workspace), str(said.get("pack", "")), proposal)
        attended = tuple(said.get("attended", ()))
        decided = Decided(proposal, vote, said["why"], said["revisit"], laid.sha256, attended, laid.head, laid.what)
        with self._opened() as store:
            return record_minutes(store, decided, self._signature())

    @property
    def decided(self) -> pd.DataFrame:
        """All minutes, by their record in the journal."""
        import pandas as pd

        with self._opened() as store:
            rows = [minutes_document(one) for one in minutes_of(store)]
        columns = ["record", "proposal", "what", "vote", "why", "revisit", "pack", "by", "recorded", "attended"]
        return pd.DataFrame(rows, columns=columns).set_index("record")

    def _prepared(self, policy: Policy) -> Policy:
        return policy if self.data is None else replace(policy, data=source_in(self.data))

    def _opened(self) -> BookStore:
        return own_book(self.workspace, book_address(str(self.book), Path(self.workspace), os.environ))

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self.workspace).now())
