"""Writes into a page what its commands print now: `python -m tests.docs.capture README.md docs/quickstart.md`.

For pages whose output has changed on purpose; look at the difference before you keep it. What a page shows with `...`
in it stays as it stands, and so does what a page leaves out.
"""

import os
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from tests.docs.snippets import agree, bare, run_page
from trimtab.surfaces.cli.main import main


def refreshed(page: Path) -> str:
    """The text of the page with every output as it is now."""
    text = page.read_text(encoding="utf-8")

    def compare(_: str, shown: str, printed: str) -> None:
        nonlocal text
        if shown and "..." not in shown and not agree(shown, printed):
            text = text.replace(shown, bare(printed))

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        run_page(page, main, compare)
    return text


if __name__ == "__main__":
    os.environ["COLUMNS"] = "120"
    for name in sys.argv[1:]:
        page = Path(name).resolve()
        page.write_text(refreshed(page), encoding="utf-8")
