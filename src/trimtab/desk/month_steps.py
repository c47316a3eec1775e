"""The steps of a month that do something: bring data up to date, decide and propose, send or export, take in fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.core.money import ZERO
from trimtab.core.orders import Standing, Status, TradingState
from trimtab.core.roles import Clock
from trimtab.data.store.store import Store, is_store
from trimtab.desk import errands
from trimtab.desk.books import Signature
from trimtab.desk.episodes import Episode, came_of
from trimtab.desk.errands import FILE, Errand
from trimtab.desk.exported import settle_exports
from trimtab.desk.exporting import Form, export, renderer, venue_in
from trimtab.desk.feeds import feeds, update
from trimtab.desk.judging import Judge
from trimtab.desk.live import PracticeClock
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader
from trimtab.desk.practice_steps import by_policy, opening_for
from trimtab.desk.proposing import Fate, Proposed
from trimtab.desk.stopped import stopped_words
from trimtab.execution.reconciling import Reconciliation

DONE, WAITING, NEXT, STOPPED = "done", "waiting", "next", "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, its sign (done, waiting, next, stopped), what is said of it, and the command that goes on."""

    name: str
    sign: str
    said: str
    code: int = 0
    command: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """With what a month is walked: the orders, who judges them, whose clock, and where orders go.

    They go to the broker, or with a `form` into a file in the folder `out`.
    """

    orders: OrderBook
    judge: Judge
    clock: Clock
    workspace: Path
    load: Loader
    by: Signature
    claimant: str
    broker: str = "paper"
    form: Form | None = None
    out: str = "orders"
    prepare: Callable[[Policy], Policy] = field(default=lambda policy: policy)

    @property
    def now(self) -> np.datetime64:
        """The instant."""
        return self.by.at

    @property
    def errand(self) -> Errand:
        """Orders on their way."""
        return Errand(self.orders, self.judge, self.clock, self.workspace, self.broker)


def updated(setting: Setting, policies: Iterable[Policy]) -> Step:
    """Ask the feeds of every market store that the policies read. Prices in files are left to whoever writes them."""
    if isinstance(setting.clock, PracticeClock):
        return Step("update", DONE, "a practice desk learns of each session when its clock gets there")
    places = sorted({path for one in policies if (path := _store_of(one)) is not None})
    if not places:
        return Step("update", DONE, "nothing to fetch: the prices are files, or come with Trimtab")
    new, failed = 0, dict[str, TrimtabError]()
    for path in places:
        store = Store(path)
        for feed in feeds(store).values():
            try:
                came = update(store, feed, now=setting.now)
            except TrimtabError as error:
                failed[feed.name] = error
                continue
            new += sum(change.words != "nothing new" for change in came.changes)
            failed |= came.errors
    if failed:
        name, fault = next(iter(failed.items()))
        said = f"{len(failed)} series or feeds could not be fetched; {name}: {fault}"
        return Step("update", STOPPED, said, 4, f"trimtab data update --store {places[0]}")
    return Step("update", DONE, f"{new} series with something new" if new else "nothing new")


def fetching(policy: Policy) -> str:
    """The command that brings the data of a policy up to date; empty where they are files of somebody's own."""
    place = _store_of(policy)
    return "" if place is None else f"trimtab data update --store {place}"


def _store_of(policy: Policy) -> Path | None:
    """The folder of the market store that a policy reads."""
    path = getattr(policy.data, "path", None)
    return Path(path) if path and is_store(Path(path)) else None


def proposed_step(made: Proposed) -> Step:
    """What came of a decision that was due."""
    if made.fate in (Fate.PROPOSED, Fate.STANDING):
        moves = ", ".join(_move(one) for one in made.orders[:3])
        more = f" and {len(made.orders) - 3} more" if len(made.orders) > 3 else ""
        return Step("propose", DONE, f"{moves}{more}, as {made.batch}")
    if made.fate is Fate.NOTHING:
        return Step("propose", DONE, f"nothing is to be traded: drift {made.rebalance.drift:.1%}")
    if made.fate is Fate.BLOCKED:
        return Step("propose", STOPPED, f"a rule stops it: {stopped_words(made.rebalance)}", made.exit_code)
    if made.fate is Fate.BUSY:
        return Step("propose", WAITING, "orders of another day are not done with yet", made.exit_code, "trimtab orders list")
    why = "; ".join(filter(None, (*made.rebalance.outlook.stale, made.rebalance.decision.refused)))
    said = why or f"the account traded after the day that is decided on, on {made.rebalance.later}"
    return Step("propose", STOPPED, said, made.exit_code)


def _move(one: Standing) -> str:
    units = abs(one.ticket.units).normalize()
    return f"{'buy' if one.ticket.units > 0 else 'sell'} {units:f} {one.ticket.instrument}"


def approval(open_orders: Sequence[Standing]) -> Step | None:
    """What waits for a person; None where nothing does. A month never approves by itself."""
    planned = [one for one in open_orders if one.status is Status.PLANNED]
    held = [one for one in open_orders if one.status is Status.HELD]
    if planned:
        batch = planned[0].ticket.batch or planned[0].id[:8]
        eyes = f", another than {planned[0].ticket.by}" if any(one.ticket.four_eyes for one in planned) else ""
        said = f"{_counted(planned)} {'waits' if len(planned) == 1 else 'wait'} for a person{eyes}"
        return Step("approve", WAITING, said, 5, f"trimtab orders approve {batch}")
    if held:
        batch = held[0].ticket.batch or held[0].id[:8]
        said = f"{_counted(held)} put aside by a person"
        return Step("approve", WAITING, said, 5, f"trimtab orders hold {batch} --release")
    return None


