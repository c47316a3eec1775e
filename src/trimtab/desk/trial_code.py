"""The code of one's own that a policy runs: edited, it makes another trial of the same policy.

Code of one's own is what a policy names outside Trimtab (`use: module:Class`, and what others install), by its source
(`sweep_inputs.own_code`). A variant of a sweep runs what its own values name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.desk.canonical import with_code
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.policy import Policy
from trimtab.desk.sweep_inputs import own_code
from trimtab.desk.variants import Variants
from trimtab.desk.yaml12 import parse


def code_of(policy: Policy) -> dict[str, str]:
    """SHA-256 of the source of each module outside Trimtab that a policy names; empty where it names none.

    Raises UsageError where one was edited after it had been loaded.
    """
    return own_code(json.loads(policy.text), Path(policy.identity.folder))


@dataclass(frozen=True, slots=True)
class VariantCode:
    """The code that variants of a policy run, `text` as it is written in `folder`: looked up once for all that share it."""

    text: str
    folder: str
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, policy: Policy) -> VariantCode:
        """That of the variants of a policy."""
        return cls(policy.identity.source, policy.identity.folder)

    def trial(self, sha256: str, point: Mapping[str, Any]) -> str:
        """What counts as a trial of the variant with this hash, and these values by key (`Grid.point`).

        Its hash where it runs no code of one's own. Raises as `code_of`.
        """
        naming = {name: value for name, value in point.items() if _may_name(value)}
        key = json.dumps(naming, sort_keys=True)
        if key not in self._known:
            self._known[key] = own_code(self._form(naming), Path(self.folder))
        return with_code(sha256, self._known[key])

    def _form(self, point: Mapping[str, Any]) -> Any:
        """The policy with these values, in plain values; where it cannot be read with them, both beside each other."""
        axes = tuple(Axis(_path(name), (value,)) for name, value in point.items())
        try:
            return Variants(self.text, Grid(axes), self.folder).policy(0).identity.canonical
        except TrimtabError:
            return [parse(self.text, "policy").values, point]


def _may_name(value: Any) -> bool:
    """Whether a value may name a component: no number does, and no text that begins with one, such as 10M."""
    if isinstance(value, str):
        return not value[:1].isdigit()
    if isinstance(value, Mapping | list | tuple):
        parts: Iterable[Any] = value.values() if isinstance(value, Mapping) else value
        return any(map(_may_name, parts))
    return False


def _path(name: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))
