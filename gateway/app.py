"""The HTTP application: routes, problems, middleware, documentation. Built from settings; importing does nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from gateway.answering import ApiResponse, Asked, HeadAsGet
from gateway.clients import open_clients
from gateway.examples import add_examples, read_examples
from gateway.middleware import BodyLimit, CallScope, Observed, Unexpected
from gateway.openai_errors import PREFIX as OPENAI_PREFIX
from gateway.openai_errors import OpenAiErrors
from gateway.page import install_page
from gateway.plain_http import HttpsOnly
from gateway.problems import install_problem_handlers
from gateway.programs import Programs
from gateway.rate_limits import RateLimited, open_rate_limits, parse_limits
from gateway.routes import (
    alerts,
    audit,
    auth,
    categories,
    chat,
    classify,
    erasure,
    estimates,
    events,
    export,
    imports,
    incidents,
    invitations,
    memory,
    messages,
    openai,
    ratings,
    receipts,
    recordings,
    relabellings,
    replies,
    reviews,
    saved,
    search,
    sessions,
    stats,
    summarize,
    system,
    threads,
    tickets,
    tokens,
    users,
    watching,
    webhooks,
    workspace,
)
from gateway.settings import GatewaySettings
from gateway.tracing import Traced
from services.runtime.auth import TokenSigner, TokenVerifier

TITLE: Final = "Earshot"
VERSION: Final = "1"
DESCRIPTION: Final = (
    "Stores what customers write, labels it, and answers questions about it with exact numbers. "
    "Log in with `POST /api/v1/auth/token`; every failure is an RFC 9457 problem with a request id."
)
ROUTERS: Final = (
    # A request is held against one after the other: those asked most come first.
    messages.router,
    stats.router,
    classify.router,
    chat.router,
    sessions.router,
    auth.router,
    search.router,
    incidents.router,
    categories.router,
    reviews.router,
    saved.router,
    events.router,
    export.router,
    erasure.router,
    imports.router,
    summarize.router,
    estimates.router,
    watching.router,
    alerts.router,
    # Before tickets, whose {ticket_id} would take "rules" for an id.
    replies.router,
    tickets.router,
    threads.router,
    openai.router,
    users.router,
    tokens.router,
    invitations.router,
    audit.router,
    workspace.router,
    receipts.router,
    ratings.router,
    recordings.router,
    relabellings.router,
    webhooks.router,
    memory.router,
    system.router,
)
# Tokens travel in a header, never in a cookie, so that a foreign page can call only with a token it was given.
CORS_REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "X-Request-Id",
    "X-Session-Id",
)
CORS_ANSWER_HEADERS: Final = (
    "Content-Disposition",
    "ETag",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "reason", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "description": "Machine-readable cause, an ErrorReason of the contracts."},
        "request_id": {"type": "string"},
        "hint": {"type": "string", "description": "What to do about it."},
        "violations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "description": {"type": "string"}},
            },
        },
        "retry_after_seconds": {"type": "number"},
    },
}
OPENAI_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
            },
        }
    },
}


def create_app(settings: GatewaySettings) -> FastAPI:
    """The application of one process. Channels open when it starts and close when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
        async with (
            open_clients(settings) as clients,
            open_rate_limits(redis_url, parse_limits(settings.rate_limits)) as rate_limits,
        ):
            app.state.clients = clients
            app.state.rate_limits = rate_limits
            app.state.programs = Programs(clients.logins, app.state.signer)
            yield

    app = create_routes(lifespan)
    app.state.settings = settings
    app.state.signer = TokenSigner.from_file(settings.private_key_file)
    install_page(app, settings.web_folder)
    _add_middleware(app, settings)
    return app


def create_routes(lifespan: Lifespan | None = None) -> FastAPI:
    """The bare application: routes, problems and their document, without a process around them.

    FastAPI's own documentation pages are off: page.py serves ours, from our own build.
    """
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        # Its spans hold queries as they came, with what people search for; tracing.py's hold none.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        docs_url=None,
        redoc_url=None,
        default_response_class=ApiResponse,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.state.operations = [route for router in ROUTERS for route in router.routes]
    install_problem_handlers(app)
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _add_middleware(app: FastAPI, settings: GatewaySettings) -> None:
    """The last one added is the outermost."""
    verifier = TokenVerifier.from_file(settings.public_key_file, leeway_seconds=settings.token_leeway_seconds)
    app.state.verifier = verifier
    app.add_middleware(Asked)
    app.add_middleware(
        BodyLimit,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        idle_seconds=settings.body_idle_seconds,
    )
    app.add_middleware(HeadAsGet)
    app.add_middleware(RateLimited)
    if not settings.answers_plain_http:
        app.add_middleware(HttpsOnly)
    app.add_middleware(Unexpected)
    app.add_middleware(Observed)
    app.add_middleware(Traced)
    app.add_middleware(CallScope, verifier=verifier)
    app.add_middleware(OpenAiErrors)
    # Outside of it, which reads the problems. It leaves text/event-stream alone, which it would hold back.
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"],
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_ANSWER_HEADERS,
            max_age=600,
        )


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document with every failure described as what it is: a problem."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["OpenAiError"] = OPENAI_ERROR
    answer = {
        "description": "A problem (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    theirs = {
        "description": "An error as OpenAI's clients read it.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAiError"}}},
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = theirs if path.startswith(OPENAI_PREFIX) else answer
    add_examples(document, read_examples())
    app.openapi_schema = document
    return document
