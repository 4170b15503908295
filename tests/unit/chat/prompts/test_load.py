"""The system prompts: each has a version."""

from importlib.resources import files

from services.chat.prompts.load import load


def test_every_prompt_has_a_version() -> None:
    names = [
        path.name.removesuffix(".md") for path in files("services.chat.prompts").iterdir() if path.name.endswith(".md")
    ]
    assert {"analyst", "assistant"} <= set(names)
    for name in names:
        prompt = load(name)
        assert prompt.version >= 1
        assert prompt.text
        assert not prompt.text.startswith("version")
