"""Import of a file of messages: CSV or JSON lines, columns mapped by options, bad rows reported by their number."""

import re
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Header, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette.event import ServerSentEvent
from starlette.responses import JSONResponse, Response

from gateway.clients.stubs import MessageClient
from gateway.dependencies import ServiceClients, Settings, Signer
from gateway.idempotency import RequestKey, one_id
from gateway.importing.decoding import lines_of
from gateway.importing.mapping import EXPORT_COLUMNS, Columns, Defaults, named_columns, restored
from gateway.importing.records import BadFileError, FileFormat, Record, read_records
from gateway.importing.sending import Plan, Progress, import_records
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Instant, Json, Text
from gateway.shapes.imports import ImportAnswer
from gateway.sse import event, event_stream
from services.runtime.call_context import bind_caller
from services.runtime.errors import EarshotError, ErrorReason, InvalidInputError, UnavailableError
from services.runtime.ids import new_id
from services.runtime.status import grpc_code, public_message

router = APIRouter(tags=["messages"])
UUID7: Final = 7
LONGEST_SECONDS: Final = 12 * 3600.0
"""How long an import may call the store in the name of who began it; the token for it stays between the services."""
_HINT: Final = "Import the file again under the same import_id: what is stored is not stored twice."
_HINT_OF_DRY_RUN: Final = "Try the dry run again: nothing was stored."
SAMPLE: Final = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class ImportForm(BaseModel):
    """How the file is read. Columns that are not named do not exist; the rest says what their rows get instead."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile
    format: Literal["auto", "csv", "jsonl"] = Field(default="auto", description="By the file's name by default.")
    delimiter: Text = Field(default=",", pattern=r'^[^"\r\n]$', description="One character.")
    text_column: Text = Field(default="text", min_length=1, max_length=256)
    user_column: Text = Field(default="", max_length=256)
    timestamp_column: Text = Field(default="", max_length=256)
    source_column: Text = Field(default="", max_length=256)
    external_id_column: Text = Field(default="", max_length=256)
    conversation_column: Text = Field(default="", max_length=256)
    author_column: Text = Field(default="", max_length=256)
    source: Text = Field(default="import", max_length=64, description="Source of rows without one.")
    user_id: Text = Field(
        default="unknown", max_length=256, description="User of rows without one: all are taken for one person."
    )
    timestamp: Instant | None = Field(
        default=None, description="Time of rows without one; by default the instant the import id was made."
    )
    timestamp_format: Text = Field(default="", max_length=64, description="strptime format; by default ISO or epoch.")
    time_zone: Text = Field(default="UTC", max_length=64, description="Zone of times that name none.")
    from_export: bool = Field(
        default=False,
        description="The file is an export of Earshot: its columns are known, and need not be named; "
        "messages that are still here as they were exported are not stored again.",
    )
    import_id: uuid.UUID | None = Field(
        default=None, description="UUID of the import; the same file again under the same id stores nothing twice."
    )


@router.post("/api/v1/import", **documented(ImportAnswer))
async def import_file(
    form: Annotated[ImportForm, Form(media_type="multipart/form-data")],
    clients: ServiceClients,
    settings: Settings,
    signer: Signer,
    caller: Caller,
    key: RequestKey,
    accept: Annotated[str, Header()] = "",
    dry_run: Annotated[bool, Query(description="Judge every row by all the rules, and store none.")] = False,
) -> Response:
    """Stores every row of a file; `Accept: text/event-stream` shows the progress while it runs.

    An `Idempotency-Key` is the import id; one that is no UUIDv7 needs a timestamp or a column of it. In a dry run
    `created` and `failed` are the rows that would be stored and refused.
    """
    # A large file takes longer than a token lives: who could begin may end.
    bind_caller(caller, signer.sign(caller, lifetime_seconds=LONGEST_SECONDS))
    plan = replace(_plan(form, one_id(key, str(form.import_id or ""), field="import_id")), dry_run=dry_run)
    records = _records(form, plan)
    progress = Progress()
    if "text/event-stream" in accept:
        return event_stream(
            _events(clients.messages, records, plan, progress),
            ping_seconds=settings.ping_seconds,
            grace_seconds=settings.stream_grace_seconds,
            last_word=partial(_stopped, plan, progress),
        )
    try:
        async for _state in import_records(clients.messages, records, plan, progress):
            pass
    except BadFileError as error:
        raise _bad_file(error) from error
    return JSONResponse(_result(plan, progress))


async def _events(
    client: MessageClient, records: Iterator[Record], plan: Plan, progress: Progress
) -> AsyncIterator[ServerSentEvent]:
    """`progress` after every acknowledged chunk, then `completed` or `failed`, always with the import id."""
    listed = 0
    try:
        async for state in import_records(client, records, plan, progress):
            fresh, listed = state.errors[listed:], len(state.errors)
            counts = {"created": state.created, "existing": state.existing, "failed": state.failed}
            errors = [{"row": failure.row, "message": failure.message} for failure in fresh]
            yield event("progress", {"import_id": plan.import_id, "rows": state.rows, **counts, "errors": errors})
        yield event("completed", _result(plan, progress))
    except BadFileError as error:
        yield event("failed", _failed(plan, progress, _bad_file(error)))
    except EarshotError as error:
        yield event("failed", _failed(plan, progress, error))


def _stopped(plan: Plan, progress: Progress) -> ServerSentEvent:
    error = UnavailableError("The server is shutting down.", reason=ErrorReason.SHUTTING_DOWN)
    return event("failed", _failed(plan, progress, error))


def _bad_file(error: BadFileError) -> InvalidInputError:
    return InvalidInputError.of_field("file", str(error))


def _plan(form: ImportForm, named: str) -> Plan:
    import_id = uuid.UUID(named or new_id())
    try:
        zone = ZoneInfo(form.time_zone)
    except (KeyError, ValueError, OSError):
        text = "is not an IANA time zone such as Europe/Ljubljana"
        raise InvalidInputError.of_field("time_zone", text, reason=ErrorReason.BAD_TIME_ZONE) from None
    _check_format(form.timestamp_format)
    columns = (
        EXPORT_COLUMNS
        if form.from_export
        else Columns(
            text=form.text_column,
            user=form.user_column,
            timestamp=form.timestamp_column,
            source=form.source_column,
            external_id=form.external_id_column,
            conversation=form.conversation_column,
            author=form.author_column,
        )
    )
    defaults = Defaults(
        source=form.source,
        user_id=form.user_id,
        timestamp=form.timestamp or _made_at(import_id, form),
        zone=zone,
        timestamp_format=form.timestamp_format,
    )
    return Plan(import_id=str(import_id), columns=columns, defaults=defaults)


def _check_format(timestamp_format: str) -> None:
    """Refuses a format that could not read any time, before every row is refused for it."""
    try:
        sample = SAMPLE.strftime(timestamp_format)
        datetime.strptime(sample, timestamp_format)  # noqa: DTZ007  # only tried
    except (ValueError, re.error):
        text = "is not a strptime format such as %d.%m.%Y %H:%M"
        raise InvalidInputError.of_field("timestamp_format", text) from None


def _made_at(import_id: uuid.UUID, form: ImportForm) -> datetime:
    """A UUIDv7 carries its instant, so a repeated import gives its rows the same time again."""
    if import_id.version == UUID7:
        return datetime.fromtimestamp((import_id.int >> 80) / 1000, UTC)
    if form.timestamp_column:
        return datetime.fromtimestamp(0, UTC)
    text = "is needed: no timestamp column is named, and the import id is no UUIDv7 that would tell its instant"
    raise InvalidInputError.of_field("timestamp", text)


def _format(form: ImportForm) -> FileFormat:
    if form.format != "auto":
        return form.format
    name = (form.file.filename or "").lower()
    return "jsonl" if name.endswith((".jsonl", ".ndjson", ".json")) else "csv"


def _records(form: ImportForm, plan: Plan) -> Iterator[Record]:
    """The file's records, read as they are asked for; raises BadFileError then."""
    file_format = _format(form)
    wanted = named_columns(plan.columns)
    for record in read_records(lines_of(form.file.file), file_format, delimiter=form.delimiter, wanted=wanted):
        own = form.from_export and file_format == "csv"
        yield replace(record, fields=restored(record.fields)) if own else record


def _result(plan: Plan, progress: Progress) -> Json:
    errors = [
        {"row": failure.row, "field": failure.field, "reason": failure.reason, "message": failure.message}
        for failure in progress.errors
    ]
    counts = {"created": progress.created, "existing": progress.existing, "failed": progress.failed}
    shown = {"import_id": plan.import_id, "rows": progress.rows, **counts, "errors": errors}
    shown["without_user"] = progress.without_user
    return {**shown, "dry_run": True} if plan.dry_run else shown


def _failed(plan: Plan, progress: Progress, error: EarshotError) -> Json:
    return {
        **_result(plan, progress),
        "code": grpc_code(error).name,
        "reason": str(error.reason),
        "message": public_message(error),
        "hint": error.hint or (_HINT_OF_DRY_RUN if plan.dry_run else _HINT),
    }
