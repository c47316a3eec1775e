"""The picture of what overrides cost (docs/overrides.md): `python -m tests.docs.shadow_pictures` draws it anew."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import numpy as np

from tests.docs.drawing import Chart, svg
from tests.docs.override_pictures import ASSET, BEGINS, ENDS, OTHER, POLICY, override
from tests.docs.pages import ROOT
from trimtab.core.entries import Flow
from trimtab.desk import gallery
from trimtab.desk.account_entries import Owned
from trimtab.desk.beside import beside
from trimtab.desk.ladder import Shadow
from trimtab.desk.prepare import load_market, until
from trimtab.desk.shadow import shadow_of
from trimtab.governance.overrides import Override

FOLDER = ROOT / "docs" / "_static" / "shadow"
FIRST, LAST = date(2007, 12, 31), date(2010, 12, 31)
TITLE = "Against the model as specified, the line at nought: with its override, and as it really was"


def fear() -> Override:
    """What nobody wrote down: a fifth sold by hand near the low, and bought back half a year later."""
    written = datetime(2009, 1, 2, 8, 0, tzinfo=UTC)
    moves = {ASSET: Decimal("-0.20"), OTHER: Decimal("0.20")}
    return Override("by hand", "A07", "ann", "fear", written, date(2009, 1, 1), date(2009, 8, 15), moves)


@cache
def shadow() -> Shadow:
    """An account with a million since the end of 2007 that has the override of the page's first picture, and sold by hand."""
    policy = gallery.named(POLICY).with_horizon(start=None, end=None)
    market = until(load_market(policy), LAST)
    empty = Owned("A07", (Flow(FIRST, Decimal(1_000_000)),))
    lived = beside(policy, market, empty).walk((override(), fear()))
    return shadow_of(policy, market, Owned("A07", tuple(lived.desk.ledger.entries)), [override()])


def rungs() -> str:
    """What one unit became beyond the model, with the override and in the account, and when the override lived."""
    found = shadow()
    days = found.dates.astype("datetime64[D]")
    lives = (days >= np.datetime64(BEGINS)) & (days <= np.datetime64(ENDS))
    lines = [("the account less the model", found.account - found.model)]
    lines.append(("the model with O-1 less the model alone", found.overridden - found.model))
    chart = Chart(
        title=TITLE,
        source="trend-overlay of the gallery on the sample data: of one unit at the end of 2007",
        dates=found.dates,
        lines=lines,
        states=lives.astype(int),
        names=("none", "O-1"),
        percent=True,
        ribbon="override",
        fills=(0, 1),
    )
    return svg(chart)


PICTURES = {"rungs": rungs}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
