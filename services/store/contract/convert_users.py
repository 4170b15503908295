"""Users, service tokens and invitations: protobuf to domain and back."""

from typing import Final
from uuid import UUID

from earshot.store.v1 import invitation_pb2, login_pb2, user_pb2
from services.runtime.auth import Role
from services.runtime.errors import AlreadyExistsError, ErrorReason, InvalidInputError, NotFoundError
from services.store.contract.convert import timestamp
from services.store.people.invitation import Invitation
from services.store.people.login_tokens import ServiceToken
from services.store.people.user import User

_ROLE_OF_PROTO: Final[dict[int, Role]] = {
    user_pb2.ROLE_VIEWER: Role.VIEWER,
    user_pb2.ROLE_AGENT: Role.AGENT,
    user_pb2.ROLE_ADMIN: Role.ADMIN,
    user_pb2.ROLE_INGEST: Role.INGEST,
}
_PROTO_OF_ROLE: Final = {
    Role.VIEWER: user_pb2.ROLE_VIEWER,
    Role.AGENT: user_pb2.ROLE_AGENT,
    Role.ADMIN: user_pb2.ROLE_ADMIN,
    Role.INGEST: user_pb2.ROLE_INGEST,
}


def role(value: int) -> Role:
    """A role that people have. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if value not in _ROLE_OF_PROTO:
        raise InvalidInputError.of_field(
            "role", "must be viewer, agent, admin or ingest", reason=ErrorReason.UNKNOWN_ENUM_VALUE
        )
    return _ROLE_OF_PROTO[value]


def role_or_none(value: int) -> Role | None:
    """As `role`; None where none is said."""
    return None if value == user_pb2.ROLE_UNSPECIFIED else role(value)


def user(stored: User, acting_as: Role | None = None) -> user_pb2.User:
    """A user for a caller; with the role of a token they are stood for by, where one is given."""
    return user_pb2.User(
        id=str(stored.id),
        username=stored.username,
        role=_PROTO_OF_ROLE[acting_as or stored.role],
        workspace_id=stored.workspace_id,
        create_time=timestamp(stored.create_time),
        disabled=stored.disabled,
    )


def service_token(stored: ServiceToken) -> login_pb2.ServiceToken:
    """A service token for a caller."""
    return login_pb2.ServiceToken(
        id=str(stored.id),
        user_id=str(stored.user_id),
        name=stored.name,
        role=_PROTO_OF_ROLE[stored.role],
        create_time=timestamp(stored.create_time),
        expire_time=timestamp(stored.expire_time) if stored.expire_time else None,
        use_time=timestamp(stored.use_time) if stored.use_time else None,
        revoke_time=timestamp(stored.revoke_time) if stored.revoke_time else None,
    )


def invitation(stored: Invitation) -> invitation_pb2.Invitation:
    """An invitation for a caller."""
    return invitation_pb2.Invitation(
        id=str(stored.id),
        role=_PROTO_OF_ROLE[stored.role],
        invited_by=str(stored.invited_by),
        create_time=timestamp(stored.create_time),
        expire_time=timestamp(stored.expire_time),
        revoke_time=timestamp(stored.revoke_time) if stored.revoke_time else None,
    )


def user_id(text: str) -> UUID:
    """An id that may name a user. Raises NotFoundError: what is none is answered like one that is not there."""
    try:
        return UUID(text)
    except ValueError as error:
        raise user_not_found() from error


def user_exists() -> AlreadyExistsError:
    """The answer for a name that is taken."""
    return AlreadyExistsError("A user with this name exists.", reason=ErrorReason.USER_EXISTS)


def user_not_found() -> NotFoundError:
    """The answer for a user who is not there or not for the caller to see."""
    return NotFoundError("There is no user with this id.", reason=ErrorReason.USER_NOT_FOUND)
