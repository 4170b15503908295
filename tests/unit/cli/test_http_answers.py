"""What a refusal of the gateway becomes in a terminal."""

import httpx
import pytest

from gateway.cli.http_answers import refusal


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"retry_after_seconds": 59.2}, "Try again in 60 s."),
        ({"retry_after_seconds": 59.2, "hint": "Ask less."}, "Ask less."),
        ({}, ""),
    ],
)
def test_when_to_come_back_is_told(given: dict[str, object], hint: str) -> None:
    answer = httpx.Response(429, json={"detail": "More than 6 messages in a minute.", **given})
    assert refusal(answer).hint == hint
