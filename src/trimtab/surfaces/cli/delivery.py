"""What every run ends in: a counted trial, a saved run, a report, and one screen or one JSON document."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from trimtab.desk.result import Result
from trimtab.desk.workspace import Workspace, meta_of
from trimtab.surfaces.cli.options import print_json, say
from trimtab.surfaces.cli.screen import screen
from trimtab.surfaces.report.page import write_report


def deliver(result: Result, rivals: tuple[Result, ...], folder: Workspace, options: Namespace, report: str) -> tuple[str, Path]:
    """Count, save, report and print a run. Returns its hash and the report: in the run's folder, or the file `report`."""
    result = folder.trial(result)
    name = folder.save(result)
    page = write_report(result, Path(report or folder.path(name) / "report.html"), rivals=rivals)
    if options.json:
        print_json(options.run.rpartition(":")[2], meta_of(result, name) | {"report": str(page)})
        return name, page
    for line in screen(result, rivals):
        say(line)
    say()
    return name, page
