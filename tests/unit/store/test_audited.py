"""The audit log decides on every RPC, and has no room for a text."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from importlib import import_module
from pathlib import Path
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor

from services.store.auditing.audited import AUDITED, NOT_AUDITED, Write
from services.store.auditing.event import ActorKind, AuditEvent

PROTOS = Path(__file__).parents[3] / "protos/earshot/store/v1"


def _methods() -> Iterator[MethodDescriptor]:
    for path in sorted(PROTOS.glob("*.proto")):
        file = import_module(f"earshot.store.v1.{path.stem}_pb2").DESCRIPTOR
        for service in file.services_by_name.values():
            yield from service.methods


METHODS = {f"/{method.containing_service.full_name}/{method.name}": method for method in _methods()}


def test_every_rpc_is_written_or_is_not_for_a_reason() -> None:
    left_out = {
        f"/earshot.store.v1.{service}/{method}" for service, methods in NOT_AUDITED.items() for method in methods
    }
    assert not left_out & AUDITED.keys()
    assert left_out | AUDITED.keys() == METHODS.keys()
    assert all(reason for methods in NOT_AUDITED.values() for reason in methods.values())


def test_an_action_is_known_by_the_name_of_its_rpc_alone() -> None:
    names = [METHODS[path].name for path in AUDITED]
    assert len(set(names)) == len(names)


def test_what_names_a_resource_is_a_field_of_the_request() -> None:
    for path, audited in AUDITED.items():
        *outer, last = audited.id_field.split(".")
        message = METHODS[path].input_type
        for name in outer:
            inner = message.fields_by_name[name].message_type
            assert inner is not None, path
            message = inner
        assert not last or message.fields_by_name[last].type == FieldDescriptor.TYPE_STRING, path


def test_streams_are_written_when_they_end() -> None:
    for path, audited in AUDITED.items():
        method = METHODS[path]
        streams = method.client_streaming or method.server_streaming
        assert not streams or audited.write is Write.AFTERWARDS, path


def test_an_event_holds_ids_names_of_ours_and_codes() -> None:
    free = {"workspace_id", "actor_id", "actor_role", "action", "resource_kind", "code", "request_id"}
    assert {field.name for field in fields(AuditEvent) if field.type is str} == free
    others = {field.type for field in fields(AuditEvent) if field.type is not str}
    assert others == {datetime, UUID, ActorKind, UUID | None}
