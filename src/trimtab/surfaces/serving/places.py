"""Names of files that come from outside lie inside the workspace: no way up, no other root, no address, no link out of it.

A setting of a policy (`--set KEY=VALUE`, `--grid KEY=V1,V2`) is held to the same, and names registered components only:
`module:Class` would have that module imported, by whoever may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk.bundle_policy import require_registered, texts
from trimtab.desk.yaml12 import parse

# Options whose value may name a file. A hash of a run or a name of the gallery passes the same check.
PLACES = frozenset(
    {
        *("policy", "policies", "file", "mandate", "target", "subject", "old", "new", "out", "origin", "name", "vs", "pack"),
        *("format", "rates", "component", "feeds", "live", "rf", "regime"),
    }
)
SETTINGS = frozenset({"set", "grid"})  # KEY=VALUE, where a value is written as in a policy
_LONGEST = 200


def require_inside(root: Path, values: Mapping[str, Any]) -> None:
    """Raises UsageError for a value of an option that names a place outside of `root`, or code in a setting."""
    for option in PLACES & set(values):
        for text in _several(values[option]):
            for part in _parts(option, text):
                _require(root, option, part)
    for option in SETTINGS & set(values):
        for text in _several(values[option]):
            _require_setting(root, option, text)


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(map(str, value)) if isinstance(value, list | tuple) else []


def _require_setting(root: Path, option: str, text: str) -> None:
    key, _, written = text.partition("=")
    found = [one for form in (f"- {written}", f"[{written}]") for one in _read(form)]
    try:
        require_registered(found)
    except PolicyError:
        what = f"{option} {key[:60]} names code outside Trimtab"
        raise UsageError(what, remedy="Here settings name registered components only.") from None
    for _, one in texts(found):
        if "/" in one or "\\" in one or "\0" in one or one.startswith("~"):
            _require(root, option, one)


def _read(form: str) -> list[Any]:
    """The values in a text as a policy file reads it; none where it does not read, for then no verb takes it either."""
    try:
        return [parse(form, "a setting").values]
    except PolicyError:
        return []


def _parts(option: str, text: str) -> Iterable[str]:
    """The names in a value: rivals are separated by commas, a column map follows its kind."""
    if option == "vs":
        return [one.strip() for one in text.split(",")]
    return [text.partition(":")[2]] if option == "format" and text.startswith("csv:") else [text]


def _require(root: Path, option: str, text: str) -> None:
    bad = "\0" in text or "\\" in text or "://" in text or text.startswith(("/", "~")) or len(text) > _LONGEST
    if bad or ".." in text.split("/") or ":" in text.split("/")[0]:
        raise UsageError(
            f"{option} {text[:60]!r} is no name inside the workspace", remedy="Name it as it stands there: policy.yaml."
        )
    place = root / text
    if not place.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{option} {text[:60]!r} leads out of the workspace", remedy="Name a file that lies in it.")
