"""One client per contract: the generated stub, and what its errors say when nobody answers."""

from earshot_client.earshot.chat.v1 import ChatServiceStub
from earshot_client.earshot.classifier.v1 import ClassifierServiceStub
from earshot_client.earshot.store.v1 import (
    AlertServiceStub,
    AuditServiceStub,
    IncidentServiceStub,
    InvitationServiceStub,
    LoginServiceStub,
    MessageServiceStub,
    RelabellingServiceStub,
    SavedQueryServiceStub,
    SearchServiceStub,
    StatsServiceStub,
    TaxonomyServiceStub,
    ThreadServiceStub,
    TicketServiceStub,
    UserServiceStub,
    WorkspaceServiceStub,
)
from gateway.clients.adapter import AioStub
from services.runtime.errors import ErrorReason


class _StoreClient(AioStub):
    unreachable = ErrorReason.STORE_UNAVAILABLE


class ClassifierClient(AioStub, ClassifierServiceStub):
    """Calls the classifier."""

    unreachable = ErrorReason.CLASSIFIER_UNAVAILABLE


class MessageClient(_StoreClient, MessageServiceStub):
    """Calls the store's messages."""


class IncidentClient(_StoreClient, IncidentServiceStub):
    """Calls the store's incidents."""


class SearchClient(_StoreClient, SearchServiceStub):
    """Calls the store's search."""


class StatsClient(_StoreClient, StatsServiceStub):
    """Calls the store's statistics."""


class AlertClient(_StoreClient, AlertServiceStub):
    """Calls the store's alerts."""


class TicketClient(_StoreClient, TicketServiceStub):
    """Calls the store's tickets."""


class TaxonomyClient(_StoreClient, TaxonomyServiceStub):
    """Calls the store's taxonomy."""


class ThreadClient(_StoreClient, ThreadServiceStub):
    """Calls the store's threads."""


class UserClient(_StoreClient, UserServiceStub):
    """Calls the store's users."""


class LoginClient(_StoreClient, LoginServiceStub):
    """Calls the store's logins and service tokens."""


class RelabellingClient(_StoreClient, RelabellingServiceStub):
    """Calls the store's relabellings."""


class InvitationClient(_StoreClient, InvitationServiceStub):
    """Calls the store's invitations."""


class AuditClient(_StoreClient, AuditServiceStub):
    """Calls the store's audit log."""


class WorkspaceClient(_StoreClient, WorkspaceServiceStub):
    """Calls the store's settings of workspaces."""


class SavedQueryClient(_StoreClient, SavedQueryServiceStub):
    """Calls the store's saved queries."""


class ChatClient(AioStub, ChatServiceStub):
    """Calls the chat."""

    unreachable = ErrorReason.CHAT_UNAVAILABLE
