"""The kill switch has a process of its own, and the server's connection to the book outlives whatever it does there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surfaces.demo_desk_fixture import demo_desk, demo_desk_built
from trimtab.surfaces.serving.hand import Hand, HandLost
from trimtab.surfaces.serving.verbs import Refusal, Said, Served, tried
from trimtab.surfaces.serving.world import World

__all__ = ["demo_desk", "demo_desk_built"]


def elsewhere(folder: Path, verb: str, account: str) -> None:
    """The same by another process, which opens the book and leaves it."""
    program = (
        "from trimtab.surfaces.serving.verbs import *; "
        f"tried(Served(), {verb!r}, {{{'account' if verb == 'release' else 'name'!r}: {account!r}, 'reason': 'drill'}}, 'ben')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=folder)


def lost_logs() -> list[str]:
    """Logs of a book that this process holds open and somebody has taken away."""
    names = [str(one.readlink()) for one in list(Path("/proc/self/fd").iterdir()) if one.is_symlink()]
    return [name for name in names if "book.db" in name and "deleted" in name]


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="open files are read from /proc")  # noqa: PTH110
@pytest.mark.parametrize("apart", [True, False], ids=["in its own process", "control: in the server's"])
def test_the_server_goes_on_seeing_what_others_write(demo_desk: Path, monkeypatch: pytest.MonkeyPatch, apart: bool) -> None:
    """Regression: a kill in a thread of the server dropped the locks of its connection, and the log went away."""
    monkeypatch.chdir(demo_desk)
    world, hand = World(demo_desk, str(demo_desk / "book.db")), Hand(Served())
    try:
        before = world.state(wide=False)[0]
        kill = hand.do if apart else lambda *words: tried(Served(), *words)
        assert isinstance(kill("kill", {"name": "DEMO-2", "reason": "drill"}, "ben"), Said)
        elsewhere(demo_desk, "kill", "DEMO-3")
        elsewhere(demo_desk, "release", "DEMO-3")
        after = world.state(wide=False)[0]
        assert (not lost_logs() and after > before + 2) is apart
    finally:
        world.close()
        hand.close()


def test_stop_release_and_stop_again(demo_desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo_desk)
    hand = Hand(Served())
    for _ in range(3):
        assert isinstance(hand.do("kill", {"name": "DEMO-2", "reason": "drill"}, "ben"), Said)
        elsewhere(demo_desk, "release", "DEMO-2")
    hand.note("access", {"what": "user-made", "user": "carl"}, "anna")
    refused = hand.do("kill", {"name": "NOWHERE"}, "ben")
    assert isinstance(refused, Refusal)
    assert "NOWHERE" in refused.line
    hand.close()


def test_a_process_that_dies_is_told_and_replaced(demo_desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo_desk)
    hand = Hand(Served(), (sys.executable, "-c", "import sys; sys.stdin.readline(); sys.stdin.readline()"))
    with pytest.raises(HandLost, match="died over it"):
        hand.do("kill", {"name": ""}, "ben")
    with pytest.raises(HandLost):
        hand.do("kill", {"name": ""}, "ben")  # begun anew, and dead again
    hand.close()
