"""Labels without storing."""

from fastapi import APIRouter

from earshot_client.earshot.classifier.v1 import ClassifyRequest, GetModelInfoRequest
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import ClassifiedAnswer, ModelInfoAnswer, documented
from gateway.shapes.fields import Json, instant_json
from gateway.shapes.message import ClassifyBody, classified_json

router = APIRouter(tags=["classifier"])


@router.post("/api/v1/classify", **documented(ClassifiedAnswer))
async def classify(body: ClassifyBody, clients: ServiceClients, _: Caller) -> Json:
    """Labels 1 to 256 texts; results come in their order."""
    answer = await clients.classifier.classify(ClassifyRequest(texts=body.texts, scheme=body.scheme))
    return classified_json(answer)


@router.get("/api/v1/model", **documented(ModelInfoAnswer))
async def model_info(clients: ServiceClients, _: Caller) -> Json:
    """Which model serves, its labels and schemes, and its measured quality."""
    info = await clients.classifier.get_model_info(GetModelInfoRequest())
    model = info.model
    return {
        "model": {"name": model.name if model else "", "version": model.version if model else ""},
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
    }
