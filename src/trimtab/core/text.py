"""Values that a policy file writes as text, such as `10M` or `200 USD`: text there, a value in Python."""

from __future__ import annotations

from typing import Any


def text_schema(kind: Any, pattern: str) -> Any:
    """Pydantic's schema of a class with `parse(text)` and `str`: a string of that pattern in JSON, a `kind` in Python."""
    from pydantic_core import core_schema as cs

    def read(value: Any) -> Any:
        return value if isinstance(value, kind) else kind.parse(value)

    return cs.json_or_python_schema(
        json_schema=cs.str_schema(pattern=pattern),
        python_schema=cs.no_info_plain_validator_function(read),
        serialization=cs.to_string_ser_schema(),
    )
