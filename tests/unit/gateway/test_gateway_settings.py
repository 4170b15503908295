"""The gateway's settings: what would silently never match is refused at the start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings


def settings(**given: str) -> GatewaySettings:
    here = Path(__file__)
    return GatewaySettings.model_validate({"public_key_file": here, "private_key_file": here, **given})


def test_origins_and_proxies_that_can_match_are_taken() -> None:
    taken = settings(
        cors_origins="https://page.example, http://localhost:5173", trusted_proxies="10.0.0.7, 172.16.0.1/12"
    )
    assert taken.cors_origins == ("https://page.example", "http://localhost:5173")
    assert settings(cors_origins="*", trusted_proxies="*").cors_origins == ("*",)
    assert settings(cors_origins="", trusted_proxies="").cors_origins == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cors_origins": "https://page.example/"}, "page.example/ is no origin"),
        ({"cors_origins": "page.example"}, "page.example is no origin"),
        ({"trusted_proxies": "nginx"}, "nginx"),
        ({"trusted_proxies": "10.0.0.7;10.0.0.8"}, "10.0.0.7;10.0.0.8"),
    ],
)
def test_what_never_matches_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(**given)
