"""Both error tables are total, agree with google/rpc/code.proto, and errors survive a hop."""

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import errors
from services.runtime.errors import (
    EarshotError,
    ErrorKind,
    ErrorReason,
    FieldViolation,
    InternalError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    Resource,
    UnavailableError,
)
from services.runtime.status import (
    ERROR_DOMAIN,
    ERROR_OF_CODE,
    GRPC_CODE_OF_KIND,
    HTTP_STATUS_OF_CODE,
    INTERNAL_TEXT,
    STATUS_METADATA_KEY,
    from_rpc_error,
    grpc_code,
    http_status,
    to_status,
)

C = grpc.StatusCode

ROWS: dict[str, tuple[grpc.StatusCode, int]] = {
    "InvalidInputError": (C.INVALID_ARGUMENT, 400),
    "FailedPreconditionError": (C.FAILED_PRECONDITION, 400),
    "UnauthenticatedError": (C.UNAUTHENTICATED, 401),
    "PermissionDeniedError": (C.PERMISSION_DENIED, 403),
    "NotFoundError": (C.NOT_FOUND, 404),
    "AlreadyExistsError": (C.ALREADY_EXISTS, 409),
    "ConflictError": (C.ABORTED, 409),
    "LimitExceededError": (C.RESOURCE_EXHAUSTED, 429),
    "CallCancelledError": (C.CANCELLED, 499),
    "DeadlineExceededError": (C.DEADLINE_EXCEEDED, 504),
    "UnavailableError": (C.UNAVAILABLE, 503),
    "UnsupportedError": (C.UNIMPLEMENTED, 501),
    "InternalError": (C.INTERNAL, 500),
}
CODE_PROTO = {
    C.OK: 200,
    C.CANCELLED: 499,
    C.UNKNOWN: 500,
    C.INVALID_ARGUMENT: 400,
    C.DEADLINE_EXCEEDED: 504,
    C.NOT_FOUND: 404,
    C.ALREADY_EXISTS: 409,
    C.PERMISSION_DENIED: 403,
    C.UNAUTHENTICATED: 401,
    C.RESOURCE_EXHAUSTED: 429,
    C.FAILED_PRECONDITION: 400,
    C.ABORTED: 409,
    C.OUT_OF_RANGE: 400,
    C.UNIMPLEMENTED: 501,
    C.INTERNAL: 500,
    C.UNAVAILABLE: 503,
    C.DATA_LOSS: 500,
}
ERROR_CLASSES = [getattr(errors, name) for name in ROWS]


def received(status: status_pb2.Status) -> AioRpcError:
    """The status as a client of grpc.aio gets it."""
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    trailing = Metadata((STATUS_METADATA_KEY, status.SerializeToString()))
    return AioRpcError(code, Metadata(), trailing, details=status.message)


def detail(status: status_pb2.Status, target: Message) -> Message | None:
    found = [any_detail for any_detail in status.details if any_detail.Is(target.DESCRIPTOR)]
    assert len(found) <= 1
    if not found:
        return None
    found[0].Unpack(target)
    return target


def test_every_error_class_has_a_row() -> None:
    subclasses = {error_class.__name__ for error_class in EarshotError.__subclasses__()}
    assert subclasses == set(ROWS)
    assert {error_class.kind for error_class in ERROR_CLASSES} == set(ErrorKind)


@pytest.mark.parametrize("error_class", ERROR_CLASSES)
def test_class_against_both_tables(error_class: type[EarshotError]) -> None:
    error = error_class()
    assert (grpc_code(error), http_status(error)) == ROWS[error_class.__name__]


def test_tables_are_total() -> None:
    assert set(GRPC_CODE_OF_KIND) == set(ErrorKind)
    assert set(ERROR_OF_CODE) == set(C) - {C.OK}
    assert dict(HTTP_STATUS_OF_CODE) == CODE_PROTO


@pytest.mark.parametrize("code", [code for code in C if code is not C.OK])
def test_every_code_without_details_becomes_an_error_with_that_http_status(code: grpc.StatusCode) -> None:
    error = from_rpc_error(AioRpcError(code, Metadata(), Metadata(), details="ipv4:10.0.0.7:5432 refused"))
    assert http_status(error) == CODE_PROTO[code]
    assert "10.0.0.7" not in error.message
    assert isinstance(error.__cause__, AioRpcError)


@pytest.mark.parametrize("error_class", ERROR_CLASSES)
def test_an_error_survives_a_hop(error_class: type[EarshotError]) -> None:
    error = error_class(
        "Texts: at most 256.",
        reason=ErrorReason.TOO_MANY_TEXTS,
        hint="Send them in parts.",
        violations=(FieldViolation(field="texts", description="at most 256"),),
        retry_after_seconds=2.5,
        resource=Resource(type="message", name="m-1"),
    )
    again = from_rpc_error(received(to_status(error, request_id="r-1")))
    assert type(again) is error_class
    assert again.message == (INTERNAL_TEXT if error_class is InternalError else error.message)
    assert (again.reason, again.hint, again.violations) == (error.reason, error.hint, error.violations)
    assert (again.retry_after_seconds, again.resource) == (2.5, error.resource)


