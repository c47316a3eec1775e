"""A validation in the registry of trials: the policy's run and every variant, each once, however often it is validated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.result import Result
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_count import SHORT, keys_of
from trimtab.desk.trial_returns import SEED
from trimtab.desk.trials import Registry
from trimtab.desk.tried import Tried, periods
from trimtab.desk.workspace import Workspace, run_id
from trimtab.numerics.returns import returns_of
from trimtab.validation.effective_trials import effective_trials


def count_variants(registry: Registry, result: Result, every: Iterable[Tried]) -> int:
    """Append those that no line names yet, in one line; how many that were. The policy itself counts as a run, not here.

    Raises UsageError where the registry is damaged.
    """
    data = result.seen_digest
    seen = {key for entry in registry.entries() if "lost" not in entry for key in keys_of(entry)}
    new: dict[str, tuple[float, Array]] = {}
    for tried in every:
        for sha, ratio, months in zip(tried.hashes[1:], tried.sharpes[1:], tried.months[1:], strict=True):
            if (sha[:SHORT], data[:SHORT]) not in seen:
                new.setdefault(sha, (ratio, months))
    if not new:
        return 0
    names = tuple(new)
    digest = hashlib.sha256("|".join((result.policy.sha256, data, *sorted(names))).encode()).hexdigest()
    registry.sweep(
        SweptPart(
            digest,
            0,
            data,
            np.array([ratio for ratio, _ in new.values()]),
            names,
            len(result.returns),
            int(periods(result.market)),
            f"validation of {result.policy.name}",
            _worth([months for _, months in new.values()]),
        )
    )
    return len(new)


def counted_once(folder: Workspace, result: Result) -> tuple[Result, str]:
    """The result with the trials of the workspace on it, saved, and its hash; counted unless a line names that run already.

    Raises UsageError where the registry is damaged.
    """
    run = run_id(result)
    known = any(entry.get("run") == run for entry in folder.registry.entries())
    counted = folder.counted(result) if known else folder.trial(result)
    return counted, folder.save(counted)


def _worth(wealth: list[Array]) -> float:
    """The effective number of trials by their monthly returns; those without all of them count as one each."""
    begin = max((int(np.argmax(np.isfinite(one))) for one in wealth if np.isfinite(one).any()), default=0)
    returns = [returns_of(one[begin:]) for one in wealth]
    known = [one for one in returns if len(one) > 2 and np.isfinite(one).all()]
    alone = len(wealth) - len(known)
    found = effective_trials(np.array(known).T, seed=SEED).count if known else 0.0
    return float(min(max(alone + found, 1.0), len(wealth)))
