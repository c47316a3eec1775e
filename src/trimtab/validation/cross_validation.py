"""Purged k-fold and combinatorial purged cross-validation (López de Prado 2018, chapters 7 and 12).

History is cut into N groups of rows. Each choice of k of them is judged by what is learnt from the others, purged and
embargoed (see `splits`). Every group is judged C(N - 1, k - 1) times: the first time belongs to the first path, the second
to the second, and so on, so that C(N, k) splits give C(N, k) k / N whole histories in which no row was learnt from before
it was judged. One history is an anecdote; their spread says how much of a result was the order of events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import ParameterError
from trimtab.validation.splits import Labels, Split, apart, edges, matching

MOST_SPLITS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """The C(N, k) splits of `labels` into groups that begin at `begin` (N + 1,), in lexicographic order.

    `tested` (C, k) are the groups that each split is judged on, `path` (C, k) the path to which each of them belongs.
    """

    labels: Labels
    begin: Index
    tested: Index
    path: Index
    embargo: int

    def __len__(self) -> int:
        return len(self.tested)

    @property
    def paths(self) -> int:
        """How many whole histories the splits make."""
        return int(self.path.max()) + 1

    def test(self, number: int) -> Index:
        """The rows that split `number` is judged on."""
        return np.concatenate([np.arange(self.begin[g], self.begin[g + 1]) for g in self.tested[number]])

    def split(self, number: int) -> Split:
        """Split `number`, purged and embargoed; ParameterError where nothing is left to learn from."""
        test = self.test(number)
        others = np.delete(np.arange(len(self.labels)), test)
        return Split(apart(self.labels, others, test, embargo=self.embargo), test)

    def splits(self) -> Iterator[Split]:
        """All of them, one at a time."""
        return (self.split(number) for number in range(len(self)))


def combinatorial(labels: Labels, *, groups: int = 6, tested: int = 2, embargo: int = 0) -> Combinations:
    """Every choice of `tested` of `groups` runs of rows; the first len(labels) mod `groups` runs are one row longer.

    `embargo` counts rows. Raises ParameterError for fewer than two groups, more groups than rows, `tested` outside 1 to
    groups - 1, a negative embargo, and more than 100,000 splits.
    """
    if not 2 <= groups <= len(labels) or not 1 <= tested < groups:
        what = f"{tested} of {groups} groups of {len(labels)} rows"
        raise ParameterError(what, remedy="Use 2 groups or more, each with a row, and test fewer of them than all.")
    if embargo < 0:
        raise ParameterError(f"an embargo of {embargo} rows", field="embargo", remedy="Give 0 or more rows.")
    if comb(groups, tested) > MOST_SPLITS:
        what = f"{tested} of {groups} groups make {comb(groups, tested):,} splits, more than {MOST_SPLITS:,}"
        raise ParameterError(what, field="groups", remedy="Each split is a fit: 10 groups, 2 tested, make 45.")
    chosen = np.array(list(combinations(range(groups), tested)), dtype=np.intp)
    member = np.zeros((len(chosen), groups), dtype=np.intp)
    np.put_along_axis(member, chosen, 1, axis=1)
    path = np.take_along_axis(np.cumsum(member, axis=0) - 1, chosen, axis=1)
    return Combinations(labels, frozen(edges(len(labels), groups)), frozen(chosen), frozen(path), embargo)


def purged_kfold(labels: Labels, *, folds: int = 5, embargo: int = 0) -> tuple[Split, ...]:
    """Each of `folds` runs of rows judged by what is learnt from the others; see `combinatorial`."""
    return tuple(combinatorial(labels, groups=folds, tested=1, embargo=embargo).splits())


def paths(plan: Combinations, outcomes: Sequence[Array]) -> Array:
    """Whole histories (paths, T) from what came out of each split, one number a test row in the order of `split.test`.

    Raises ParameterError where the number of outcomes is not that of the splits, or that of a split not its test rows'.
    """
    if len(outcomes) != len(plan):
        raise ParameterError(f"{len(outcomes)} outcomes of {len(plan)} splits", remedy="Give one array a split, in order.")
    whole = np.full((plan.paths, len(plan.labels)), np.nan)
    for number, outcome in enumerate(outcomes):  # splits judge on different numbers of rows
        test = plan.test(number)
        size = np.diff(plan.begin)[plan.tested[number]]
        whole[np.repeat(plan.path[number], size), test] = matching(outcome, test, number)
    return whole
