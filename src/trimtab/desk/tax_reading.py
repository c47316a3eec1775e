"""Read the `tax:` of a policy: the regime, its rates from a file that people edit, the account and what assets pay out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from trimtab.core.entries import Payout
from trimtab.core.errors import ParameterError, TrimtabError, UsageError
from trimtab.core.taxes import Wrapper
from trimtab.desk.config import Binding, Builder
from trimtab.desk.registry import find
from trimtab.desk.taxation import Taxation
from trimtab.desk.yaml12 import parse, read_text

OWN = ("account", "payouts", "rates")  # keys of `tax:` that are no parameters of the regime
SHIPPED = {"us_federal": "us-federal.yaml", "uk": "uk.yaml"}


def taxation(build: Builder, value: Any, folder: Path, bound: Binding) -> Taxation | None:
    """The `tax:` of a policy; None where it has none."""
    path = ("tax",)
    entries = build.mapping(value, path)
    if not entries:
        return None
    rest = {key: part for key, part in entries.items() if key not in OWN}
    written = entries.get("rates", "")
    if not isinstance(written, str):
        raise build.fault((*path, "rates"), f"tax.rates is {written!r}", "Give the name of a file, such as rates.yaml.")
    table = _table(build, str(rest.get("use", "")), folder / written if written else None)
    regime = build.component("taxes", rest, path, Binding(bound.universe, bound.benchmark, table))
    wrapper = build.validated(Wrapper, entries.get("account", "taxable"), (*path, "account"))
    return Taxation(regime, wrapper, _payouts(build, entries.get("payouts"), bound), written)


def _payouts(build: Builder, value: Any, bound: Binding) -> Mapping[str, Payout]:
    path = ("tax", "payouts")
    known = dict.fromkeys(name for asset in bound.universe for name in (asset.id, asset.asset_class) if name)
    entries = build.mapping(value, path)
    build.keys(entries, list(known), path)
    return {name: build.validated(Payout, kind, (*path, name)) for name, kind in entries.items()}


def _table(build: Builder, name: str, file: Path | None) -> Any:
    """The table of rates for the regime `name`: from `file`, else the one that comes with it, else None."""
    try:
        kind = find("taxes", name)
    except TrimtabError:
        return None  # the builder says it better
    if "table" not in {f.name for f in fields(kind)}:
        if file is not None:
            raise build.fault(("tax", "rates"), f"{name} reads no rates", "Leave them out.")
        return None
    if file is None:
        return shipped(SHIPPED[name]) if name in SHIPPED else None
    try:
        return read_rates(file)
    except ParameterError as error:
        raise build.fault(("tax", "rates"), f"{file.name}: {error.what}", error.remedy) from None
    except UsageError as error:
        raise build.fault(("tax", "rates"), error.what, error.remedy) from None


def read_rates(file: Path) -> Any:
    """The rates in a YAML file. Raises UsageError where it cannot be read, ParameterError where it holds none."""
    from trimtab.accounting.taxes.rates import rate_table

    return rate_table(parse(read_text(file, "the rates"), str(file)).values)


@cache
def shipped(name: str) -> Any:
    """The rates that come with Trimtab."""
    from trimtab.accounting.taxes.rates import rate_table

    return rate_table(parse(shipped_text(name), name).values)


def shipped_text(name: str) -> str:
    """The file of rates `name` that comes with Trimtab, to copy and edit."""
    return (files("trimtab.accounting.taxes") / name).read_text(encoding="utf-8")
