"""What a component says of itself, where it does: a sentence on its last answer, else its words, else its name."""

from __future__ import annotations

from typing import Any


def sentence_of(component: Any, *asked: Any) -> str:
    """The component's `sentence(view)`, or `sentence(view, asset)` of a signal; what it is, where it has none."""
    sentence = getattr(component, "sentence", None)
    return sentence(*asked) if sentence is not None else words_of(component)


def words_of(component: Any) -> str:
    """What the component looks at, in its own words, else the name of its class."""
    return str(getattr(component, "words", "") or type(component).__name__)
