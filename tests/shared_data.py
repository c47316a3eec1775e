"""Where the shared real data lie, and the skip that says so where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """A file or folder of the shared data; the test is skipped where the folder is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not here ({SHARED.parent.name}/{SHARED.name} beside the repository)")
    return SHARED / name
