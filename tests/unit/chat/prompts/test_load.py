"""The system prompts: each has a version, and a version one text."""

from hashlib import sha256
from importlib.resources import files
from typing import Final

from services.chat.prompts.load import load

# Recordings name versions. A new text is a new version and another line here; the interpreter's is measured before, by
# `earshot evaluate chat questions --llm`.
TEXTS: Final = {
    ("analyst", 1): "e2521664b293d998f6731fa0848fd2103a2bef352a4bea112f7e98bce4223b29",
    ("assistant", 1): "6bcb509cd0231802f48c5c9abaf1211ac97b26eadb7a35382b7b876616306be7",
    ("interpreter", 1): "1398220cc8255a7de80a1e47d64ef42624e29cdcdb11db678b3e16d38fffcd70",
}


def test_every_prompt_has_a_version() -> None:
    names = [
        path.name.removesuffix(".md") for path in files("services.chat.prompts").iterdir() if path.name.endswith(".md")
    ]
    assert set(names) == {name for name, _ in TEXTS}
    for name in names:
        prompt = load(name)
        assert prompt.version >= 1
        assert prompt.text
        assert not prompt.text.startswith("version")
        assert sha256(prompt.text.encode()).hexdigest() == TEXTS[name, prompt.version], "a new text is a new version"
