"""Research: what was tried and what that leaves of the best, what is under way, every run, and forms that begin another."""

from __future__ import annotations

from typing import Any

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.api.job_routes import job_document
from trimtab.surfaces.serving.job_record import Job
from trimtab.surfaces.web.job_words import job_title, progress_words
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.researching import offered, policy_choices
from trimtab.surfaces.web.reads.runs import run_table
from trimtab.surfaces.web.reads.sweeps import sweep_table

VERBS = frozenset({"backtest", "sweep", "validate", "report", "expect", "economics", "capacity", "check-signal"})
FILLED = {"vs": "saa", "as_of": "", "workers": "1", "seed": "1"}  # fields of the forms, and what stands in them at first
ENDED, TRIALS = 5, 100  # jobs that are over, and lines of trials, that are shown


async def research(asker: Asker) -> Shown:
    """Trials, jobs, runs, sweeps and forms; `policy` in the address is the one that the forms are filled in with."""
    trials = await asker.maybe("trials list", limit=TRIALS)
    runs, sweeps = await asker.call(run_table), await asker.call(sweep_table)
    values: Values = {"runs": runs, "sweeps": sweeps, "trials": trials, "jobs": _jobs(asker)}
    if asker.may("research"):
        values |= await _forms(asker) | {"filled": _filled(asker)}
    best = trials.get("best") or {}
    return Shown("research.html", values | {"honest": best.get("words") or trials.get("refused") or ""}, "runs")


async def _forms(asker: Asker) -> Values:
    """The policies that can be run, the one that is meant, and the numbers of it that can be varied."""
    choices = await asker.call(policy_choices)
    known = [one["policy"] for one in choices]
    asked = asker.query.one("policy", known[0] if known else "")
    if asked not in known:
        error = f"{asked[:80]} is no policy of this workspace, and no sample." if asked else ""
        return {"policies": choices, "policy": asked, "error": error, "offered": {"keys": []}}
    return {"policies": choices, "policy": asked, "error": "", "offered": await asker.call(offered, asked)}


def _filled(asker: Asker) -> Values:
    """What the address fills the forms with: work that was refused or ended is begun again from here."""
    asked = {name: asker.query.one(name, default) for name, default in FILLED.items()}
    return asked | {"grid": asker.query.many("grid")}


def _jobs(asker: Asker) -> Values:
    """Research that waits or runs, and what ended lately."""
    known = [one for one in asker.station.jobs.list() if one.verb in VERBS]
    going = [_job(asker, one) for one in reversed(known) if not one.state.over]
    return {"going": going, "ended": [_job(asker, one) for one in known if one.state.over][:ENDED]}


def _job(asker: Asker, job: Job) -> dict[str, Any]:
    """A job as a row: what it is, how it stands, and whether the visitor may end it."""
    told = job_document(job)
    mine = job.by == asker.visitor.name or Right.ADMINISTER in asker.visitor.rights
    row = {key: told[key] for key in ("id", "verb", "by", "state", "progress", "made", "ended")}
    return {
        **row,
        "title": job_title(job.verb, job.values),
        "line": job.line,
        "mine": mine,
        "href": f"/jobs/{job.id}",
        "how_far": progress_words(job.by, told["progress"]),
    }


PAGES = (Page("/research", "research", "Research", research, "Research", kept=False),)
