"""What was drawn from data that a practice desk does not know yet is not seen there: it would judge the past by its future.

Expectations and validations bear the last date of their data. On a desk that lives by the clock of this machine nothing is
hidden. What was committed to stays what it was: the clock only moves forward.
"""

from __future__ import annotations

from pathlib import Path

from trimtab.desk.expected import Expected, load_expected, place_of
from trimtab.desk.live import PracticeClock, clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.trial_code import code_of


def foreseen(folder: Path, what: str, last: str) -> str:
    """Why something that was drawn from data up to `last`, an ISO date, is not seen in a workspace; empty where it is."""
    clock = clock_of(folder)
    if not isinstance(clock, PracticeClock) or last <= (today := str(clock.at.astype("datetime64[D]"))):
        return ""
    return f"{what} was drawn from data to {last}, and this practice desk is at {today}"


def seen_expected(folder: Path, policy: Policy) -> tuple[Expected | None, str]:
    """What is written down in a workspace of what to expect of a policy, or None; and why what is there is not seen.

    Raises DataError where the file is damaged.
    """
    own = code_of(policy)
    found = load_expected(folder, policy.sha256, own)
    why = "" if found is None else foreseen(folder, place_of(folder, policy.sha256, own).name, str(found.source["last"]))
    return (None, why) if why else (found, "")
