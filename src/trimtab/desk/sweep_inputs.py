"""What a sweep depends on besides policy, grid, data and Trimtab: code of others, and files that values of the grid name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from trimtab.desk.registry import BUILT_IN, importable
from trimtab.desk.tax_reading import SHIPPED, shipped_text
from trimtab.desk.variants import Variants
from trimtab.desk.version import source_version
from trimtab.desk.yaml12 import parse

_CLASS = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_][\w.]*")
_LONG = 1000  # letters of a text that names no file


def inputs(variants: Variants) -> dict[str, Any]:
    """`own_code` by module and `files` by name, as SHA-256 of their bytes; without a key where there is none of it.

    Raises UsageError where code was edited after it had been loaded.
    """
    folder, axes = Path(variants.folder), variants.grid.axes
    written = [parse(variants.text, "policy").values, *({axis.path[-1]: value} for axis in axes for value in axis.values)]
    files = _files([value for axis in axes for value in axis.values], folder)
    if any(axis.path[0] == "tax" for axis in axes):  # the table of the policy itself is part of its data
        files |= {name: hashlib.sha256(shipped_text(name).encode()).hexdigest() for name in SHIPPED.values()}
    found = {"own_code": own_code(written, folder), "files": files}
    return {name: part for name, part in found.items() if part}


def own_code(written: Any, folder: Path) -> dict[str, str]:
    """The source of each module outside Trimtab that plain values of a policy in `folder` name, as SHA-256.

    Raises as `version.source_version` does.
    """
    with importable(folder):
        found = {name: source_version(name) for name in sorted(set(_modules(written)))}
    return {name: digest for name, digest in found.items() if digest}


def _modules(written: Any) -> Iterator[str]:
    texts, names = set(_texts(written)), set(_used(written)) - {name for role in BUILT_IN.values() for name in role}
    unknown = {name for name in names if ":" not in name}
    points = [point for role in BUILT_IN for point in entry_points(group=f"trimtab.{role}")] if unknown else []
    texts |= {point.value for point in points if point.name in unknown}
    for match in map(_CLASS.fullmatch, texts):
        if match and match[1].partition(".")[0] != "trimtab":
            yield match[1]


def _files(values: Any, folder: Path) -> dict[str, str]:
    """The files beside a policy that values name."""
    found = {}
    for text in sorted({text for text in _texts(values) if text and len(text) < _LONG and text.isprintable()}):
        place = folder / text
        if place.is_file():
            found[text] = hashlib.sha256(place.read_bytes()).hexdigest()
    return found


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(value, str):
        yield value
    for part in _parts(value):
        yield from _texts(part)


def _used(value: Any) -> Iterator[str]:
    """Every name of a component in plain values."""
    if isinstance(value, Mapping) and isinstance(value.get("use"), str):
        yield value["use"]
    for part in _parts(value):
        yield from _used(part)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
