"""The call's context: who, which and how long, and that none of it leaks out of its call."""

import asyncio

import pytest

from services.runtime.auth import Identity, Role
from services.runtime.call_context import (
    bind_deadline,
    call_scope,
    current_bearer_token,
    current_identity,
    current_request_id,
    detached_context,
    identity_or_none,
    remaining_seconds,
    require_role,
)
from services.runtime.errors import ErrorReason, PermissionDeniedError, UnauthenticatedError

ADA = Identity(user_id="u-1", workspace_id="default", role=Role.AGENT, name="Ada")


def test_outside_a_call_there_is_nobody() -> None:
    assert (current_request_id(), current_bearer_token(), identity_or_none(), remaining_seconds()) == (
        "",
        "",
        None,
        None,
    )
    with pytest.raises(UnauthenticatedError) as caught:
        current_identity()
    assert caught.value.reason == ErrorReason.TOKEN_MISSING


def test_a_scope_binds_and_restores() -> None:
    with call_scope(request_id="outer", seconds=100):
        with call_scope(request_id="inner", identity=ADA, bearer_token="t", seconds=5):
            assert (current_request_id(), current_bearer_token(), current_identity()) == ("inner", "t", ADA)
            assert 4 < (remaining_seconds() or 0) <= 5
        assert (current_request_id(), identity_or_none()) == ("outer", None)
        assert 99 < (remaining_seconds() or 0) <= 100
    assert current_request_id() == ""


def test_a_passed_deadline_is_zero_never_negative() -> None:
    with call_scope(request_id="r", seconds=-5):
        assert remaining_seconds() == 0
        bind_deadline(None)
        assert remaining_seconds() is None


def test_require_role() -> None:
    with call_scope(request_id="r", identity=ADA):
        assert require_role(Role.VIEWER) is ADA
        assert require_role(Role.ADMIN, Role.AGENT) is ADA
        with pytest.raises(PermissionDeniedError) as caught:
            require_role(Role.ADMIN, Role.SERVICE)
    assert caught.value.reason == ErrorReason.ROLE_MISSING
    assert "admin, service" in caught.value.message


async def test_detached_work_keeps_the_caller_and_drops_the_deadline() -> None:
    async def seen() -> tuple[str, Identity | None, float | None]:
        return current_request_id(), identity_or_none(), remaining_seconds()

    with call_scope(request_id="r", identity=ADA, seconds=1):
        attached = await asyncio.create_task(seen())
        detached = await asyncio.create_task(seen(), context=detached_context())
    assert attached[2] is not None
    assert detached == ("r", ADA, None)
