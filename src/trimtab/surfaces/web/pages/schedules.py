"""Schedules and alerts: what the desk does of its own accord, how that went, and what somebody has to look at."""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.notifying import VARIABLE
from trimtab.surfaces.serving.alert_rules import Alert
from trimtab.surfaces.serving.schedule_kinds import KINDS
from trimtab.surfaces.serving.schedule_notices import ESCALATE, kinds
from trimtab.surfaces.serving.schedule_rules import Memory, Run, Schedule
from trimtab.surfaces.serving.schedule_when import EXAMPLES, local, zone_of
from trimtab.surfaces.serving.schedules import Schedules, schedules_of
from trimtab.surfaces.web.page import Asker, Page, Query, Shown, Values
from trimtab.surfaces.web.schedule_deeds import DEEDS as DEEDS
from trimtab.surfaces.web.schedule_deeds import FIELDS, form_of

ZONES = ("America/New_York", "Europe/London", "UTC")


async def schedules(asker: Asker) -> Shown:
    """What is scheduled, what came of it, and the alerts; with `?edit=NAME` the form holds one of them."""
    found, now = schedules_of(asker.station), asker.station.now()
    known = dict.fromkeys(one.name for one, _ in found.memories())
    rows = [_row(one, memory, now) for one, memory in found.memories()]
    bad = [{"name": one.name, "why": one.why} for one in found.kept.all()[1]]
    bad += [{"name": one.name, "why": _why(found, one)} for one in found.kept.all()[0] if one.name not in known]
    values: Values = {
        "schedules": rows,
        "bad": bad,
        "alerts": [_alert(one) for one in found.alerts.open()],
        "runs": _runs(found, asker.query.one("name")),
        "named": asker.query.one("name"),
        "rests": found.rests,
        "at_work": found.at_work,
        "minutes": found.alerts.minutes,
        "told": {VARIABLE: kinds(VARIABLE), ESCALATE: kinds(ESCALATE)},
        "not_told": list(found.alerts.said),
        "form": _form(found, asker.query),
        "choices": _choices(),
    }
    return Shown("schedules.html", values, "schedules")


PAGES = (Page("/schedules", "schedules", "Schedules", schedules, "Keep", kept=False),)


def _row(one: Schedule, memory: Memory, now: np.datetime64) -> dict[str, Any]:
    last, following, zone = memory.last, one.following(memory, now), zone_of(one.zone)
    ahead = bool(memory.after > now)
    return {
        "name": one.name,
        "does": one.kind.title,
        "whose": one.whose,
        "when": one.when,
        "zone": one.zone,
        "state": "running" if memory.running else "on" if one.enabled else "off",
        "next": local(following, zone) if following is not None else "",
        "next_utc": str(following) if following is not None else "",
        "last": local(last.due, zone) if last else "",
        "came": last.turn.value if last else "",
        "exit_code": last.exit_code if last else None,
        "line": last.line if last else "",
        "by": one.by,
        "rests_until": local(memory.after, zone) if ahead else "",
    }


def _runs(found: Schedules, name: str) -> list[dict[str, Any]]:
    """The runs of one schedule, or the latest of all, the latest first."""
    some = [(one, run) for one, memory in found.memories() for run in memory.runs if not name or one.name == name]
    ordered = sorted(some, key=lambda pair: (pair[1].started, pair[1].due), reverse=True)
    return [_run(one, run) for one, run in ordered[: 50 if name else 12]]


def _run(one: Schedule, run: Run) -> dict[str, Any]:
    return {
        "name": one.name,
        "due": "by hand" if run.by_hand else local(run.due, zone_of(one.zone)),
        "due_utc": str(run.due),
        "came": run.turn.value,
        "started": f"{run.started}Z".replace("T", " "),
        "ended": f"{run.ended}Z".replace("T", " ") if run.ended is not None else "",
        "exit_code": run.exit_code,
        "line": run.line,
        "left_out": run.left_out,
        "tries": run.tries,
        "job": f"/jobs/{run.job}" if run.job else "",
    }


def _alert(one: Alert) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.cause.account,
        "what": one.cause.what,
        "exit_code": one.cause.code,
        "opened": f"{one.opened}Z".replace("T", " "),
        "state": f"seen by {one.by}" if one.by else "escalated" if one.level > 1 else "open",
        "by": one.by,
    }


def _why(found: Schedules, one: Schedule) -> str:
    try:
        found.kept.memory(one.name)
    except TrimtabError as error:
        return str(error)
    return ""


def _form(found: Schedules, query: Query) -> dict[str, Any]:
    """What the form holds: what was typed, else a schedule that is to be changed, else what most would want."""
    typed = {name: query.one(name) for name in FIELDS if query.one(name)}
    edited = query.one("edit")
    kept = next((form_of(one) for one in found.kept.all()[0] if one.name == edited), None)
    usual = {"when": EXAMPLES[0], "zone": ZONES[0], "what": "decide", "to": VARIABLE}
    return {**dict.fromkeys(FIELDS, ""), **(kept or usual), **typed, "edit": edited if kept else ""}


def _choices() -> dict[str, Any]:
    return {
        "what": [[what.value, kind.title] for what, kind in KINDS.items()],
        "zones": list(ZONES),
        "examples": list(EXAMPLES),
        "grace": [
            {
                "does": kind.title,
                "right": kind.right.value,
                "hours": int(kind.grace / np.timedelta64(1, "h")),
                "again": f"done once more: {kind.again}" if kind.again else "left for you to look at: it may have been told",
            }
            for kind in KINDS.values()
        ],
    }
