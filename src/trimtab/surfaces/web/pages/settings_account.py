"""Settings, my account: the password, the sessions that are open, and tokens for programs."""

from __future__ import annotations

import asyncio
from functools import partial

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.access.roles import Role, roles_of
from trimtab.surfaces.access.tokens import DAYS, MOST_DAYS, Token
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.pages.settings_doing import Asked, Done, deed

PATH = "/settings"
_ID = 16  # letters of the name of a session that a page shows: enough to tell them apart


async def account(asker: Asker) -> Shown:
    """What belongs to whoever looks, and to nobody else."""
    door, visitor, now = asker.station.door, asker.visitor, asker.station.now()
    sessions = [
        {"id": one.id[:_ID], "opened": f"{one.opened}Z", "seen": f"{one.seen}Z", "address": one.address, "agent": one.agent}
        | {"here": one.id == visitor.session}
        for one in door.sessions.of(visitor.name, now)
    ]
    tokens = [_token(one, now) for one in door.tokens.all(visitor.name)]
    values: Values = {
        "tab": PATH,
        "sessions": sessions,
        "tokens": tokens,
        "roles": [role.value for role in Role if role in visitor.roles],
        "has_password": door.users.get(visitor.name).has_password,
        "days": {"usual": DAYS, "most": MOST_DAYS},
        **NOTHING_SAID,
    }
    return Shown("settings_account.html", values, "tokens")


def _token(one: Token, now: np.datetime64) -> Values:
    return {
        "id": one.id,
        "name": one.name,
        "roles": [role.value for role in Role if role in one.roles],
        "created": str(one.created)[:10],
        "expires": str(one.expires)[:10],
        "used": None if one.used is None else f"{one.used}Z",
        "over": bool(one.expires <= now),
    }


NOTHING_SAID: Values = {"line": "", "form": "", "kept": {}, "secret": ""}
ACCOUNT = Page(PATH, "settings", "Settings", account, "Keep", kept=False)


async def change_password(asked: Asked) -> Done:
    """A new password: the old one is asked for, and the other sessions end."""
    door, name, now = asked.station.door, asked.visitor.name, asked.station.now()
    new = _twice(asked)
    address = asked.request.client.host if asked.request.client else ""
    attempt = door.attempt(name, asked.one("old"), address, now)
    checked = await asyncio.to_thread(attempt.checked)
    try:
        door.confirm(attempt, checked)
    except NotSignedIn:
        raise UsageError("the old password is not right", remedy="Check it, and whether capitals are locked.") from None
    hashed = await asyncio.to_thread(door.passwords.hashed, name, new)
    found = door.users.set_password(name, hashed, by=name, now=now, keep=asked.visitor.session)
    tokens = f" {found.tokens} token{'' if found.tokens == 1 else 's'} of yours still work: revoke what you do not need."
    ended = f"{found.ended} other session{'' if found.ended == 1 else 's'} ended"
    return Done(f"The password is changed; {ended}.{tokens if found.tokens else ''}")


def _twice(asked: Asked) -> str:
    """The new password. Raises UsageError where it was typed in two ways."""
    new = asked.one("new")
    if new != asked.one("again"):
        raise UsageError("the two passwords differ", remedy="Type the new one twice.")
    return new


async def end_session(asked: Asked) -> Done:
    """End one of one's own sessions, or all but this one."""
    sessions, name = asked.station.door.sessions, asked.visitor.name
    wanted, others = asked.one("id"), asked.one("others") == "yes"
    found = [one.id for one in sessions.of(name, asked.station.now())]
    chosen = [one for one in found if (one != asked.visitor.session if others else one[:_ID] == wanted)]
    if not chosen and not others:
        raise UsageError("there is no such session any more", remedy="Look at the list again.")
    ended = sum(sessions.end_of(name, one) for one in chosen)
    return Done(f"{ended} session{'' if ended == 1 else 's'} ended.")


async def make_token(asked: Asked) -> Done:
    """A token for a program: its text is shown this once."""
    days = asked.one("days").strip() or str(DAYS)
    if not (days.isascii() and days.isdecimal() and len(days) < 5):
        raise UsageError(f"{days[:10]!r} is no number of days", remedy=f"Give 1 to {MOST_DAYS}; {DAYS} is usual.")
    make = partial(asked.station.door.tokens.create, asked.visitor.name, asked.one("name").strip())
    made, text = make(roles_of(asked.many("roles")), now=asked.station.now(), days=int(days))
    return Done(f"The token {made.name} is made.", {"secret": text, "secret_name": made.name})


async def revoke_token(asked: Asked) -> Done:
    """End one of one's own tokens at once."""
    name = asked.visitor.name
    if not asked.station.door.tokens.revoke(asked.one("id"), by=name, user=name):
        raise UsageError("there is no such token any more", remedy="Look at the list again.")
    return Done("The token is revoked: it opens nothing any more.")


DEEDS = (
    (f"{PATH}/password", deed(ACCOUNT, change_password)),
    (f"{PATH}/sessions/end", deed(ACCOUNT, end_session)),
    (f"{PATH}/tokens/make", deed(ACCOUNT, make_token)),
    (f"{PATH}/tokens/revoke", deed(ACCOUNT, revoke_token)),
)
