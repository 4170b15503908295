"""Every route × every role: who is let in, as a table that a new route has to be put into (G13)."""

from typing import Final

import pytest

from services.runtime.auth import Role
from tests.integration.gateway.test_identity import GUARDED
from tests.integration.gateway.test_roles import Asked, _acting, _answers
from tests.support.stack import StackRig

ANYBODY: Final = frozenset({Role.VIEWER, Role.AGENT, Role.ADMIN, Role.INGEST})
READERS: Final = ANYBODY - {Role.INGEST}
AGENTS: Final = READERS - {Role.VIEWER}
SENDERS: Final = ANYBODY - {Role.VIEWER}
ADMINS: Final = frozenset({Role.ADMIN})
ALLOWED: Final = {
    ADMINS: """
        delete /api/v1/alerts/rules/{rule_id}
        delete /api/v1/customers/{user_id}
        delete /api/v1/invitations/{invitation_id}
        delete /api/v1/requests/rules/{rule_id}
        delete /api/v1/users/{account_id}
        get /api/v1/audit
        get /api/v1/invitations
        get /api/v1/ratings
        get /api/v1/review/corrections
        get /api/v1/users
        patch /api/v1/categories/{category_id}
        patch /api/v1/users/{user_id}
        patch /api/v1/workspace/settings
        post /api/v1/alerts/rules
        post /api/v1/categories
        post /api/v1/categories/{category_id}:apply
        post /api/v1/categories/{category_id}:retire
        post /api/v1/invitations
        post /api/v1/relabellings
        post /api/v1/relabellings/{relabelling_id}:cancel
        post /api/v1/requests/rules
        post /api/v1/users
        put /api/v1/alerts/rules/{rule_id}
        put /api/v1/requests/rules/{rule_id}
    """,
    READERS: """
        delete /api/v1/saved-queries/{query_id}
        delete /api/v1/sessions/{session_id}
        get /api/v1/alerts
        get /api/v1/alerts/events
        get /api/v1/alerts/rules
        get /api/v1/alerts/rules/{rule_id}
        get /api/v1/alerts/{alert_id}
        get /api/v1/events
        get /api/v1/receipts/{receipt_id}
        get /api/v1/relabellings
        get /api/v1/relabellings/{relabelling_id}
        get /api/v1/replies/{reply_id}/context
        get /api/v1/review/agreement
        get /api/v1/saved-queries
        get /api/v1/sessions
        get /api/v1/sessions/{session_id}
        get /api/v1/sessions/{session_id}/memory
        get /api/v1/sessions/{session_id}/messages
        get /api/v1/sessions/{session_id}/recording
        get /api/v1/stats
        get /api/v1/workspace/settings
        patch /api/v1/saved-queries/{query_id}
        patch /api/v1/sessions/{session_id}
        post /api/v1/chat
        post /api/v1/chat/stream
        post /api/v1/receipts/{receipt_id}:replay
        post /api/v1/receipts/{receipt_id}:subscribe
        post /api/v1/saved-queries
        post /api/v1/sessions
        post /api/v1/sessions/{session_id}/memory
        post /api/v1/sessions/{session_id}/memory:forget
        post /api/v1/sessions/{session_id}/messages
        post /api/v1/stats
        post /api/v1/stats:compareAsOf
        post /api/v1/stats:estimate
        post /api/v1/stats:explain
        post /api/v1/stats:spikes
        post /api/v1/threads:flow
        post /v1/chat/completions
        put /api/v1/replies/{reply_id}/rating
    """,
    ANYBODY: """
        delete /api/v1/tokens/{token_id}
        get /api/v1/model
        get /api/v1/replies/{reply_id}/events
        get /api/v1/tokens
        get /api/v1/users/me
        get /api/v1/users/{user_id}
        get /v1/models
        get /v1/models/{model}
        post /api/v1/classify
        post /api/v1/explain
        post /api/v1/interpret
        post /api/v1/replies/{reply_id}:cancel
        post /api/v1/summarize
        post /api/v1/tokens
        post /api/v1/users/me:change-password
        post /api/v1/users/{user_id}:change-password
    """,
    AGENTS: """
        get /api/v1/categories
        get /api/v1/categories/proposals
        get /api/v1/categories/{category_id}
        get /api/v1/export
        get /api/v1/incidents
        get /api/v1/messages
        get /api/v1/messages/{message_id}
        get /api/v1/requests
        get /api/v1/requests/replies
        get /api/v1/requests/rules
        get /api/v1/requests/{ticket_id}
        get /api/v1/requests/{ticket_id}/replies
        get /api/v1/requests:resolutions
        get /api/v1/review
        get /api/v1/threads/{conversation_id}/score
        patch /api/v1/requests/{ticket_id}
        post /api/v1/alerts/{alert_id}:acknowledge
        post /api/v1/categories/{category_id}:preview
        post /api/v1/messages/{message_id}/labels
        post /api/v1/messages:search
        post /api/v1/requests/{ticket_id}/replies
        post /api/v1/requests/{ticket_id}:analyze
        put /api/v1/replies/{reply_id}/verified
    """,
    SENDERS: """
        post /api/v1/import
        post /api/v1/messages
        post /api/v1/requests
    """,
}
"""Who may use which routes. What is one's own (accounts, sessions, replies, tokens) is found by its owner only."""


def matrix() -> dict[tuple[str, str], frozenset[Role]]:
    """Route → roles."""
    lines = [(line.split(), roles) for roles, routes in ALLOWED.items() for line in routes.strip().splitlines()]
    return {(method, path): roles for (method, path), roles in lines}


def test_every_route_stands_in_the_matrix_once() -> None:
    assert sorted(matrix()) == GUARDED
    assert sum(len(routes.strip().splitlines()) for routes in ALLOWED.values()) == len(GUARDED)


@pytest.mark.parametrize("role", sorted(ANYBODY))
async def test_a_role_is_let_in_where_the_matrix_says(stack: StackRig, role: Role) -> None:
    async with _acting(stack, role, workspace="matrix") as http:
        answers = await _answers(http, {}, GUARDED)
    wrong = {
        route: answer
        for route, answer in zip(GUARDED, answers, strict=True)
        if _let_in(answer) != (role in matrix()[route]) or answer[0] >= 500 or answer[0] == 401
    }
    assert wrong == {}


def _let_in(answer: Asked) -> bool:
    """Whether anything but the role decided."""
    status, shown = answer
    error = shown.get("error")
    reason = error.get("code") if isinstance(error, dict) else shown.get("reason")
    return (status, reason) != (403, "ROLE_MISSING")
