"""The method of MessageService that erases people."""

from typing import Any

import grpc

from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract.convert import timestamp
from services.store.housekeeping.erasing import Erased, Erasing
from services.store.servicers.caller import workspace_of
from services.store.validation import MAX_USER_ID_LENGTH, parse_id, refuse, text_violations


class ErasureMethods(message_pb2_grpc.MessageServiceServicer):
    """Methods as the contract describes them."""

    _erasing: Erasing

    async def EraseUser(
        self, request: message_pb2.EraseUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.EraseUserResponse:
        """Erases a customer or an account."""
        caller = require_role(Role.ADMIN)
        workspace_id = workspace_of(caller)
        if bool(request.user_id) == bool(request.account_id):
            raise InvalidInputError.of_field(
                "user_id", "must be given, or an account_id, and not both", reason=ErrorReason.MISSING_FIELD
            )
        if request.account_id:
            account_id = parse_id(request.account_id, field="account_id")
            return _response(await self._erasing.account(workspace_id, account_id, by=caller.user_id))
        refuse(
            [
                *text_violations("user_id", request.user_id, maximum=MAX_USER_ID_LENGTH),
                *text_violations("source", request.source, maximum=MAX_USER_ID_LENGTH),
            ]
        )
        erased = await self._erasing.customer(workspace_id, request.user_id, source=request.source, by=caller.user_id)
        return _response(erased)


def _response(erased: Erased) -> message_pb2.EraseUserResponse:
    return message_pb2.EraseUserResponse(
        erasure_id=str(erased.erasure_id),
        erase_time=timestamp(erased.erase_time),
        message_count=erased.messages,
        ticket_count=erased.tickets,
        conversation_count=erased.conversations,
    )