@pytest.mark.parametrize("error_class", ERROR_CLASSES)
def test_exactly_one_error_info_with_domain_and_request_id(error_class: type[EarshotError]) -> None:
    status = to_status(error_class(hint="Try it."), request_id="r-1")
    info = detail(status, error_details_pb2.ErrorInfo())
    request = detail(status, error_details_pb2.RequestInfo())
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert isinstance(request, error_details_pb2.RequestInfo)
    assert info.domain == ERROR_DOMAIN
    assert dict(info.metadata) == {"hint": "Try it.", "request_id": "r-1"}
    assert request.request_id == "r-1"


def test_details_of_the_table() -> None:
    bad_input = to_status(InvalidInputError.of_field("texts", "must not be empty"), request_id="")
    assert detail(bad_input, error_details_pb2.BadRequest()) is not None
    assert detail(bad_input, error_details_pb2.RetryInfo()) is None
    for error in (LimitExceededError(), UnavailableError()):
        retry = detail(to_status(error, request_id=""), error_details_pb2.RetryInfo())
        assert isinstance(retry, error_details_pb2.RetryInfo)
        assert retry.retry_delay.ToTimedelta().total_seconds() == 1.0
    missing = to_status(NotFoundError(resource=Resource(type="message", name="m")), request_id="")
    assert detail(missing, error_details_pb2.ResourceInfo()) is not None


def test_an_internal_error_keeps_its_message_to_itself() -> None:
    status = to_status(InternalError("SELECT * FROM secret", reason=ErrorReason.MODEL_FAILED), request_id="r")
    assert b"SELECT" not in status.SerializeToString()
    assert status.message == INTERNAL_TEXT
    assert from_rpc_error(received(status)).reason == "MODEL_FAILED"


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_fits_and_serialises(message: str, field: str) -> None:
    violations = tuple(FieldViolation(field=field * 50, description=message * 50) for _ in range(50))
    error = InvalidInputError(message * 100, hint=message * 100, violations=violations)
    wire = to_status(error, request_id="r").SerializeToString()
    assert len(wire) < 6_000


@pytest.mark.parametrize("letter", ["m", "ü", "票", "🎰", "\ud800"])
def test_a_large_error_stays_within_what_trailers_carry(letter: str) -> None:
    violations = tuple(FieldViolation(field=letter * 999, description=letter * 999) for _ in range(999))
    error = InvalidInputError(letter * 9999, hint=letter * 9999, violations=violations)
    status = to_status(error, request_id="r" * 64)
    assert len(status.SerializeToString()) < 6_000
    assert status.message.endswith("…")


def test_a_reason_from_a_newer_service_is_kept() -> None:
    status = to_status(NotFoundError(), request_id="")
    info = error_details_pb2.ErrorInfo(reason="PLANET_NOT_FOUND", domain=ERROR_DOMAIN)
    del status.details[:]
    status.details.add().Pack(info)
    assert from_rpc_error(received(status)).reason == "PLANET_NOT_FOUND"


@pytest.mark.parametrize(
    "trailer", [b"\xff\xff\xff", b"", status_pb2.Status(code=5, message="other").SerializeToString()]
)
def test_details_that_do_not_decode_or_agree_are_not_believed(trailer: bytes) -> None:
    raw = AioRpcError(C.NOT_FOUND, Metadata(), Metadata((STATUS_METADATA_KEY, trailer)), details="leak")
    error = from_rpc_error(raw)
    assert isinstance(error, NotFoundError)
    assert error.message == NotFoundError.default_message


def test_an_error_info_of_another_domain_is_not_believed() -> None:
    status = status_pb2.Status(code=C.NOT_FOUND.value[0], message="leak")
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="X", domain="example.com"))
    assert from_rpc_error(received(status)).reason == ErrorReason.NOT_FOUND


def test_an_unreachable_service_gets_the_callers_name_for_it() -> None:
    unreachable = UnavailableError("The store is away.", reason=ErrorReason.STORE_UNAVAILABLE)
    refused = AioRpcError(C.UNAVAILABLE, Metadata(), Metadata(), details="connection refused")
    assert from_rpc_error(refused, unreachable=unreachable) is unreachable
    rich = received(to_status(UnavailableError(reason=ErrorReason.SHUTTING_DOWN), request_id=""))
    assert from_rpc_error(rich, unreachable=unreachable).reason == ErrorReason.SHUTTING_DOWN
    missing = AioRpcError(C.NOT_FOUND, Metadata(), Metadata())
    assert isinstance(from_rpc_error(missing, unreachable=unreachable), NotFoundError)
