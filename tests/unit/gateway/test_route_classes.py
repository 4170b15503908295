"""Which rate limit a request counts under, and how limits are written."""

import pytest

from gateway.rate_limits import parse_limits
from gateway.route_classes import RouteClass, route_class
from tests.support.http_contract import document


@pytest.mark.parametrize(
    ("method", "path", "known", "expected"),
    [
        ("POST", "/api/v1/auth/token", False, RouteClass.LOGIN),
        ("POST", "/api/v1/auth/token", True, RouteClass.LOGIN),
        ("POST", "/api/v1/users", False, RouteClass.LOGIN),
        ("POST", "/api/v1/users", True, RouteClass.WRITE),
        ("POST", "/api/v1/import", True, RouteClass.BULK),
        ("GET", "/api/v1/export", True, RouteClass.BULK),
        ("POST", "/api/v1/chat/stream", True, RouteClass.CHAT),
        ("POST", "/v1/chat/completions", True, RouteClass.CHAT),
        ("POST", "/api/v1/sessions/x/messages", True, RouteClass.CHAT),
        ("GET", "/api/v1/sessions/x/messages", True, RouteClass.READ),
        ("HEAD", "/api/v1/messages", True, RouteClass.READ),
        ("DELETE", "/api/v1/sessions/x", True, RouteClass.WRITE),
        ("GET", "/healthz", False, None),
        ("GET", "/metrics", False, None),
        ("GET", "/assets/index.js", False, None),
    ],
)
def test_classes(method: str, path: str, known: bool, expected: RouteClass | None) -> None:
    assert route_class(method, path, known=known) is expected


def test_every_route_of_the_api_has_a_class() -> None:
    for path, operations in document()["paths"].items():
        limited = path.startswith(("/api/", "/v1/", "/.well-known/"))
        for method in operations:
            assert (route_class(method.upper(), path, known=True) is not None) == limited


def test_limits_are_read() -> None:
    read = parse_limits("login=30/minute, chat=5 per 2 seconds,")
    assert {kind: (item.amount, item.get_expiry()) for kind, item in read.items()} == {
        RouteClass.LOGIN: (30, 60),
        RouteClass.CHAT: (5, 2),
    }
    assert parse_limits("") == {}


@pytest.mark.parametrize("text", ["everything=1/minute", "login", "login=", "login=many", "login=1/fortnight"])
def test_limits_that_are_none_are_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (class of routes|limit)"):
        parse_limits(text)
