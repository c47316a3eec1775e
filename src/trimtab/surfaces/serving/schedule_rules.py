"""A schedule, its runs, and what is to be done at an instant: values in, values out.

Whoever was away comes back to one run: the latest that is due, if it is young enough; those before it are left out. What is
due is named by the instant of the rule, and none that is not later than the last one handled ever runs again, so that a clock
that jumps back doubles nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.surfaces.serving.schedule_kinds import KINDS, Kind, What
from trimtab.surfaces.serving.schedule_when import Rule, following, latest, rule, zone_of
from trimtab.surfaces.serving.shapes import shape

RUNS, TRIES = 50, 2  # runs that are kept of a schedule, and attempts at one
BY = "schedule:"  # no user is called so: a name of a user has no colon
NAMED = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ADDRESSES = re.compile(r"TRIMTAB_NOTIFY(_[A-Z0-9]{1,30})?")


class Turn(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    MISSED = "missed"  # too old when the server came back
    UNKNOWN = "unknown"  # the server died in the middle


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `due` names it; `left_out` counts the earlier due instants that it stands for."""

    due: np.datetime64
    turn: Turn
    started: np.datetime64
    ended: np.datetime64 | None = None
    exit_code: int | None = None
    line: str = ""
    job: str = ""
    tries: int = 1
    left_out: int = 0
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a schedule: nothing due at `after` or before runs again; `runs`, the latest last."""

    after: np.datetime64
    runs: tuple[Run, ...] = ()

    @property
    def running(self) -> Run | None:
        """The run that is under way."""
        return next((one for one in self.runs if one.turn is Turn.RUNNING), None)

    @property
    def last(self) -> Run | None:
        """The latest that is over."""
        return next((one for one in reversed(self.runs) if one.turn is not Turn.RUNNING), None)

    def with_run(self, run: Run) -> Memory:
        """With a run added, or put in the place of the one that was due then."""
        kept = [one for one in self.runs if one.due != run.due or one.by_hand != run.by_hand]
        after = self.after if run.by_hand else max(self.after, run.due)
        return Memory(after, (*kept, run)[-RUNS:])


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done, when, for whom, and who answers for it. Neither account nor household means all accounts.

    Raises UsageError where something of it does not hold.
    """

    name: str
    what: What
    when: str
    zone: str
    by: str
    enabled: bool = True
    account: str = ""
    household: str = ""
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    to: str = "TRIMTAB_NOTIFY"

    def __post_init__(self) -> None:
        if not NAMED.fullmatch(self.name):
            raise UsageError(f"{self.name!r} is no name of a schedule", remedy="Use 1 to 40 small letters, digits and hyphens.")
        if self.account and self.household:
            raise UsageError("an account and a household are both named", remedy="Name one of them, or none for all.")
        if (self.account or self.household) and not self.kind.accounts:
            raise UsageError(f"{self.what} is not done for accounts", remedy="Leave account and household empty.")
        if not ADDRESSES.fullmatch(self.to):
            raise UsageError(
                "addresses stand in the environment", remedy="Name a variable: TRIMTAB_NOTIFY or TRIMTAB_NOTIFY_NAME."
            )
        self._require_arguments()
        rule(self.when, zone_of(self.zone).key)

    def _require_arguments(self) -> None:
        unknown = set(self.arguments) - set(self.kind.options)
        if unknown:
            raise UsageError(f"{self.what} takes no {min(unknown)}", remedy="Leave it empty.")
        asked = self.kind.operation
        if asked is not None:
            try:
                shape(asked)(**self.asked)
            except ValueError as error:  # of pydantic, whose text spells values out
                wrong = getattr(error, "errors", lambda: [{"loc": ("arguments",), "msg": "does not read"}])()[0]
                raise UsageError(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None

    @property
    def kind(self) -> Kind:
        """What it does."""
        return KINDS[self.what]

    @property
    def author(self) -> str:
        """By whose name it runs: its own, so that whoever approves is somebody else."""
        return f"{BY}{self.name}"

    @property
    def rule(self) -> Rule:
        """When it is due."""
        return rule(self.when, self.zone)

    @property
    def asked(self) -> dict[str, Any]:
        """The values of its operation, as the operation takes them."""
        named = {"account": self.account, "household": self.household}
        whose: dict[str, Any] = {name: value for name, value in named.items() if value}
        if self.kind.accounts and not whose and "all" in self.kind.operation.options:
            whose = {"all": True}
        needed: dict[str, Any] = {"feeds": []} if "feeds" in self.kind.options else {}
        return {**needed, **self.arguments, **self.kind.fixed, **whose}

    @property
    def whose(self) -> str:
        """For whom, in words."""
        return self.account or self.household or ("all accounts" if self.kind.accounts else "")

    def following(self, memory: Memory, now: np.datetime64) -> np.datetime64 | None:
        """When it is due next; None where it rests."""
        return following(self.rule, zone_of(self.zone), max(memory.after, now)) if self.enabled else None


def planned(one: Schedule, memory: Memory, now: np.datetime64) -> Run | None:
    """The run that is to begin now (or is to be written down as missed); None where there is nothing to do."""
    if not one.enabled or memory.running is not None:
        return None
    grace = one.kind.grace
    found = latest(one.rule, zone_of(one.zone), memory.after, now)
    if found is None:
        return _again(one, memory, now)
    due, count = found
    if now - due > grace:
        line = f"no server ran within {int(grace / np.timedelta64(1, 'h'))} hours of it, and it is too late now"
        return Run(due, Turn.MISSED, now, now, line=line, left_out=count - 1)
    return Run(due, Turn.RUNNING, now, left_out=count - 1)


def _again(one: Schedule, memory: Memory, now: np.datetime64) -> Run | None:
    """The last run once more, where nobody knows how far it came and that does no harm."""
    last = memory.last
    if last is None or last.turn is not Turn.UNKNOWN or last.tries >= TRIES or not one.kind.again:
        return None
    if last.by_hand or now - last.due > one.kind.grace:
        return None
    return replace(last, turn=Turn.RUNNING, started=now, ended=None, exit_code=None, line="", job="", tries=last.tries + 1)


def abandoned(run: Run, now: np.datetime64, kind: Kind) -> Run:
    """A run that an earlier life of the server left."""
    then = "it is done once more" if kind.again and run.tries < TRIES and not run.by_hand else "look at what it came to"
    why = f" ({kind.again})" if kind.again else ""
    line = f"the server ended in the middle of it, and nobody knows how far it came: {then}{why}"
    return replace(run, turn=Turn.UNKNOWN, ended=now, line=line)
