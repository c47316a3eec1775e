"""Columns of words: each distinct word once, in order, and a number a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Index, Mask

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """N words as `codes` (N,) into the rising `known` ones, so that codes sort as the words do."""

    codes: Codes
    known: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> Words:
        """A column of any words."""
        return cls.coded(words := list(words), words)

    @classmethod
    def coded(cls, words: Sequence[str], known: Iterable[str]) -> Words:
        """A column of `words`, all among `known`."""
        order = tuple(sorted(set(known)))
        number = {word: k for k, word in enumerate(order)}
        return cls(np.array([number[word] for word in words], dtype=np.int32), order)

    @classmethod
    def same(cls, word: str, count: int) -> Words:
        """One word, `count` times."""
        return cls(np.zeros(count, dtype=np.int32), (word,))

    @classmethod
    def numbered(cls, codes: npt.NDArray[np.integer], words: Sequence[str]) -> Words:
        """A column from `codes` into `words` in any order, doubles allowed."""
        order = tuple(sorted(set(words)))
        if order == tuple(words):
            return cls(codes.astype(np.int32, copy=False), order)
        place = {word: k for k, word in enumerate(order)}
        return cls(np.array([place[word] for word in words], dtype=np.int32)[codes], order)

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Index | Mask | slice) -> Words:
        """Some of the rows."""
        return Words(self.codes[rows], self.known)

    def code(self, word: str) -> int:
        """The number of a word, -1 where it never occurs."""
        at = int(np.searchsorted(np.array(self.known, dtype=object), word)) if self.known else 0
        return at if at < len(self.known) and self.known[at] == word else -1

    def among(self, words: Iterable[str]) -> Mask:
        """(N,) which rows hold one of `words`."""
        wanted = set(words)
        return np.array([word in wanted for word in self.known], dtype=bool)[self.codes]

    def words(self) -> list[str]:
        """The column written out."""
        return np.array(self.known, dtype=object)[self.codes].tolist()  # type: ignore[no-any-return]


def joined(parts: Sequence[Words]) -> Words:
    """Columns one after the other."""
    if len({part.known for part in parts}) == 1:
        return Words(np.concatenate([part.codes for part in parts]), parts[0].known)
    order = tuple(sorted({word for part in parts for word in part.known}))
    place = {word: k for k, word in enumerate(order)}
    moved = [np.array([place[word] for word in part.known], dtype=np.int32)[part.codes] for part in parts]
    return Words(np.concatenate(moved), order)
