"""The page Schedules: what is scheduled, by whom it may be changed, and that nothing of it approves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.surfaces.serving.alerts import KEY

__all__ = ["demo_desk_built", "served"]
EVENING = {"name": "evening", "what": "decide", "when": "weekdays at 18:45", "zone": "America/New_York"}
HOSTILE = "<img src=x onerror=alert(1)>"
ALERT = {
    "number": 7,
    "cause": ["status", "A07", f"halted: {HOSTILE}", 6],
    "opened": "2026-03-02T12:00:00",
    "since": "2026-03-02T13:00:00",
    "level": 2,
    "by": "",
}


def sent(served: Served, person: str, path: str, **fields: str) -> httpx.Response:
    """A form, by somebody's session."""
    client = served.browser(person)
    return client.post(path, data={**fields, "csrf": served.csrf(client, "/schedules")}, follow_redirects=True)


def shown(served: Served, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = served.browser("vera").get("/schedules", params={"format": "json", **query}).json()
    return found


@pytest.fixture
def evening(served: Served) -> Iterator[dict[str, str]]:
    """A schedule of the evening, made by somebody with all roles and removed again."""
    assert "evening is saved" in sent(served, "one", "/schedules/save", **EVENING).text
    yield EVENING
    sent(served, "one", "/schedules/turn", name="evening", to="remove")
    assert shown(served)["schedules"] == []


def test_a_schedule_is_shown_and_rests_on_a_practice_desk(served: Served, evening: dict[str, str]) -> None:
    text = served.browser("vera").get("/schedules").text
    assert "Schedules rest on this practice desk" in text
    assert "weekdays at 18:45" in text
    assert "/schedules/turn" not in text  # a viewer has no forms
    assert "New schedule" not in text
    (row,) = shown(served)["schedules"]
    assert (row["name"], row["whose"], row["by"], row["state"]) == ("evening", "all accounts", "one", "on")
    csv = served.browser("vera").get("/schedules", params={"format": "csv"}).text
    assert csv.splitlines()[1].startswith("evening,")
    edited = served.browser("one").get("/schedules", params={"edit": "evening"}).text
    assert "Change evening" in edited


def test_run_by_hand_it_proposes_by_its_own_name_and_approves_nothing(served: Served, evening: dict[str, str]) -> None:
    api = served.api("one")
    before = api.get("/orders/list", params={"status": "planned"}).json()
    sent(served, "one", "/schedules/turn", name="evening", to="now")
    for _ in range(200):
        runs = shown(served, name="evening")["runs"]
        if runs and runs[0]["came"] != "running":
            break
        time.sleep(0.05)
    assert (runs[0]["came"], runs[0]["exit_code"], runs[0]["due"]) == ("done", 5, "by hand")
    assert api.get("/orders/list", params={"status": "planned"}).json() == before
    records = api.get("/journal/show", params={"last": 20}).text
    assert "schedule-saved" in records


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"when": "sometime"}, "says no time that is known"),
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"name": "Bad Name"}, "is no name of a schedule"),
        ({"what": "orders approve"}, "what is to be done is not chosen"),
        ({"account": "A", "household": "B"}, "are both named"),
        ({"to": "PATH"}, "addresses stand in the environment"),
        ({"what": "report", "subject": "../../etc/passwd"}, "is no name inside the workspace"),
    ],
    ids=str,
)
def test_what_is_refused_comes_back_filled_in(served: Served, change: dict[str, str], line: str) -> None:
    answer = sent(served, "one", "/schedules/save", **{**EVENING, "title": HOSTILE, **change})
    assert line in answer.text
    assert 'value="&lt;img src=x onerror=alert(1)&gt;"' in answer.text
    assert HOSTILE not in answer.text
    assert shown(served)["schedules"] == []


@pytest.mark.parametrize(
    ("person", "fields", "made"),
    [
        ("vera", EVENING, False),
        ("tom", EVENING, False),  # may trade, and not administer
        ("ben", EVENING, False),
        ("olga", EVENING, False),  # may administer, and could not decide by hand
        ("olga", {**EVENING, "what": "backup"}, True),
    ],
)
def test_it_takes_the_right_to_administer_and_the_right_to_do_it_by_hand(
    served: Served, person: str, fields: dict[str, str], made: bool
) -> None:
    sent(served, person, "/schedules/save", **fields)
    assert bool(shown(served)["schedules"]) is made
    if made:
        assert sent(served, "tom", "/schedules/turn", name="evening", to="remove").status_code == 403
        sent(served, person, "/schedules/turn", name="evening", to="remove")


def test_a_forged_form_does_nothing(served: Served) -> None:
    client = served.browser("one")
    for path in ("save", "turn", "acknowledge", "patience"):
        assert client.post(f"/schedules/{path}", data={**EVENING, "csrf": "guess", "minutes": "9"}).status_code == 403
    assert shown(served)["schedules"] == []
    assert shown(served)["minutes"] == 60


def test_turned_off_and_on_again_by_whoever_answers_then(served: Served, evening: dict[str, str]) -> None:
    sent(served, "olga", "/schedules/turn", name="evening", to="off")
    assert [one["state"] for one in shown(served)["schedules"]] == ["off"]
    assert sent(served, "olga", "/schedules/turn", name="evening", to="on").status_code == 403
    assert "there is a schedule evening already" in sent(served, "one", "/schedules/save", **EVENING).text
    changed = {**EVENING, "when": "daily at 07:00", "edit": "evening"}
    assert "evening is saved" in sent(served, "one", "/schedules/save", **changed).text
    assert [(one["state"], one["when"]) for one in shown(served)["schedules"]] == [("off", "daily at 07:00")]


def test_an_alert_is_acknowledged_by_whoever_may_act_and_not_by_a_reader(served: Served) -> None:
    with closing(AccessStore.open(served.folder / FILE)) as store:
        store.put_setting(KEY, {"next": 8, "open": [ALERT]})
        text = served.browser("vera").get("/schedules").text
        assert "1 alert was escalated" in text
        assert HOSTILE not in text
        assert "onerror=alert(1)&gt;" in text
        (found,) = shown(served)["alerts"]
        assert sent(served, "vera", "/schedules/acknowledge", id=found["id"]).status_code == 403
        assert "Acknowledged" in sent(served, "tom", "/schedules/acknowledge", id=found["id"]).text
        assert [one["state"] for one in shown(served)["alerts"]] == ["seen by tom"]
        assert "not open any more" in sent(served, "tom", "/schedules/acknowledge", id="guess-1").text
        store.put_setting(KEY, {"next": 8, "open": []})


def test_patience_is_kept_within_bounds(served: Served) -> None:
    assert "cannot be" in sent(served, "olga", "/schedules/patience", minutes="3").text
    assert "escalated after 30 minutes" in sent(served, "olga", "/schedules/patience", minutes="30").text
    assert re.search(r"After 30 minutes", served.browser("vera").get("/schedules").text)
    sent(served, "olga", "/schedules/patience", minutes="60")
