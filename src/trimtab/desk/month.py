"""The month of an account, from fresh data to the report, as far as it goes today; run again, it goes on where it stood.

Update, check, decide, propose, approve, send (or export), reconcile, report. What was done is read from the journal and the
orders (desk/episodes.py): a month that was interrupted anywhere does nothing twice. A person approves, never the month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.core.errors import DataError, TrimtabError
from trimtab.core.orders import Standing, Status
from trimtab.desk.circumstances import day_of_decision
from trimtab.desk.coming import next_decision
from trimtab.desk.due import note_looks
from trimtab.desk.episodes import STEPS, Episode, awaited, episodes, last_episode, note_steps, open_orders, reported
from trimtab.desk.month_steps import (
    DONE,
    NEXT,
    STOPPED,
    Setting,
    Step,
    approval,
    fetching,
    halted,
    income,
    proposed_step,
    sending,
    settling,
    updated,
)
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import INCIDENT
from trimtab.desk.proposing import Proposed, propose_all
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.reviewing import Moment, Review, Skipped, Wanted, review
from trimtab.desk.slicing import close_cut
from trimtab.desk.staged import stage_now
from trimtab.governance.promotion import Stage

WAITING_HERE = frozenset({Status.PLANNED, Status.HELD, Status.APPROVED})
RECENT = 2  # decisions that a month looks back on: the one before, whose orders ended, and its own
ORDER = (6, 3, 4, 5, 2, 1)  # of exit codes, the first that applies


@dataclass(frozen=True, slots=True)
class Walk:
    """How far an account (or sleeve, by `name`) came: its steps in order, and the episode that it is in.

    `finished` is the episode that came to its end in this run, for which a report is to be written.
    """

    name: str
    policy: str
    steps: tuple[Step, ...]
    episode: Episode | None = None
    finished: tuple[Episode, ...] = ()
    rebalance: Rebalance | None = None
    remarks: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that one of the steps has, else 0."""
        return first_code(one.code for one in self.steps)

    @property
    def month(self) -> str:
        """The month that it is about; empty where nothing was ever decided."""
        return self.episode.month if self.episode is not None else ""


