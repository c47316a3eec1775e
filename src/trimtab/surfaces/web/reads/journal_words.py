"""A record of the journal in words: its kind as people call it, what it says in a sentence, and part by part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "book": "The book begins",
        "account": "Account opened",
        "sleeve": "Sleeve opened",
        "instrument": "Instrument listed",
        "entry": "Entry",
        "batch": "Orders proposed together",
        "claim": "Decision claimed",
        "order": "Order written",
        "order.moved": "Order moved on",
        "order.edited": "Order edited",
        "order.reported": "Order known to the venue",
        "order.filled": "Order filled",
        "note.access": "Who may come in",
        "note.decision": "Decision",
        "note.follows": "Policy followed",
        "note.gate": "Checks of the gate",
        "note.looked": "Looked, nothing to do",
        "note.minutes": "Minutes",
        "note.month": "Month",
        "note.override": "Override",
        "note.policy": "Policy kept",
        "note.policy.committed": "Policy committed",
        "note.policy.promoted": "Policy promoted",
        "note.practice": "Clock of practice",
        "note.record": "Record",
        "note.review": "Review held",
    }
)
# What the sentence of a kind names, in its order: dotted where it lies deeper; a word in quotes stands as it is.
_TELLING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "batch": ("label",),
        "claim": ("run.as_of", "'policy'", "run.policy"),
        "order": ("ticket.units", "'of'", "ticket.instrument", "'at about'", "ticket.reference", "ticket.reason"),
        "order.moved": ("order", "'to'", "to"),
        "order.filled": ("order", "units", "'at'", "price", "'on'", "day", "'cost'", "cost"),
        "note.decision": ("'of'", "when", "'value'", "nav", "batch"),
        "note.follows": ("name", "sha256"),
        "note.minutes": ("proposal", "vote", "what", "why"),
        "note.month": ("month", "step", "said"),
        "note.override": ("id", "shifts", "holds", "'until'", "ends", "why"),
        "note.policy": ("name", "sha256"),
        "note.policy.committed": ("name", "hypothesis"),
        "note.policy.promoted": ("name", "'from'", "from", "'to'", "to", "why"),
        "note.practice": ("said", "clock"),
        "note.record": ("'decision of'", "when"),
        "note.review": ("kind", "'due'", "due", "'score'", "score", "said"),
    }
)
_LONGEST, _SHORT = 200, 12
_HASHES = (64, 32)
_EMPTY: tuple[Any, ...] = ("", "0", [], {}, 0, None)


def titled(kind: str) -> str:
    """A kind in words."""
    return TITLES.get(kind) or kind.removeprefix("note.").replace(".", " ").replace("-", " ").capitalize()


def sentence(kind: str, body: Mapping[str, Any], names: Sequence[str]) -> str:
    """What a record says, in a line: the most telling parts of its body, without what is empty."""
    if kind == "note.gate":
        return _gate(body)
    text = _telling(_TELLING[kind], body, names) if kind in _TELLING else _told(kind, body, names)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _telling(wanted: Sequence[str], body: Mapping[str, Any], names: Sequence[str]) -> str:
    """The parts that are named; a word that stands before a part which is empty is left out with it."""
    said: list[str] = []
    word = ""
    for path in wanted:
        if path.startswith("'"):
            word = path.strip("'")
            continue
        value = _at(body, path)
        if value not in _EMPTY:
            said.append(f"{word} {_short(path.rpartition('.')[2], value, names)}".strip())
        word = ""
    return " ".join(said)


def _at(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return body


def _told(kind: str, body: Mapping[str, Any], names: Sequence[str]) -> str:
    """All parts with their labels, without what is empty."""
    left = {name: value for name, value in body.items() if value not in _EMPTY}
    first = str(left.pop("kind", "")) if kind == "entry" else ""
    parts = [f"{_label(name)} {_short(name, value, names)}" for name, value in left.items()]
    return ", ".join(filter(None, [first, *parts]))


def facts(body: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a record says, part by part, whole."""
    for name, value in body.items():
        yield _label(name).capitalize(), "none" if value == [] else _whole(name, value, names)


def _gate(body: Mapping[str, Any]) -> str:
    """How many checks passed, and which did not."""
    checks = [one for one in body.get("evaluations", []) if isinstance(one, list) and one]
    missed = [f"{one[0]} {one[-1]}" for one in checks if one[-1] != "pass"]
    return f"batch {body.get('batch', '')}: {len(checks) - len(missed)} of {len(checks)} checks passed" + (
        f"; {', '.join(missed)}" if missed else ""
    )


def _label(name: str) -> str:
    return name.replace("_", " ")


def _short(name: str, value: Any, names: Sequence[str]) -> str:
    text = _whole(name, value, names)
    if isinstance(value, str) and len(value) in _HASHES and all(sign in "0123456789abcdef" for sign in value):
        return text[:_SHORT]
    return " ".join(text.split())


def _whole(name: str, value: Any, names: Sequence[str]) -> str:
    if name in ("asset", "into") and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if isinstance(value, Mapping) and value and all(isinstance(one, str | int | float) for one in value.values()):
        return ", ".join(f"{part} {said}" for part, said in value.items())
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, allow_nan=False)
