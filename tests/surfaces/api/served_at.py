"""The server at an hour of the test's own: the program that is started is this one, in its worker processes too.

The hour stands in a file, whose name is in the environment, so that the test can move it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from trimtab.desk.live import SystemClock


def _now(_: SystemClock) -> np.datetime64:
    return np.datetime64(Path(os.environ["TRIMTAB_TEST_CLOCK"]).read_text(encoding="utf-8").strip(), "s")


SystemClock.now = _now  # type: ignore[method-assign]

if __name__ == "__main__":
    from trimtab.surfaces.cli.main import main

    sys.exit(main(sys.argv[1:]))
