"""Observations row by row, held to what Python's own sorting says. Found by mutants that lived."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.data.store.columns import Words
from trimtab.data.store.observations import (
    Observations,
    hashes,
    in_order,
    latest,
    nothing,
    put_together,
    split,
    versions,
)

Row = tuple[str, str, int, int, int]  # field, id, day, known, recorded: in the order of sorting

# few of each, on both sides of 1970, so that rows meet
drawn = st.lists(
    st.tuples(st.sampled_from("cd"), st.sampled_from("ABC"), st.integers(-1, 1), st.integers(0, 2), st.integers(0, 2)),
    max_size=16,
)


def columns(rows: list[Row]) -> Observations:
    """Rows with their place as their value."""
    if not rows:
        return nothing()
    fields, ids, days, known, recorded = zip(*rows, strict=True)
    return Observations(
        Words.of(ids),
        Words.of(fields),
        np.array(days, dtype="datetime64[D]"),
        np.array(known, dtype="datetime64[s]"),
        np.array(recorded, dtype="datetime64[s]"),
        np.arange(float(len(rows))),
        Words.of(["invented"] * len(rows)),
    )


def plain(found: Observations) -> list[Row]:
    days, known, recorded = (one.astype(int).tolist() for one in (found.effective, found.known, found.recorded))
    return list(zip(found.fields.words(), found.ids.words(), days, known, recorded, strict=True))


def last_of(rows: list[Row], count: int) -> list[Row]:
    """The last of rows that have their first `count` columns in common."""
    return list({row[:count]: row for row in rows}.values())


@given(drawn)
@settings(max_examples=60)
def test_order_versions_and_latest_are_those_of_sorted_lists(rows: list[Row]) -> None:
    found, wanted = in_order(columns(rows)), sorted(rows)
    assert plain(found) == wanted
    assert [rows[int(place)] for place in found.values] == wanted  # values went along
    assert plain(versions(found)) == last_of(wanted, 4)
    assert plain(latest(found)) == last_of(wanted, 3)
    assert found.twins.tolist() == [one[:3] == two[:3] for one, two in pairwise(wanted)]


def test_versions_of_one_instant_come_in_the_order_of_their_recording() -> None:
    before, first, second, after = ("c", "A", -1, 0, 0), ("c", "A", 0, 1, 1), ("c", "A", 0, 1, 2), ("c", "A", 1, 2, 0)
    assert plain(in_order(columns([before, second, first, after]))) == [before, first, second, after]
    assert plain(in_order(columns([before, first, second, after]))) == [before, first, second, after]


@given(drawn, drawn)
@settings(max_examples=30)
def test_parts_in_order_are_merged_and_split_again(one: list[Row], two: list[Row]) -> None:
    whole = put_together([in_order(columns(one)), in_order(columns(two))])
    assert plain(whole) == sorted(one) + sorted(two)
    assert len(whole.sources) == len(whole) == len(one) + len(two)
    found = in_order(whole)
    parts = {(field, name): plain(rows) for name, fields in split(found).items() for field, rows in fields.items()}
    assert parts == {key: [row for row in sorted(one + two) if row[:2] == key] for key in {row[:2] for row in one + two}}


def test_nothing_is_no_rows_and_no_words() -> None:
    none = nothing()
    assert (len(none), none.ids.words(), none.sources.known, split(none), len(hashes(none))) == (0, [], (), {}, 0)
    assert (none.effective.dtype, none.known.dtype, none.values.dtype) == ("datetime64[D]", "datetime64[s]", np.dtype(float))
    assert plain(in_order(put_together([none, columns([("c", "A", 0, 0, 0)])]))) == [("c", "A", 0, 0, 0)]


def finaliser(x: int) -> int:
    """One step of SplitMix64 in whole numbers (Steele, Lea and Flood 2014, figure 16)."""
    mask = (1 << 64) - 1
    x = (x + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


@pytest.mark.parametrize("value", [1.5, -0.25, float("nan")])
def test_a_fingerprint_is_that_of_whole_numbers(value: float) -> None:
    import hashlib
    import struct

    rows = columns([("close", "A", -3, 86400, 5)])
    rows = Observations(rows.ids, rows.fields, rows.effective, rows.known, rows.recorded, np.array([value]), rows.sources)
    mixed = 0
    for word in ("A", "close", "invented"):
        mixed = finaliser(mixed ^ int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little"))
    mixed = finaliser(mixed ^ (-3 % (1 << 64)))
    mixed = finaliser(mixed ^ 86400)
    (bits,) = struct.unpack("<Q", struct.pack("<d", np.nan if value != value else value))
    assert hashes(rows).tolist() == [finaliser(mixed ^ bits)]
