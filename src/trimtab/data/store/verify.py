"""Is a store what was written? Every file by its SHA-256, and every row of the observations by its own fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trimtab.data.store.manifest import Manifest, Part, sha256
from trimtab.data.store.observations import hashes
from trimtab.data.store.parquet import read_observations, stored_hashes
from trimtab.data.store.tables import OBSERVATIONS


def faults(root: Path, manifest: Manifest) -> Mapping[str, str]:
    """What is wrong with each damaged file of a store; empty where all is well."""
    found = {part.name: _fault(root / part.name, part) for part in manifest.parts}
    return {name: what for name, what in found.items() if what}


def _fault(place: Path, part: Part) -> str:
    if not place.is_file():
        return "the file is missing"
    if place.stat().st_size != part.bytes or sha256(place) != part.sha256:
        return "its bytes are not those that were written"
    if part.table == OBSERVATIONS:
        wrong = int((hashes(read_observations(place)) != stored_hashes(place)).sum())
        if wrong:
            return f"{wrong} rows do not have their own fingerprint"
    return ""