def sending(setting: Setting, name: str, approved: Sequence[Standing]) -> Step:
    """Send what is approved, or write it into a file. Where a market is closed it waits, and says until when."""
    if shared := _shared_block(setting, approved):
        said = "gathered into a block with other accounts, which leaves as a whole"
        return Step("send", WAITING, said, 5, f"trimtab orders send {shared[:8]}")
    if setting.form is not None:
        return _exporting(setting, name)
    at = opening_of(setting, approved)
    if np.isnat(at) or at > setting.now:
        said = "the market is closed" if np.isnat(at) else f"the market takes these orders from {str(at)[:16]}Z on"
        return Step("send", WAITING, said)
    done = errands.send(setting.errand, [name])
    if done.refused:
        said = "; ".join(dict.fromkeys(str(one.error) for one in done.refused))
        return Step("send", STOPPED, said, done.exit_code)
    why = "; ".join(one.why for one in done.sent if one.why)
    said = f"{_counted(done.sent)} sent to {setting.broker}{f': {why}' if why else ''}"
    return Step("send", DONE if not done.exit_code else STOPPED, said, done.exit_code)


def _shared_block(setting: Setting, approved: Sequence[Standing]) -> str:
    """The block that some of these orders are in beside orders of other accounts; empty where there is none."""
    own = {one.ticket.account for one in approved}
    for block in dict.fromkeys(one.ticket.block for one in approved if one.ticket.block):
        members = [setting.orders.standing(one) for one, _ in setting.orders.standing(block).ticket.parts]
        if any(one.ticket.account not in own for one in members):
            return block
    return ""


def opening_of(setting: Setting, approved: Sequence[Standing]) -> np.datetime64:
    """When the markets take all of these orders: the latest of their policies'; NaT where that is not near."""
    every = [opening_for(setting.judge.accounts(sha), own, setting.now) for sha, own in by_policy(approved).items()]
    return max(every) if not any(np.isnat(one) for one in every) else np.datetime64("NaT", "s")


def _exporting(setting: Setting, name: str) -> Step:
    form = setting.form or Form("blotter")
    venue = venue_in(setting.workspace / setting.out, renderer(setting.orders, form, setting.by), form)
    ready = errands.sendable(setting.orders, [name])
    done = export(setting.orders, setting.judge, ready, venue)
    if done.refused:
        said = "; ".join(dict.fromkeys(str(one.error) for one in done.refused))
        return Step("send", STOPPED, said, done.exit_code)
    said = f"{_counted(done.done.orders)} written to {done.done.path.name}" if done.done else "nothing was written"
    return Step("send", DONE, said)


def settling(setting: Setting, episode: Episode) -> Step:
    """Ask the broker what became of what was sent; what left in a file waits for its fills."""
    there = [one for one in episode.working if one.venue != FILE]
    if not there:
        settle_exports(setting.orders)
        said = f"{_counted(episode.working)} left in a file: fills come in a file too"
        return Step("reconcile", WAITING, said, command=f"trimtab reconcile FILLS --account {episode.name.partition('/')[0]}")
    found = errands.ask(setting.errand, episode.name.partition("/")[0])
    if any(not one.clean for one in found):
        return _unclean(found, episode.name.partition("/")[0])
    now = [setting.orders.standing(one.id) for one in there]
    left = [one for one in now if not one.done_at]
    if left:
        since = min(one.sent_at for one in left)[:16]
        return Step("reconcile", WAITING, f"{_counted(left)} at {setting.broker} since {since}Z: fills come after the close")
    return Step("reconcile", DONE, f"{came_of(now)}; book and venue agree")


def income(setting: Setting, name: str) -> tuple[Step, ...]:
    """Book dividends, interest and the like that a paper account got since; nothing where nothing came."""
    came = errands.income(setting.errand, name.partition("/")[0], setting.by)
    count, cash = sum(len(one.entries) for one in came), sum((one.cash for one in came), ZERO)
    remarks = "; ".join(dict.fromkeys(one.remark for one in came if one.remark))
    if not count:
        return (Step("reconcile", DONE, remarks),) if remarks else ()
    entries = f"{count} entr{'y' if count == 1 else 'ies'} of dividends, interest and the like: {cash:,.2f} in cash"
    return (Step("reconcile", DONE, "; ".join(filter(None, (entries, remarks)))),)


def _unclean(found: Sequence[Reconciliation], account: str) -> Step:
    """Book and venue do not agree: the account is halted."""
    words = [
        text
        for one in found
        for text in (*(line.words for line in one.differences), *one.contradictions, *filter(None, [one.unanswered]))
    ]
    words += [f"nobody knows whether {one.id[:8]} arrived" for found_one in found for one in found_one.unknown]
    return Step("reconcile", STOPPED, "; ".join(words), 6, f'trimtab release {account} --reason "WHY"')


def halted(setting: Setting, account: str) -> Step | None:
    """Why an account does not trade freely; None where it does."""
    if setting.orders.state(account) is not TradingState.HALTED:
        return None
    why = "; ".join(one.why or one.cause.value for one in setting.orders.restraints(account))
    return Step("reconcile", STOPPED, f"{account} is halted: {why}", 6, f'trimtab release {account} --reason "WHY"')


def _counted(some: Sequence[object]) -> str:
    return f"{len(some)} order{'' if len(some) == 1 else 's'}"
