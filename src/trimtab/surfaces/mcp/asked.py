"""What an assistant asks of a tool, checked: the form of its options, and that no value leads out of the workspace.

A regime that a verb would take for the name of a module (`module:Class`) is refused too: code is named by persons, in files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trimtab.core.errors import UsageError
from trimtab.core.visible import in_line
from trimtab.surfaces.mcp.offered import Tool
from trimtab.surfaces.serving.places import require_inside

_PLAIN = {"series": re.compile(r"[\w.-]+=[\w.+% -]*"), "regime": re.compile(r"[\w.-]*")}


def given(tool: Tool, arguments: Mapping[str, Any] | None, folder: Path) -> dict[str, Any]:
    """The values of a call by the names of the options. Raises UsageError for what the tool does not take."""
    try:
        asked = tool.form.model_validate(dict(arguments or {}))
    except ValidationError as error:
        raise _refused(tool, error) from None
    values = {name: value for name, value in asked.model_dump().items() if value is not None}
    require_inside(folder, values)
    _require_plain(values)
    return values


def _require_plain(values: Mapping[str, Any]) -> None:
    """Raises UsageError for a series or a regime that is more than a plain name."""
    for option, pattern in _PLAIN.items():
        found = values.get(option) or []
        for text in [found] if isinstance(found, str) else found:
            if pattern.fullmatch(text) is None:
                what = f"{option} {in_line(text)[:60]!r} is more than a plain name"
                raise UsageError(what, remedy="Name one that the desk knows already.")


def _refused(tool: Tool, error: ValidationError) -> UsageError:
    """The first thing that is wrong, in a line. What was written is not repeated: it may be long, or steer a reader."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    option = in_line(".".join(map(str, first["loc"])))[:60]
    taken = ", ".join(tool.form.model_fields) or "none"
    if first["type"] == "extra_forbidden":
        return UsageError(f"{tool.name} has no option {option!r}", remedy=f"Its options: {taken}.")
    if first["type"] == "missing":
        return UsageError(f"{tool.name} needs {option}", remedy=f"Its options: {taken}.")
    return UsageError(f"{tool.name}: {option} does not read: {first['msg']}", remedy="See the schema of the tool.")
