"""A folder of one's own data: CSV (plain or gzipped), Parquet and spreadsheets, in the forms that `layout` tells apart.

A folder is clean or refused as a whole: a fault in any file is an error with its place, never a silent skip. Files of
other kinds, hidden files and subfolders are left alone. A link that leads out of the folder is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import DataError
from trimtab.data.history import About, History
from trimtab.data.known_names import require_names
from trimtab.data.sources.csv_reader import read_csv
from trimtab.data.sources.exports import exported
from trimtab.data.sources.flattened import unflattened
from trimtab.data.sources.parquet_reader import read_parquet
from trimtab.data.sources.series import histories
from trimtab.data.sources.sheet import Sheet
from trimtab.data.sources.workbook import ENDINGS as SPREADSHEETS
from trimtab.data.sources.workbook import read_workbook

ENDINGS = (".csv", ".csv.gz", ".parquet", *SPREADSHEETS)


@dataclass(frozen=True, slots=True)
class Folder:
    """Source over the data files in `path`, a folder or a single file. Each call reads the files afresh.

    `currency` (ISO 4217) and `market` (ISO 10383) are those of prices whose file does not say it. Every call raises
    DataError where the folder is missing or holds no data, or a file cannot be trusted.
    """

    path: str
    currency: str = ""
    market: str = ""

    def names(self) -> tuple[str, ...]:
        """Names of the series, by file and column."""
        return tuple(read_folder(self.path))

    def about(self) -> tuple[About, ...]:
        """What each series is."""
        return tuple(history.about for history in self._read().values())

    def _read(self) -> dict[str, History]:
        return {name: history.placed(self.currency, self.market) for name, history in read_folder(self.path).items()}

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series, in the order asked. Raises PolicyError (TT-POL-020) for an unknown name."""
        found = self._read()
        return tuple(found[name] for name in require_names(names, tuple(found), f"the data in {self.path}"))


def read_folder(path: str) -> dict[str, History]:
    """Every series by name. Raises DataError where a series stands in two files, and for every fault in a file."""
    found: dict[str, History] = {}
    files: dict[str, str] = {}
    for file in data_files(path):
        for history in (history for table in _read(file) for history in histories(table)):
            name = history.about.name
            if name in found:
                what = f"the series {name} is in both {files[name]} and {file.name}"
                raise DataError(what, where=file.name, remedy="Keep it in one of them.")
            found[name], files[name] = history, file.name
    return found


def data_files(path: str) -> tuple[Path, ...]:
    """The data files in a folder by name, or the one file that `path` is.

    Raises DataError where there is none, or where a link leads out of the folder.
    """
    root = Path(path)
    try:
        files = _found(root)
        _require_inside(files, root)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        remedy = "Check that you may read it."
        raise DataError(f"the folder cannot be read ({error})", where=path, remedy=remedy) from error
    return files


def _found(root: Path) -> tuple[Path, ...]:
    if root.is_file():
        files: tuple[Path, ...] = (root,) if _is_data(root) else ()
        what = "this is not a data file"
    elif root.is_dir():
        files, what = tuple(sorted(file for file in root.iterdir() if _is_data(file))), "the folder holds no data file"
    else:
        files, what = (), "there is no such folder or file"
    if not files:
        remedy = f"Give a folder with files ending in {', '.join(ENDINGS)}."
        raise DataError(what, where=str(root), remedy=remedy)
    return files


def _require_inside(files: tuple[Path, ...], root: Path) -> None:
    """Raise DataError for a link that leads out of the folder, and for anything that is no regular file."""
    for file in files if root.is_dir() else ():
        if not file.resolve().is_relative_to(root.resolve()):
            raise DataError("a link leads out of the folder", where=file.name, remedy="Copy the file into the folder.")
        if not file.is_file():
            raise DataError("this is no regular file", where=file.name, remedy="Move it out of the folder.")


def _is_data(file: Path) -> bool:
    return not file.name.startswith(".") and file.name.lower().endswith(ENDINGS)


def _read(file: Path) -> tuple[Sheet, ...]:
    """The tables in a file: as many as a spreadsheet has sheets, or an export has series; else one."""
    name = file.name.lower()
    if name.endswith(SPREADSHEETS):
        return read_workbook(file, file.name)
    if name.endswith(".parquet"):
        return (read_parquet(file, file.name),)
    return tables_of(read_csv(file, file.name))


def tables_of(sheet: Sheet) -> tuple[Sheet, ...]:
    """The tables in a CSV file: those of an export that is told by its layout, else the file as it is."""
    return unflattened(sheet) or exported(sheet) or (sheet,)
