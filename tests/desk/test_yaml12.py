"""YAML 1.2, safely, with places: what a word means, where a value stands, and what is refused before it is built."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import PolicyError
from trimtab.desk import gallery, yaml12
from trimtab.desk.yaml12 import LIMIT_BYTES, LIMIT_DEPTH, Path, parse

names = st.text("abcdefgh_", min_size=1, max_size=6)
scalars = st.one_of(st.integers(-(10**12), 10**12), st.booleans(), st.none(), st.text("abc ,:#-{}[]'\"é", max_size=8))
values = st.dictionaries(
    names, st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(names, v, max_size=3))
)


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every scalar with its path."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        return [(path, value)]
    return [leaf for key, part in parts for leaf in leaves(part, (*path, key))]


@given(values)
@settings(max_examples=50)
def test_every_value_is_read_and_stands_where_it_is_said_to_stand(written: dict[str, Any]) -> None:
    text = json.dumps(written, indent=1, ensure_ascii=False)
    document = parse(text, "p.yaml")
    assert document.values == written
    lines = text.splitlines()
    for path, value in leaves(written):
        file, line, column = document.where(path).split(":")
        assert file == "p.yaml"
        assert lines[int(line) - 1][int(column) - 1 :].startswith(json.dumps(value, ensure_ascii=False))
        if isinstance(path[-1], str):
            _, line, column = document.where(path, key=True).split(":")
            assert lines[int(line) - 1][int(column) - 1 :].startswith(json.dumps(path[-1]))


WORDS = (
    "a",
    "b: ",
    "- ",
    "\n",
    "  ",
    "\n  ",
    *"{}[]?#%@`-:'\"|>&*!~\t",
    ", ",
    " # c",
    "1e3",
    "---\n",
    "\\n",
    "key:\n",
    "|-\n  ",
    "é",
)


def read(text: str) -> Any:
    """What a text is read as, with all places, or what is said of it."""
    try:
        return parse(text, "p.yaml")
    except PolicyError as error:
        return str(error)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join), st.sampled_from(("", "\n")))
@settings(max_examples=400)
def test_both_parsers_read_the_same(text: str, end: str) -> None:
    both = [read(text + end)]
    with mock.patch.object(yaml12, "_ODD", re.compile("")):
        both.append(read(text + end))
    assert both[0] == both[1]


def test_what_the_parsers_read_differently_is_left_to_one() -> None:
    """Control: were a block read by libyaml too, one with a comment at its mark would be taken."""
    assert "not valid YAML" in read("a: ># b\n")
    with mock.patch.object(yaml12, "_ODD", re.compile(r"[^\s\S]")):
        assert read("a: ># b\n").values == {"a": ""}


@pytest.mark.parametrize("name", gallery.names())
def test_the_gallery_is_read_by_the_quick_one_and_the_same(name: str) -> None:
    text = gallery.text(name)
    quick = parse(text, name)
    with mock.patch.object(yaml12, "_ODD", re.compile("")):
        assert parse(text, name) == quick


def test_a_path_that_is_not_there_points_at_its_closest_parent() -> None:
    document = parse("a:\n  b: 1\n", "p.yaml")
    assert document.where(("a", "b", "c", 0)) == "p.yaml:2:6"
    assert document.where(("a", "x")) == "p.yaml:2:3"
    assert document.where(("x",)) == "p.yaml:1:1"
    assert parse("", "p.yaml").where(()) == "p.yaml:1:1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),  # Norway is not false
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("012", 12),  # YAML 1.1 would say 10
        ("0o12", 10),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),  # YAML 1.1 would say 45045
        ("2001-12-14", "2001-12-14"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("NULL", None),
        ("nan", "nan"),
        (".inf", ".inf"),  # no policy holds an infinity
        ("1e999", "1e999"),
        ("'1e3'", "1e3"),
        ('"no"', "no"),
        ("|\n  a\n  b", "a\nb\n"),
        ("<<", "<<"),
    ],
)
def test_words_mean_what_yaml_1_2_says(text: str, value: Any) -> None:
    found = parse(f"a: {text}\n", "p.yaml").values["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_number_of_many_digits_is_no_trap() -> None:
    """Regression: Python refuses to read an integer of more than 4300 digits, with a traceback."""
    assert parse("a: " + "9" * 5000, "p.yaml").values == {"a": "9" * 5000}
    assert parse("a: " + "9" * 40, "p.yaml").values == {"a": 1e40}


BOMB = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (BOMB, "2:8", "aliases are not allowed"),
        ("a: &x [1]\nb: *x\n", "2:4", "aliases are not allowed"),
        ("a: {<<: *x}\n", "1:9", "aliases are not allowed"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "'a' stands here twice"),
        ("a: {b: 1, b: 2}\n", "1:11", "'b' stands here twice"),
        ('a: 1\n"a": 2\n', "2:1", "'a' stands here twice"),
        ("a:\n\tb: 1\n", "2:1", "not valid YAML: a tab where spaces belong. Indent with spaces."),
        ("a: !!python/object/apply:os.system [ls]\n", "1:4", "python/object/apply:os.system is not allowed"),
        ("a: !!python/name:os.system\n", "1:4", "python/name:os.system is not allowed"),
        ("!!python/object:x {}\n", "1:1", "is not allowed"),
        ("a: !!str 12\n", "1:4", "the tag tag:yaml.org,2002:str is not allowed"),
        ("a: !mine 1\n", "1:4", "the tag !mine is not allowed"),
        ("? [a, b]\n: 1\n", "1:3", "a key must be text"),
        ("? {a: b}\n: 1\n", "1:3", "a key must be text"),
        ("a: [1, 2\n", "2:1", "not valid YAML"),
        ("a: 'x\n", "2:1", "not valid YAML"),
        ("a: b: c\n", "1:5", "not valid YAML: mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", "2:1", "not valid YAML: but found another document"),
        ("%YAML 9.9\n---\na: 1\n", "1:1", "not valid YAML"),
        ("a: " + "[" * 100 + "]" * 100, f"1:{4 + LIMIT_DEPTH - 1}", "nested more than 20 deep"),
        ("{a: " * 5000, "1:81", "nested more than 20 deep"),
    ],
)
def test_what_is_dangerous_or_wrong_is_refused_at_its_place(text: str, place: str, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text, "p.yaml")
    assert caught.value.where == f"p.yaml:{place}"
    assert what in str(caught.value)
    assert caught.value.code == "TT-POL-002"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["a: \x00\n", "a: \x07\n", "a: \ud800\n", "\x7f"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="not valid YAML"):
        parse(text, "p.yaml")


def test_a_huge_text_is_refused_before_it_is_parsed() -> None:
    start = time.process_time()
    with pytest.raises(PolicyError, match=f"At most {LIMIT_BYTES} are read"):
        parse("a" * (LIMIT_BYTES + 1), "p.yaml")
    assert time.process_time() - start < 0.5


def test_an_alias_bomb_would_unfold_without_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml12, "_screen", lambda source, events: list(events) and source)
    assert str(parse(BOMB, "p.yaml").values).count("x") > 500  # nine lines, and twice as much with each further one
