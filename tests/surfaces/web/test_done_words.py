"""One sentence for whoever did something: what was done, or why it was not, and never a bare "done" beside a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.verbs import Said
from trimtab.surfaces.web.done_words import done_words


def words(verb: str, document: dict[str, Any], code: int = 0) -> tuple[str, str]:
    return done_words(operation("POST", verb), Said(json.dumps(document), code, (), ()))


def test_orders_are_counted() -> None:
    assert words("orders approve", {"orders": [{}]}) == ("done", "1 order approved.")
    assert words("orders approve", {"orders": [{}, {}]}, 5) == ("done", "2 orders approved.")


def test_what_was_refused_says_why() -> None:
    refused = {"orders": [], "refused": [{"account": "A07", "why": "exported already"}]}
    assert words("orders export", refused, 6) == ("refused", "Not all of it: orders export. A07: exported already")
    assert words("reconcile", {"orders": [{}], "breaks": ["row 3: no order has this id"]}, 6) == (
        "refused",
        "Not all of it: reconcile. row 3: no order has this id",
    )
    told = words(
        "reconcile", {"reconciliations": [{"differences": ["SPY: the book has 40, the broker 30"], "unanswered": ""}]}, 6
    )
    assert told == ("refused", "SPY: the book has 40, the broker 30")


def test_a_verb_without_words_still_says_how_it_ended() -> None:
    assert words("decide", {}, 4) == ("refused", "decide ended with exit code 4.")
    assert words("decide", {}) == ("done", "Done: decide.")


@pytest.mark.parametrize("many", [6, 40])
def test_remarks_are_a_few(many: int) -> None:
    _, told = words("reconcile", {"orders": [], "contradictions": [f"fault {k}" for k in range(many)]}, 6)
    assert told.count("fault") == 5
