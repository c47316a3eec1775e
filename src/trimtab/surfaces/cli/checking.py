"""`data check`: are the files what was written, and what is wrong with the data: what, where, how sure, what happens to it."""

from __future__ import annotations

import getpass
import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.data.history import Issue
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.listing import as_dicts, listed
from trimtab.data.quality.settings import DETECTORS
from trimtab.data.store.intake import check_again, set_aside
from trimtab.data.store.verify import faults
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.market import opened
from trimtab.surfaces.cli.options import counted, hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def check(options: Namespace) -> int:
    """Verify the files, inspect every series beside its peers, write down verdicts, and print the list. Exit 4 or 0."""
    store, now = opened(options), SystemClock().now()
    damaged = faults(store.root, store.manifest())
    if damaged:
        return _damaged(options, damaged)
    for row in (*_tunings(options), *_waivers(options)):
        store.as_of().load([row["series"]])  # an unknown one is refused here
        set_aside(store, row, now=now)
    findings = check_again(store, now=now).findings
    said = [Issue(*_plain(i)) for h in store.as_of().table("series") for i in json.loads(h["issues"])]
    grave = [f for f in findings if f.outcome in (Outcome.REFUSE, Outcome.QUARANTINE) and not f.waived]
    if options.json:
        print_json("data check", {"store": str(store.root), "damaged": [], "issues": as_dicts(findings, said)})
        return 4 if grave else 0
    parts = store.manifest().parts
    say(f" {store.root}: {len(parts)} files verified, {len(store.as_of().names())} series inspected")
    for line in listed(findings, said):
        for text in wrapped(f"{line.where}: {line.what} ({line.sure}). {line.action}"):
            say(text)
    say(_verdict(findings))
    hint(' a false alarm: trimtab data check --waive SERIES:DETECTOR --reason "..."', options)
    hint(f" detectors: {', '.join(detector.name for detector in DETECTORS)}", options)
    return 4 if grave else 0


def _plain(cells: Sequence[str]) -> tuple[str, str, str]:
    what, where, action = cells
    return what, where, action


def _verdict(findings: Sequence[Finding]) -> str:
    """How much was refused, set aside, repaired or flagged."""
    words = []
    for outcome in Outcome:
        own = [f for f in findings if f.outcome is outcome and not f.waived]
        if own and outcome is not Outcome.NOTE:
            cells = sum(finding.count for finding in own)
            words.append(f"{counted(cells, 'value')} {outcome.value}")
    return f" {'; '.join(words) or 'no value was refused, set aside, repaired or flagged'}"


def _damaged(options: Namespace, damaged: Mapping[str, str]) -> int:
    if options.json:
        rows = [{"file": name, "what": what} for name, what in damaged.items()]
        print_json("data check", {"store": options.store, "damaged": rows, "issues": []})
        return 4
    for name, what in damaged.items():
        say(f" DAMAGED {name}: {what}")
    say(" Restore the store from a backup. Nothing was changed.")
    return 4


def _waivers(options: Namespace) -> list[dict[str, Any]]:
    pairs = [_parts(text, 2) for text in options.waive]
    return [_row(options, series, detector, "") for series, detector in pairs]


def _tunings(options: Namespace) -> list[dict[str, Any]]:
    rows = []
    for text in options.tune:
        series, detector, threshold = _parts(text, 3)
        name, _, value = threshold.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise UsageError(f"--tune {text}: {value!r} is no number", remedy="Write SERIES:DETECTOR:threshold=12.") from None
        rows.append(_row(options, series, detector, json.dumps({name: number})))
    return rows


def _parts(text: str, count: int) -> list[str]:
    parts = text.split(":")
    if len(parts) != count or not all(parts):
        form = "SERIES:DETECTOR" if count == 2 else "SERIES:DETECTOR:threshold=12"
        raise UsageError(f"{text!r} is not of the form {form}", remedy="See which there are: trimtab data check --json.")
    return parts


def _row(options: Namespace, series: str, detector: str, setting: str) -> dict[str, Any]:
    if not options.reason.strip():
        raise UsageError("a waiver or tuning needs a reason", remedy='Add --reason "why": it will be read later.')
    words = {"reason": options.reason, "decided_by": options.by or getpass.getuser()}
    return {"series": series, "detector": detector, "setting": setting, **words, "recorded": np.datetime64("NaT", "s")}
