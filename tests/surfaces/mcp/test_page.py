"""docs/assistants.md: every tool stands there, none besides, and its figures and configuration are ours."""

import json
import re
from pathlib import Path

from tests.docs.pages import ROOT, Page
from trimtab.surfaces.cli.verbs import parser
from trimtab.surfaces.mcp import offered as tools
from trimtab.surfaces.mcp import server, sized
from trimtab.surfaces.serving import asking

NAME = "docs/assistants.md"
PAGE = Page.of(NAME)


def test_every_tool_and_no_other_stands_on_the_page():
    assert PAGE.section("The tools").rows == {one.name for one in tools.offered(propose=True)}


def test_its_figures_are_those_of_the_code():
    said = " ".join(PAGE.section("The tools").text.split())
    assert f"pages of {tools.PAGE} rows" in said
    assert f"more than {sized.ROOM:,} characters" in said
    assert f"may take {asking.PATIENCE:.0f} seconds, a backtest {server.PATIENCE:.0f};" in said


def test_its_configurations_are_taken_by_the_command():
    text = Path(ROOT / NAME).read_text(encoding="utf-8")
    whole, args = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (found,) = json.loads(whole)["mcpServers"].values()
    assert found["command"] == "trimtab"
    for words, proposes in ((found["args"], False), (json.loads(f"{{{args}}}")["args"], True)):
        options = parser().parse_args(words)
        assert (options.run, options.workspace, options.propose) == ("mcp:serve_tools", "/srv/desk", proposes)
