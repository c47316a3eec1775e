"""What is expected of a policy is drawn and written down before anybody commits to it, where nobody has done so yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trimtab.accounting.database.store import BookStore
from trimtab.data.market import Market
from trimtab.desk.backtest import Progress
from trimtab.desk.expected import expected_of, load_expected, save_expected
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.desk.resampled import resample
from trimtab.desk.staged import course_of
from trimtab.desk.trial_code import code_of
from trimtab.numerics.resampling import Futures


def write_expectations(
    policy: Policy, folder: Path, load: Callable[[Policy], Market], futures: Futures, progress: Progress | None = None
) -> bool:
    """Draw them and write them down; false where they stand there already. Raises DataError for too little data."""
    if load_expected(folder, policy.sha256, code_of(policy)) is not None:
        return False
    save_expected(folder, expected_of(resample(policy, load(policy), futures, progress=progress)))
    return True


def expect_first(book: BookStore, policy: Policy, folder: Path, futures: Futures, progress: Progress | None = None) -> bool:
    """As `write_expectations`, where nobody has committed to the policy with the code of its owner's that it runs now.

    What stands behind a commitment is not drawn again: a file that was lost since is to be restored.
    """
    if course_of(book, policy.sha256).runs(code_of(policy)):
        return False
    return write_expectations(policy, folder, loader_of(folder), futures, progress)
