"""The table of the pages and forms: which right each address needs. It is written out by hand: a new one needs a row here.

A form of an operation of the API needs the same right as there (tests/surfaces/api/rights.py).
"""

from __future__ import annotations

from tests.surfaces.api.rights import RIGHTS as OPERATIONS
from trimtab.surfaces.serving.operations import OPERATIONS as TABLE
from trimtab.surfaces.serving.operations import Kind

OPEN = "open"  # to everybody: the door itself, our own files, and whether the server answers

_OPEN = "GET /sign-in, POST /sign-in, GET /welcome, POST /welcome, GET /sign-in/firm, GET /sign-in/firm/back, POST /sign-out"
_FILES = "GET /static/{name}, GET /healthz"
_READ = """
GET /, GET /signals, GET /allocation, GET /why, GET /why/part, GET /what-if, GET /what-if/effect, GET /rebalance, GET /trades,
GET /orders, GET /orders/{id}, GET /policy, GET /journal, GET /journal/verify, GET /journal/{number}, GET /committee,
GET /committee/packs/{name}, GET /research, GET /runs/{hash}, GET /runs/{hash}/report, GET /compare, GET /sweeps/{name},
GET /gallery, GET /gallery/{name}, GET /performance, GET /data, GET /data/{series:path}, GET /advice, GET /settings,
GET /settings/installed, GET /settings/plugins, GET /schedules, GET /jobs/{id}, GET /jobs/{id}/state,
GET /figures/weights, GET /figures/run-growth, GET /figures/run-underwater, GET /figures/run-surface, GET /figures/compare,
GET /figures/sweep-map, GET /figures/performance-growth, GET /figures/performance-underwater,
GET /figures/performance-waterfall, GET /figures/data-series, GET /widgets.json
"""
# One's own password, sessions and tokens; one's own jobs.
_OWN = """
POST /settings/password, POST /settings/sessions/end, POST /settings/tokens/make, POST /settings/tokens/revoke,
POST /jobs/{id}/end
"""
_RESEARCH = "GET /policy/edit, POST /policy/save, POST /what-if/policy, POST /advice/write"
_TRADE = "GET /data/import, POST /data/import, POST /data/import/remove, POST /what-if/save"
_STOP = "POST /stop, POST /alerts/acknowledge, POST /schedules/acknowledge"
_ADMINISTER = """
GET /metrics, GET /settings/users, POST /settings/users/make, POST /settings/users/roles, POST /settings/users/state,
POST /settings/users/password, POST /settings/users/identity, POST /schedules/save, POST /schedules/turn,
POST /schedules/patience
"""


def _rows(words: str) -> list[str]:
    return [one.strip() for one in words.replace("\n", " ").split(",")]


ROWS: dict[str, str] = {
    **dict.fromkeys([*_rows(_OPEN), *_rows(_FILES)], OPEN),
    **dict.fromkeys([*_rows(_READ), *_rows(_OWN)], "read"),
    **dict.fromkeys(_rows(_RESEARCH), "research"),
    **dict.fromkeys(_rows(_TRADE), "trade"),
    **dict.fromkeys(_rows(_STOP), "stop"),
    **dict.fromkeys(_rows(_ADMINISTER), "administer"),
    **{f"POST /do/{one.verb.replace(' ', '-')}": OPERATIONS[one.id] for one in TABLE if one.kind is not Kind.READ},
}
