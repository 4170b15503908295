"""Access log: one line per call with method, code, reason, time and message counts; never a request's content.

The line is made when the answer is on its way: nobody waits for it.
"""

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import grpc
import structlog

from services.runtime.interceptors.server_call import Ending, ServerCall

_logger = structlog.get_logger("earshot.rpc")

_LEVEL_OF_CODE: Final[Mapping[grpc.StatusCode, str]] = MappingProxyType(
    {
        grpc.StatusCode.INTERNAL: "error",
        grpc.StatusCode.UNKNOWN: "error",
        grpc.StatusCode.DATA_LOSS: "error",
        grpc.StatusCode.UNAVAILABLE: "warning",
        grpc.StatusCode.DEADLINE_EXCEEDED: "warning",
        grpc.StatusCode.RESOURCE_EXHAUSTED: "warning",
    }
)


def access_log_layer(call: ServerCall) -> Ending:
    """Writes the line when the call ends, with the traceback if it failed for a reason of ours."""
    start = time.perf_counter()

    def end() -> None:
        asyncio.get_running_loop().call_soon(_write_line, call, (time.perf_counter() - start) * 1000)

    return end


def _write_line(call: ServerCall, duration_ms: float) -> None:
    code = call.code or grpc.StatusCode.OK
    level = "debug" if call.is_infrastructure else _LEVEL_OF_CODE.get(code, "info")
    fields: dict[str, object] = {
        "method": call.path,
        "kind": call.kind.value,
        "code": code.name,
        "duration_ms": round(duration_ms, 2),
        "received": call.received,
        "sent": call.sent,
    }
    if call.error is not None:
        fields["reason"] = str(call.error.reason)
        fields["error"] = call.error.message
        if level in {"warning", "error"} and call.error.__cause__ is not None:
            fields["exc_info"] = call.error.__cause__
    getattr(_logger, level)("rpc", **fields)
