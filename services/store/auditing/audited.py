"""Which calls are written to the audit log, and which are not and why. Every RPC of the store stands here once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class Write(Enum):
    """When an event is written."""

    AFTERWARDS = auto()
    """From a queue, once the call has ended: what changes nothing, or changes it piece by piece."""
    WITH_CHANGE = auto()
    """In the transaction of the change; afterwards where nothing was changed."""
    ONLY_WITH_CHANGE = auto()
    """What strangers may call: they would fill the log with what was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """How a call is written. `id_field`: where its request names what it is about; else the handler says it."""

    resource_kind: str
    id_field: str = ""
    write: Write = Write.AFTERWARDS


def _after(resource_kind: str, id_field: str = "") -> Audited:
    return Audited(resource_kind=resource_kind, id_field=id_field)


def _change(resource_kind: str, id_field: str = "") -> Audited:
    return Audited(resource_kind=resource_kind, id_field=id_field, write=Write.WITH_CHANGE)


def _strangers(resource_kind: str) -> Audited:
    return Audited(resource_kind=resource_kind, write=Write.ONLY_WITH_CHANGE)


_BY_SERVICE: Final[Mapping[str, Mapping[str, Audited]]] = {
    "AuditService": {"ListAuditEvents": _after("audit_log")},
    "UserService": {
        "CreateUser": _change("user"),
        "UpdateUser": _change("user", "id"),
        # Both count an attempt in a transaction of its own, before they know how it ends.
        "ChangePassword": _after("user", "id"),
        "VerifyPassword": _after("user"),
    },
    "LoginService": {
        "EndLogin": _strangers("user"),
        "IssueServiceToken": _change("service_token"),
        "RevokeServiceToken": _change("service_token", "id"),
    },
    "InvitationService": {
        "CreateInvitation": _change("invitation"),
        "RevokeInvitation": _change("invitation", "id"),
        "AcceptInvitation": _strangers("user"),
    },
    "MessageService": {
        "ImportMessages": _after("import", "import_id"),
        "GetMessage": _after("message", "id"),
        "ListMessages": _after("messages"),
        # It holds the message before it knows whether it may judge; the judgement itself says who made it.
        "CorrectLabels": _after("message", "id"),
        "ListReviewQueue": _after("messages"),
        "WatchMessages": _after("messages"),
        "ExportMessages": _after("messages"),
        "ExportCorrections": _after("messages"),
        "EraseUser": _change("erasure"),
    },
    "RelabellingService": {
        "CreateRelabelling": _change("relabelling"),
        "CancelRelabelling": _change("relabelling", "id"),
    },
    "WorkspaceService": {"UpdateWorkspaceSettings": _change("workspace_settings")},
    "SearchService": {"SearchMessages": _after("messages")},
    "IncidentService": {"ListIncidents": _after("messages")},
    "ConversationService": {
        "DeleteConversation": _change("conversation", "id"),
        "ListRatedTurns": _after("turns"),
    },
    "TicketService": {
        "CreateTicket": _change("ticket"),
        "GetTicket": _after("ticket", "id"),
        "ListTickets": _after("tickets"),
        "UpdateTicket": _change("ticket", "id"),
        "AnalyzeTicket": _change("ticket", "id"),
        "SendReply": _change("ticket", "ticket_id"),
        "ListReplies": _after("replies"),
        "CreateReplyRule": _change("reply_rule"),
        "UpdateReplyRule": _change("reply_rule", "rule.id"),
        "DeleteReplyRule": _change("reply_rule", "id"),
    },
    "AlertService": {
        "CreateAlertRule": _change("alert_rule"),
        "UpdateAlertRule": _change("alert_rule", "rule.id"),
        "DeleteAlertRule": _change("alert_rule", "id"),
        "AcknowledgeAlert": _change("alert", "id"),
    },
    "SavedQueryService": {
        "SaveQuery": _change("saved_query"),
        "RenameSavedQuery": _change("saved_query", "id"),
        "DeleteSavedQuery": _change("saved_query", "id"),
    },
    "TaxonomyService": {
        "CreateCategory": _change("category"),
        "PreviewCategory": _after("category", "id"),
        "ApplyCategory": _change("category", "id"),
        "RenameCategory": _change("category", "id"),
        "RetireCategory": _change("category", "id"),
        "ProposeCategories": _after("messages"),
    },
}

AUDITED: Final[Mapping[str, Audited]] = MappingProxyType(
    {
        f"/earshot.store.v1.{service}/{method}": audited
        for service, methods in _BY_SERVICE.items()
        for method, audited in methods.items()
    }
)
"""Path of a method → how its calls are written."""

NOT_AUDITED: Final[Mapping[str, Mapping[str, str]]] = {
    "MessageService": {
        "IngestMessages": "a message says itself when it came and through what",
        "GetReviewAgreement": "numbers",
    },
    "StatsService": dict.fromkeys(
        ("QueryStats", "DetectSpikes", "ExplainChange", "CompareAsOf", "EstimateCounts", "PreviewModel"), "numbers"
    ),
    "RelabellingService": dict.fromkeys(("GetRelabelling", "ListRelabellings"), "numbers"),
    "ThreadService": dict.fromkeys(("ScoreThread", "AnalyzeFlow"), "numbers"),
    "ConversationService": dict.fromkeys(
        (
            "CreateConversation",
            "GetConversation",
            "ListConversations",
            "RenameConversation",
            "AppendTurn",
            "GetTurn",
            "ListTurns",
            "RateTurn",
        ),
        "one's own sessions; what they show of messages was read from the store by calls of its own",
    ),
    "MemoryService": dict.fromkeys(("GetMemories", "PutMemory", "DeleteMemories"), "one's own sessions"),
    "UserService": dict.fromkeys(("GetUser", "ListUsers"), "names and roles of colleagues"),
    "LoginService": {
        "RenewLogin": "goes on with a login that was written",
        "VerifyServiceToken": "asked anew within seconds while a program works; what it does is written",
        "ListServiceTokens": "tokens without their secrets",
    },
    "InvitationService": {"ListInvitations": "invitations without their tokens"},
    "TicketService": {
        "ListResolutionPatterns": "what the workspace answers, of no customer",
        "ListReplyRules": "what the workspace has set",
    },
    "AlertService": dict.fromkeys(
        ("GetAlertRule", "ListAlertRules", "ListAlerts", "GetAlert", "WatchAlerts"), "numbers, and what was set"
    ),
    "WorkspaceService": {"GetWorkspaceSettings": "what the workspace has set"},
    "SavedQueryService": {"ListSavedQueries": "questions and filters, of which erasing takes what names a customer"},
    "TaxonomyService": dict.fromkeys(("GetCategory", "ListCategories"), "what the workspace has set"),
}
"""Service → method → why its calls are not written."""
