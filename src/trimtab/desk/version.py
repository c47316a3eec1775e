"""Which code made a result: the version, and a hash of the package's own source."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import trimtab


@lru_cache(maxsize=1)
def code_version() -> str:
    """`0.1.0+1a2b3c4d5e6f`: the hash covers every Python file of the package, so that an edited copy shows."""
    root = Path(trimtab.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        sha.update(path.relative_to(root).as_posix().encode())
        sha.update(path.read_bytes())
    return f"{trimtab.__version__}+{sha.hexdigest()[:12]}"
