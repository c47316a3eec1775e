"""SQL over a store, by DuckDB: for a person's questions, read-only, and for merging files that do not fit in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.data.store.manifest import Manifest
from trimtab.data.store.packages import package
from trimtab.data.store.parquet import GROUP
from trimtab.data.store.tables import OBSERVATIONS, TABLES

LATEST = "latest"  # of each id, field and date the version known last, of those the one recorded last

_LATEST = """
    SELECT * FROM observations
    QUALIFY row_number() OVER (PARTITION BY id, field, effective ORDER BY known DESC, recorded DESC) = 1
"""
_OBSERVED = {
    "id": "text",
    "field": "text",
    "effective": "date",
    "known": "instant",
    "recorded": "instant",
    "value": "number",
    "source": "text",
    "hash": "fingerprint",
}
_TYPES = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "date": "DATE",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "flag": "BOOLEAN",
    "fingerprint": "UBIGINT",
}


def answer(root: Path, manifest: Manifest, question: str, *, most: int = 10_000) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and up to `most` rows of one SELECT over the tables of a store. Raises UsageError for anything else."""
    duckdb = package("duckdb")
    with duckdb.connect(":memory:") as base:
        _show_tables(base, root, manifest)
        try:
            _require_one_select(duckdb, question)
            _lock_down(base, root)
            result = base.execute(question)
            return [column[0] for column in result.description], result.fetchmany(most)
        except duckdb.Error as error:
            remedy = f"Tables: {', '.join((OBSERVATIONS, LATEST, *TABLES))}."
            raise UsageError(f"the query cannot be answered ({_first_line(error)})", remedy=remedy) from None


def merge(places: Sequence[Path], path: Path) -> None:
    """Write the rows of several files of observations into one, in order."""
    with package("duckdb").connect(":memory:") as base:
        base.execute("SET threads = 2")
        base.execute("SET memory_limit = '2GB'")
        base.execute("SET temp_directory = ?", [str(path.with_name(f"{path.name}-sorting"))])
        files = [str(place) for place in places]
        rows = base.read_parquet(files).order("field, id, effective, known, recorded")
        rows.write_parquet(str(path), compression="zstd", row_group_size=GROUP)


def _show_tables(base: Any, root: Path, manifest: Manifest) -> None:
    """A view for each table, and LATEST; a table that is empty yet has its columns and no rows."""
    for table, columns in {OBSERVATIONS: _OBSERVED, **TABLES}.items():
        files = [str(root / part.name) for part in manifest.of(table)]
        if files:
            base.read_parquet(files).create_view(table)
        else:
            cells = ", ".join(f"CAST(NULL AS {_TYPES[kind]}) AS {name}" for name, kind in columns.items())
            base.execute(f"CREATE VIEW {table} AS SELECT {cells} WHERE false")
    base.execute(f"CREATE VIEW {LATEST} AS {_LATEST}")


def _require_one_select(duckdb: Any, question: str) -> None:
    statements = duckdb.extract_statements(question)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("only one SELECT is answered: a store is read-only here", remedy="Start with SELECT or WITH.")


def _lock_down(base: Any, root: Path) -> None:
    """No file outside the store, no network, no way back."""
    base.execute("SET allowed_directories = [?]", [str(root.resolve())])
    base.execute("SET TimeZone = 'UTC'")
    base.execute("SET enable_external_access = false")
    base.execute("SET lock_configuration = true")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
