"""A validation in the registry of trials: the policy's run and every variant, each once, however often it is validated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.result import Result
from trimtab.desk.sweep_counting import Luck
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_chain import Entry
from trimtab.desk.trial_code import VariantCode
from trimtab.desk.trial_count import SHORT, keys_of, variants_of
from trimtab.desk.trials import Registry
from trimtab.desk.tried import Tried, periods
from trimtab.desk.workspace import Workspace

SOME = 4  # month ends of three returns
Variants = Mapping[str, tuple[float, Array]]  # Sharpe ratio a period and wealth (M,) at the ends of months, by trial


def count_variants(registry: Registry, result: Result, every: Iterable[Tried]) -> int:
    """Append those that no line names yet, in one line; how many that were. The policy itself counts as a run, not here.

    Raises UsageError where the registry is damaged, and where code of one's own was edited after it had been loaded.
    """
    found: dict[str, tuple[float, Array]] = {}
    code = VariantCode.of(result.policy)
    for tried in every:
        columns = (tried.hashes, tried.points, tried.sharpes, tried.months)
        for sha, point, ratio, months in zip(*(column[1:] for column in columns), strict=True):
            found.setdefault(code.trial(sha, point), (ratio, months))
    line = registry.add(lambda entries: _line(result, _unseen(found, entries, result.seen_digest)))
    return 0 if line is None else variants_of(line)


def counted_once(folder: Workspace, result: Result) -> tuple[Result, str]:
    """The result with the trials of the workspace on it, saved, and its hash; counted unless a line names that run already.

    Raises UsageError where the registry is damaged.
    """
    counted = folder.trial(result, once=True)
    return counted, folder.save(counted)


def _unseen(found: Variants, entries: Iterable[Entry], data: str) -> Variants:
    """Those that no line names."""
    seen = {key for entry in entries if "lost" not in entry for key in keys_of(entry)}
    return {sha: tried for sha, tried in found.items() if (sha[:SHORT], data[:SHORT]) not in seen}


def _line(result: Result, new: Variants) -> Entry | None:
    """All of them in one line; None where there is none."""
    if not new:
        return None
    names, data = tuple(new), result.seen_digest
    return SweptPart(
        sweep=hashlib.sha256("|".join((result.policy.sha256, data, *sorted(names))).encode()).hexdigest(),
        part=0,
        data=data,
        sharpes=np.array([ratio for ratio, _ in new.values()]),
        policies=names,
        periods=len(result.returns),
        periods_per_year=int(periods(result.market)),
        name=f"validation of {result.policy.name}",
        effective=_worth(np.array([months for _, months in new.values()])),
    ).entry


def _worth(wealth: Array) -> float:
    """The effective number of trials by their wealth (V, M) at the ends of months; those without three returns count in full.

    A month that a variant does not have is one without luck, so that one which begins late takes nothing from the others.
    """
    luck = Luck(wealth.shape[1])
    luck.add(wealth)
    alone = int((np.isfinite(wealth).sum(axis=1) < SOME).sum())
    return float(min(max(alone + luck.worth, 1.0), len(wealth)))
