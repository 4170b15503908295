"""Everything about people in one process: who asks, what they keep, and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from earshot.store.v1 import (
    audit_pb2,
    conversation_pb2,
    invitation_pb2,
    login_pb2,
    memory_pb2,
    saved_pb2,
    user_pb2,
    workspace_pb2,
)
from earshot.store.v1.audit_pb2_grpc import add_AuditServiceServicer_to_server
from earshot.store.v1.conversation_pb2_grpc import add_ConversationServiceServicer_to_server
from earshot.store.v1.invitation_pb2_grpc import add_InvitationServiceServicer_to_server
from earshot.store.v1.login_pb2_grpc import add_LoginServiceServicer_to_server
from earshot.store.v1.memory_pb2_grpc import add_MemoryServiceServicer_to_server
from earshot.store.v1.saved_pb2_grpc import add_SavedQueryServiceServicer_to_server
from earshot.store.v1.user_pb2_grpc import add_UserServiceServicer_to_server
from earshot.store.v1.workspace_pb2_grpc import add_WorkspaceServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.auditing.log import AuditLog
from services.store.parts.part import Part
from services.store.parts.pools import Pools
from services.store.people.lockout import LockoutPolicy
from services.store.people.logins import LoginOptions, Logins
from services.store.people.passwords import Passwords
from services.store.pool import Database
from services.store.servicers.audit import AuditServicer
from services.store.servicers.conversations import ConversationServicer
from services.store.servicers.invitations import InvitationServicer
from services.store.servicers.logins import LoginServicer
from services.store.servicers.memories import MemoryServicer
from services.store.servicers.saved import SavedQueryServicer
from services.store.servicers.users import UserServicer
from services.store.servicers.workspaces import WorkspaceServicer
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class People(Part):
    """The parts. `languages`: those classified where a workspace says nothing."""

    database: Database
    passwords: Passwords
    logins: Logins
    audit: AuditLog
    languages: Sequence[str]

    @classmethod
    def of(cls, settings: StoreSettings, pools: Pools, *, audit: AuditLog) -> Self:
        """As the settings say; to be closed in the end."""
        passwords = Passwords(concurrency=settings.password_concurrency)
        return cls(
            database=pools.calls,
            passwords=passwords,
            logins=Logins(pools.calls, passwords, _login_options(settings)),
            audit=audit,
            languages=settings.store_accepted_languages,
        )

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        users = UserServicer(self.database, self.passwords, self.logins)
        invitations = InvitationServicer(self.database, self.passwords)
        workspaces = WorkspaceServicer(self.database, languages=self.languages)
        events = AuditServicer(self.database, self.audit)
        return (
            *self._kept(check),
            GrpcService.of(user_pb2.DESCRIPTOR, "UserService", add_UserServiceServicer_to_server, users, check),
            GrpcService.of(
                invitation_pb2.DESCRIPTOR,
                "InvitationService",
                add_InvitationServiceServicer_to_server,
                invitations,
                check,
            ),
            GrpcService.of(
                workspace_pb2.DESCRIPTOR, "WorkspaceService", add_WorkspaceServiceServicer_to_server, workspaces, check
            ),
            GrpcService.of(audit_pb2.DESCRIPTOR, "AuditService", add_AuditServiceServicer_to_server, events, check),
        )

    def _kept(self, check: str) -> tuple[GrpcService, ...]:
        conversations = ConversationServicer(self.database)
        memories = MemoryServicer(self.database)
        saved = SavedQueryServicer(self.database)
        programs = LoginServicer(self.database, self.logins)
        return (
            GrpcService.of(
                conversation_pb2.DESCRIPTOR,
                "ConversationService",
                add_ConversationServiceServicer_to_server,
                conversations,
                check,
            ),
            GrpcService.of(
                memory_pb2.DESCRIPTOR, "MemoryService", add_MemoryServiceServicer_to_server, memories, check
            ),
            GrpcService.of(
                saved_pb2.DESCRIPTOR, "SavedQueryService", add_SavedQueryServiceServicer_to_server, saved, check
            ),
            GrpcService.of(login_pb2.DESCRIPTOR, "LoginService", add_LoginServiceServicer_to_server, programs, check),
        )

    async def run(self) -> None:
        """Writes the audit log's events for ever."""
        await self.audit.run()

    async def close(self) -> None:
        """Writes what still waits of the log, and ends the threads of passwords."""
        await self.audit.close()
        self.passwords.close()


def _login_options(settings: StoreSettings) -> LoginOptions:
    lockout = LockoutPolicy(
        free_attempts=settings.login_free_attempts,
        first_seconds=settings.login_wait_seconds,
        longest_seconds=settings.login_longest_wait_seconds,
    )
    return LoginOptions(lockout=lockout, idle=timedelta(days=settings.login_days))
