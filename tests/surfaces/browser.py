"""Renders a page in an installed Chromium or Chrome, without network."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), "")

in_a_browser = pytest.mark.skipif(
    not BROWSER and not os.environ.get("CI"), reason="no Chromium or Chrome is installed; CI renders the page"
)


def rendered(path: Path, profile: Path) -> str:
    """The page after its scripts ran."""
    assert BROWSER, "install chromium: CI renders the page"
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    kept = ["--no-sandbox", "--disable-quic", "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=10000"]
    command = [BROWSER, "--headless", *quiet, *kept, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
