"""A signal of one's own beside a policy: it imports another file from there, which a test may edit."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.desk.backtest import backtest
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result

SIDE = """\
from dataclasses import dataclass

import numpy as np
from own_sign import SIGN
from trimtab.core.values import Scores


@dataclass(frozen=True, slots=True)
class Side:
    strength: float = 1.0

    def __call__(self, view):
        return Scores(view.assets, np.full((len(view.days), len(view.assets)), SIGN * self.strength))

    def sentence(self, view, asset):
        return "always the same side"
"""
HEAD = POLICY.partition("signals:")[0]
MINE = f"""{HEAD}signals: {{mine: {{use: "own_side:Side"}}}}
combine: {{use: vote}}
allocator: {{use: timing}}
costs: {{use: linear, bps: 5}}
"""
OWN = ("own_side", "own_sign")


def put_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy with that signal, its prices, and its code."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    put(folder, policy=MINE)
    (folder / "own_side.py").write_text(SIDE)
    (folder / "own_sign.py").write_text("SIGN = 1.0\n")
    return folder


def loaded(folder: Path) -> Policy:
    """As another process loads it: nothing of the owner's is loaded yet."""
    for name in OWN:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return load_policy(folder / "policy.yaml")


def ran(folder: Path) -> Result:
    """Its backtest, as another process runs it."""
    held = loaded(folder)
    return backtest(held, load_market(held))


def edited(folder: Path) -> None:
    (folder / "own_sign.py").write_text("SIGN = -1.0\n")
