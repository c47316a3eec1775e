"""What was done, in one sentence for whoever did it."""

from __future__ import annotations

from typing import Any

from trimtab.surfaces.serving.operations import Operation
from trimtab.surfaces.serving.verbs import Said

_PAST = {
    "orders approve": "approved",
    "orders reject": "declined",
    "orders hold": "put aside, or taken up again",
    "orders send": "sent",
    "orders cancel": "cancelled, or asked to be",
    "orders edit": "changed",
    "orders add": "written",
    "orders export": "written into a file",
    "kill": "Halted: nothing new is sent until a person releases it.",
    "release": "Released: it may trade again.",
    "override": "The override is logged.",
    "committee minutes": "The minutes are kept.",
    "policy sign": "Signed.",
    "policy promote": "Promoted.",
    "practice": "The clock has moved.",
    "review": "The review is kept.",
    "book import": "Booked.",
    "mandate init": "The mandate is written: fill it in.",
    "mandate sign": "Signed.",
    "init": "The policy is written.",
}


def done_words(operation: Operation, said: Said) -> tuple[str, str]:
    """Kind (done, note or refused) and sentence: what came of an operation."""
    document = said.document if said.text else {}
    kind = "done" if said.exit_code in (0, 5) else "refused"
    return kind, " ".join([_sentence(operation.verb, document), *_remarks(document), *said.messages]).strip()


def _sentence(verb: str, document: dict[str, Any]) -> str:
    found, past = document.get("orders"), _PAST.get(verb, "")
    if isinstance(found, list) and past and not past.endswith("."):
        return f"{len(found)} order{'' if len(found) == 1 else 's'} {past}."
    return past if past.endswith(".") else f"Done: {verb}."


def _remarks(document: dict[str, Any]) -> list[str]:
    """What the gate refused, and what else is to be known."""
    refused = document.get("refused")
    found = [f"{one.get('account', '')}: {one.get('why', '')}" for one in refused or [] if isinstance(one, dict)]
    noted = [str(document[name]) for name in ("note", "unasked") if document.get(name)]
    return [*found, *noted]
