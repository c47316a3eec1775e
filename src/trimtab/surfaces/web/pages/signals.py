"""Signals: what each says, since when, what flips it, and how much of the tilt is its own."""

from __future__ import annotations

from trimtab.surfaces.web.choosing import part, policies
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.signals import signal_pictures

VOTE = "score"


async def signals(asker: Asker) -> Shown:
    """The signals of one policy, a card each, by asset."""
    known = await policies(asker)
    values: Values = {"policies": known, "said": None, "groups": [], "readings": []}
    chosen = known["chosen"]
    if chosen is None:
        return Shown("signals.html", values, "readings")
    said = await asker.maybe("signals", policy=chosen["policy"])
    pictures = (
        {} if "refused" in said else await part(asker.call(signal_pictures, asker.station.asking.served, chosen["policy"]))
    )
    values |= {"said": said, "pictures": pictures, "refused": said.get("refused") or pictures.get("refused", "")}
    if not values["refused"]:
        values["readings"] = [_row(one, pictures) for one in said["readings"]]
        values["groups"] = _groups(values["readings"])
        values["honest"] = " ".join(said["notes"])
    return Shown("signals.html", values, "readings")


def _row(reading: Values, pictures: Values) -> Values:
    """A reading with the names of its assets, its strip, and what it moves of the first of them."""
    asset = reading["assets"][0] if reading["assets"] else ""
    tilt = pictures["tilts"].get(asset, {})
    moves = {one["name"]: one["move"] for one in tilt.get("steps", []) if one["part"] == "signal"}
    total = sum(abs(one or 0.0) for one in moves.values())
    move = moves.get(reading["name"])
    share = abs(move) / total if move is not None and total > 0.0 else None
    titles = [pictures["titles"].get(one, one) for one in reading["assets"]]
    more = {"asset": asset, "titles": titles, "move": move, "share": share, "tilt": tilt or None}
    percent = bool(pictures["percent"].get(reading["name"], False))
    return reading | more | {"percent": percent, "strip": pictures["strips"].get(f"{reading['name']}/{asset}")}


def _groups(rows: list[Values]) -> list[Values]:
    """Readings by the assets that they speak of, as the command line has them; the combined score last in each."""
    found: dict[tuple[str, ...], Values] = {}
    for row in rows:
        if row["name"] == VOTE and row["score"] is None:
            continue
        group = found.setdefault(
            tuple(row["assets"]), {"titles": row["titles"], "signals": [], "vote": None, "asset": row["asset"]}
        )
        if row["name"] == VOTE:
            group["vote"] = row
        else:
            group["signals"].append(row)
    return list(found.values())


PAGES = (Page("/signals", "signals", "Signals", signals, "Desk", wide=False),)
