"""Commitments in Python: policies from draft to live, and changes of them by request; the same desk as the command line."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import Signature, book_address
from trimtab.desk.change_requests import Requested, changes_of, request, sign
from trimtab.desk.kept import policies_of, policy_in
from trimtab.desk.live import clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import own_book
from trimtab.desk.promotions import Promoted, Step, commit, promote, require_hypothesis, standing
from trimtab.desk.staged import Committed, stage_now
from trimtab.governance.changes import Cause
from trimtab.governance.promotion import Stage, missing
from trimtab.numerics.resampling import Futures
from trimtab.surfaces.expecting import expect_first

if TYPE_CHECKING:
    import pandas as pd

USUAL = Futures(years=10, seed=1, paths=1000)
Named = Policy | str | Path


@dataclass(frozen=True, slots=True)
class Commitments:
    """What policies are held to in a book: `Commitments("book.db", by="ann").commit("policy.yaml", "Trends persist ...")`.

    Every call opens and closes the book. `workspace` holds validations and expectations. A policy is a file, a name of the
    gallery, or the first letters of the SHA-256 of one that the journal keeps.
    """

    address: str | Path = ""
    by: str = ""
    workspace: str | Path = "."

    def commit(self, policy: Named, hypothesis: str, *, futures: Futures = USUAL) -> Committed:
        """Commit to a policy, once; what is expected of it is drawn first, where nothing is written down.

        Raises UsageError for a hypothesis that says nothing, and where it was committed with other words.
        """
        require_hypothesis(hypothesis)
        with self._opened() as book:
            meant, folder = self._policy(book, policy), Path(self.workspace)
            expect_first(book, meant, folder, futures)
            return commit(book, folder, meant, hypothesis, self._signature())

    def promote(self, policy: Named, to: str, *, accept: str = "", waive: str = "", reason: str = "") -> Promoted:
        """Move a policy one stage up, or back. Raises ApprovalRequired, naming all that is missing.

        `accept` says why failed checks of its validation are accepted, `waive` why its months on paper are left out (two
        people sign; `done` is false after the first), `reason` why it goes back.
        """
        step = Step(_stage(to), accept, waive, reason)
        with self._opened() as book:
            return promote(book, Path(self.workspace), self._policy(book, policy), step, self._signature())

    def stage(self, policy: Named) -> str:
        """How far a policy has come: draft, candidate, paper or live."""
        with self._opened() as book:
            return stage_now(book, self._policy(book, policy)).value

    @property
    def status(self) -> pd.DataFrame:
        """Every policy by its SHA-256: name, stage, who committed it and when, and what its next stage still needs."""
        import pandas as pd

        rows = []
        with self._opened() as book:
            for policy in policies_of(book):
                one = standing(book, Path(self.workspace), policy)
                known, above = one.course.committed, one.evidence.stage.next
                wanted = () if above is None else missing(above, one.evidence, self._signature().day)
                who = ("", None) if known is None else (known.by, known.day)
                rows.append((policy.sha256, policy.name, one.evidence.stage.value, *who, "; ".join(wanted)))
        columns = ["sha256", "name", "stage", "committed_by", "committed", "missing"]
        return pd.DataFrame(rows, columns=columns).set_index("sha256")

    def change(self, old: Named, new: Named, *, cause: str, reason: str) -> Requested:
        """Ask for another policy in the place of one on paper or live. `cause` as `trimtab.governance.changes.Cause` names it.

        Raises UsageError for another cause, and where it is asked for already.
        """
        with self._opened() as book:
            pair = self._policy(book, old), self._policy(book, new)
            return request(book, pair, _cause(cause), reason, self._signature())

    def sign(self, name: str) -> Requested:
        """Sign a change request of somebody else. Raises ApprovalRequired for who asked for it."""
        with self._opened() as book:
            return sign(book, name, self._signature())

    @property
    def changes(self) -> pd.DataFrame:
        """Every change request by its id: both policies, cause, who asked, who signed, and which accounts have changed."""
        import pandas as pd

        with self._opened() as book:
            rows = [
                (one.id, *one.names, one.change.cause.value, one.change.requested_by, one.change.requested, one.signed,
                 tuple(made.account for made in one.made), one.shadow_until)
                for one in changes_of(book)
            ]  # fmt: skip
        columns = ["id", "old", "new", "cause", "requested_by", "requested", "signed", "accounts", "shadow_until"]
        return pd.DataFrame(rows, columns=columns).set_index("id")

    @contextmanager
    def _opened(self) -> Iterator[BookStore]:
        with own_book(self.workspace, book_address(str(self.address), Path(self.workspace), os.environ)) as book:
            yield book

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self.workspace).now())

    def _policy(self, book: BookStore, policy: Named) -> Policy:
        return policy if isinstance(policy, Policy) else policy_in(book, str(policy))


def _stage(word: str) -> Stage:
    try:
        return Stage(word)
    except ValueError:
        raise UsageError(f"there is no stage {word!r}", remedy=f"Stages: {', '.join(one.value for one in Stage)}.") from None


def _cause(word: str) -> Cause:
    try:
        return Cause(word)
    except ValueError:
        raise UsageError(f"{word!r} is no cause", remedy=f"Causes: {', '.join(one.value for one in Cause)}.") from None
