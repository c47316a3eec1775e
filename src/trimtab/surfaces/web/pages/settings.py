"""Settings: my account, users and roles, what is installed, and plugins. Each tab has an address of its own."""

from __future__ import annotations

from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.pages.settings_account import ACCOUNT
from trimtab.surfaces.web.pages.settings_account import DEEDS as ACCOUNT_DEEDS
from trimtab.surfaces.web.pages.settings_users import DEEDS as USERS_DEEDS
from trimtab.surfaces.web.pages.settings_users import USERS

INSTALLED, PLUGINS = "/settings/installed", "/settings/plugins"


async def installed(asker: Asker) -> Shown:
    """Which version this is, and which optional packages are there."""
    found = await asker.read("doctor")
    rows = [{"package": name, "here": here} for name, here in found["found"].items()]
    return Shown("settings_installed.html", {"tab": INSTALLED, "doctor": found, "packages": rows}, "packages")


async def plugins(asker: Asker) -> Shown:
    """Components that policies may name, ours and those of installed plugins."""
    found = await asker.read("plugins list")
    return Shown("settings_plugins.html", {"tab": PLUGINS, **found}, "components")


PAGES = (
    ACCOUNT,
    USERS,
    Page(INSTALLED, "settings", "What is installed", installed, kept=False),
    Page(PLUGINS, "settings", "Plugins", plugins, kept=False),
)
DEEDS = (*ACCOUNT_DEEDS, *USERS_DEEDS)
