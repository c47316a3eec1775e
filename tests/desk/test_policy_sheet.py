"""A policy file taken apart and put together: nothing is lost, what is put anew is read as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import PolicyError
from trimtab.desk import gallery
from trimtab.desk.policy_sheet import WIDTH, Sheet, flow, written
from trimtab.desk.yaml12 import parse

SMALL = "# head\na: 1   # one\n\nb:\n  - 2\n# of c\nc: x\n"
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=160)
PLAIN = (
    st.none() | st.booleans() | st.integers(-999, 999) | st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 6)) | TEXTS
)
KEYS = st.text("abcXYZ_-0123456789/ .'", min_size=1, max_size=12)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)


@given(VALUES)
def test_a_value_in_one_line_is_read_as_it_was_meant(value: Any) -> None:
    assert parse(f"k: {flow(value)}\n", "x").values == {"k": value}


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_a_value_over_many_lines_is_read_as_it_was_meant(value: dict[str, Any]) -> None:
    assert parse("\n".join(written("key", value)) + "\n", "x").values == {"key": value}


@given(TEXTS)
def test_long_text_is_folded_and_read_again(text: str) -> None:
    assert parse("\n".join(written("key", text, "why")) + "\n", "x").values == {"key": text}


@pytest.mark.parametrize("name", gallery.names())
def test_taking_a_file_apart_loses_nothing(name: str) -> None:
    text = gallery.text(name)
    assert Sheet.of(text).text == text


@pytest.mark.parametrize("name", gallery.names())
def test_what_is_not_touched_stays_to_the_letter(name: str) -> None:
    text = gallery.text(name)
    changed = Sheet.of(text).put("stale_days", 2, "a note").text
    kept = [line for line in changed.splitlines() if not line.startswith("stale_days:")]
    assert kept == text.splitlines()
    assert parse(changed, "x").values == parse(text, "x").values | {"stale_days": 2}


def test_a_key_goes_where_it_stood_or_before_another_or_to_the_end() -> None:
    sheet = Sheet.of(SMALL)
    assert sheet.put("a", 3, "three").text == "# head\na: 3   # three\n\nb:\n  - 2\n# of c\nc: x\n"
    assert list(sheet.put("d", 4, before="b").blocks) == ["a", "d", "b", "c"]
    assert sheet.put("d", 4).text.endswith("c: x\nd: 4\n")
    assert Sheet.of("a: 1").put("d", 4).text == "a: 1\nd: 4\n"
    assert sheet.without("b").text == "# head\na: 1   # one\n\nc: x\n"
    assert sheet.under("new", "").text.startswith("# new\n#\na: 1")


def test_a_note_that_is_too_long_stands_above() -> None:
    lines = list(written("key", {"a": 1}, "word " * 40))
    assert lines[-1] == "key: {a: 1}"
    assert all(line.startswith("# ") and len(line) <= WIDTH for line in lines[:-1])


def test_a_file_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(PolicyError):
        Sheet.of("a: [1")
    assert Sheet.of("# nothing\n").text == "# nothing\n"
