"""Work that never ends, and says in a file which process it is. It imports nothing of ours: a worker begins at once."""

import os
import time
from pathlib import Path
from typing import Any


def asleep(_served: Any, _verb: str, values: dict[str, Any], _by: str) -> None:
    """Write the number of the process where `policy` says, and sleep."""
    place = Path(values["policy"])
    place.with_suffix(".draft").write_text(str(os.getpid()))
    place.with_suffix(".draft").rename(place)
    time.sleep(600)
