"""How a tool answers: the document of its verb with a line that says what it is, or a refusal with its line and stable code."""

from __future__ import annotations

import json
from typing import Any

from mcp.types import CallToolResult, TextContent

from trimtab.core.visible import in_line
from trimtab.surfaces.api.paging import paged
from trimtab.surfaces.mcp.offered import Tool
from trimtab.surfaces.mcp.sized import ROOM, sized
from trimtab.surfaces.serving.verbs import Refusal, Said

_CODES = {
    3: "a rule is breached",
    4: "the data do not allow a decision",
    5: "something waits for a person",
    6: "trading is halted",
}
_DATED = ("as_of", "when", "name", "account", "policy", "change", "run")
_LONGEST = 60  # characters of a value in the line


def told(tool: Tool, said: Said, page: tuple[int, str], room: int = ROOM) -> CallToolResult:
    """What a verb said. `page`: rows and cursor, for lists. Raises where the cursor does not fit the list."""
    document = said.document if said.text else {"trimtab": 1, "kind": "lines", "lines": list(said.lines)}
    document |= {"messages": list(said.messages)} if said.messages else {}
    if tool.operation.rows:
        document = paged(document, tool.operation.rows, *page)
    line = _line(tool, document, said.exit_code)
    document, cut = sized(document, room)
    if cut:
        document |= {"cut": list(cut)}
        line += f"; CUT to what can be read at once ({', '.join(cut)}): {_less(tool)}"
    return _result(line, document)


def refused(refusal: Refusal) -> CallToolResult:
    """Why nothing was done."""
    body = {"code": refusal.code, "what": refusal.what, "where": refusal.where, "remedy": refusal.remedy}
    document = {"trimtab": 1, "kind": "refusal", **body, "exit_code": refusal.exit_code}
    return _result(f"{refusal.code}  {refusal.line}", document, is_error=True)


def _result(line: str, document: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    """The line, and the document twice: structured, and as text for programs that show an assistant nothing else."""
    shown = [in_line(line)] if is_error else [in_line(line), json.dumps(document, ensure_ascii=False, allow_nan=False)]
    content = [TextContent(type="text", text=text) for text in shown]
    return CallToolResult(content=list(content), structured_content=document, is_error=is_error)


def _line(tool: Tool, document: dict[str, Any], exit_code: int) -> str:
    """What came back, in a line: of when and what, how many of each, and what the exit code means."""
    known = [f"{key} {str(document[key])[:_LONGEST]}" for key in _DATED if isinstance(document.get(key), str) and document[key]]
    counts = [f"{key} {len(value)}{_total(tool, document, key)}" for key, value in document.items() if isinstance(value, list)]
    parts = [", ".join(part) for part in (known, counts) if part]
    more = ["go on with the cursor `next`"] if tool.operation.rows and document.get("next") else []
    meant = [f"exit code {exit_code}, {_CODES.get(exit_code, 'see the document')}"] if exit_code else []
    return f"{tool.name}: " + "; ".join([*parts, *more, *meant] or ["done"])


def _total(tool: Tool, document: dict[str, Any], key: str) -> str:
    return f" of {document['total']}" if key == tool.operation.rows and document.get("next") else ""


def _less(tool: Tool) -> str:
    """How to ask for less."""
    narrowing = [name for name in tool.form.model_fields if name not in ("cursor", "all", "lots", "rules", "as_of")]
    return f"ask for less by {', '.join(narrowing)}." if narrowing else "the whole of it is at the command line."
