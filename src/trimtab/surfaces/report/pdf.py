"""A page printed as PDF by an installed Chromium, Chrome or Edge: the same page, its print style, nothing fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from trimtab.core.errors import UsageError

VARIABLE = "TRIMTAB_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
SECONDS = 90
QUIET = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def browser() -> str:
    """The program that prints: what TRIMTAB_CHROMIUM names, else the first that is installed. Raises UsageError for none."""
    named = os.environ.get(VARIABLE, "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(f"{VARIABLE} names {named}, which is no program", remedy="Name an installed Chromium or Chrome.")
        return found
    for name in (*NAMES, *PLACES):
        found = shutil.which(name)
        if found is not None:
            return found
    remedy = f"Install Chromium or Chrome, or name one in {VARIABLE}; or open the HTML file and print it."
    raise UsageError("no Chromium, Chrome or Edge is installed, so no PDF can be printed", remedy=remedy)


def print_pdf(page: Path, target: Path, *, seconds: float = SECONDS) -> Path:
    """Print the HTML file `page` to `target` and return it. Raises UsageError where the browser fails or takes too long."""
    program = browser()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="trimtab-print-") as folder:
        printed = Path(folder) / "page.pdf"
        options = [f"--user-data-dir={folder}/profile", "--virtual-time-budget=10000", "--no-pdf-header-footer"]
        if getattr(os, "geteuid", lambda: 1)() == 0:  # Chromium has no sandbox for root, and refuses to start with one
            options.append("--no-sandbox")
        command = [program, "--headless=new", *QUIET, *options, f"--print-to-pdf={printed}", page.resolve().as_uri()]
        said = _run(command, seconds)
        if not printed.exists():
            raise UsageError(f"{program} printed nothing: {said or 'it gave no reason'}", where=str(page), remedy=REMEDY)
        try:
            shutil.copyfile(printed, target)
        except OSError as error:
            raise UsageError(f"cannot write the PDF: {error.strerror}", where=str(target)) from error
    return target


REMEDY = "Open the HTML file in a browser and print it."


def _run(command: list[str], seconds: float) -> str:
    """Run the browser; the last line that it said. Raises UsageError where it cannot start or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, errors="replace")  # noqa: S603 - no shell; paths are our own
    except subprocess.TimeoutExpired:
        raise UsageError(f"{command[0]} did not print within {seconds:g} seconds", remedy=REMEDY) from None
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}", remedy=REMEDY) from error
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else ""
