"""How loops are compiled (numba, the extra `fast`). This module imports numba: only modules that are compiled import it.

What a compiled function calls is compiled into it, and what numba keeps of it is renewed when ITS OWN file changes: whoever
changes a function that others call changes their files too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numba

Compiler = Callable[[Callable[..., Any]], Any]


def compiler(maths: Collection[str] = ()) -> Compiler:
    """A decorator that compiles once a machine, where the package's folder or the user's cache can be written to.

    Else once a process. `maths` are the liberties of LLVM's fast-math that a function allows.
    """
    allowed: Any = set(maths) or False

    def compiled(work: Callable[..., Any]) -> Any:
        try:
            return numba.njit(work, cache=True, nogil=True, error_model="numpy", fastmath=allowed)
        except RuntimeError:  # nowhere to keep it
            return numba.njit(work, nogil=True, error_model="numpy", fastmath=allowed)

    return compiled


def inlined(work: Callable[..., Any]) -> Any:
    """Compiled into its callers: a call hands over each array in seven pieces, which takes as long as a short loop."""
    return numba.njit(work, inline="always")
