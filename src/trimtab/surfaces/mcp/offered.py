"""Which tools an assistant gets: a list that is written out, checked against what a tool may never be.

A tool is an operation of serving/operations.py, with the options of its verb and the words of its help. There is no tool
that approves, sends, exports, stops, releases or promotes; the one that writes leaves a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.api.paging import MOST
from trimtab.surfaces.serving.operations import Kind, Operation, operation
from trimtab.surfaces.serving.shapes import Asked, shape
from trimtab.surfaces.serving.verbs import verb_parser

NAME = "assistant"  # by whom its proposals are
PROPOSE = "propose"
PAGE = 50  # rows
_LOOKING = (
    *("status", "signals", "why", "drift", "rebalance", "what-if", "orders list", "book list", "book show", "book lots"),
    *("policy check", "policy show", "policy diff", "policy status", "overrides", "adherence", "data status", "gallery"),
)
_WORKING = ("backtest", "metrics")
_HARMLESS = frozenset({Right.READ, Right.RESEARCH})
_REMARKS = {
    "rebalance": "What accounts are to trade, with every check. Nothing is written. Name an account, a household, or all.",
    "backtest": "It counts as a trial of this workspace: every one lowers what the best of all is worth (see trials_list).",
    PROPOSE: "Leave what accounts are to trade as a proposal. It waits for a person, who approves it or not: nothing is "
    "approved or sent by this. What is proposed already is left as it stands. Only where somebody asked for it.",
}
_IN_PLACE = frozenset({"rebalance", PROPOSE})  # their remark stands for the help, which speaks of the command line


class Pages(Asked):
    """Which part of a list."""

    page_size: Annotated[int, Field(ge=1, le=MOST, description="rows of a page")] = PAGE
    cursor: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before")] = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """An operation as an assistant calls it."""

    name: str
    operation: Operation

    def __post_init__(self) -> None:
        _require_harmless(self)

    @property
    def writes(self) -> bool:
        """Whether it leaves something in the book."""
        return self.operation.kind is Kind.WRITE

    @property
    def form(self) -> type[Asked]:
        """The model of what may be asked."""
        whole = shape(self.operation)
        return type(whole.__name__ + "Rows", (whole, Pages), {}) if self.operation.rows else whole

    @property
    def schema(self) -> dict[str, Any]:
        """The form as JSON Schema. Titles, which only repeat the names, are left out: an assistant reads every word."""
        found = self.form.model_json_schema()
        options = {name: {k: v for k, v in one.items() if k != "title"} for name, one in found["properties"].items()}
        required = {"required": found["required"]} if "required" in found else {}
        return {"type": "object", "properties": options, **required, "additionalProperties": False}

    @property
    def words(self) -> str:
        """What it is for: the help of its verb, and what an assistant has to know besides."""
        help_of = (verb_parser(self.operation.verb).description or self.operation.verb).strip().replace("--", "")
        remark = _REMARKS.get(self.name, "")
        return remark if self.name in _IN_PLACE else f"{help_of} {remark}".strip()


def offered(*, propose: bool = False) -> tuple[Tool, ...]:
    """Every tool; the one that leaves a proposal only where it is asked for."""
    looking = (Tool(tool_name(verb), operation("GET", verb)) for verb in _LOOKING)
    working = (Tool(tool_name(verb), operation("POST", verb)) for verb in _WORKING)
    return (*looking, _trials(), *working, *([_proposal()] if propose else []))


def tool_name(verb: str) -> str:
    """`policy check` as a tool is called: `policy_check`."""
    return verb.replace(" ", "_").replace("-", "_")


def _trials() -> Tool:
    """The list of trials, which has a limit of its own."""
    return Tool("trials_list", replace(operation("GET", "trials list"), rows=""))


def _proposal() -> Tool:
    """A rebalance that is proposed. It makes nothing give way that waits already: a person may have edited it."""
    found = operation("POST", "rebalance")
    return Tool(PROPOSE, replace(found, options=tuple(one for one in found.options if one != "supersede")))


def _require_harmless(tool: Tool) -> None:
    """Raises ValueError for what no assistant may do."""
    found = tool.operation
    proposing: Any = (PROPOSE, "rebalance", {"commit": True})
    harmless = not tool.writes and found.right in _HARMLESS
    if not harmless and ((tool.name, found.verb, dict(found.fixed)) != proposing or "supersede" in found.options):
        raise ValueError(f"{found.id} is no tool of an assistant: it {found.kind.value}s by the right to {found.right.value}")
