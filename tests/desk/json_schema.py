"""Enough of JSON Schema (draft 2020-12) to check policy files where the package jsonschema is not installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES: dict[str, Any] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
_BOUNDS: dict[str, Any] = {
    "minimum": lambda v, b: v >= b,
    "maximum": lambda v, b: v <= b,
    "exclusiveMinimum": lambda v, b: v > b,
    "exclusiveMaximum": lambda v, b: v < b,
}
KNOWN = {
    *("type", "const", "enum", "pattern", "properties", "required", "additionalProperties", "items", "oneOf", "anyOf", "$ref"),
    *(
        "minProperties",
        "format",
        "title",
        "description",
        "default",
        "$schema",
        "$defs",
        "minItems",
        "maxItems",
        "prefixItems",
        *_BOUNDS,
    ),
}


def faults(value: Any, rule: Any, root: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths at which `value` breaks `rule`."""
    if isinstance(rule, bool):
        if not rule:
            yield f"{path}: not allowed"
        return
    assert rule.keys() <= KNOWN, f"this check does not know {rule.keys() - KNOWN}"
    if "$ref" in rule:
        yield from faults(value, root["$defs"][rule["$ref"].removeprefix("#/$defs/")], root, path)
    yield from _plain(value, rule, path)
    for word, good in (("oneOf", lambda n: n == 1), ("anyOf", lambda n: n >= 1)):
        if word in rule and not good(sum(not list(faults(value, one, root, path)) for one in rule[word])):
            yield f"{path}: fits none of {word}"
    if isinstance(value, dict):
        yield from _object(value, rule, root, path)
    if isinstance(value, list):
        first = rule.get("prefixItems", [])
        for k, part in enumerate(value):
            yield from faults(part, first[k] if k < len(first) else rule.get("items", True), root, f"{path}[{k}]")


def _plain(value: Any, rule: Any, path: str) -> Iterator[str]:
    if "type" in rule and not _TYPES[rule["type"]](value):
        yield f"{path}: {value!r} is no {rule['type']}"
    if "const" in rule and value != rule["const"]:
        yield f"{path}: {value!r} is not {rule['const']!r}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{path}: {value!r} is none of {rule['enum']}"
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{path}: {value!r} does not match {rule['pattern']}"
    for word, good in _BOUNDS.items():
        if word in rule and _TYPES["number"](value) and not good(value, rule[word]):
            yield f"{path}: {value!r} breaks {word} {rule[word]}"


def _object(value: Mapping[str, Any], rule: Any, root: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in rule.get("required", []):
        if name not in value:
            yield f"{path}.{name}: missing"
    if len(value) < rule.get("minProperties", 0):
        yield f"{path}: too few"
    for name, part in value.items():
        inner = rule.get("properties", {}).get(name, rule.get("additionalProperties", True))
        yield from faults(part, inner, root, f"{path}.{name}")
