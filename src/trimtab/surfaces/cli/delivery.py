"""What every run ends in: a counted trial, a saved run, a report, and one screen or one JSON document."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from trimtab.desk.result import Result
from trimtab.desk.validation import kept
from trimtab.desk.workspace import Workspace, meta_of
from trimtab.surfaces.cli.options import print_json, say
from trimtab.surfaces.cli.screen import screen
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.study import study


def deliver(result: Result, rivals: tuple[Result, ...], folder: Workspace, options: Namespace, report: str) -> tuple[str, Path]:
    """Count, save, report and print a run beside its rivals. Returns its hash and the report: in its folder, or `report`."""
    result = folder.trial(result, beside=rivals)
    name = folder.save(result)
    found = kept(folder.path(name))
    shown = result if found is None else replace(study(result, rivals), validation=found)
    page = write_report(shown, Path(report or folder.path(name) / "report.html"), rivals=rivals)
    if options.json:
        print_json(options.run.rpartition(":")[2], meta_of(result, name) | {"report": str(page)})
        return name, page
    for line in screen(result, rivals):
        say(line)
    say()
    return name, page
