"""The demonstration desk, filled once a session of the tests, and copied for each test that wants one.

To use it, import both names into a test file: `demo_desk_built` is the whole, to be read alone, `demo_desk` a copy to work in.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import filelock
import pytest

from trimtab.surfaces.demo_desk import fill, settled


@pytest.fixture(scope="session")
def demo_desk_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled desk that all workers of a session share. Nobody writes into it: several tests read it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with filelock.FileLock(shared / "demo-desk.lock"):  # the second of two workers waits, and finds it finished
        return fill(shared / "demo-desk").folder


@pytest.fixture
def demo_desk(demo_desk_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk of one's own. No variable of the environment names another book."""
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    shutil.copytree(demo_desk_built, tmp_path / "demo-desk")
    return settled(tmp_path / "demo-desk").folder
