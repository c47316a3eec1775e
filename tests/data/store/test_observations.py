"""Observations: order, versions and the bitemporal answer, held to a loop over rows that anyone can check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.worlds import Row, last_by_loop
from trimtab.data.store.columns import Words, joined
from trimtab.data.store.observations import Observations, hashes, in_order, latest, nothing, put_together, split, versions
from trimtab.data.store.parquet import read_observations, write_observations

START = np.datetime64("2020-01-01T00:00:00", "s")

rows_drawn = st.lists(
    st.tuples(
        st.sampled_from("CAB"),
        st.sampled_from(["close", "open"]),
        st.integers(0, 4),
        st.integers(0, 3),
        st.floats(-5, 5) | st.just(float("nan")),
    ),
    max_size=40,
)


def made(drawn: list[tuple[str, str, int, int, float]]) -> list[Row]:
    """Rows, each recorded a second after the one before it."""
    day = np.timedelta64(1, "D")
    return [
        Row(i, f, np.datetime64("2020-01-01") + d * day, START + k * 86400, START + 10**7 + n, v)
        for n, (i, f, d, k, v) in enumerate(drawn)
    ]


def columns(rows: list[Row]) -> Observations:
    if not rows:
        return nothing()
    return Observations(
        Words.of([row.id for row in rows]),
        Words.of([row.field for row in rows]),
        np.array([row.effective for row in rows]),
        np.array([row.known for row in rows]),
        np.array([row.recorded for row in rows]),
        np.array([row.value for row in rows]),
        Words.of(["invented"] * len(rows)),
    )


def answer(rows: Observations, known: np.datetime64, recorded: np.datetime64) -> dict[tuple[str, str, str], float]:
    kept = rows.take((rows.known <= known) & (rows.recorded <= recorded))
    last = latest(versions(in_order(kept)))
    keys = zip(last.ids.words(), last.fields.words(), last.effective.astype(str).tolist(), strict=True)
    return dict(zip(keys, last.values.tolist(), strict=True))


@given(rows_drawn, st.integers(0, 4), st.integers(0, 45), st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_the_bitemporal_answer_is_that_of_a_loop(drawn: list, known: int, recorded: int, cut: int):
    rows = made(drawn)
    k, r = START + known * 86400, START + 10**7 + recorded
    whole = put_together([columns(rows[:cut]), columns(rows[cut:])])
    got, want = answer(whole, k, r), last_by_loop(rows, k, r)
    assert got.keys() == want.keys()
    assert all(got[key] == value or (got[key] != got[key] and value != value) for key, value in want.items())


def test_a_reader_that_forgets_the_order_of_recording_is_caught(monkeypatch: pytest.MonkeyPatch):
    """The control: two versions known at the same instant, the later recorded one counts."""
    rows = made([("A", "close", 0, 0, 1.0), ("A", "close", 0, 0, 2.0)])
    backwards = columns(rows).take(np.array([1, 0]))
    assert answer(backwards, START, START + 10**8)["A", "close", "2020-01-01"] == 2.0
    unsorted = latest(versions(backwards))  # without `in_order`
    assert unsorted.values.tolist() == [1.0]


@given(rows_drawn)
@settings(max_examples=60, deadline=None)
def test_order_rises_and_keeps_every_row(drawn: list):
    rows = in_order(columns(made(drawn)))
    assert len(rows) == len(drawn)
    assert bool((np.diff(rows.keys) >= 0).all())
    again = in_order(rows)
    assert np.array_equal(again.recorded, rows.recorded)


@given(st.lists(st.lists(st.sampled_from(["x", "", "ä", "b" * 20]), max_size=6), min_size=1, max_size=4))
def test_joined_words_are_the_words(parts: list[list[str]]):
    assert joined([Words.of(part) for part in parts]).words() == [word for part in parts for word in part]


def test_a_row_has_the_same_fingerprint_whenever_it_was_recorded():
    rows = columns(made([("A", "close", 0, 0, 1.5), ("B", "open", 1, 2, float("nan"))]))
    later = replace(rows, recorded=rows.recorded + 100)
    assert np.array_equal(hashes(rows), hashes(later))


@pytest.mark.parametrize("change", ["id", "field", "effective", "known", "value", "source"])
def test_every_other_column_changes_the_fingerprint(change: str):
    rows = columns(made([("A", "close", 0, 0, 1.5)]))
    other = {
        "id": replace(rows, ids=Words.of(["B"])),
        "field": replace(rows, fields=Words.of(["open"])),
        "effective": replace(rows, effective=rows.effective + 1),
        "known": replace(rows, known=rows.known + 1),
        "value": replace(rows, values=rows.values + 1e-15),
        "source": replace(rows, sources=Words.of(["other"])),
    }[change]
    assert hashes(rows)[0] != hashes(other)[0]


@given(rows_drawn)
@settings(max_examples=30, deadline=None)
def test_a_file_gives_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, drawn: list):
    rows = in_order(columns(made(drawn)))
    path: Path = tmp_path_factory.mktemp("parquet") / "rows.parquet"
    write_observations(rows, path)
    back = read_observations(path)
    assert back.ids.words() == rows.ids.words()
    assert back.fields.words() == rows.fields.words()
    assert back.sources.words() == rows.sources.words()
    for name in ("effective", "known", "recorded", "values"):
        assert np.array_equal(getattr(back, name), getattr(rows, name), equal_nan=name == "values"), name
    some = read_observations(path, ids=["A"])
    assert some.ids.words() == ["A"] * rows.ids.words().count("A")


@given(rows_drawn)
@settings(max_examples=30, deadline=None)
def test_split_by_id_and_field_loses_nothing(drawn: list):
    rows = in_order(columns(made(drawn)))
    parts = [(i, f, part) for i, fields in split(rows).items() for f, part in fields.items()]
    assert sum(len(part) for _, _, part in parts) == len(rows)
    assert all(set(part.ids.words()) == {i} and set(part.fields.words()) == {f} for i, f, part in parts)
