"""The tactical attribution of a real account: by what it missed or beat the strategic weights of its policy, and why.

Beliefs and limits are those of the policy, worked out at each of its decision dates from what was known then, as in the
attribution of a backtest. What the account did otherwise, from turnover limits and waiting to what people chose, is one row:
what its assets really made, by the ledger, less what they would have made at the policy's goal. Periods run between decisions
and flows; where one begins at a flow, every portfolio has drifted since the decision, so that periods compound to what there
would be without the cut (time-weighted returns).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, pairwise

import numpy as np

from trimtab.attribution.layers import Periods, drifted, whole
from trimtab.attribution.tactical import Attribution, Part, Row, in_money
from trimtab.core.arrays import Array, Dates
from trimtab.core.values import Asset
from trimtab.data.market import Market
from trimtab.desk.account_entries import Owned
from trimtab.desk.account_record import AccountRecord, record_of
from trimtab.desk.attribution_rows import charged_rows, decided_rows, grown, split_cash, worth_telling
from trimtab.desk.booked import Booked, booked
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.notes import data_notes
from trimtab.desk.policy import Policy
from trimtab.desk.stages import Step, wished

REST = "What was done otherwise"


@dataclass(frozen=True, slots=True, eq=False)
class AccountAttribution:
    """An account (or sleeve) by `name` and its attribution to `policy`, N periods.

    `goal` (N, A) are the weights that the policy asks for at the beginning of each, limits kept, and `periods` what assets,
    cash and the benchmark made in them. `notes` say what is to be known of the data.
    """

    name: str
    policy: Policy
    attribution: Attribution
    goal: Array
    periods: Periods
    notes: tuple[str, ...] = ()

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The universe of the policy."""
        return self.policy.universe

    @property
    def currency(self) -> str:
        """That of the account."""
        return self.policy.currency.code


def attribute_account(
    policy: Policy,
    market: Market,
    owned: Owned,
    *,
    by_sleeve: bool = False,
    first: date | None = None,
    batches: Mapping[date, str] | None = None,
) -> AccountAttribution:
    """Where an account's difference from the benchmark of `policy` came from, from `first` to the market's last session.

    `batches` name proposals by the session that they decided on; a decision is called by the last one before the next
    decision, else by the account. Taxes are those that were paid. Raises DataError where the record has no period, or what
    is held no price; UsageError where it has what the policy does not know.
    """
    view = decision_view(policy, market)
    record = record_of(policy, market, view.rows, owned, first=first)
    numbers = np.searchsorted(view.rows, record.starts, side="right") - 1
    found = wished(policy, view, aims(policy, view), numbers, by_sleeve=by_sleeve)
    since = grown(policy, market, view.rows[numbers], record.starts)
    stages = _drifted(found, policy.benchmark, since)
    periods = Periods(*grown(policy, market, record.starts, record.ends), stages[0])
    ledger = booked(record.found, (record.begin, record.end), taxed=False)
    steps = [replace(one, moves=b - a) for one, (a, b) in zip(found, pairwise(stages), strict=True)]
    rows = [*decided_rows(steps, periods), *_rest(stages[-1], record.held, periods, ledger)]
    names = _ids(view.days.dates, owned.name, batches or {})
    ids = tuple(names[number] for number in numbers.tolist())
    attribution = _told(policy.universe, market, record, (ledger, periods), (rows, ids))
    return AccountAttribution(owned.name, policy, attribution, stages[-1], periods, data_notes(market))


def _drifted(found: tuple[Step, ...], benchmark: Array, since: tuple[Array, Array]) -> Array:
    """(K + 1, N, A) the benchmark, and the portfolio after each step, as they stand after the growth since the decision."""
    start = np.broadcast_to(benchmark, found[0].moves.shape)
    return drifted(np.stack(list(accumulate((step.moves for step in found), initial=start))), *since)


def _rest(goal: Array, held: Array, periods: Periods, ledger: Booked) -> list[Row]:
    """Rows for all that lies between the policy's goal and net asset value."""
    real = np.concatenate([ledger.assets, ledger.interest[:, None]], axis=1)
    moved_on = (whole(held) - whole(goal)) * periods.benchmark_returns[:, None]
    rest, cash = split_cash(real - whole(goal) * periods.all_growth - moved_on)
    rows = [Row(Part.PACE, "rest", REST, rest), Row(Part.CASH, "cash", "Idle cash and its interest", cash)]
    return worth_telling([*rows, *charged_rows(ledger)])


def _ids(dates: Dates, name: str, batches: Mapping[date, str]) -> tuple[str, ...]:
    """(D,) what decisions are called: their date, and the batch of what was proposed on them, or the account."""
    said = np.full(len(dates), name, dtype=object)
    for when, batch in sorted(batches.items()):
        number = int(np.searchsorted(dates, np.datetime64(when, "D"), side="right")) - 1
        if number >= 0:
            said[number] = batch
    return tuple(f"{when}/{word}" for when, word in zip(dates, said, strict=True))


def _told(
    assets: tuple[Asset, ...],
    market: Market,
    record: AccountRecord,
    made: tuple[Booked, Periods],
    said: tuple[list[Row], tuple[str, ...]],
) -> Attribution:
    """All of it, in money too."""
    (ledger, periods), (rows, ids) = made, said
    both = (ledger.returns, periods.benchmark_returns)
    gain, benchmark_gain, money = in_money(record.begin, both, rows, ledger.money)
    rows = [replace(row, money=amount) for row, amount in zip(rows, money, strict=True)]
    dates = (market.sessions[record.starts], market.sessions[record.ends])
    return Attribution(assets, *dates, ids, record.begin, *both, tuple(rows), gain, benchmark_gain)
