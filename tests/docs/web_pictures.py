"""Takes the pictures of docs/web.md: every page of the demonstration desk, in a headless Chromium.

Run it when pages have changed: python -m tests.docs.web_pictures [NAME...]. They are photographs: no test compares them.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.docs.pages import ROOT
from tests.surfaces.web.served_desk import Served, copied, serving
from trimtab.surfaces.demo_desk import fill

FOLDER = ROOT / "docs" / "_static" / "web"
COLOURS, MOST = 128, 200_000  # of a picture, and its bytes
# Name, address, width, height; more: dark, or a phone.
PICTURES: tuple[tuple[str, str, int, int, bool], ...] = (
    ("today", "/", 1280, 860, False),
    ("today-phone", "/", 390, 844, False),
    ("signals", "/signals", 1280, 1000, False),
    ("allocation", "/allocation?account=DEMO-1", 1280, 1000, False),
    ("what-if", "/what-if?account=DEMO-1", 1280, 1000, False),
    ("rebalance", "/rebalance", 1280, 800, False),
    ("trades", "/trades?account=DEMO-1", 1280, 1000, False),
    ("orders", "/orders", 1280, 900, False),
    ("policy", "/policy", 1280, 1000, False),
    ("research", "/research", 1280, 1000, False),
    ("performance", "/performance?account=DEMO-1", 1280, 1000, True),
    ("gallery", "/gallery", 1280, 900, False),
    ("journal", "/journal", 1280, 900, False),
    ("committee", "/committee", 1280, 900, False),
    ("data", "/data", 1280, 900, False),
    ("advice", "/advice", 1280, 900, False),
    ("settings", "/settings", 1280, 900, False),
    ("schedules", "/schedules", 1280, 900, False),
)


def main(names: list[str]) -> None:
    """Take those that are named, or all."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as base:
        fill(Path(base) / "built")
        folder = copied(Path(base) / "built", Path(base) / "desk")
        with serving(folder) as served, sync_playwright() as tool:
            place = shutil.which("chromium") or shutil.which("google-chrome")
            browser = tool.chromium.launch(executable_path=place, args=["--no-sandbox", "--force-color-profile=srgb"])
            for one in PICTURES:
                if not names or one[0] in names:
                    taken(browser, served, one)
            browser.close()


def taken(browser: Any, served: Served, one: tuple[str, str, int, int, bool]) -> None:
    """Take one picture, as somebody sees it who holds all roles."""
    name, path, width, height, dark = one
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    secret = served.browser("one").cookies["trimtab"]
    context.add_cookies([{"name": "trimtab", "value": secret, "url": served.url}])
    page = context.new_page()
    page.goto(served.url + path, wait_until="networkidle")
    page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    context.close()
    FOLDER.mkdir(parents=True, exist_ok=True)
    image.save(FOLDER / f"{name}.png", optimize=True)
    size = (FOLDER / f"{name}.png").stat().st_size
    assert size < MOST, (name, size)
    sys.stdout.write(f"  docs/_static/web/{name}.png {size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
