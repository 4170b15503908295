"""The chat's settings: which language model they choose."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.chat.settings import ChatSettings
from services.runtime.llm_settings import GEMINI_BASE_URL, OPENAI_BASE_URL


def settings(**values: Any) -> ChatSettings:
    given: dict[str, Any] = {"public_key_file": __file__, "redis_url": SecretStr("redis://x"), **values}
    return ChatSettings(**given)


def test_the_upstream_is_the_one_named_or_the_one_whose_key_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    nothing = settings()
    assert (nothing.upstream_base_url, nothing.default_model) == ("", "builtin")
    assert nothing.allowed_models == {"builtin"}
    named = settings(llm_base_url="http://localhost:11434/v1", llm_model="a", llm_models="b, c")
    assert named.default_model == "a"
    assert named.allowed_models == {"builtin", "a", "b", "c"}
    assert named.upstream_api_key == "none"
    monkeypatch.setenv("GEMINI_API_KEY", "g")
    assert (settings().upstream_base_url, settings().upstream_api_key) == (GEMINI_BASE_URL, "g")
    monkeypatch.setenv("OPENAI_API_KEY", "o")
    assert (settings().upstream_base_url, settings().upstream_api_key) == (OPENAI_BASE_URL, "o")
    assert settings(llm_api_key=SecretStr("x")).upstream_api_key == "x"
    with pytest.raises(ValidationError):
        settings(llm_base_url="http://localhost/v1")


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        (OPENAI_BASE_URL, "max_completion_tokens"),
        (f"{OPENAI_BASE_URL}/", "max_completion_tokens"),
        (GEMINI_BASE_URL, "max_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
    ],
)
def test_the_most_tokens_have_the_name_that_the_upstream_knows(base_url: str, name: str) -> None:
    assert settings(llm_base_url=base_url, llm_model="a").upstream_limit_name == name
