"""The gallery: every policy that comes with Trimtab, with the words that the command line has for it."""

from __future__ import annotations

import pytest

from tests.surfaces.reading import read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served

__all__ = ["demo_desk_built", "served"]


def test_a_card_for_every_policy_and_its_source(served: Served) -> None:
    told = served.api().get("/gallery").json()["policies"]
    client = served.browser("vera")
    page = read(client.get("/gallery").text)
    for one in told:
        card = page.one("section", id=f"policy-{one['name']}").text
        assert one["title"] in card
        assert one["source"] in card
        assert ("on the sample data" in card) is one["sample"]
    rows = client.get("/gallery?on=sample&format=json").json()["policies"]
    assert {row["name"] for row in rows} == {one["name"] for one in told if one["sample"]}
    assert "all are shown" in client.get("/gallery?on=moon").text


@pytest.mark.parametrize("name", ["trend-overlay", "gtaa-5"])
def test_one_policy_in_words(served: Served, name: str) -> None:
    told = served.api().get("/gallery", params={"name": name}).json()
    page = read(served.browser("alan").get(f"/gallery/{name}").text)
    assert [one.text for one in page.one("ol").all("li")] == told["words"]
    assert page.one("input", name_="out").attributes["value"] == f"policies/{name}.yaml"
    assert 'action="/do/init"' not in served.browser("vera").get(f"/gallery/{name}").text
    assert served.browser("vera").get("/gallery/no-such").status_code in (404, 409)
