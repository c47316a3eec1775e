"""Many small files become few: the smaller ones are merged by DuckDB, which sorts beyond memory, into one in order.

Files are merged when there are more than `MOST` of a table, the small half of them at a time, so a row is rewritten
about log(rows) times in its life. The merged ones stay on disk until the next change, for readers that still hold them.
"""

from __future__ import annotations

from pathlib import Path

from trimtab.data.store.manifest import Manifest, Part, add_part, commit
from trimtab.data.store.parquet import read_table, write_table
from trimtab.data.store.query import merge
from trimtab.data.store.tables import OBSERVATIONS, TABLES

MOST = 12


def compacted(root: Path, manifest: Manifest) -> Manifest:
    """The manifest after merging what is worth it. Only under the lock."""
    for table in (OBSERVATIONS, *TABLES):
        parts = manifest.of(table)
        if len(parts) > MOST:
            small = tuple(sorted(parts, key=lambda part: part.rows)[: len(parts) // 2 + 1])
            ordered = tuple(part for part in parts if part in small)
            merged = _merged(root, table, ordered)
            dropped = frozenset(part.name for part in ordered)
            manifest = commit(root, manifest, (merged,), now=manifest.recorded, dropped=dropped)
    return manifest


def _merged(root: Path, table: str, parts: tuple[Part, ...]) -> Part:
    count = sum(part.rows for part in parts)
    if table == OBSERVATIONS:
        places = [root / part.name for part in parts]
        return add_part(root, table, count, lambda path: merge(places, path))
    kinds = TABLES[table]
    plain = [row for part in parts for row in read_table(root / part.name, kinds)]
    return add_part(root, table, count, lambda path: write_table(plain, kinds, path))
