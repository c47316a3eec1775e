"""A policy can be read aloud: every component says what it does, none shows the name of its class."""

import pytest

from trimtab.desk import gallery
from trimtab.desk.registry import BUILT_IN, find

SPOKEN = [
    (role, name) for role in ("signals", "combiners", "allocators", "reachers", "limits", "costs") for name in BUILT_IN[role]
]


@pytest.mark.parametrize(("role", "name"), SPOKEN, ids=["-".join(pair) for pair in SPOKEN])
def test_every_component_has_words(role: str, name: str):
    assert hasattr(find(role, name), "words")


@pytest.mark.parametrize("name", gallery.samples())
def test_no_class_is_named_in_a_policy(name: str):
    text = " ".join(gallery.named(name).words)
    assert not [kind for role, of in SPOKEN if f"{(kind := find(role, of).__name__)} (" in text]
