"""What may be asked of an operation, as a model that checks and describes itself, made from the options of the verb."""

from __future__ import annotations

import argparse
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from trimtab.surfaces.serving.operations import Operation
from trimtab.surfaces.serving.verbs import verb_parser

LONGEST, MOST = 2000, 200  # characters of a text, entries of a list
_LINE = r"^[^\x00-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(max_length=LONGEST, pattern=_LINE)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=_LINE)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Whole = Annotated[int, Field(ge=-(10**9), le=10**9)]
_NUMBERS = {"seed": Annotated[int, Field(ge=0, le=2**31 - 1)]}


class Asked(BaseModel):
    """What may be asked: nothing besides."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def shape(operation: Operation) -> type[Asked]:
    """The model of an operation: a field per option, required where the verb cannot do without it."""
    return _shape(operation.method, operation.verb, operation.options)


@cache
def _shape(method: str, verb: str, options: tuple[str, ...]) -> type[Asked]:
    actions = {action.dest: action for action in verb_parser(verb)._actions}
    fields: dict[str, Any] = {name: _field(actions[name]) for name in options}
    title = "".join(part.title() for part in verb.replace("-", " ").split())
    return create_model(f"{'Read' if method == 'GET' else 'Do'}{title}", __base__=Asked, **fields)


def _field(action: argparse.Action) -> tuple[Any, Any]:
    """Type and default of one option."""
    text = (action.help or "").replace("%%", "%")
    if isinstance(action, argparse._StoreTrueAction):
        return bool, Field(False, description=text)
    kind = Day if action.dest == "as_of" else _kind(action)
    if action.nargs in ("+", "*") or isinstance(action, argparse._AppendAction):
        needed = action.required and action.nargs != "*"
        many = Annotated[list[kind], Field(min_length=1 if needed else 0, max_length=MOST)]  # type: ignore[valid-type]
        return many, Field(..., description=text) if needed else Field(default_factory=list, description=text)
    if isinstance(action.nargs, int):
        return Annotated[list[kind], Field(min_length=action.nargs, max_length=action.nargs)], Field(..., description=text)  # type: ignore[valid-type]
    if action.required:
        return (Word if kind is Text else kind), Field(..., description=text)
    return (kind if action.default is not None else kind | None), Field(action.default, description=text)


def _kind(action: argparse.Action) -> Any:
    if action.choices is not None:
        return Literal[tuple(action.choices)]
    named = getattr(action.type, "__name__", "")
    return _NUMBERS.get(named) or {"int": Whole, "float": float}.get(named, Text)
