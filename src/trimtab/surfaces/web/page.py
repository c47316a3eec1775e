"""A page: where it is, who may see it, and how what it shows is asked for.

What a page shows is a dictionary of plain values. Its template renders them, `?format=json` gives them as they are, and
`?format=csv` its main table: three forms of the same answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, TypeVarTuple, Unpack

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import told
from trimtab.surfaces.api.refused import Refused, require_said
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.station import Station

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: `template` renders `values`; `rows` names the list in them that is its main table."""

    template: str
    values: Values
    rows: str = ""
    title: str = ""  # of this answer, where it is not that of the page


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for: the values of its fields (`?account=A07`), and the parts of its path."""

    fields: tuple[tuple[str, str], ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The first value of a field that is not empty, without blanks around it."""
        return next((value.strip() for key, value in self.fields if key == name and value.strip()), default)

    def many(self, name: str) -> list[str]:
        """All values of a field that are not empty."""
        return [value.strip() for key, value in self.fields if key == name and value.strip()]


@dataclass(frozen=True, slots=True)
class Asker:
    """How a page asks the desk. Pages that are kept depend on the query, the rights and the state of the desk alone."""

    station: Station
    query: Query
    visitor: Visitor

    def may(self, right: str) -> bool:
        """Whether whoever looks has a right, by its word: `approve`."""
        return Right(right) in self.visitor.rights

    async def read(self, verb: str, **values: Any) -> Values:
        """The document of a reading verb. Raises Refused."""
        asked = operation("GET", verb)
        self.visitor.require(asked.right)
        given = {name: value for name, value in values.items() if value not in (None, "", [], ())}
        return told(require_said(await self.station.asking.read(asked, given)))

    async def maybe(self, verb: str, **values: Any) -> Values:
        """The same for a part of a page: a refusal is a part too, `{"refused": line}`."""
        try:
            return await self.read(verb, **values)
        except Refused as error:
            return {"refused": str(error), "code": error.code}

    async def call(self, function: Callable[[Unpack[Arguments]], T], *arguments: *Arguments) -> T:
        """What a function of a module answers, in a worker process; see Asking.call."""
        return await self.station.asking.call(function, *arguments)


Maker = Callable[[Asker], Awaitable[Shown]]


def _nothing(_: Station) -> Hashable:
    """Nothing besides the state of the desk."""
    return None


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `group` is its heading in the navigation, empty where it is reached from other pages alone.

    A page that shows what belongs to its visitor, or what changes without the desk changing, is not `kept`. One that shows
    nothing of research (runs, trials, sweeps) is not `wide`, and stays quick while a sweep runs. `mark` is what it depends
    on besides, beside the desk: who has seen what.
    """

    path: str
    name: str
    title: str
    make: Maker
    group: str = ""
    right: Right = Right.READ
    kept: bool = True
    wide: bool = True
    mark: Callable[[Station], Hashable] = _nothing


def key_of(page: Page, asker: Asker) -> Hashable:
    """What tells answers of a page apart."""
    path = tuple(sorted(asker.query.path.items()))
    return page.path, asker.query.fields, path, asker.visitor.roles, asker.visitor.rights, page.mark(asker.station)


def rows_of(values: Values, rows: str) -> Sequence[Mapping[str, Any]]:
    """The main table in the values of a page: `rows` is its name, dotted where it lies deeper."""
    here: Any = values
    for part in rows.split(".") if rows else ():
        here = here.get(part, []) if isinstance(here, Mapping) else []
    return [one for one in here if isinstance(one, Mapping)] if isinstance(here, list) else []
