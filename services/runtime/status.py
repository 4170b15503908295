"""The two total tables: error kind → gRPC code, gRPC code → HTTP status; and errors as rich gRPC statuses, both ways.

HTTP codes follow `google/rpc/code.proto`. A status carries exactly one `ErrorInfo` (AIP-193), plus `BadRequest`,
`RetryInfo`, `ResourceInfo` and `RequestInfo` where they apply.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.runtime.errors import (
    AlreadyExistsError,
    CallCancelledError,
    ConflictError,
    DeadlineExceededError,
    EarshotError,
    ErrorKind,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    PermissionDeniedError,
    Resource,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)

MessageT = TypeVar("MessageT", bound=Message)

ERROR_DOMAIN: Final = "earshot"
INTERNAL_TEXT: Final = "Something went wrong on our side. Quote the request id to the operator."
STATUS_METADATA_KEY: Final = "grpc-status-details-bin"

# A status travels in HTTP/2 trailers, which receivers cap at 8 KiB; these keep the largest one well below.
_MAX_TEXT_BYTES: Final = 500
_MAX_VIOLATIONS: Final = 10
_MAX_VIOLATION_BYTES: Final = 200
_CUT: Final = "…"

GRPC_CODE_OF_KIND: Final[Mapping[ErrorKind, grpc.StatusCode]] = MappingProxyType(
    {
        ErrorKind.INVALID_INPUT: grpc.StatusCode.INVALID_ARGUMENT,
        ErrorKind.FAILED_PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
        ErrorKind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
        ErrorKind.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
        ErrorKind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
        ErrorKind.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
        ErrorKind.CONFLICT: grpc.StatusCode.ABORTED,
        ErrorKind.LIMIT_EXCEEDED: grpc.StatusCode.RESOURCE_EXHAUSTED,
        ErrorKind.CANCELLED: grpc.StatusCode.CANCELLED,
        ErrorKind.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
        ErrorKind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
        ErrorKind.UNSUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
        ErrorKind.INTERNAL: grpc.StatusCode.INTERNAL,
    }
)

HTTP_STATUS_OF_CODE: Final[Mapping[grpc.StatusCode, int]] = MappingProxyType(
    {
        grpc.StatusCode.OK: 200,
        grpc.StatusCode.CANCELLED: 499,
        grpc.StatusCode.UNKNOWN: 500,
        grpc.StatusCode.INVALID_ARGUMENT: 400,
        grpc.StatusCode.DEADLINE_EXCEEDED: 504,
        grpc.StatusCode.NOT_FOUND: 404,
        grpc.StatusCode.ALREADY_EXISTS: 409,
        grpc.StatusCode.PERMISSION_DENIED: 403,
        grpc.StatusCode.UNAUTHENTICATED: 401,
        grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
        grpc.StatusCode.FAILED_PRECONDITION: 400,
        grpc.StatusCode.ABORTED: 409,
        grpc.StatusCode.OUT_OF_RANGE: 400,
        grpc.StatusCode.UNIMPLEMENTED: 501,
        grpc.StatusCode.INTERNAL: 500,
        grpc.StatusCode.UNAVAILABLE: 503,
        grpc.StatusCode.DATA_LOSS: 500,
    }
)

ERROR_OF_CODE: Final[Mapping[grpc.StatusCode, type[EarshotError]]] = MappingProxyType(
    {
        grpc.StatusCode.CANCELLED: CallCancelledError,
        grpc.StatusCode.UNKNOWN: InternalError,
        grpc.StatusCode.INVALID_ARGUMENT: InvalidInputError,
        grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
        grpc.StatusCode.NOT_FOUND: NotFoundError,
        grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
        grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
        grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
        grpc.StatusCode.RESOURCE_EXHAUSTED: LimitExceededError,
        grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
        grpc.StatusCode.ABORTED: ConflictError,
        grpc.StatusCode.OUT_OF_RANGE: InvalidInputError,
        grpc.StatusCode.UNIMPLEMENTED: UnsupportedError,
        grpc.StatusCode.INTERNAL: InternalError,
        grpc.StatusCode.UNAVAILABLE: UnavailableError,
        grpc.StatusCode.DATA_LOSS: InternalError,
    }
)


def grpc_code(error: EarshotError) -> grpc.StatusCode:
    """The gRPC code of an error."""
    return GRPC_CODE_OF_KIND[error.kind]


def http_status(error: EarshotError) -> int:
    """The HTTP status of an error."""
    return HTTP_STATUS_OF_CODE[grpc_code(error)]


def public_message(error: EarshotError) -> str:
    """What a caller may read: an internal error's own message stays in the log (OWASP API8)."""
    return INTERNAL_TEXT if error.kind is ErrorKind.INTERNAL else _wire_text(error.message, _MAX_TEXT_BYTES)


