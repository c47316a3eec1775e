"""Alerts at the edge: told to a real service on loopback, once a level, the second time higher up; kept over restarts."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.serving.scheduled_desk import QUIET, Rig
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.core.errors import UsageError
from trimtab.surfaces.serving.alerts import KEY, causes_of_status
from trimtab.surfaces.serving.schedule_kinds import What
from trimtab.surfaces.serving.schedule_notices import kinds
from trimtab.surfaces.serving.verbs import Refusal, Said

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise, before Python 3.13
HALTED = {"account": "A07", "what": "halted: custodian migrates", "command": "", "exit_code": 6}
CREEP = {"account": "A07", "what": "A07: trading cost more than 1.5 times what was assumed", "command": "", "exit_code": 0}
CALM = {"account": "A07", "what": "a review on 2026-03-31: trimtab review --quarter", "command": "", "exit_code": 0}


def status(*items: dict[str, Any]) -> Said:
    code = max((one["exit_code"] for one in items), default=0)
    return Said(json.dumps({"items": list(items), "act": bool(code)}), code)


class Post(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body["title"], body["message"]))  # type: ignore[attr-defined]  # ours
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str, str]]]:
    made: Any = HTTPServer(("127.0.0.1", 0), Post)
    made.posted = []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.setenv("TRIMTAB_NOTIFY", f"json://127.0.0.1:{made.server_port}/first")
    monkeypatch.setenv("TRIMTAB_NOTIFY_ESCALATE", f"json://127.0.0.1:{made.server_port}/second")
    yield made.posted
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def look(rig: Rig, times: int = 1, minutes: int = 0) -> None:
    async def looks() -> None:
        for _ in range(times):
            rig.clock.on(minutes=minutes)
            await rig.looked()

    asyncio.run(looks())


def test_told_once_escalated_once_and_kept_over_a_restart(rig: Rig, posted: list[tuple[str, str, str]]) -> None:
    rig.desk.status = status(HALTED, CALM)
    look(rig, 3, 10)
    assert posted == [("/first", "Trimtab: 1 alert", "A07: halted: custodian migrates\n[exit 6]")]
    reborn = rig.again()  # the clock has stood at 10, 20 and 30 minutes; opened at 10
    look(reborn, 3, 10)
    assert len(posted) == 1
    look(reborn, 3, 10)
    late = "Trimtab: 1 alert not acknowledged for 60 minutes"
    assert sorted((path, title) for path, title, _ in posted[1:]) == [("/first", late), ("/second", late)]
    look(reborn, 20, 10)
    assert len(posted) == 3
    assert [one.level for one in reborn.schedules.alerts.open()] == [2]
    reborn.close()


def test_what_is_acknowledged_is_not_escalated_and_comes_back_as_a_new_one(
    rig: Rig, posted: list[tuple[str, str, str]]
) -> None:
    alerts = rig.schedules.alerts
    rig.desk.status = status(HALTED)
    look(rig)
    asyncio.run(alerts.acknowledge(alerts.open()[0].id, "ben", rig.clock.now()))
    look(rig, 12, 10)
    assert [(one.by, one.level) for one in alerts.open()] == [("ben", 1)]
    assert len(posted) == 1
    rig.desk.status = QUIET
    look(rig, 1, 10)
    assert alerts.open() == []
    rig.desk.status = status(HALTED)
    look(rig, 1, 10)
    assert [one.by for one in alerts.open()] == [""]
    assert len(posted) == 2
    with pytest.raises(UsageError, match="not open any more"):
        asyncio.run(alerts.acknowledge("nothing-1", "ben", rig.clock.now()))


def test_many_at_once_are_one_notice_that_counts_them(rig: Rig, posted: list[tuple[str, str, str]]) -> None:
    rig.desk.status = status(*({**HALTED, "account": f"A{k}"} for k in range(10, 48)))
    look(rig)
    ((_, title, body),) = posted
    assert title == "Trimtab: 38 alerts"
    assert "and 36 more" in body


def test_a_desk_that_cannot_be_read_is_an_alert_and_closes_no_other(rig: Rig, posted: list[tuple[str, str, str]]) -> None:
    rig.desk.status = status(HALTED)
    look(rig)
    rig.desk.status = Refusal("TT-BOK-001", "the book is damaged", "book.db", "", 4)
    look(rig, 2, 6)
    assert [one.cause.what for one in rig.schedules.alerts.open()] == [
        "halted: custodian migrates",
        "the desk cannot be read: the book is damaged",
    ]
    rig.desk.status = status(HALTED)
    look(rig, 1, 6)
    assert len(rig.schedules.alerts.open()) == 1
    assert len(posted) == 2


def test_a_service_that_fails_is_said_without_its_token(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_NOTIFY", "nonsense://canary-token")
    rig.desk.status = status(HALTED)
    look(rig)
    assert rig.schedules.alerts.said == (
        "no notification left for nonsense://***: check the address, and that the service answers",
    )
    assert kinds("TRIMTAB_NOTIFY") == ["nonsense://***"]
    look(rig, 5, 6)
    assert len(rig.schedules.alerts.open()) == 1


def test_halted_accounts_and_costs_that_creep_are_causes_and_what_waits_is_not() -> None:
    found = causes_of_status(json.loads(status(HALTED, CREEP, CALM, {**CALM, "exit_code": 5}).text))
    assert [one.what.split(":")[0] for one in found] == ["halted", "A07"]


def test_notices_of_the_status_go_to_the_variable_of_the_schedule(
    rig: Rig, posted: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = posted  # the default addresses hear of it too
    monkeypatch.setenv("TRIMTAB_NOTIFY_BOARD", f"{_base()}/board")
    rig.put("status", What.STATUS, to="TRIMTAB_NOTIFY_BOARD")
    rig.put("reviews", What.REVIEW)
    rig.desk.status = status(HALTED, CALM)
    for name in ("status", "reviews"):
        asyncio.run(_by_hand(rig, name))
    titles = [(path, title) for path, title, _ in first if "alert" not in title]
    assert sorted(titles) == [
        ("/board", "Trimtab: YES, act today"),
        ("/first", "Trimtab: 1 review due"),
        ("/first", "Trimtab: YES, act today"),
    ]
    assert rig.runs("reviews") == [("done", 0, "told: Trimtab: 1 review due")]
    monkeypatch.delenv("TRIMTAB_NOTIFY")
    rig.clock.on(minutes=1)
    asyncio.run(_by_hand(rig, "reviews"))
    assert rig.runs("reviews")[-1][:2] == ("failed", 1)


def _base() -> str:
    import os

    return os.environ["TRIMTAB_NOTIFY"].removesuffix("/first")


async def _by_hand(rig: Rig, name: str) -> None:
    rig.schedules.run_now(name)
    await rig.schedules.ended()


def test_alerts_that_do_not_read_are_told_anew_under_a_name_that_nobody_acknowledged(rig: Rig) -> None:
    alerts = rig.schedules.alerts
    rig.desk.status = status(HALTED)
    look(rig)
    asyncio.run(alerts.acknowledge(alerts.open()[0].id, "ben", rig.clock.now()))
    with closing(AccessStore.open(rig.folder / FILE)) as store:
        store.put_setting(KEY, {"open": 7})
    look(rig, 1, 6)
    assert [(one.by, one.number) for one in alerts.open()] == [("", 2)]


@pytest.mark.parametrize("minutes", [4, 1441, -1])
def test_patience_has_bounds(rig: Rig, minutes: int) -> None:
    with pytest.raises(UsageError, match="cannot be"):
        rig.schedules.alerts.be_patient(minutes)
    rig.schedules.alerts.be_patient(30)
    assert rig.schedules.alerts.minutes == 30
