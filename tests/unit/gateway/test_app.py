"""The application alone: body limits, problems, headers, identity, and services that are away."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import structlog
from structlog.testing import capture_logs

from earshot_client.earshot.chat.v1 import DeleteSessionRequest, InterpretQuestionRequest
from gateway import middleware, problems
from gateway.clients.stubs import ChatClient
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason, UnavailableError
from tests.support.gateway import GatewayRig, lone_gateway

LIMIT = 4096
UPLOAD_LIMIT = 16_384
CLASSIFY = "/api/v1/classify"


@pytest_asyncio.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayRig]:
    folder = tmp_path_factory.mktemp("gateway")
    async with lone_gateway(folder, max_body_bytes=LIMIT, max_upload_bytes=UPLOAD_LIMIT) as rig:
        yield rig


async def _chunks(size: int) -> AsyncIterator[bytes]:
    """A body without a declared length."""
    for _ in range(size // 512):
        yield b" " * 512


def _assert_problem(body: object, *, status: int, reason: str) -> None:
    assert isinstance(body, dict)
    assert {"type", "title", "status", "detail", "reason", "request_id"} <= set(body)
    assert (body["status"], body["reason"]) == (status, reason)
    assert body["type"] == f"urn:earshot:problem:{reason}"


async def test_a_body_declared_too_large_is_refused(gateway: GatewayRig) -> None:
    answer = await gateway.http.post(CLASSIFY, content=b" " * (LIMIT + 1), headers=gateway.bearer())
    assert answer.status_code == 413
    _assert_problem(answer.json(), status=413, reason="BODY_TOO_LARGE")


async def test_a_body_that_grows_too_large_is_refused_while_it_comes(gateway: GatewayRig) -> None:
    answer = await gateway.http.post(CLASSIFY, content=_chunks(LIMIT * 2), headers=gateway.bearer())
    assert answer.status_code == 413
    _assert_problem(answer.json(), status=413, reason="BODY_TOO_LARGE")


async def test_uploads_have_their_own_limit(gateway: GatewayRig) -> None:
    async def sent(size: int) -> httpx.Response:
        files = {"file": ("m.csv", b"text\n" + b"a" * size)}
        # A wrong option, so that what is not too large ends at once.
        form = {"delimiter": ",,"}
        return await gateway.http.post("/api/v1/import", data=form, files=files, headers=gateway.bearer())

    assert (await sent(LIMIT * 2)).status_code == 400
    refused = await sent(UPLOAD_LIMIT)
    assert refused.status_code == 413
    assert "Split the file" in refused.json()["hint"]


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.VIEWER, 403)])
async def test_an_upload_of_who_may_not_store_is_refused_unread(
    gateway: GatewayRig, role: Role | None, status: int
) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    headers = gateway.bearer(role) if role else {}
    answer = await gateway.http.post("/api/v1/import", content=body(), headers=headers)
    assert answer.status_code == status
    assert not read


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/messages/a/b"])
async def test_unknown_paths_are_problems(gateway: GatewayRig, path: str) -> None:
    _assert_problem((await gateway.http.get(path)).json(), status=404, reason="NOT_FOUND")


async def test_wrong_methods_are_problems(gateway: GatewayRig) -> None:
    answer = await gateway.http.put("/api/v1/messages")
    _assert_problem(answer.json(), status=405, reason="METHOD_NOT_ALLOWED")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"texts": ["\\ud800"]}',
        b'{"\\ud800": 1}',
        b'{"texts": ["a\\u0000b"]}',
        b'{"texts": "one"}',
        b'{"texts": []}',
        b'{"texts": [1]}',
        b'{"texts": [true]}',
        b'{"texts": ["a"], "extra": 1}',
        b'{"texts": ["a"], "scheme": NaN}',
        b'{"texts": ["a"], "scheme": 1e400}',
        b"[" * 3000 + b"]" * 900,
        b'{"texts":' + b"[" * 1900 + b"]" * 1900 + b"}",
    ],
)
async def test_bad_json_is_a_problem_that_echoes_nothing_unsound(gateway: GatewayRig, content: bytes) -> None:
    headers = {**gateway.bearer(), "Content-Type": "application/json"}
    answer = await gateway.http.post(CLASSIFY, content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"texts": ["a"],,}', "body: is not JSON: Expecting property name enclosed in double quotes at character 16"),
        (b"[1]", "body: must be a JSON object, sent as application/json"),
    ],
)
async def test_a_body_that_is_no_object_is_told_so(gateway: GatewayRig, content: bytes, told: str) -> None:
    headers = {**gateway.bearer(), "Content-Type": "application/json"}
    assert (await gateway.http.post(CLASSIFY, content=content, headers=headers)).json()["detail"] == told
    as_text = {**gateway.bearer(), "Content-Type": "text/plain"}
    refused = await gateway.http.post(CLASSIFY, content=b'{"texts": ["a"]}', headers=as_text)
    assert refused.json()["detail"] == "body: must be a JSON object, sent as application/json"


async def test_an_unforeseen_error_can_be_found_by_its_request_id(
    gateway: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(ChatClient, "interpret_question", broken)
    with capture_logs() as lines:
        monkeypatch.setattr(problems, "_LOGGER", structlog.get_logger("earshot.gateway"))
        monkeypatch.setattr(middleware, "_LOGGER", structlog.get_logger("earshot.http"))
        answer = await gateway.http.post("/api/v1/interpret", json={"text": "a"}, headers=gateway.bearer())
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert {"unexpected error", "request"} <= {line["event"] for line in lines}


async def test_a_completion_whose_context_fails_leaves_no_session(
    gateway: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    deleted: list[str] = []

    async def interpret(_: ChatClient, request: InterpretQuestionRequest) -> None:
        read.append(request.session_id)
        if len(read) == 2:
            raise UnavailableError("away", reason=ErrorReason.CHAT_UNAVAILABLE)

    async def delete(_: ChatClient, request: DeleteSessionRequest) -> None:
        deleted.append(request.id)

    monkeypatch.setattr(ChatClient, "interpret_question", interpret)
    monkeypatch.setattr(ChatClient, "delete_session", delete)
    messages = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    body = {"model": "earshot", "messages": messages}
    answer = await gateway.http.post("/v1/chat/completions", json=body, headers=gateway.bearer())
    assert (answer.status_code, deleted) == (503, read[:1])


async def test_violations_name_the_fields(gateway: GatewayRig) -> None:
    body = {"text": "a", "source": "web", "user_id": "u", "timestamp": "tomorrow", "colour": "red"}
    answer = await gateway.http.post("/api/v1/messages", json=body, headers=gateway.bearer())
    assert {item["field"] for item in answer.json()["violations"]} == {"timestamp", "colour"}
    many = await gateway.http.post("/api/v1/messages", json={"messages": [body]}, headers=gateway.bearer())
    assert {item["field"] for item in many.json()["violations"]} == {"messages[0].timestamp", "messages[0].colour"}
    none = await gateway.http.post("/api/v1/messages", json=[], headers=gateway.bearer())
    assert [item["field"] for item in none.json()["violations"]] == ["body"]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (CLASSIFY, {"texts": ["a"]}, "CLASSIFIER_UNAVAILABLE"),
        ("/api/v1/stats", {}, "STORE_UNAVAILABLE"),
        ("/api/v1/interpret", {"text": "a"}, "CHAT_UNAVAILABLE"),
        ("/api/v1/chat", {"text": "a"}, "CHAT_UNAVAILABLE"),
        ("/api/v1/chat/stream", {"text": "a"}, "CHAT_UNAVAILABLE"),
    ],
)
async def test_a_service_that_is_away_is_503_with_retry_after(
    gateway: GatewayRig, path: str, body: dict[str, object], reason: str
) -> None:
    answer = await gateway.http.post(path, json=body, headers=gateway.bearer())
    assert answer.status_code == 503
    _assert_problem(answer.json(), status=503, reason=reason)
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("query", ["end=1970-01-02T00:00:00Z", "end=1971-01-01T00:00:00Z&days=3660"])
async def test_recent_days_never_reach_before_the_first_instant(gateway: GatewayRig, query: str) -> None:
    answer = await gateway.http.get(f"/api/v1/stats?{query}", headers=gateway.bearer())
    _assert_problem(answer.json(), status=503, reason="STORE_UNAVAILABLE")


@pytest.mark.parametrize(
    ("path", "field", "told"),
    [
        ("/api/v1/stats?categories=deposit", "categories", "did you mean category?"),
        ("/api/v1/messages?source=web&sorce=telegram", "sorce", "did you mean source?"),
        ("/api/v1/sessions?limit=5", "limit", "known are page_size, page_token"),
        ("/api/v1/users/me?page_size=5", "page_size", "is no parameter of this route"),
    ],
)
async def test_a_parameter_that_the_route_does_not_know_is_refused(
    gateway: GatewayRig, path: str, field: str, told: str
) -> None:
    answer = await gateway.http.get(path, headers=gateway.bearer())
    _assert_problem(answer.json(), status=400, reason="INVALID_ARGUMENT")
    (violation,) = answer.json()["violations"]
    assert violation["field"] == field
    assert violation["description"].endswith(told)
    assert (await gateway.http.get(path)).status_code == 401


async def test_openais_clients_may_send_parameters_of_their_own(gateway: GatewayRig) -> None:
    answer = await gateway.http.get("/v1/models?limit=20&api-version=1", headers=gateway.bearer())
    assert answer.json()["error"]["code"] == "CHAT_UNAVAILABLE"


@pytest.mark.parametrize("zone", ["%00", "a" * 65])
async def test_a_zone_that_cannot_be_sent_is_refused(gateway: GatewayRig, zone: str) -> None:
    answer = await gateway.http.get(f"/api/v1/stats?time_zone={zone}", headers=gateway.bearer())
    _assert_problem(answer.json(), status=400, reason="INVALID_ARGUMENT")


async def test_health_lives_while_services_are_away_and_readiness_names_them(gateway: GatewayRig) -> None:
    for path in ("/health", "/healthz"):
        assert (await gateway.http.get(path)).json() == {"status": "ok"}
    ready = await gateway.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == dict.fromkeys(("classifier", "store", "chat"), "not serving")


async def test_the_log_tells_peoples_requests_and_keeps_probes_for_level_debug(
    gateway: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as lines:
        monkeypatch.setattr(middleware, "_LOGGER", structlog.get_logger("earshot.http"))
        for path in ("/readyz", "/metrics", "/api/v1/users/me"):
            await gateway.http.get(path)
    told = [(line["route"], line["log_level"]) for line in lines if line["event"] == "request"]
    assert told == [("/readyz", "debug"), ("/metrics", "debug"), ("/api/v1/users/me", "info")]


async def test_every_answer_carries_its_request_id_and_the_standing_headers(gateway: GatewayRig) -> None:
    given = await gateway.http.get("/healthz", headers={"X-Request-Id": "01a1fd7a-f7ee-745f-a0b2-811c5f348acd"})
    assert given.headers["x-request-id"] == "01a1fd7a-f7ee-745f-a0b2-811c5f348acd"
    unsound = await gateway.http.get("/nothing", headers={"X-Request-Id": "a b\tc" * 100})
    assert unsound.headers["x-request-id"] != "a b\tc" * 100
    assert "default-src 'self'" in unsound.headers["content-security-policy"]
    assert unsound.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "\xe9"])
async def test_bad_tokens_are_401_even_where_none_is_needed(gateway: GatewayRig, token: str) -> None:
    headers = [(b"Authorization", f"Bearer {token}".encode("latin-1"))]
    answer = await gateway.http.get("/api/v1/users/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["reason"] in {"TOKEN_INVALID", "TOKEN_MISSING"}


async def test_the_page_that_is_not_built_says_what_builds_it(gateway: GatewayRig) -> None:
    answer = await gateway.http.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


async def test_the_openapi_document_describes_every_failure_as_a_problem(gateway: GatewayRig) -> None:
    document = json.loads((await gateway.http.get("/openapi.json")).text)
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
        for operation in operations.values():
            assert kind in operation["responses"]["default"]["content"]


@pytest.mark.parametrize(
    "form",
    [
        {"delimiter": '"'},
        {"delimiter": "\n"},
        {"delimiter": ",,"},
        {"timestamp_format": "%d%d"},
        {"timestamp_format": "%"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "/etc/passwd"},
        {"time_zone": "a\x00b"},
        {"format": "xml"},
        {"import_id": "7"},
        {"import_id": "8e0c8f5e-7d1c-4a55-9a50-5f4b6f6a4f0a"},  # a UUIDv4 tells no instant
        {"timestamp": "10000-01-01T00:00:00Z"},
        {"colour": "red"},
    ],
)
async def test_bad_import_options_are_refused_before_a_row_is_read(gateway: GatewayRig, form: dict[str, str]) -> None:
    files = {"file": ("m.csv", b"text\na\n")}
    answer = await gateway.http.post("/api/v1/import", data=form, files=files, headers=gateway.bearer())
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("content", [b"", b"a,a\n1,2\n", b"\xe9\nx\n", b'"open\n'])
async def test_a_file_without_a_usable_header_is_refused(gateway: GatewayRig, content: bytes) -> None:
    files = {"file": ("m.csv", content)}
    answer = await gateway.http.post("/api/v1/import", files=files, headers=gateway.bearer())
    assert answer.status_code == 400
    assert answer.json()["violations"][0]["field"] == "file"


async def test_an_import_without_a_file_is_refused(gateway: GatewayRig) -> None:
    answer = await gateway.http.post("/api/v1/import", data={"source": "web"}, headers=gateway.bearer())
    assert answer.status_code == 400
