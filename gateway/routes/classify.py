"""Labels, and why they hold, without storing anything."""

from fastapi import APIRouter

from earshot_client.earshot.classifier.v1 import GetModelInfoRequest
from gateway.answering import ApiResponse
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.classifier import (
    ClassifiedAnswer,
    ClassifyBody,
    ExplainBody,
    ExplainedAnswer,
    ModelInfoAnswer,
    classified_json,
    explained_json,
    model_json,
)
from gateway.shapes.fields import Json, instant_json

router = APIRouter(tags=["classifier"])


@router.post("/api/v1/classify", **documented(ClassifiedAnswer))
async def classify(body: ClassifyBody, clients: ServiceClients, _: Caller) -> ApiResponse:
    """Labels 1 to 256 texts; results come in their order."""
    return ApiResponse(classified_json(await clients.classifier.classify(body.to_request())))


@router.post("/api/v1/explain", **documented(ExplainedAnswer))
async def explain(body: ExplainBody, clients: ServiceClients, _: Caller) -> Json:
    """Tells which words carry each intent of a text, and the smallest deletion that would turn it around."""
    return explained_json(await clients.classifier.explain(body.to_request()))


@router.get("/api/v1/model", **documented(ModelInfoAnswer))
async def model_info(clients: ServiceClients, _: Caller) -> Json:
    """Which model serves, its labels and schemes, and its measured quality."""
    info = await clients.classifier.get_model_info(GetModelInfoRequest())
    return {
        "model": model_json(info.model),
        "architecture": info.architecture,
        "created_at": instant_json(info.create_time),
        "intents": list(info.intents),
        "schemes": {
            scheme.name: {"labels": list(scheme.labels), "label_of_intent": dict(scheme.label_of_intent)}
            for scheme in info.schemes
        },
        "max_tokens": info.max_tokens,
        "embedding_size": info.embedding_size,
        "quantization": info.quantization,
        "metrics": dict(info.metrics),
        "max_texts": info.max_texts,
        "encoder_version": info.encoder_version,
        "prediction_set_coverage": info.prediction_set_coverage,
        "compute": info.compute,
        "compute_reason": info.compute_reason,
        "training_rows": dict(info.training_rows),
    }
