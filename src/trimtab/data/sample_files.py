"""Data files inside installed wheels: found and read without running the packages that carry them.

`importlib.util.find_spec` on a top-level name tells where a package lies and runs none of its code; on a submodule it
would import the parent. So the packages' own dependencies need not be installed.
"""

from __future__ import annotations

import bz2
import csv
import gzip
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO, cast

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError

Table = Mapping[str, Sequence[str]]  # cells of each column, by its header


def package_folder(package: str) -> Path | None:
    """Where an installed top-level package lies, or None; the package is not imported."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def package_version(package: str) -> str:
    """Version of an installed package, read from the name of its metadata folder; empty where there is none."""
    folder = package_folder(package)
    found = sorted(folder.parent.glob(f"{package}-*.dist-info")) if folder else []
    return found[-1].name.removesuffix(".dist-info").split("-", 1)[1] if found else ""


def read_table(file: str) -> Table:
    """Columns of a packed CSV file, named like `arch/data/wti/wti.csv.gz`, as text.

    Raises UsageError where the package is missing, DataError where the file in it is not as expected.
    """
    package, inner = file.split("/", 1)
    folder = package_folder(package)
    if folder is None:
        remedy = "Run: pip install 'trimtab[samples]'. Or use generated data: trimtab demo --synthetic."
        raise UsageError(f"the sample data need the package {package}, which is not installed", remedy=remedy)
    path = folder / inner
    try:
        with _opened(path) as lines:
            header, *rows = csv.reader(lines)
        return dict(zip(header, zip(*rows, strict=True), strict=True))
    except (OSError, EOFError, ValueError, csv.Error) as error:
        remedy = f"Reinstall it: pip install --force-reinstall --no-deps {package}."
        raise DataError(f"a sample file cannot be read ({error})", where=file, remedy=remedy) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".bz2":
        return bz2.open(path, "rt", encoding="utf-8-sig", newline="")
    return cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig", newline=""))


def dates_of(cells: Sequence[str]) -> Dates:
    """Dates (T,) of cells written as YYYYMM (the first of the month), M/D/YYYY or YYYY-MM-DD."""
    if "/" in cells[0]:
        parts = (cell.split("/") for cell in cells)
        cells = [f"{year}-{month:0>2}-{day:0>2}" for month, day, year in parts]
    elif len(cells[0]) == 6:
        cells = [f"{cell[:4]}-{cell[4:]}-01" for cell in cells]
    return np.array(cells, dtype="datetime64[D]")


def numbers_of(cells: Sequence[str]) -> Array:
    """Numbers (T,) of cells; `.` and an empty cell, which mean a holiday in these files, are NaN."""
    return np.array([float(cell) if cell not in (".", "") else np.nan for cell in cells])
