"""The tables as OpenBB Workspace asks for them: the list, each table flat, with a token, from declared pages alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, serving
from trimtab.core.errors import UsageError
from trimtab.surfaces.web.server import Address

__all__ = ["demo_desk_built"]
THEIRS = "https://pro.openbb.co"
EMPTY = {"trimtab_trades"}  # without an account the waiting orders, of which there may be none


@pytest.fixture(scope="module")
def served(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = copied(demo_desk_built, tmp_path_factory.mktemp("widgets") / "desk")
    with serving(folder, "--allow-origin", THEIRS) as found:
        yield found


def asked(served: Served, path: str, person: str = "vera", **headers: str) -> httpx.Response:
    bearer = {"authorization": f"Bearer {served.tokens[person]}"} if person else {}
    return served.browser().get(path, headers={"origin": THEIRS, **bearer, **headers})


def test_every_widget_names_a_table_that_is_flat(served: Served) -> None:
    found = asked(served, "/widgets.json").json()
    assert len(found) >= 13
    for name, widget in found.items():
        assert widget["type"] == "table"
        fields = {one["paramName"]: one["value"] for one in widget["params"] if one["value"]}
        answer = served.browser().get(
            f"/{widget['endpoint']}", params=fields, headers={"authorization": f"Bearer {served.tokens['vera']}"}
        )
        assert answer.status_code == 200, name
        rows = answer.json()
        assert isinstance(rows, list), name
        assert rows or name in EMPTY, name
        assert not [value for row in rows for value in row.values() if isinstance(value, list | dict)], name


def test_a_table_is_that_of_the_page(served: Served) -> None:
    browser = served.browser("vera")
    page, rows = browser.get("/rebalance?format=json").json(), browser.get("/rebalance?format=rows").json()
    assert [row["account"] for row in rows] == [row["account"] for row in page["accounts"]]


def test_only_who_has_a_token_reads_and_only_from_declared_pages(served: Served) -> None:
    assert asked(served, "/widgets.json", person="").status_code in (303, 401)
    told = asked(served, "/orders?format=rows")
    assert told.headers["access-control-allow-origin"] == THEIRS
    assert "access-control-allow-credentials" not in told.headers  # a cookie opens nothing to another page
    other = asked(served, "/orders?format=rows", origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 400), ("DELETE", 400)])
def test_what_may_be_asked_before_asking(served: Served, method: str, status: int) -> None:
    words = {"access-control-request-method": method, "access-control-request-headers": "authorization"}
    found = served.browser().request("OPTIONS", "/api/v1/status", headers={"origin": THEIRS, **words})
    assert found.status_code == status


@pytest.mark.parametrize("given", ["*", "pro.openbb.co", "https://pro.openbb.co/", "ftp://pro.openbb.co", "https://", "null"])
def test_an_origin_is_one(given: str) -> None:
    with pytest.raises(UsageError, match="no origin of a page"):
        Address(others=(given,))
