"""The Python of docs/grpc.md works; what the other languages name exists."""

import re
from typing import Any

import pytest

from earshot.chat.v1 import chat_pb2
from earshot.classifier.v1 import classifier_pb2
from earshot.store.v1 import relabelling_pb2, stats_pb2
from tests.support.pages import ROOT, blocks
from tests.support.stack import StackRig

GUIDE = ROOT / "docs" / "grpc.md"


def _text(language: str) -> str:
    return next(block.text for block in blocks(GUIDE) if block.language == language)


async def test_the_python_works(stack: StackRig, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "guide"}
    exec(_text("python"), names)
    token = stack.http.headers["authorization"].removeprefix("Bearer ")
    addresses = stack.stack.addresses
    text = await names["main"](token, store=addresses["store"], chat=addresses["chat"])
    assert text
    shown = capsys.readouterr().out
    assert "'web'" in shown
    assert "BAD_TIME_ZONE" in shown


def test_what_the_other_languages_name_exists() -> None:
    methods = {
        f"{service.full_name}/{method.name}"
        for module in (chat_pb2, classifier_pb2, relabelling_pb2, stats_pb2)
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    called = set(re.findall(r"earshot\.\w+\.v1\.\w+Service/\w+", GUIDE.read_text(encoding="utf-8")))
    assert called
    assert called <= methods
    assert (ROOT / "protos" / "third_party").is_dir()
    assert (ROOT / "protos" / "earshot" / "chat" / "v1" / "chat.proto").is_file()
