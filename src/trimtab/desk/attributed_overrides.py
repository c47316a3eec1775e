"""What overrides brought, as a row of an account's attribution: taken out of what was done otherwise, so that it adds up.

It is what the assets of the model made with all overrides on, less what they made without, each beside the account from the
same beginning (desk/beside.py), period by period and asset by asset beyond the benchmark. What trading them cost stands in
the row of trading costs, with all other costs that were really paid. A note says what they brought day by day and with that
cost, as the shadow has it (desk/ladder.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from trimtab.attribution.layers import Periods, whole
from trimtab.attribution.tactical import Part, Row
from trimtab.core.arrays import Array, Dates
from trimtab.data.market import Market
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.account_entries import Owned
from trimtab.desk.account_record import AccountRecord, record_of
from trimtab.desk.attribution_rows import split_cash
from trimtab.desk.backtest import Walked
from trimtab.desk.beside import Beside, Told, beside
from trimtab.desk.booked import booked
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override, OverrideCost
from trimtab.numerics.returns import wealth

TITLE = "Overrides"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a model is run beside: its policy, the market, the account, and the day from which the account follows it."""

    policy: Policy
    market: Market
    owned: Owned
    first: date | None = None


def with_overrides(
    found: AccountAttribution, ran: Ran, overrides: Sequence[Override], *, told: Told | None = None
) -> AccountAttribution:
    """The attribution with a row for `overrides`; without any it is the very same.

    Raises DataError where no model can be run beside the account.
    """
    if not overrides:
        return found
    seen = beside(ran.policy, ran.market, ran.owned, first=ran.first)
    kept = sorted((one for one in overrides if one.ends >= seen.first), key=lambda one: one.recorded)
    if not kept:
        return found
    walks = (seen.walk(), seen.walk(kept, told))
    records = [_record(seen, walked) for walked in walks]
    effects = _effects(found, seen, (records[0], records[1]))
    split = found.attribution.with_rows(_apart(found.attribution.rows, effects))
    return replace(found, attribution=split, notes=(*found.notes, _day_by_day(found, seen, walks)))


def _day_by_day(found: AccountAttribution, seen: Beside, walks: tuple[Walked, Walked]) -> str:
    """What they brought as the shadow counts it, over the days of this attribution that it has."""
    dates = seen.market.sessions[seen.start :]
    ends = np.array([found.attribution.starts[0], found.attribution.ends[-1]])
    begin, end = np.maximum(np.searchsorted(dates, ends, side="right") - 1, 0).tolist()
    without, with_all = (wealth(seen.daily(walked).returns)[begin : end + 1] for walked in walks)
    brought = 100.0 * OverrideCost(with_all, without).linked
    days = f"from {dates[begin]} to {dates[end]}"
    said = f"Day by day, {days}, overrides brought {brought:+.2f} % with what trading them cost (trimtab shadow {found.name})"
    return f"{said}; their row counts by decision, and leaves that cost among all others."


def _record(seen: Beside, walked: Walked) -> AccountRecord:
    """A model's own entries in the periods of the account."""
    mine = Owned(seen.owned.name, tuple(walked.desk.ledger.entries))
    return record_of(seen.policy, seen.market, seen.view.rows, mine)


def _effects(found: AccountAttribution, seen: Beside, records: tuple[AccountRecord, AccountRecord]) -> Array:
    """(N, A + 1) by period and asset, cash last; nothing in periods before the model runs beside the account."""
    starts = found.attribution.starts
    both = [_placed(starts, seen, record, found.periods) for record in records]
    return np.asarray(both[1] - both[0])


def _placed(starts: Dates, seen: Beside, record: AccountRecord, periods: Periods) -> Array:
    """(N, A + 1) what a model's assets and cash made beyond the benchmark, before costs, in the account's periods."""
    ledger = booked(record.found, (record.begin, record.end), taxed=False)
    made = np.concatenate([ledger.assets, ledger.interest[:, None]], axis=1)
    begun = seen.market.sessions[record.starts]
    _, theirs, mine = np.intersect1d(starts, begun, return_indices=True)
    placed = np.zeros((len(starts), made.shape[1]))
    placed[theirs] = made[mine] - whole(record.held[mine]) * periods.benchmark_returns[theirs, None]
    return placed


def _apart(rows: Sequence[Row], effects: Array) -> tuple[Row, ...]:
    """The rows with that of the overrides after what was done otherwise; that and idle cash are less by it."""
    assets, cash = split_cash(effects)
    taken = {Part.PACE: assets, Part.CASH: cash}
    made: list[Row] = []
    for row in rows:
        made.append(replace(row, effects=row.effects - taken[row.part]) if row.part in taken else row)
        if row.part is Part.PACE:
            made.append(Row(Part.OVERRIDES, "overrides", TITLE, effects))
    return tuple(made)
