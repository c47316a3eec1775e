"""Observations: what was seen of a series on a date, when the world could know it, and when it was written down here.

A row is (id, field, effective, known, recorded, value, source). Rows are never changed: a restatement is a row known
later, a vendor's correction a row with the same `known` recorded later, a quarantine a row without a value. The answer
to "what was known at t" is the last row of each (id, field, effective) with known <= t (Snodgrass 1999, bitemporal
tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Array, Dates, Index, Instants, Mask
from trimtab.data.store.columns import Words, joined

Keys = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_EPOCH = 1 << 31  # days are shifted above zero inside a key


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """N rows. `effective` is datetime64[D]; `known` and `recorded` are datetime64[s], UTC; a value may be NaN."""

    ids: Words
    fields: Words
    effective: Dates
    known: Instants
    recorded: Instants
    values: Array
    sources: Words

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Index | Mask | slice) -> Observations:
        """Some of the rows."""
        return Observations(
            self.ids.take(rows),
            self.fields.take(rows),
            self.effective[rows],
            self.known[rows],
            self.recorded[rows],
            self.values[rows],
            self.sources.take(rows),
        )

    @property
    def keys(self) -> Keys:
        """(N,) one number for each (field, id, effective), rising in that order."""
        series = self.fields.codes.astype(np.int64) * max(1, len(self.ids.known)) + self.ids.codes
        return np.asarray((series << 32) + self.effective.astype(np.int64) + _EPOCH)

    @property
    def twins(self) -> Mask:
        """(N - 1,) whether a row has the field, id and date of the row before it."""
        same = self.effective[1:] == self.effective[:-1]
        if not same.any():
            return np.asarray(same)
        ids, fields = self.ids.codes, self.fields.codes
        return np.asarray(same & (ids[1:] == ids[:-1]) & (fields[1:] == fields[:-1]))


def put_together(parts: Sequence[Observations]) -> Observations:
    """Rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Observations(
        joined([part.ids for part in parts]),
        joined([part.fields for part in parts]),
        np.concatenate([part.effective for part in parts]),
        np.concatenate([part.known for part in parts]),
        np.concatenate([part.recorded for part in parts]),
        np.concatenate([part.values for part in parts]),
        joined([part.sources for part in parts]),
    )


def nothing() -> Observations:
    """No rows."""
    words = Words(np.empty(0, dtype=np.int32), ())
    instants = np.empty(0, dtype="datetime64[s]")
    return Observations(words, words, np.empty(0, dtype="datetime64[D]"), instants, instants, np.empty(0), words)


def in_order(rows: Observations) -> Observations:
    """Rows by field, id, effective, known, recorded. Cheap where they are parts in order, one after the other."""
    keys = rows.keys
    if bool((keys[1:] < keys[:-1]).any()):
        order = np.argsort(keys, kind="stable")
        rows, keys = rows.take(order), keys[order]
    twins = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twins) == 0:
        return rows
    known, recorded = rows.known, rows.recorded
    wrong = (known[twins] > known[twins + 1]) | ((known[twins] == known[twins + 1]) & (recorded[twins] > recorded[twins + 1]))
    if not bool(wrong.any()):
        return rows
    some = np.union1d(twins, twins + 1)
    order = np.arange(len(rows))
    order[some] = some[np.lexsort((recorded[some], known[some], keys[some]))]
    return rows.take(order)


def versions(rows: Observations) -> Observations:
    """Of rows in order, the last recorded of each (field, id, effective, known): one row for every version."""
    replaced = rows.twins
    if replaced.any():
        replaced &= rows.known[1:] == rows.known[:-1]
    return rows.take(~np.append(replaced, False)) if replaced.any() else rows


def latest(rows: Observations) -> Observations:
    """Of rows in order, the last of each (field, id, effective)."""
    replaced = rows.twins
    return rows.take(~np.append(replaced, False)) if replaced.any() else rows


def split(rows: Observations) -> dict[str, dict[str, Observations]]:
    """Rows in order by id, then by field."""
    found: dict[str, dict[str, Observations]] = {}
    if len(rows) == 0:
        return found
    ids, fields = rows.ids.codes, rows.fields.codes
    ends = np.flatnonzero((ids[1:] != ids[:-1]) | (fields[1:] != fields[:-1])) + 1
    start = 0
    for end in (*ends.tolist(), len(rows)):
        part = rows.take(slice(start, end))
        found.setdefault(rows.ids.known[ids[start]], {})[rows.fields.known[fields[start]]] = part
        start = end
    return found


def hashes(rows: Observations) -> Hashes:
    """(N,) 64-bit fingerprint of each row, `recorded` left out: the same observation has the same one, whenever it came.

    Words are hashed by SHA-256, numbers are mixed in by the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    """
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for words in (rows.ids, rows.fields, rows.sources):
        mixed = _mix(mixed ^ np.array([_word(word) for word in words.known], dtype=np.uint64)[words.codes])
    mixed = _mix(mixed ^ rows.effective.astype(np.int64).view(np.uint64))
    mixed = _mix(mixed ^ rows.known.astype("datetime64[s]").astype(np.int64).view(np.uint64))
    values = np.where(np.isnan(rows.values), np.nan, rows.values)  # one NaN, whatever its bits
    return _mix(mixed ^ np.ascontiguousarray(values).view(np.uint64))


def _word(word: str) -> int:
    import hashlib

    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")


def _mix(x: Hashes) -> Hashes:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))
