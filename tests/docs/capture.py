"""Writes into a page what its commands print now: `python -m tests.docs.capture README.md docs/quickstart.md`.

For pages whose output has changed on purpose; look at the difference before you keep it. Lines with `...` stay as they
stand; where a line of dots stands for several, the block must be mended by hand, and is named.
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

    def compare(here: str, shown: str, printed: str) -> None:
        nonlocal text
        old, new = shown.split("\n"), bare(printed).split("\n")
        if not shown or agree(shown, printed):
            return
        if "..." in shown and len(old) != len(new):
            sys.stderr.write(f"mend by hand: {here}\n")
        elif "..." in shown:
            text = text.replace(shown, "\n".join(was if "..." in was else now for was, now in zip(old, new, strict=True)))
        else:
            text = text.replace(shown, "\n".join(new))

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        run_page(page, main, compare)
    return text


if __name__ == "__main__":
    os.environ["COLUMNS"] = "120"
    for name in sys.argv[1:]:
        page = Path(name).resolve()
        page.write_text(refreshed(page), encoding="utf-8")
