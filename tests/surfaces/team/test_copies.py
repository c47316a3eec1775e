"""Copies of a book while the desk is served and written to: each verifies, and comes back whole with its users."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

from tests.surfaces.team.test_postgresql import backed_up, trimtab
from tests.surfaces.web.served_desk import Served, demo_desk_built, served_alone, serving
from trimtab.desk.live import PRACTICE

__all__ = ["demo_desk_built", "served_alone"]


def test_copies_taken_under_load_verify_and_come_back(served_alone: Served, tmp_path: Path) -> None:
    stop, written = threading.Event(), list[int]()
    trader = served_alone.api("tom")

    def write() -> None:
        while not stop.is_set():
            body = {"orders": ["DEMO-1"], "release": bool(len(written) % 2), "reason": "the client called"}
            answer = trader.post("/orders/hold", json=body, headers={"idempotency-key": f"k{len(written)}"})
            written.append(answer.status_code)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copies = [tmp_path / f"copy-{k}.db" for k in range(3)]
        for k, copy in enumerate(copies):
            until = time.monotonic() + 60
            while len(written) <= 3 * k and time.monotonic() < until:  # the first write takes seconds, those after it moments
                time.sleep(0.02)
            trimtab(served_alone.folder, "backup", str(copy))
    finally:
        stop.set()
        thread.join(60)
    assert set(written) == {200}
    assert len(written) > 6
    heads = []
    for k, copy in enumerate(copies):
        again = tmp_path / f"again-{k}"
        again.mkdir()
        trimtab(again, "restore", str(copy), "--to", str(again / "book.db"))
        heads.append(json.loads(trimtab(again, "verify", "--book", "book.db", "--json"))["records"])
    assert heads == sorted(set(heads))
    assert ": sound, " in trimtab(served_alone.folder, "verify")


def test_a_desk_comes_back_from_its_copy_and_everybody_signs_in(served_alone: Served, tmp_path: Path) -> None:
    copy = backed_up(served_alone)
    refused = served_alone.api("olga").get(f"/files/backups/{copy.name}.users")
    assert refused.status_code == 404  # hashes of passwords are handed out to nobody
    old = served_alone.tokens["vera"]
    again = tmp_path / "again"
    again.mkdir()
    shutil.copy(served_alone.folder / PRACTICE, again)  # the clock that the demonstration lives by
    trimtab(again, "restore", str(copy), "--to", str(again / "book.db"))
    with serving(again) as desk:
        assert desk.browser("ben").get("/").status_code == 200  # with the password of before
        gone = desk.browser().get("/api/v1/status", headers={"authorization": f"Bearer {old}"})
        assert gone.status_code == 401
        answer = desk.api().get("/orders/list")
        assert answer.status_code == 200, answer.text
        halted = answer.json()["restraints"]
        assert {one["state"] for one in halted} == {"halted"}
