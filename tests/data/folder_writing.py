"""Small data folders for tests: one panel written in every form that the folder source reads."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trimtab.data.history import History
from trimtab.data.sources.folder import read_folder

Panel = Mapping[str, Sequence[float]]  # prices by series, NaN where unknown


def load(path: Path) -> dict[str, History]:
    """Every series in `path`, by name."""
    return read_folder(str(path))


def put(folder: Path, text: str | bytes, name: str = "prices.csv") -> Path:
    """Write one file; the folder."""
    folder.mkdir(exist_ok=True)
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder


def cell(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def as_wide(dates: Sequence[str], panel: Panel) -> str:
    rows = [",".join(["date", *panel])]
    rows += [",".join([day, *(cell(v[k]) for v in panel.values())]) for k, day in enumerate(dates)]
    return "\n".join(rows) + "\n"


def as_tidy(dates: Sequence[str], panel: Panel) -> str:
    rows = ["date,ticker,close"]
    rows += [f"{day},{name},{cell(values[k])}" for k, day in enumerate(dates) for name, values in panel.items()]
    return "\n".join(rows) + "\n"


def as_single(dates: Sequence[str], values: Sequence[float]) -> str:
    return "Date,Close\r\n" + "".join(f"{day},{cell(v)}\r\n" for day, v in zip(dates, values, strict=True))


def write_parquet(folder: Path, columns: Mapping[str, object], name: str = "prices.parquet") -> Path:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(dict(columns)), folder / name)
    return folder


def every_form(root: Path, dates: Sequence[str], panel: Panel) -> list[Path]:
    """The panel in folders of its own: wide, wide gzipped, tidy, one file a series, Parquet."""
    single = root / "single"
    for name, values in panel.items():
        put(single, as_single(dates, values), f"{name}.csv")
    days = np.array(dates, dtype="datetime64[D]")
    columns = {"date": pa.array(days)} | {n: pa.array(np.asarray(v, float), from_pandas=True) for n, v in panel.items()}
    return [
        put(root / "wide", as_wide(dates, panel)),
        put(root / "packed", as_wide(dates, panel), "prices.csv.gz"),
        put(root / "tidy", as_tidy(dates, panel)),
        single,
        write_parquet(root / "parquet", columns),
    ]
