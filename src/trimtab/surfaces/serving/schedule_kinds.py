"""What may be scheduled, by which operation it is done, and what a missed or an interrupted run of it means.

Nothing here approves: no operation that needs the right to approve is in the table, and a test holds it to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.operations import Operation, operation

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class What(StrEnum):
    """What a schedule does."""

    DATA_UPDATE = "data-update"
    DECIDE = "decide"
    MONTH = "month"
    REPORT = "report"
    STATUS = "status-notify"
    BACKUP = "backup"
    REVIEW = "review-notify"


class Way(StrEnum):
    """How it is asked of the desk."""

    DO = "do"
    JOB = "job"
    NOTIFY = "notify"  # read, and told to the addresses


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that may be scheduled. A due run that is older than `grace` is not begun any more.

    Where the server died in the middle, nobody knows how far a run came: one that does no harm `again`, for that reason, is
    done once more; any other is left for a person to look at.
    """

    title: str
    way: Way
    right: Right
    grace: np.timedelta64
    asks: tuple[str, str]  # method and verb of the operation
    again: str = ""
    options: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    accounts: bool = False  # whether it is done for accounts

    @property
    def operation(self) -> Operation:
        """The operation of the table."""
        return operation(*self.asks)


_DAY = np.timedelta64(24, "h")
KINDS: Mapping[What, Kind] = MappingProxyType(
    {
        What.DATA_UPDATE: Kind(
            "Update data",
            Way.JOB,
            Right.TRADE,
            grace=7 * _DAY,
            again="what the store has already is not written again",
            asks=("POST", "data update"),
            options=("feeds",),
        ),
        What.DECIDE: Kind(
            "Decide, where a decision is due",
            Way.DO,
            Right.TRADE,
            grace=3 * _DAY,
            again="a decision has a run key, and is proposed once",
            asks=("POST", "decide"),
            fixed=MappingProxyType({"if_due": True}),
            accounts=True,
        ),
        What.MONTH: Kind(
            "Walk the month, up to what waits for approval",
            Way.DO,
            Right.TRADE,
            grace=3 * _DAY,
            again="steps that are done are not done again, and orders keep their ids",
            asks=("POST", "month"),
            accounts=True,
        ),
        What.REPORT: Kind(
            "Write a report",
            Way.JOB,
            Right.RESEARCH,
            grace=7 * _DAY,
            again="the same file is written again",
            asks=("POST", "report"),
            options=("subject", "client", "title"),
        ),
        What.STATUS: Kind("Tell the status", Way.NOTIFY, Right.READ, grace=_DAY // 2, asks=("GET", "status"), accounts=True),
        What.REVIEW: Kind(
            "Tell which reviews are due", Way.NOTIFY, Right.READ, grace=3 * _DAY, asks=("GET", "status"), accounts=True
        ),
        What.BACKUP: Kind(
            "Back the book up",
            Way.JOB,
            Right.ADMINISTER,
            grace=7 * _DAY,
            again="each attempt writes a file of its own",
            asks=("POST", "backup"),
        ),
    }
)
