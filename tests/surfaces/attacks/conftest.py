"""What the attacks share: one desk for the session, and the small application with holes, each made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surfaces.attacks.attacked import CANARY, PLANTED, SECRETS, Heard, listener
from tests.surfaces.attacks.holed import Holed, holed_server
from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, serving

__all__ = ["demo_desk_built"]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A listener for one test."""
    with listener() as found:
        yield found


@pytest.fixture(scope="session")
def attacked(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk with canaries beside it: files outside of the workspace, a link that leads to them, and a module."""
    around = tmp_path_factory.mktemp("attacked")
    folder = copied(demo_desk_built, around / "desk")
    outside = around / "outside"
    outside.mkdir()
    for ending in ("yaml", "json", "csv", "txt", "html"):
        (outside / f"canary.{ending}").write_text(f"{CANARY}: {CANARY}\n")
    (folder / "leads_out").symlink_to(outside)
    (outside / f"{PLANTED}.py").write_text(f"open({str(outside / 'imported')!r}, 'w').close()\n")
    paths = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH", ""), str(outside))))
    with serving(folder, extra={**SECRETS, "PYTHONPATH": paths}) as found:
        yield found


@pytest.fixture(scope="session")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holed]:
    """The small application."""
    around = tmp_path_factory.mktemp("holed")
    (around / "desk").mkdir()
    (around / "desk" / "inside.txt").write_text("inside")
    (around / "outside").mkdir()
    (around / "outside" / "canary.txt").write_text(CANARY)
    (around / "desk" / "leads_out").symlink_to(around / "outside")
    with holed_server(around / "desk") as found:
        yield found
