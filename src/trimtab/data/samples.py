"""Real market history for demos and tests: read from data files inside installed wheels, which are never imported.

The wheels arch, linearmodels and skfolio (the `samples` extra) ship the files; Trimtab ships none of these data. The
catalogue says what each series is and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trimtab.core.errors import DataError
from trimtab.data.history import About, History, Issue
from trimtab.data.known_names import require_names
from trimtab.data.sample_catalogue import Recipe, publisher, recipes
from trimtab.data.sample_files import Table, package_version, read_table


@dataclass(frozen=True, slots=True)
class Samples:
    """Source of the sample series. Nothing is kept between calls, in memory or on disk."""

    def names(self) -> tuple[str, ...]:
        """Ids of the series, whether or not their wheels are installed."""
        return tuple(recipes())

    def about(self) -> tuple[About, ...]:
        """What each series is; reads no data file."""
        every = recipes().values()
        versions = _versions(every)
        return tuple(_about(recipe, versions) for recipe in every)

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series, in the order asked.

        Raises PolicyError (TT-POL-020) for an unknown name, UsageError where a wheel is missing, DataError where its
        file is not as expected.
        """
        every = recipes()
        chosen = [every[name] for name in require_names(names, tuple(every), "the samples")]
        tables = {file: read_table(file) for file in dict.fromkeys(recipe.file for recipe in chosen)}
        versions = _versions(chosen)
        return tuple(_history(recipe, tables[recipe.file], versions) for recipe in chosen)


def _versions(chosen: Iterable[Recipe]) -> dict[str, str]:
    packages = dict.fromkeys(recipe.file.split("/", 1)[0] for recipe in chosen)
    return {package: package_version(package) for package in packages}


def _about(recipe: Recipe, versions: dict[str, str]) -> About:
    package = recipe.file.split("/", 1)[0]
    shipped = f"as shipped in {package} {versions[package]}".rstrip()
    return replace(recipe.about, provenance=f"{publisher(recipe.file)}, {shipped} ({recipe.file})")


def _history(recipe: Recipe, table: Table, versions: dict[str, str]) -> History:
    about = _about(recipe, versions)
    try:
        dates, fields = recipe.build(table)
    except (KeyError, ValueError, IndexError) as error:
        what = f"{about.name} cannot be read, its file is not as expected ({error!r})"
        remedy = "Install the versions that the samples extra names: pip install 'trimtab[samples]'."
        raise DataError(what, where=recipe.file, remedy=remedy) from error
    return History(about, dates, fields, issues=_holidays(recipe, table, len(dates)))


def _holidays(recipe: Recipe, table: Table, kept: int) -> tuple[Issue, ...]:
    """Days of a daily file that have no value, if any."""
    empty = len(next(iter(table.values()))) - kept if recipe.about.frequency == "daily" else 0
    what = f"{empty} weekdays carry no value (holidays)"
    return (Issue(what, recipe.about.name, "left out"),) if empty else ()
