"""What was promised before launch, and where the account's own record lies in it, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from trimtab.core.errors import DataError, UsageError
from trimtab.desk.expected import Expected
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.own_record import OwnRecord, months_of
from trimtab.desk.policy import Policy
from trimtab.validation.standing import Standing, stand

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class Promised:
    """The fan of a policy (`expected`), the day of its launch, and the record since: `months` (M + 1,).

    `path` (M,) is where the record stood in the fan after each month, the last of them today's.
    """

    expected: Expected
    launched: date
    months: OwnRecord
    path: tuple[Standing, ...]

    @property
    def standing(self) -> Standing:
        """Where it stands after the last month."""
        return self.path[-1]

    @property
    def inside(self) -> bool:
        """Whether nothing is worse than what 19 of 20 of the drawn histories did."""
        return self.standing.inside


def promised(folder: Path, policy: Policy, record: OwnRecord, launched: date, until: date) -> Promised:
    """Where a record stands, from the last session up to the launch on, in what the workspace keeps of before.

    Raises UsageError where nothing is written down, DataError where no month is over or the fan is not one by months.
    """
    expected, unseen = seen_expected(folder, policy)
    if expected is None:
        what = unseen or f"nothing is written down of what {policy.name} (policy {policy.sha256[:12]}) was expected to do"
        raise UsageError(what, remedy="It can be written before launch alone: trimtab expect POLICY --save.")
    if expected.fan.per_year != MONTHS_A_YEAR:
        raise DataError(f"the expectations have {expected.fan.per_year:g} periods a year, not 12", remedy="Make them anew.")
    months = months_of(record.from_day(launched), until)
    path = tuple(stand(expected.fan, months.wealth[:n], months.benchmark[:n]) for n in range(2, len(months.dates) + 1))
    return Promised(expected, launched, months, path)
