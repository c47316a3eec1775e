"""Who one is, one's own tokens, and for an administrator the users of the desk. No secret is ever read back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import Field
from starlette.responses import Response

from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import Right, Role
from trimtab.surfaces.access.tokens import Token
from trimtab.surfaces.access.users import State, User
from trimtab.surfaces.access.visitor import Visitor, Way
from trimtab.surfaces.api.answering import answer, once
from trimtab.surfaces.api.keyed import keyed
from trimtab.surfaces.serving.entrance import holder
from trimtab.surfaces.serving.shapes import Asked, Text
from trimtab.surfaces.serving.station import station_of

Entered = Annotated[Visitor, Depends(holder(Right.READ))]
Keeper = Annotated[Visitor, Depends(holder(Right.ADMINISTER))]
Person = Annotated[str, Path(alias="name", pattern=r"^[\w.@-]{1,40}$")]
TokenId = Annotated[str, Path(alias="id", pattern=r"^[A-Za-z0-9_-]{4,64}$")]


class NewToken(Asked):
    """A token to be made: it may do what its roles may, as long as whoever made it may."""

    name: Annotated[Text, Field(min_length=1, max_length=80, description="what it is for")]
    roles: Annotated[list[Role], Field(min_length=1, max_length=5, description="some of one's own roles")]
    days: Annotated[int, Field(ge=1, le=366, description="until it expires")] = 90


class NewUser(Asked):
    """A user to be made, who signs in with a first password or a firm's single sign-on."""

    name: Annotated[str, Field(pattern=r"^[\w.@-]{1,40}$", description="as on orders and approvals")]
    roles: Annotated[list[Role], Field(min_length=1, max_length=5)]
    password: Annotated[str, Field(max_length=1000, description="12 characters or more; empty: none yet")] = ""


class ChangedUser(Asked):
    """What is to change of a user."""

    roles: Annotated[list[Role] | None, Field(min_length=1, max_length=5)] = None
    enabled: bool | None = None


def add_accounts(router: APIRouter) -> None:
    """Add the routes of persons and tokens."""
    own: dict[str, Any] = {"tags": ["me"], "response_model": dict[str, Any]}

    @router.get("/me", name="read-me", operation_id="read-me", **own)
    async def me(request: Request, visitor: Entered) -> Response:
        """Who asks, and what they may do."""
        rights, roles = sorted(visitor.rights), sorted(visitor.roles)
        return answer(request, _told("me", {"name": visitor.name, "roles": roles, "rights": rights, "way": visitor.way}))

    @router.get("/tokens", name="read-tokens", operation_id="read-tokens", **own)
    async def tokens(request: Request, visitor: Entered) -> Response:
        """One's own tokens, without their secrets."""
        found = station_of(request).door.tokens.all(visitor.name)
        return answer(request, _told("tokens", {"tokens": [_token(one) for one in found]}))

    @router.post("/tokens", name="do-token", operation_id="do-token", status_code=201, dependencies=[Depends(keyed)], **own)
    async def made(request: Request, visitor: Entered, asked: Annotated[NewToken, Body()]) -> Response:
        """Make a token, from a session in a browser: a token makes no other. Its text is told this once."""
        if visitor.way is not Way.SESSION:
            raise Forbidden("a token makes no other token", remedy="Make it in a browser, in Settings.")
        station = station_of(request)
        token, text = station.door.tokens.create(visitor.name, asked.name, asked.roles, now=station.now(), days=asked.days)
        return answer(request, _told("token", _token(token) | {"text": text}), 201)

    @router.delete("/tokens/{id}", name="end-token", operation_id="end-token", **own)
    async def revoked(request: Request, visitor: Entered, name: TokenId) -> Response:
        """Revoke one of one's own tokens; whether there was one."""
        done = station_of(request).door.tokens.revoke(name, by=visitor.name, user=visitor.name)
        return answer(request, _told("token", {"id": name, "revoked": done}))

    _add_users(router)


def _add_users(router: APIRouter) -> None:
    own: dict[str, Any] = {"tags": ["users"], "response_model": dict[str, Any]}

    @router.get("/users", name="read-users", operation_id="read-users", dependencies=[Depends(holder(Right.ADMINISTER))], **own)
    async def users(request: Request) -> Response:
        """Every user of the desk."""
        found = station_of(request).door.users.all()
        return answer(request, _told("users", {"users": [_user(one) for one in found]}))

    @router.post("/users", name="do-user", operation_id="do-user", status_code=201, dependencies=[Depends(keyed)], **own)
    async def made(request: Request, visitor: Keeper, asked: Annotated[NewUser, Body()]) -> Response:
        """Make a user."""
        station = station_of(request)
        door = station.door
        hashed = await asyncio.to_thread(door.passwords.hashed, asked.name, asked.password) if asked.password else None

        async def work() -> tuple[int, dict[str, Any], dict[str, str]]:
            user = door.users.create(asked.name, asked.roles, by=visitor.name, now=station.now(), password=hashed)
            return 201, _told("user", _user(user)), {}

        return await once(request, visitor, asked.model_dump_json(exclude={"password"}).encode(), work)

    @router.patch("/users/{name}", name="change-user", operation_id="change-user", **own)
    async def changed(request: Request, visitor: Keeper, name: Person, asked: Annotated[ChangedUser, Body()]) -> Response:
        """Change a user's roles, or whether they may come in. The last administrator stays one."""
        station = station_of(request)
        users, now = station.door.users, station.now()
        if asked.roles is not None:
            users.set_roles(name, asked.roles, by=visitor.name, now=now)
        if asked.enabled is not None:
            (users.enable if asked.enabled else users.disable)(name, by=visitor.name, now=now)
        return answer(request, _told("user", _user(users.get(name))))


def _told(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"trimtab": 1, "kind": kind, **body}


def _user(user: User) -> dict[str, Any]:
    return {"name": user.name, "roles": sorted(user.roles), "enabled": user.state == State.ENABLED}


def _token(token: Token) -> dict[str, Any]:
    used = None if token.used is None else f"{token.used}Z"
    told = {"id": token.id, "name": token.name, "roles": sorted(token.roles)}
    return told | {"created": f"{token.created}Z", "expires": f"{token.expires}Z", "used": used}