def to_status(error: EarshotError, *, request_id: str) -> status_pb2.Status:
    """The rich status of an error, small enough for HTTP/2 trailers."""
    status = status_pb2.Status(code=grpc_code(error).value[0], message=public_message(error))
    for detail in _details(error, request_id):
        status.details.add().Pack(detail)
    return status


def from_rpc_error(error: grpc.RpcError, *, unreachable: EarshotError | None = None) -> EarshotError:
    """The error another service raised, so that it can be raised again as it was; `__cause__` is the RPC error.

    A status without our details (a refused connection, a proxy) becomes the plain error of its code with that error's
    default text, never the peer's. `unreachable` is the error to use when such a status says UNAVAILABLE.
    """
    if not isinstance(error, grpc.aio.AioRpcError):
        raise TypeError(f"expected grpc.aio.AioRpcError, got {type(error).__name__}")
    decoded = _decode(error)
    if decoded is None:
        refused = unreachable is not None and error.code() is grpc.StatusCode.UNAVAILABLE
        decoded = unreachable if refused and unreachable is not None else ERROR_OF_CODE[error.code()]()
    decoded.__cause__ = error
    return decoded


def _details(error: EarshotError, request_id: str) -> list[Message]:
    metadata = {"request_id": request_id} if request_id else {}
    if error.hint:
        metadata["hint"] = _wire_text(error.hint, _MAX_TEXT_BYTES)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=str(error.reason), domain=ERROR_DOMAIN, metadata=metadata)
    ]
    if error.violations:
        details.append(_bad_request(error.violations))
    if error.retry_after_seconds is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=_duration(error.retry_after_seconds)))
    if error.resource is not None:
        name = _wire_text(error.resource.name, _MAX_VIOLATION_BYTES)
        details.append(error_details_pb2.ResourceInfo(resource_type=error.resource.type, resource_name=name))
    if request_id:
        details.append(error_details_pb2.RequestInfo(request_id=request_id))
    return details


def _bad_request(violations: tuple[FieldViolation, ...]) -> error_details_pb2.BadRequest:
    bad_request = error_details_pb2.BadRequest()
    for violation in violations[:_MAX_VIOLATIONS]:
        bad_request.field_violations.add(
            field=_wire_text(violation.field, _MAX_VIOLATION_BYTES),
            description=_wire_text(violation.description, _MAX_VIOLATION_BYTES),
        )
    return bad_request


def _duration(seconds: float) -> Duration:
    whole = math.floor(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1_000_000_000))


def _wire_text(text: str, max_bytes: int) -> str:
    """Text that protobuf accepts: a lone surrogate from a caller's JSON would make serialising the error fail."""
    clean = text.encode("utf-8", "replace")
    if len(clean) <= max_bytes:
        return clean.decode()
    return clean[: max_bytes - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT


def _decode(error: grpc.aio.AioRpcError) -> EarshotError | None:
    try:
        status = rpc_status.from_call(error)
    except (DecodeError, ValueError):
        return None
    info = _unpack(status, error_details_pb2.ErrorInfo()) if status else None
    if info is None or info.domain != ERROR_DOMAIN:
        return None
    return _rebuild(ERROR_OF_CODE[error.code()], status, info)


def _rebuild(
    error_class: type[EarshotError], status: status_pb2.Status, info: error_details_pb2.ErrorInfo
) -> EarshotError:
    retry = _unpack(status, error_details_pb2.RetryInfo())
    resource = _unpack(status, error_details_pb2.ResourceInfo())
    bad_request = _unpack(status, error_details_pb2.BadRequest())
    error = error_class(
        status.message,
        hint=info.metadata.get("hint", ""),
        violations=tuple(
            FieldViolation(field=violation.field, description=violation.description)
            for violation in (bad_request.field_violations if bad_request else ())
        ),
        retry_after_seconds=retry.retry_delay.ToTimedelta().total_seconds() if retry else None,
        resource=Resource(type=resource.resource_type, name=resource.resource_name) if resource else None,
    )
    error.reason = info.reason
    return error


def _unpack(status: status_pb2.Status, target: MessageT) -> MessageT | None:
    for detail in status.details:
        if detail.Unpack(target):
            return target
    return None
