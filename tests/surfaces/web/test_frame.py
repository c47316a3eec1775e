"""What holds for every page: signed in or led to the door, in three forms, with the headers that keep a browser in bounds."""

from __future__ import annotations

import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.pages.every import PAGES

__all__ = ["demo_desk_built", "served"]
PLAIN = [page for page in PAGES if "{" not in page.path and not page.path.endswith(("/effect", "/part"))]  # parts of pages


def test_a_stranger_is_led_to_the_door_and_back(served: Served) -> None:
    answer = served.browser().get("/?account=A%20B")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F%3Faccount%3DA%2520B"


@pytest.mark.parametrize("page", PLAIN, ids=[page.name for page in PLAIN])
def test_every_page_in_three_forms(served: Served, page: object) -> None:
    path = page.path  # type: ignore[attr-defined]
    client = served.browser("one")
    html = client.get(path)
    assert html.status_code == 200, html.text[-2000:]
    assert "<h1" in html.text
    assert "script-src 'self'" in html.headers["content-security-policy"]
    assert client.get(path, params={"format": "json"}).headers["content-type"] == "application/json"
    assert client.get(path, params={"format": "csv"}).headers["content-type"].startswith("text/csv")
