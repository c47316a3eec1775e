"""Names that come from outside lie inside the workspace, however they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.surfaces.serving.operations import OPERATIONS
from trimtab.surfaces.serving.places import PLACES, require_inside
from trimtab.surfaces.serving.verbs import verb_parser

BAD = (
    *("/etc/passwd", "../book.db", "policies/../../x", "~/x", "file:///etc/passwd", "http://127.0.0.1/x", "a\\b", "..", "x\0y"),
    *("C:/x", "//host/x", "module:Name", "x" * 300, "a/../../../etc/passwd"),
)
GOOD = ("policy.yaml", "policies/my-policy.yaml", "trend-overlay", "3f38a0428efe", "DEMO-1/core", "a..b/c", "")


@pytest.mark.parametrize("option", sorted(PLACES))
@pytest.mark.parametrize("text", BAD)
def test_what_leads_elsewhere_is_refused(option: str, text: str, tmp_path: Path) -> None:
    given_text = f"csv:{text}" if option == "format" else text
    with pytest.raises(UsageError):
        require_inside(tmp_path, {option: given_text})
    with pytest.raises(UsageError):
        require_inside(tmp_path, {option: ["policy.yaml", given_text]})


@pytest.mark.parametrize("text", GOOD)
def test_what_lies_inside_passes(text: str, tmp_path: Path) -> None:
    require_inside(tmp_path, dict.fromkeys(PLACES, text))


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "desk"
    root.mkdir()
    (root / "link.yaml").symlink_to("/etc/passwd")
    (root / "folder").symlink_to(tmp_path)
    for text in ("link.yaml", "folder/x.yaml"):
        with pytest.raises(UsageError, match="leads out"):
            require_inside(root, {"policy": text})


@given(st.text(max_size=60))
def test_whatever_passes_lies_inside(text: str) -> None:
    root = Path("/srv/desk")
    try:
        require_inside(root, {"policy": text})
    except UsageError:
        return
    assert (root / text).resolve().is_relative_to(root)


def test_every_served_option_that_opens_a_file_is_among_them() -> None:
    """Options whose help or metavar speaks of a file, a folder or an address."""
    telling = ("FILE", "DIR", "POLICY", "MANDATE", "TARGET", "SUBJECT", "PLACE", "URL")
    for one in OPERATIONS:
        actions = {action.dest: action for action in verb_parser(one.verb)._actions}
        for name in one.options:
            metavar = str(actions[name].metavar or "")
            if any(word in metavar for word in telling):
                assert name in PLACES, (one.verb, name)
