"""The service config of our channels: balancing, and retries of what may be retried (gRFC A6, AIP-194).

Only UNAVAILABLE, only unary methods whose contract says `idempotency_level`, with gRPC's own jitter of ±20 % and a
budget: each failure costs one token of ten, each success returns a tenth, and below five tokens nothing is retried.
"""

import json
from collections.abc import Iterable
from typing import Final

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

_RETRIABLE_LEVELS: Final = (MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT)
_RETRY_POLICY: Final = {
    "maxAttempts": 3,
    "initialBackoff": "0.1s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
_RETRY_THROTTLING: Final = {"maxTokens": 10, "tokenRatio": 0.1}


def idempotent_methods(*services: ServiceDescriptor) -> tuple[str, ...]:
    """Full paths (`/package.Service/Method`) of the unary methods that are marked as safe to repeat."""
    return tuple(
        f"/{service.full_name}/{method.name}"
        for service in services
        for method in service.methods
        if _is_retriable(method)
    )


def service_config(retriable_methods: Iterable[str]) -> str:
    """The JSON service config that balances round robin and retries these methods."""
    names = [dict(zip(("service", "method"), path.lstrip("/").split("/"), strict=True)) for path in retriable_methods]
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}], "retryThrottling": _RETRY_THROTTLING}
    if names:
        config["methodConfig"] = [{"name": names, "retryPolicy": _RETRY_POLICY}]
    return json.dumps(config)


def _is_retriable(method: MethodDescriptor) -> bool:
    if method.client_streaming or method.server_streaming:
        return False
    return method.GetOptions().idempotency_level in _RETRIABLE_LEVELS
