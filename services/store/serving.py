"""The services about messages, numbers and people: each contract with its servicer."""

from collections.abc import Sequence

from earshot.store.v1 import (
    audit_pb2,
    conversation_pb2,
    invitation_pb2,
    login_pb2,
    memory_pb2,
    message_pb2,
    saved_pb2,
    stats_pb2,
    thread_pb2,
    user_pb2,
    workspace_pb2,
)
from earshot.store.v1.audit_pb2_grpc import add_AuditServiceServicer_to_server
from earshot.store.v1.conversation_pb2_grpc import add_ConversationServiceServicer_to_server
from earshot.store.v1.invitation_pb2_grpc import add_InvitationServiceServicer_to_server
from earshot.store.v1.login_pb2_grpc import add_LoginServiceServicer_to_server
from earshot.store.v1.memory_pb2_grpc import add_MemoryServiceServicer_to_server
from earshot.store.v1.message_pb2_grpc import add_MessageServiceServicer_to_server
from earshot.store.v1.saved_pb2_grpc import add_SavedQueryServiceServicer_to_server
from earshot.store.v1.stats_pb2_grpc import add_StatsServiceServicer_to_server
from earshot.store.v1.thread_pb2_grpc import add_ThreadServiceServicer_to_server
from earshot.store.v1.user_pb2_grpc import add_UserServiceServicer_to_server
from earshot.store.v1.workspace_pb2_grpc import add_WorkspaceServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.auditing.log import AuditLog
from services.store.people.logins import Logins
from services.store.people.passwords import Passwords
from services.store.pool import Database
from services.store.servicers.audit import AuditServicer
from services.store.servicers.conversations import ConversationServicer
from services.store.servicers.invitations import InvitationServicer
from services.store.servicers.logins import LoginServicer
from services.store.servicers.memories import MemoryServicer
from services.store.servicers.messages import MessageServicer
from services.store.servicers.saved import SavedQueryServicer
from services.store.servicers.stats import StatsServicer
from services.store.servicers.threads import ThreadServicer
from services.store.servicers.users import UserServicer
from services.store.servicers.workspaces import WorkspaceServicer


def services_of_messages(
    check: str, database: Database, messages: MessageServicer, stats: StatsServicer
) -> Sequence[GrpcService]:
    """What was written, and what it counts; they need the readiness check of this name."""
    threads = ThreadServicer(database)
    return (
        GrpcService.of(message_pb2.DESCRIPTOR, "MessageService", add_MessageServiceServicer_to_server, messages, check),
        GrpcService.of(stats_pb2.DESCRIPTOR, "StatsService", add_StatsServiceServicer_to_server, stats, check),
        GrpcService.of(thread_pb2.DESCRIPTOR, "ThreadService", add_ThreadServiceServicer_to_server, threads, check),
    )


def services_of_people(
    check: str,
    database: Database,
    passwords: Passwords,
    logins: Logins,
    audit: AuditLog,
    *,
    languages: Sequence[str],
) -> Sequence[GrpcService]:
    """Who asks, what they keep, and what they did; `languages` to classify where a workspace says nothing."""
    conversations = ConversationServicer(database)
    memories = MemoryServicer(database)
    saved = SavedQueryServicer(database)
    users = UserServicer(database, passwords, logins)
    programs = LoginServicer(database, logins)
    invitations = InvitationServicer(database, passwords)
    workspaces = WorkspaceServicer(database, languages=languages)
    events = AuditServicer(database, audit)
    return (
        GrpcService.of(
            conversation_pb2.DESCRIPTOR,
            "ConversationService",
            add_ConversationServiceServicer_to_server,
            conversations,
            check,
        ),
        GrpcService.of(memory_pb2.DESCRIPTOR, "MemoryService", add_MemoryServiceServicer_to_server, memories, check),
        GrpcService.of(
            saved_pb2.DESCRIPTOR, "SavedQueryService", add_SavedQueryServiceServicer_to_server, saved, check
        ),
        GrpcService.of(user_pb2.DESCRIPTOR, "UserService", add_UserServiceServicer_to_server, users, check),
        GrpcService.of(login_pb2.DESCRIPTOR, "LoginService", add_LoginServiceServicer_to_server, programs, check),
        GrpcService.of(
            invitation_pb2.DESCRIPTOR, "InvitationService", add_InvitationServiceServicer_to_server, invitations, check
        ),
        GrpcService.of(
            workspace_pb2.DESCRIPTOR, "WorkspaceService", add_WorkspaceServiceServicer_to_server, workspaces, check
        ),
        GrpcService.of(audit_pb2.DESCRIPTOR, "AuditService", add_AuditServiceServicer_to_server, events, check),
    )
