"""Models beside the one that ships, and an admin who tries, activates and takes them back."""

import hashlib
import json
from pathlib import Path
from typing import Any

from earshot.classifier.v1 import classifier_pb2_grpc, lifecycle_pb2
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.channel import open_channel
from services.runtime.errors import EarshotError
from services.runtime.keys import KeyFiles
from services.runtime.service_token import ServiceToken
from tests.support.classifier import RunningClassifier
from tests.support.store import error_of

SHADOW, ACTIVE = lifecycle_pb2.MODEL_STAGE_SHADOW, lifecycle_pb2.MODEL_STAGE_ACTIVE
ROLLBACK, OFF = lifecycle_pb2.MODEL_STAGE_ROLLBACK, lifecycle_pb2.MODEL_STAGE_SHADOW_OFF
CLEAR = "my deposit of 50 euro was declined by the cashier"
ADMIN = Identity(user_id="u-admin", workspace_id="default", role=Role.ADMIN, name="Ada")
UNREACHABLE = 1.01
"""A threshold that no text reaches."""


def add_variant(models: Path, name: str, *unsure: str) -> None:
    """The shipped model as a folder of `models`, but never sure of these intents."""
    folder = models / name
    folder.mkdir(parents=True)
    for path in DEFAULT_MODEL.iterdir():
        (folder / path.name).symlink_to(path)
    content = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    for intent in unsure:
        content["intents"][intent]["threshold"] = UNREACHABLE
    text = json.dumps(content, indent=1)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["calibration.json"] = hashlib.sha256(text.encode()).hexdigest()
    manifest["version"] = name
    for file, new in (("calibration.json", text), ("manifest.json", json.dumps(manifest))):
        (folder / file).unlink()
        (folder / file).write_text(new, encoding="utf-8")


class Life:
    """An admin's calls."""

    def __init__(self, running: RunningClassifier, keys: KeyFiles) -> None:
        self._running, self._keys = running, keys

    async def step(self, stage: "lifecycle_pb2.ModelStage.ValueType", model: str = "", **fields: Any) -> Any:
        """One step; the status after it."""
        token = ServiceToken(value=TokenSigner.from_file(self._keys.private_key).sign(ADMIN))
        async with open_channel(self._running.address, service_token=token) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            request = lifecycle_pb2.ActivateModelRequest(model=model, stage=stage, **fields)
            return (await stub.ActivateModel(request, timeout=120)).status

    async def refused(self, *step: Any, **fields: Any) -> EarshotError:
        """Why a step is refused."""
        return await error_of(self.step(*step, **fields))
