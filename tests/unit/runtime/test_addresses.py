"""Where other servers are: what is refused at the start, and that nothing of a URL with a password is told."""

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from services.runtime.addresses import HttpUrl, PostgresUrl, RedisUrl, ServerAddress


class Addresses(BaseModel):
    server: ServerAddress = "store:1"
    redis: RedisUrl = SecretStr("")
    postgres: PostgresUrl = SecretStr("")
    http: HttpUrl = ""


@pytest.mark.parametrize(
    "given",
    [
        {"server": "127.0.0.1:50052"},
        {"server": "dns:///store.earshot:50052"},
        {"server": "unix:/run/store.sock"},
        {"redis": "rediss://:p@cache:6380/0"},
        {"redis": "unix:///run/redis.sock?db=0"},
        {"postgres": "postgresql://u:p%40ss@[::1]:5432/db?sslmode=require"},
        {"postgres": "postgres://u@one:5432,two:5433/db"},
        {"postgres": "postgresql://postgres@/postgres?host=/run/postgres"},
        {"http": "http://ollama:11434/v1"},
        {"http": ""},
    ],
)
def test_what_can_be_reached_is_taken(given: dict[str, str]) -> None:
    Addresses.model_validate(given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"server": "http://store:50052"}, "without http://"),
        ({"server": "store"}, "has no port"),
        ({"server": ""}, "has no port"),
        ({"redis": "cache:6379"}, "must start with redis://"),
        ({"postgres": "mysql://u:secret@db/x"}, "must start with postgresql://"),
        ({"postgres": "postgresql://u:se/cret@db:5432/x"}, "%-encoded"),
        ({"postgres": "postgresql://u:se#cret@db:5432/x"}, "%-encoded"),
        ({"redis": "redis://cache:six/0"}, "%-encoded"),
        ({"http": "api.openai.com/v1"}, "must start with http://"),
    ],
)
def test_what_cannot_is_told_without_a_password(given: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Addresses.model_validate(given)
    (problem,) = caught.value.errors(include_input=False, include_url=False)
    assert told in problem["msg"]
    assert "cret" not in problem["msg"]
