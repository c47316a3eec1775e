"""A parameter that is itself a component: `{use: ensemble, of: {use: trend, window: 10M}}`.

Annotate the field with the role that the component plays; `desk/config.py` builds it from its own `use:`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

LATER = "later"  # in a field's metadata: it came after policies had been committed to
ROLE = "x-role"  # in a JSON Schema: any component of this role


@dataclass(frozen=True, slots=True)
class Slot:
    """Marks a field, or each entry of a tuple or mapping, as a component of `role`: `Annotated[Signal, Slot("signals")]`."""

    role: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Whatever is there: the component has been checked when it was built."""
        from pydantic_core import core_schema as cs

        return cs.any_schema()

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """The role, in whose place `desk/schema.py` puts its components."""
        return {ROLE: self.role}


def later(default: Any) -> Any:
    """A parameter that a component did not have from the first: at its default a policy's canonical form leaves it out.

    So hashes that people were held to before it came still stand.
    """
    return field(default=default, metadata={LATER: True})


def slots_of(kind: Any) -> Mapping[str, str]:
    """The fields of a dataclass that hold components, or tuples or mappings of them, and their roles."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for part in (hint, *get_args(hint)):
            for mark in getattr(part, "__metadata__", ()):
                if isinstance(mark, Slot):
                    found[name] = mark.role
    return found
