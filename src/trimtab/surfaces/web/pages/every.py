"""Every page there is, in the order of the navigation, with its figures, and the forms that are no operation of the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.web import job_pages, stopping
from trimtab.surfaces.web.page import Asker, Page
from trimtab.surfaces.web.pages import (
    advice,
    allocation,
    committee,
    data,
    gallery,
    journal,
    orders,
    performance,
    policy,
    rebalance,
    research,
    runs,
    schedules,
    settings,
    signals,
    today,
    trades,
    what_if,
)

Deed = tuple[str, Callable[[Request], Awaitable[Response]]]
Figure = tuple[str, Right, Callable[[Asker], Awaitable[dict[str, Any]]]]
Raw = tuple[str, Right, Callable[[Request, Visitor], Awaitable[Response]]]

MODULES: tuple[ModuleType, ...] = (
    *(today, signals, allocation, what_if, rebalance, trades, orders, policy, journal, committee, research, runs, gallery),
    *(performance, data, advice, schedules, settings, job_pages, stopping),
)
PAGES: tuple[Page, ...] = tuple(page for module in MODULES for page in getattr(module, "PAGES", ()))
DEEDS: tuple[Deed, ...] = tuple(deed for module in MODULES for deed in getattr(module, "DEEDS", ()))
FIGURES: tuple[Figure, ...] = tuple(one for module in MODULES for one in getattr(module, "FIGURES", ()))
RAW: tuple[Raw, ...] = tuple(one for module in MODULES for one in getattr(module, "RAW", ()))
