"""What journals hash: one text for one content, and SHA-256 over the hash before and every part, length-prefixed.

The journal in memory and the stored one are chained by the same function, so that there is one rule to trust.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from trimtab.core.errors import DataError


def chained(previous: str, parts: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, over the hash before (empty for the first) and each part with its length before it."""
    sha = hashlib.sha256(previous.encode())
    for part in parts:
        data = part.encode()
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def canonical(body: Any) -> str:
    """A text that differs where any number in the body differs. For bodies in memory; it cannot be read back."""
    body = getattr(body, "record", body)  # values that know what of them is worth keeping
    if isinstance(body, np.ndarray):
        return f"{body.dtype}{body.shape}{np.ascontiguousarray(body).tobytes().hex()}"
    if is_dataclass(body) and not isinstance(body, type):
        parts = [f"{part.name}={canonical(getattr(body, part.name))}" for part in fields(body)]
        return f"{type(body).__name__}({','.join(parts)})"
    if isinstance(body, tuple | list):
        return f"{type(body).__name__}({','.join(map(canonical, body))})"
    return repr(body)


def json_of(body: Any) -> str:
    """The canonical JSON of a body: sorted keys, no blanks, ASCII, so that reading and writing it gives the same text.

    Raises DataError for what JSON cannot hold: NaN, infinity, objects.
    """
    try:
        return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        remedy = "Use text, whole numbers, finite numbers, lists and mappings; money as text."
        raise DataError(f"a record of the journal cannot be written: {error}", remedy=remedy) from error
