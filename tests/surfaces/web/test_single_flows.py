"""Sign-ins under way: each ends once, in time, and in its browser; they are bounded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.web import single_flows
from trimtab.surfaces.web.single_flows import Flow, Flows


def left(known: list[tuple[Flow, str]], place: str, now: int, bounds: tuple[int, int]) -> list[tuple[Flow, str]]:
    """The obvious way: what is left when another one begins."""
    alive = [one for one in known if one[0].until > now]
    here = [one for one in alive if one[0].place == place]
    if len(here) >= bounds[0]:
        return [one for one in alive if one is not here[0]]
    return alive[1:] if len(alive) >= bounds[1] else alive


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("bt"), st.integers(0, 9), st.integers(0, 300)), max_size=60))
def test_each_is_good_once_in_time_and_within_the_bounds(steps: list[tuple[str, int, int]]):
    flows, now, alive, every = Flows(), 0, [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(single_flows, "EACH", 3)
        patch.setattr(single_flows, "MOST", 5)
        for step, which, wait in steps:
            now, place = now + wait, f"192.0.2.{which % 3}"
            if step == "b":
                alive = [*left(alive, place, now, (3, 5)), flows.begin("/", place, now)]
                every.append(alive[-1])
                assert len(flows) == len(alive)
            elif every:
                flow, browser = every[which % len(every)]
                if any(one[0] is flow for one in alive) and now < flow.until:
                    assert flows.take(flow.state, browser, now) is flow
                else:
                    with pytest.raises(NotSignedIn, match="is over"):
                        flows.take(flow.state, browser, now)
                alive = [one for one in alive if one[0] is not flow]


def test_another_browser_ends_it_too():
    flows = Flows()
    flow, browser = flows.begin("/", "", 0)
    for other in ("", "x", flow.browser, flow.state):
        flow, browser = flows.begin("/", "", 0)
        with pytest.raises(NotSignedIn, match="another browser"):
            flows.take(flow.state, other, 1)
        with pytest.raises(NotSignedIn, match="is over"):
            flows.take(flow.state, browser, 1)


def test_nothing_of_it_is_shown():
    flow, browser = Flows().begin("/orders", "192.0.2.1", 0)
    secrets = (flow.state, flow.nonce, flow.verifier, flow.browser, browser)
    assert not [one for one in secrets if one in repr(flow)]
    assert len(set(secrets)) == 5
    assert 43 <= len(flow.verifier) <= 128  # RFC 7636, 4.1
