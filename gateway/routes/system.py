"""Health, readiness and metrics: open to whoever can reach the port."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from gateway.dependencies import ServiceClients
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.health import HealthAnswer, ReadyAnswer

router = APIRouter(tags=["system"])


@router.get("/health", **documented(HealthAnswer))
@router.get("/healthz", **documented(HealthAnswer))
async def healthy() -> Json:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", **documented(ReadyAnswer))
async def ready(clients: ServiceClients) -> JSONResponse:
    """Every service is ready; 503 names those that are not."""
    checks = await clients.readiness()
    body = {
        "status": "ok" if all(checks.values()) else "not ready",
        "checks": {name: "ok" if serving else "not serving" for name, serving in checks.items()},
    }
    return JSONResponse(body, status_code=200 if all(checks.values()) else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
