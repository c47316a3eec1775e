"""The fields of a form as the values of an operation, checked by the same model as a request of the API."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving.operations import Operation
from trimtab.surfaces.serving.shapes import shape
from trimtab.surfaces.serving.verbs import verb_parser

OWN = ("csrf", "key", "next")  # fields of every form, and none of the operation's


class Misfilled(TrimtabError):
    """A form is not filled in as it must be."""

    exit_code = 2
    code = "TT-API-001"


def values_of(operation: Operation, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The values that a form gives; what is left empty keeps its default. Raises Misfilled with the first thing wrong."""
    given: dict[str, Any] = {}
    actions = {action.dest: action for action in verb_parser(operation.verb)._actions}
    for name in dict.fromkeys(name for name, _ in fields if name not in OWN):
        filled = [value.strip() for key, value in fields if key == name and value.strip()]
        if filled:
            given[name] = _value(actions.get(name), filled)
    try:
        return {name: value for name, value in shape(operation)(**given).model_dump().items() if value is not None}
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Misfilled(f"{where}: {first['msg']}", remedy="Fill it in as the help beside it says.") from None


def _value(action: argparse.Action | None, filled: list[str]) -> Any:
    if action is None:
        return filled[0]
    if isinstance(action, argparse._StoreTrueAction):
        return filled[0] in ("on", "true", "yes", "1")
    several = action.nargs in ("+", "*") or isinstance(action.nargs, int) or isinstance(action, argparse._AppendAction)
    return filled if several else filled[0]
