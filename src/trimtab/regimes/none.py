"""No regime: one state, always."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.roles import View
from trimtab.core.values import Regime


@dataclass(frozen=True, slots=True)
class NoRegime:
    """One state `all` with probability 1 at every date. Shape (D, 1); no warm-up."""

    def __call__(self, view: View) -> Regime:
        """Ones."""
        return Regime(("all",), np.ones((len(view.days), 1)))

    def sentence(self, view: View) -> str:
        """Nothing to say."""
        return "no regime is told apart"
