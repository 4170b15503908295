"""Errors: whatever leaves a handler becomes exactly one rich status, and nothing of ours leaks with it (T14, T61)."""

import asyncio
from typing import Final, NoReturn

import grpc
from grpc_status import rpc_status

from services.runtime.errors import (
    CallCancelledError,
    DeadlineExceededError,
    EarshotError,
    ErrorReason,
    InternalError,
    UnavailableError,
)
from services.runtime.interceptors.server_call import ServerCall
from services.runtime.status import from_rpc_error, grpc_code, to_status

_CODE_OF_NUMBER: Final = {code.value[0]: code for code in grpc.StatusCode}


async def end_with(call: ServerCall, raised: Exception | asyncio.CancelledError) -> NoReturn:
    """Answers a call with the status of what it raised, and records code and error for the layers."""
    if isinstance(raised, asyncio.CancelledError):
        error = _cancellation(call, raised)
        if isinstance(error, UnavailableError):
            await _abort(call, error)
        _record(call, error)
        raise raised
    if isinstance(raised, grpc.aio.AbortError):
        call.code = code_of(call)
        raise raised
    if call.client_gone:
        # Nobody is left to answer; gRPC logs any other exception with a traceback as an error of ours.
        _record(call, CallCancelledError())
        raise asyncio.CancelledError from raised
    await _abort(call, _as_earshot_error(raised))


def _cancellation(call: ServerCall, cancelled: asyncio.CancelledError) -> EarshotError:
    task = asyncio.current_task()
    if call.shed and task is not None:
        task.uncancel()
        error = UnavailableError("The server is shutting down.", reason=ErrorReason.SHUTTING_DOWN)
        error.__cause__ = cancelled
        return error
    # Nobody cancelled this task, so the CancelledError leaked out of the handler's own work. Passed on, it would leave
    # the client waiting for ever (grpc/grpc#29248).
    if task is not None and task.cancelling() == 0:
        error = UnavailableError("The work for this call was interrupted.", reason=ErrorReason.WORK_INTERRUPTED)
        error.__cause__ = cancelled
        return error
    remaining: float | None = call.context.time_remaining()
    return DeadlineExceededError() if remaining is not None and remaining <= 0 else CallCancelledError()


def _as_earshot_error(error: Exception) -> EarshotError:
    if isinstance(error, EarshotError):
        return error
    if isinstance(error, grpc.aio.AioRpcError):
        return from_rpc_error(error)
    unknown = InternalError()
    unknown.__cause__ = error
    return unknown


async def _abort(call: ServerCall, error: EarshotError) -> NoReturn:
    _record(call, error)
    status = rpc_status.to_status(to_status(error, request_id=call.request_id))
    try:
        await call.context.abort_with_status(status)
    except grpc.aio.InternalError as gone:
        # The client left while we were answering; gRPC would log a traceback for that.
        raise asyncio.CancelledError from gone


def _record(call: ServerCall, error: EarshotError) -> None:
    call.error = error
    call.code = grpc_code(error)


def code_of(call: ServerCall) -> grpc.StatusCode:
    """The code that its handler has set, OK where it set none."""
    code: grpc.StatusCode | int | None = call.context.code()
    if isinstance(code, grpc.StatusCode):
        return code
    return _CODE_OF_NUMBER.get(code or 0, grpc.StatusCode.OK)
