"""Between the contract's messages about the life of models and the domain."""

from collections.abc import Sequence

from earshot.classifier.v1 import lifecycle_pb2
from services.classifier.contract.convert import model_ref
from services.classifier.lifecycle.model_host import ModelHost, ModelStatus
from services.classifier.lifecycle.shadow import LabelChange
from services.runtime.errors import ErrorReason, InvalidInputError


async def take_step(host: ModelHost, request: lifecycle_pb2.ActivateModelRequest) -> None:
    """Does what a request asks for. Raises InvalidInputError and what the step raises."""
    if request.stage == lifecycle_pb2.MODEL_STAGE_SHADOW:
        if not request.model:
            raise InvalidInputError.of_field("model", "must name a folder", reason=ErrorReason.MISSING_FIELD)
        await host.try_in_shadow(request.model)
    elif request.stage == lifecycle_pb2.MODEL_STAGE_ACTIVE:
        await host.activate(request.model, force=request.force)
    elif request.stage == lifecycle_pb2.MODEL_STAGE_ROLLBACK:
        await host.roll_back()
    elif request.stage == lifecycle_pb2.MODEL_STAGE_SHADOW_OFF:
        await host.end_shadow()
    else:
        raise InvalidInputError.of_field("stage", "is not known", reason=ErrorReason.UNKNOWN_ENUM_VALUE)


def status_message(status: ModelStatus) -> lifecycle_pb2.ModelStatus:
    """The models of a process."""
    comparison = status.comparison
    return lifecycle_pb2.ModelStatus(
        active=model_ref(status.active),
        shadow=model_ref(status.shadow) if status.shadow else None,
        previous=model_ref(status.previous) if status.previous else None,
        comparison=lifecycle_pb2.ShadowComparison(
            texts=comparison.texts, same=comparison.same, changes=_changes(comparison.changes())
        )
        if comparison
        else None,
        drift=lifecycle_pb2.Drift(
            reference_texts=status.drift.reference_texts,
            recent_texts=status.drift.recent_texts,
            labels=status.drift.labels,
            confidence=status.drift.confidence,
            embedding=status.drift.embedding,
            novelty=status.drift.novelty,
            reference=lifecycle_pb2.DRIFT_REFERENCE_TRAINING
            if status.drift.from_training
            else lifecycle_pb2.DRIFT_REFERENCE_LIVE,
        ),
        available=status.available,
    )


def _changes(changes: Sequence[LabelChange]) -> list[lifecycle_pb2.LabelChange]:
    return [
        lifecycle_pb2.LabelChange(intent=one.intent, active_texts=one.active, shadow_texts=one.shadow, both=one.both)
        for one in changes
    ]
