"""Files that are the old or the new one, whatever happens: written beside their place and renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    """Write a file beside its place and rename it there, so that readers see the old or the new one."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """The same for bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # a workspace may be shared; mkstemp keeps files to oneself
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too: no half file stays behind
        Path(name).unlink(missing_ok=True)
        raise


def json_text(value: Mapping[str, Any], indent: int | None = None) -> str:
    """The value as JSON, keys in order. Raises ValueError for a number that JSON does not know."""
    return json.dumps(value, indent=indent, sort_keys=True, allow_nan=False, ensure_ascii=False)
