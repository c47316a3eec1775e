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
    "reconcile": "The fills are booked, and the book agrees with them.",
    "book account": "The account is opened.",
    "book follow": "The account follows the policy from now on.",
}
_MOST = 5  # remarks that are shown
_WHY = ("contradictions", "breaks", "skipped")  # lists in a document that say what does not fit


def done_words(operation: Operation, said: Said) -> tuple[str, str]:
    """Kind (done, note or refused) and sentence: what came of an operation."""
    document = said.document if said.text else {}
    kind = "done" if said.exit_code in (0, 5) else "refused"
    found = _sentence(operation.verb, document)
    sentence = found if kind == "done" else f"Not all of it: {operation.verb}." if "orders" in document else ""
    told = " ".join(filter(None, [sentence, *_remarks(document), *said.messages])).strip()
    return kind, told or f"{operation.verb} ended with exit code {said.exit_code}."


def _sentence(verb: str, document: dict[str, Any]) -> str:
    found, past = document.get("orders"), _PAST.get(verb, "")
    if isinstance(found, list) and past and not past.endswith("."):
        return f"{len(found)} order{'' if len(found) == 1 else 's'} {past}."
    return past if past.endswith(".") else f"Done: {verb}."


def _plain(one: Any) -> str:
    """A remark of a list: a text, or an account and why."""
    return f"{one.get('account', '')}: {one.get('why', '')}" if isinstance(one, dict) else str(one)


def _remarks(document: dict[str, Any]) -> list[str]:
    """What the gate refused, and what else is to be known."""
    refused = document.get("refused")
    found = [f"{one.get('account', '')}: {one.get('why', '')}" for one in refused or [] if isinstance(one, dict)]
    asked = document.get("reconciliations") or []
    differ = [text for one in asked for text in (*one.get("differences", ()), *filter(None, [one.get("unanswered")]))]
    found += [*(_plain(one) for name in _WHY for one in document.get(name) or []), *differ][:_MOST]
    noted = [str(document[name]) for name in ("note", "unasked") if document.get(name)]
    return [*found, *noted]
