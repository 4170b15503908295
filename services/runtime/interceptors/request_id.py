"""Request ids: taken from `x-request-id` when it is sound, else made here; in every log line, error and onward call."""

import re
from typing import Final

from services.runtime.call_context import bind_request_id
from services.runtime.ids import new_id
from services.runtime.interceptors.server_call import ServerCall

REQUEST_ID_KEY: Final = "x-request-id"

# Strict, because it is copied into logs and replies.
_SOUND: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def sound_request_id(candidate: str) -> str:
    """The caller's id when it is 1–64 letters, digits or `._:-`; else a new one."""
    return candidate if _SOUND.fullmatch(candidate) else new_id()


def request_id_layer(call: ServerCall) -> None:
    """Names the call for everything below."""
    call.request_id = sound_request_id(call.metadata.get(REQUEST_ID_KEY, ""))
    bind_request_id(call.request_id)
