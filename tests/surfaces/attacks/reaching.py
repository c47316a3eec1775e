"""Names and addresses that would have the server read elsewhere, ask elsewhere, or run what it is given (F5, F6, F7, F14)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.surfaces.attacks.attacked import CANARY, PLANTED
from trimtab.surfaces.serving.operations import OPERATIONS, Kind, Operation
from trimtab.surfaces.serving.places import PLACES, SETTINGS
from trimtab.surfaces.serving.verbs import verb_parser

TELLING = (CANARY, "root:x:0", "root:*:0", "PATH=/", "for 16-bit app support")
STANDING = {
    "account": "DEMO-1",
    "asset": "US_EQ",
    "policy": "policies/demo-trend-overlay.yaml",
    "year": "2018",
    "household": "Demonstration A",
}
FIELDS = (  # of pages, that a page may take for a name of something that lies on the disk
    *(
        "policy",
        "file",
        "run",
        "a",
        "b",
        "name",
        "mandate",
        "target",
        "subject",
        "series",
        "pack",
        "account",
        "sweep",
        "of",
        "id",
    ),
    *("old", "new", "template", "page", "batch", "asset", "record", "order", "vs", "set", "cash", "figure", "period", "from"),
)
CODE = f"{PLANTED}:Name"
SETTING = (
    *(f"allocator.use={CODE}", f'allocator.use="{PLANTED}\\x3aName"', f"allocator={{use: {CODE}}}", f"costs={{use: {CODE}}}"),
    *(f"allocator.use='{PLANTED} : Name'", f"reacher={{use: '{CODE}'}}", f"allocator.use=overlay,{CODE}"),
)


def shown_outside(ask: Callable[[str], str], names: Iterable[str]) -> list[str]:
    """Names under which something is shown that does not lie in the workspace."""
    return [name for name in names if any(word in ask(name) for word in TELLING)]


@dataclass(frozen=True)
class Way:
    """One option of one operation by which a name comes in."""

    operation: Operation
    option: str

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.operation.id} {self.option}"

    def values(self, given: str) -> dict[str, Any]:
        """What is asked, with `given` for this option and what stands for those that are needed."""
        found: dict[str, Any] = {}
        for name in self.operation.options:
            action = next(one for one in verb_parser(self.operation.verb)._actions if one.dest == name)
            if name == self.option or name == "account" or _needed(action):
                found[name] = _shaped(action, given if name == self.option else _standing(action, name))
        return found

    def asked(self, api: httpx.Client, given: str) -> httpx.Response:
        """Ask the API."""
        values = self.values(given)
        if self.operation.kind is Kind.READ:
            return api.get(self.operation.path, params=values)
        return api.post(
            self.operation.path, json=values, headers={"idempotency-key": f"reaching-{abs(hash((self.words, given)))}"}
        )


def ways(options: Iterable[str] = PLACES, kinds: tuple[Kind, ...] = tuple(Kind)) -> Iterator[Way]:
    """Every option among these, of every operation of these kinds."""
    wanted = frozenset(options)
    for one in OPERATIONS:
        if one.kind in kinds:
            yield from (Way(one, option) for option in one.options if option in wanted and not _chosen(one, option))


def texts() -> Iterator[Way]:
    """Every option that takes text and is not known to name a place."""
    for one in OPERATIONS:
        for action in verb_parser(one.verb)._actions:
            plain = isinstance(action, argparse._StoreTrueAction) or action.choices or action.type in (int, float)
            if action.dest in one.options and action.dest not in PLACES | SETTINGS and not plain:
                yield Way(one, action.dest)


def _chosen(operation: Operation, option: str) -> bool:
    action = next(one for one in verb_parser(operation.verb)._actions if one.dest == option)
    return bool(action.choices) or isinstance(action, argparse._StoreTrueAction)


def _needed(action: argparse.Action) -> bool:
    return action.required or (not action.option_strings and action.nargs not in ("*", "?"))


def _standing(action: argparse.Action, name: str) -> str:
    return str(next(iter(action.choices))) if action.choices else STANDING.get(name, "1")


def _shaped(action: argparse.Action, text: str) -> Any:
    several = action.nargs in ("+", "*") or isinstance(action, argparse._AppendAction)
    return [text] * action.nargs if isinstance(action.nargs, int) else [text] if several else text