@dataclass(frozen=True, slots=True)
class Month:
    """The walks of all accounts that were asked for, and those that could not be."""

    walks: tuple[Walk, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that applies to any account, else that of the first that was skipped over a fault."""
        return first_code([*(one.exit_code for one in self.walks), *(one.exit_code for one in self.skipped)])


def first_code(codes: Iterable[int]) -> int:
    """Of some exit codes the first by rank; 0 where there is none."""
    found = set(codes)
    return next((code for code in ORDER if code in found), 0)


def month(setting: Setting, asked: Wanted) -> Month:
    """Walk every account that is asked for as far as it goes today. What was cut, and all slices of it ended, closes first.

    Raises UsageError for an account that follows another policy than the one it is asked under.
    """
    close_cut(setting.orders)
    first = updated(setting, [policy for policy, _ in asked.by_policy.values()])
    names = [(name, policy.name) for policy, own in asked.by_policy.values() for name in own]
    settled = {name: _settled(setting, name) for name, _ in names}
    found, faults = reviewed(setting, asked)
    by_name = {one.name: one for one in found.rebalances}
    fresh = _decided(setting, [one for one in found.rebalances if not _stops(settled[one.name])])
    walks = []
    for name, policy in names:
        steps = (first, *settled[name])
        if name in by_name:
            walks.append(_walked(setting, by_name[name], steps, fresh.get(name)))
        elif name in faults:
            walks.append(Walk(name, policy, (*steps, _fault(setting, name, faults[name])), last_episode(setting.orders, name)))
    return Month(tuple(walks), tuple(one for one in found.skipped if one.account not in faults))


def _settled(setting: Setting, name: str) -> tuple[Step, ...]:
    """What became of what was sent before. Empty where nothing was on its way."""
    stopped = halted(setting, name.partition("/")[0])
    episode = last_episode(setting.orders, name)
    working = episode is not None and bool(episode.working)
    if stopped is not None and not working:
        return (stopped,)
    if episode is None:
        return ()
    try:
        return (*((settling(setting, episode),) if working else ()), *income(setting, name))
    except TrimtabError as error:
        return (Step("reconcile", STOPPED, str(error), error.exit_code),)


def _stops(steps: Sequence[Step]) -> bool:
    """Whether the walk ends with these: something is under way, or halted."""
    return any(one.sign != DONE for one in steps)


def reviewed(setting: Setting, asked: Wanted) -> tuple[Review, Mapping[str, TrimtabError]]:
    """The accounts held against their policies; where their data do not read, the fault of each."""
    at: Moment = (day_of_decision(setting.now), setting.now)
    found, faults = Review((), asked.skipped), dict[str, TrimtabError]()
    for sha, own in asked.by_policy.items():
        try:
            one = review(setting.orders, Wanted({sha: own}, named=asked.named), setting.load, at)
        except DataError as error:
            faults |= dict.fromkeys(own[1], error)
        else:
            found = Review((*found.rebalances, *one.rebalances), (*found.skipped, *one.skipped))
    return found, faults


def _decided(setting: Setting, found: Sequence[Rebalance]) -> Mapping[str, Proposed]:
    """Propose for the accounts whose decision is due and whose data are sound, under one label."""
    ready = [one for one in awaited(setting.orders, found) if not check(setting, one).code and _free(setting, one)]
    made = propose_all(setting.orders, ready, setting.by, claimant=setting.claimant)
    note_looks(setting.orders, made, setting.by)
    return {one.rebalance.name: one for one in made}


def _free(setting: Setting, one: Rebalance) -> bool:
    """Whether no decision of another day still waits for a person or a market: it is seen to first."""
    episode = last_episode(setting.orders, one.name)
    return episode is None or episode.over or episode.when == one.decision.today.when.item()


def check(setting: Setting, one: Rebalance) -> Step:
    """Whether the data that the account needs are there: old ones are a fault where a decision needs them."""
    old = (*one.outlook.stale, *([one.decision.refused] if one.decision.refused else []))
    if not old:
        return Step("check", DONE, f"prices up to {one.outlook.when}")
    needed = expected(setting, one)
    if needed > one.outlook.as_of:
        return Step("check", DONE, f"{old[0]}; none is needed before {needed}")
    return Step("check", STOPPED, "; ".join(old), 4, fetching(one.outlook.policy))


def expected(setting: Setting, one: Rebalance) -> np.datetime64:
    """The first date on which a decision of the account is, or was, to be made: one that has passed is due."""
    if awaited(setting.orders, [one]):
        return one.outlook.scheduled if not np.isnat(one.outlook.scheduled) else one.outlook.when
    return next_decision(one.outlook.policy, one.outlook.market, one.outlook.when)


def _fault(setting: Setting, name: str, error: TrimtabError) -> Step:
    """Data that do not read: an incident of the month, noted once."""
    note_incident(setting, name, "", str(error))
    return Step("check", STOPPED, str(error), error.exit_code)


def note_incident(setting: Setting, name: str, series: str, what: str) -> None:
    """Write down that data were missing, stale or wrong when they were needed: once a series and month."""
    body = {"what": what, "series": series, "month": str(day_of_decision(setting.now))[:7]}
    known = notes(setting.orders.store, INCIDENT, name)
    if not any(one.body["series"] == series and one.body["month"] == body["month"] for one in known):
        setting.orders.store.append([Note(INCIDENT, body, name)], recorded=setting.by.at, author=setting.by.author)


def _walked(setting: Setting, one: Rebalance, steps: tuple[Step, ...], made: Proposed | None) -> Walk:
    """One account from its check on."""
    policy = one.outlook.policy
    bare = Walk(one.name, policy.name, steps, rebalance=one, remarks=_remarks(setting, policy))
    if _stops(steps[1:]):
        stopped = any(step.sign == STOPPED for step in steps)
        if _left_behind(setting, one.name) and not stopped:  # some left before somebody was interrupted
            steps = (steps[0], *_orders_steps(setting, one.name))
        return _noted(setting, replace(bare, steps=steps))
    checked = check(setting, one)
    if checked.code:
        for asset in one.outlook.policy.universe:
            for text in (line for line in one.outlook.stale if line.startswith(f"{asset.id} ")):
                note_incident(setting, one.name, asset.series, text)
        if one.decision.refused:
            note_incident(setting, one.name, "", one.decision.refused)
    steps = (*steps, checked, *_decision_steps(setting, one, made, checked))
    if open_orders(setting.orders, one.name):
        steps = (*steps, *_orders_steps(setting, one.name))
    return _noted(setting, replace(bare, steps=steps))


def _left_behind(setting: Setting, name: str) -> tuple[Standing, ...]:
    """Orders that wait here while others are under way; of what was cut the next slice waits for the one before it."""
    found = open_orders(setting.orders, name)
    cut = {one.ticket.parent for one in found if one.ticket.parent and one.status not in WAITING_HERE}
    waiting = [one for one in found if one.status in WAITING_HERE]
    return tuple(one for one in waiting if one.id not in cut and one.ticket.parent not in cut)


def _remarks(setting: Setting, policy: Policy) -> tuple[str, ...]:
    """That the policy is not so far that its orders may leave, said before somebody stands at the last door."""
    needed = Stage.PAPER if setting.form is None else Stage.LIVE
    stage = stage_now(setting.orders.store, policy)
    if stage >= needed:
        return ()
    tail = f"trimtab policy status {policy.sha256[:12]}"
    return (f"{policy.name} is at the stage {stage.value}: its orders leave from {needed.value} on: {tail}",)


def _decision_steps(setting: Setting, one: Rebalance, made: Proposed | None, checked: Step) -> tuple[Step, ...]:
    """What was decided today, or when it will be."""
    if made is not None:
        decided = Step("decide", DONE, f"{one.decision.today.when}: drift {one.drift:.1%}, {one.action}")
        return decided, proposed_step(made)
    if checked.code:
        return ()
    if awaited(setting.orders, [one]):
        return (Step("decide", NEXT, f"on {one.outlook.scheduled}, once the orders before it are done with"),)
    if open_orders(setting.orders, one.name):
        last = last_episode(setting.orders, one.name)
        said = last.reached if last is not None else {}
        return tuple(Step(name, DONE, said[name]) for name in ("decide", "propose") if name in said)
    return (Step("decide", NEXT, f"next on {expected(setting, one)}"),)


def _orders_steps(setting: Setting, name: str) -> tuple[Step, ...]:
    """Approve, send, reconcile: as far as the orders of an account are."""
    waiting = _left_behind(setting, name)
    approved = [one for one in waiting if one.status is Status.APPROVED]
    asked = approval(waiting)
    if asked is not None and not approved:
        return (asked,)
    steps = () if asked is None else (asked,)
    if approved:
        names = ", ".join(sorted({one.approved_by for one in approved}))
        steps = (Step("approve", DONE, f"{len(approved)} approved by {names}"), *steps)
        try:
            steps = (*steps, sending(setting, name, approved))
        except TrimtabError as error:
            steps = (*steps, Step("send", STOPPED, str(error), error.exit_code))
    episode = last_episode(setting.orders, name)
    if episode is not None and episode.working:
        steps = (*steps, settling(setting, episode))
    return steps


def _noted(setting: Setting, walk: Walk) -> Walk:
    """The walk, with every step that is behind its last episode in the journal, and what is to be reported."""
    ended = []
    last = episodes(setting.orders, walk.name)[-RECENT:]
    for episode in last:
        if not reported(setting.orders, episode):
            note_steps(setting.orders, episode, episode.reached, setting.by)
            ended += [episode] if episode.over else []
    return replace(walk, episode=last[-1], finished=tuple(ended)) if last else walk


def left_steps(walk: Walk) -> tuple[str, ...]:
    """The names of the steps that are not reached yet."""
    if walk.episode is None or walk.episode.over:
        return ()
    last = max((STEPS.index(one.name) for one in walk.steps if one.name in STEPS), default=-1)
    return STEPS[last + 1 :]
