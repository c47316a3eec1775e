"""Settings, users and roles: who may come in and do what. For administrators; the journal has every change."""

from __future__ import annotations

import asyncio

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.names import key_of
from trimtab.surfaces.access.passwords import Hashed
from trimtab.surfaces.access.roles import Right, Role, rights_of, roles_of
from trimtab.surfaces.web import single_sign_on
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.pages.settings_account import NOTHING_SAID
from trimtab.surfaces.web.pages.settings_doing import Asked, Done, deed

PATH = "/settings/users"


async def users(asker: Asker) -> Shown:
    """Everybody, with roles and state, and what each role may do."""
    door = asker.station.door
    counts = [one.user for one in door.tokens.all()]
    found = [
        {"name": one.name, "roles": [role.value for role in Role if role in one.roles], "state": one.state.value}
        | {"changed": str(one.changed)[:10], "signs_in": _way(one.has_password, one.external is not None)}
        | {"tokens": counts.count(one.name), "me": one.name == asker.visitor.name}
        | {"subject": one.external.subject if one.external else ""}
        for one in door.users.all()
    ]
    roles = [{"role": role.value, "may": ", ".join(sorted(rights_of([role])))} for role in Role]
    firm = single_sign_on.KEY in asker.station.more
    values: Values = {"tab": PATH, "users": found, "roles": roles, "firm": firm, **NOTHING_SAID}
    return Shown("settings_users.html", values, "users")


def _way(password: bool, external: bool) -> str:
    ways = [words for words, here in (("password", password), ("single sign-on", external)) if here]
    return " or ".join(ways) or "not yet: no password is set"


USERS = Page(PATH, "settings", "Users and roles", users, right=Right.ADMINISTER, kept=False)


async def make_user(asked: Asked) -> Done:
    """A new user, with a first password where one is given, and the firm's identity where one is named."""
    name, roles = asked.one("name").strip(), roles_of(asked.many("roles"))
    password = await _hashed(asked, name) if asked.one("new") or asked.one("again") else None
    borne = single_sign_on.identity_of(asked.station, asked.one("subject"))
    users, now = asked.station.door.users, asked.station.now()
    made = users.create(name, roles, by=asked.visitor.name, now=now, password=password, external=borne)
    return Done(f"{made.name} may come in{'' if password or borne else ' once a password is set'}.")


async def change_identity(asked: Asked) -> Done:
    """Another identity of the firm, or none."""
    borne = single_sign_on.identity_of(asked.station, asked.one("subject"))
    made = asked.station.door.users.set_external(asked.one("name"), borne, by=asked.visitor.name, now=asked.station.now())
    words = f"comes in as {borne.subject} of the firm" if borne else "does not come in by the firm's account any more"
    return Done(f"{made.name} {words}; sessions that were open are ended.")


async def change_roles(asked: Asked) -> Done:
    """Other roles, from the next request on."""
    roles = roles_of(asked.many("roles"))
    made = asked.station.door.users.set_roles(asked.one("name"), roles, by=asked.visitor.name, now=asked.station.now())
    return Done(f"{made.name} is now {', '.join(role for role in Role if role in made.roles)}.")


async def change_state(asked: Asked) -> Done:
    """Keep a user out, or let one in again."""
    users, name = asked.station.door.users, asked.one("name")
    if asked.one("state") == "enable":
        made = users.enable(name, by=asked.visitor.name, now=asked.station.now())
        return Done(f"{made.name} may come in again.")
    made = users.disable(name, by=asked.visitor.name, now=asked.station.now())
    return Done(f"{made.name} is kept out from now on: sessions are ended, and tokens open nothing.")


async def set_password(asked: Asked) -> Done:
    """A password for somebody else; one's own is changed by whoever knows the old one."""
    name = asked.one("name")
    if key_of(name) == key_of(asked.visitor.name):
        raise UsageError("your own password is changed with the old one", remedy="See My account.")
    user = asked.station.door.users.get(name)
    hashed = await _hashed(asked, user.name)
    made = asked.station.door.users.set_password(user.name, hashed, by=asked.visitor.name, now=asked.station.now())
    return Done(f"The password of {user.name} is set; {made.ended} session{'' if made.ended == 1 else 's'} ended.")


async def _hashed(asked: Asked, name: str) -> Hashed:
    """The hash of a password that was typed twice; the work is done in a thread."""
    if asked.one("new") != asked.one("again"):
        raise UsageError("the two passwords differ", remedy="Type it twice.")
    return await asyncio.to_thread(asked.station.door.passwords.hashed, name, asked.one("new"))


DEEDS = (
    (f"{PATH}/make", deed(USERS, make_user)),
    (f"{PATH}/roles", deed(USERS, change_roles)),
    (f"{PATH}/state", deed(USERS, change_state)),
    (f"{PATH}/password", deed(USERS, set_password)),
    (f"{PATH}/identity", deed(USERS, change_identity)),
)
