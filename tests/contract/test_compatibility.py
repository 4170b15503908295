"""Today's contracts against those of earlier releases (T43): nothing is taken away, and both sides read each other."""

from collections.abc import Callable

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message

from protos.baseline import BASELINES, descriptor_set
from tests.support.compatibility import broken
from tests.support.old_contracts import Contracts, filled

KEPT = sorted(path.stem for path in BASELINES.glob("*.binpb"))


def kept(name: str) -> FileDescriptorSet:
    return FileDescriptorSet.FromString((BASELINES / f"{name}.binpb").read_bytes())


@pytest.fixture(scope="module")
def today() -> FileDescriptorSet:
    return FileDescriptorSet.FromString(descriptor_set())


def test_the_first_contracts_are_kept() -> None:
    assert "first" in KEPT


@pytest.mark.parametrize("name", KEPT)
def test_nothing_is_taken_from_those_who_know_a_baseline(name: str, today: FileDescriptorSet) -> None:
    assert broken(kept(name), today) == []


@pytest.mark.parametrize("name", KEPT)
def test_what_one_side_writes_the_other_reads_and_hands_on(name: str, today: FileDescriptorSet) -> None:
    """Every message, every field filled: through the other side's types and back nothing is lost."""
    older, newer = Contracts(kept(name)), Contracts(today)
    for written_by, read_by in ((older, newer), (newer, older)):
        for full_name in older.ours():
            message = filled(written_by.new(full_name))
            seen = read_by.new(full_name)
            seen.MergeFromString(message.SerializeToString())
            back: Message = written_by.new(full_name)
            back.MergeFromString(seen.SerializeToString())
            assert back == message, full_name


def contract() -> FileDescriptorSet:
    file = FileDescriptorProto(name="a.proto", package="a", syntax="proto3")
    message = file.message_type.add(name="M")
    message.field.add(name="x", number=1, type=FieldDescriptorProto.TYPE_STRING, label=1)
    message.field.add(name="y", number=2, type=FieldDescriptorProto.TYPE_INT64, label=1)
    message.enum_type.add(name="E").value.add(name="E_UNSPECIFIED", number=0)
    message.enum_type[0].value.add(name="E_ONE", number=1)
    message.nested_type.add(name="N")
    method = file.service.add(name="S").method.add(name="Get", input_type=".a.M", output_type=".a.M")
    method.options.idempotency_level = MethodOptions.NO_SIDE_EFFECTS
    return FileDescriptorSet(file=[file])


def message(contracts: FileDescriptorSet) -> DescriptorProto:
    return contracts.file[0].message_type[0]


def enum(contracts: FileDescriptorSet) -> EnumDescriptorProto:
    return message(contracts).enum_type[0]


def service(contracts: FileDescriptorSet) -> ServiceDescriptorProto:
    return contracts.file[0].service[0]


def method(contracts: FileDescriptorSet) -> MethodDescriptorProto:
    return service(contracts).method[0]


def put_into_oneof(contracts: FileDescriptorSet) -> None:
    message(contracts).oneof_decl.add(name="which")
    message(contracts).field[0].oneof_index = 0


BREAKS: dict[str, tuple[Callable[[FileDescriptorSet], object], str]] = {
    "message": (lambda it: message(it).ClearField("nested_type"), "a.M.N is gone"),
    "field": (lambda it: message(it).field.pop(), "a.M.y is gone and not reserved"),
    "name": (lambda it: setattr(message(it).field[0], "name", "z"), "a.M.x: x became z"),
    "type": (lambda it: setattr(message(it).field[0], "type", 12), "a.M.x: TYPE_STRING became TYPE_BYTES"),
    "label": (lambda it: setattr(message(it).field[0], "label", 3), "a.M.x: LABEL_OPTIONAL became LABEL_REPEATED"),
    "oneof": (put_into_oneof, "a.M.x: no oneof became which"),
    "enum": (lambda it: message(it).ClearField("enum_type"), "a.M.E is gone"),
    "value": (lambda it: enum(it).value.pop(), "a.M.E.E_ONE is gone and not reserved"),
    "value name": (lambda it: setattr(enum(it).value[1], "name", "E_TWO"), "a.M.E.E_ONE became E_TWO"),
    "service": (lambda it: it.file[0].ClearField("service"), "a.S is gone"),
    "method": (lambda it: service(it).method.pop(), "a.S/Get is gone"),
    "streaming": (lambda it: setattr(method(it), "server_streaming", True), "(.a.M) -> .a.M became (.a.M) -> stream"),
    "repeating": (lambda it: method(it).ClearField("options"), "a.S/Get may no longer be repeated"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_each_kind_of_break_is_seen(what: str) -> None:
    change, said = BREAKS[what]
    after = contract()
    change(after)
    (line,) = broken(contract(), after)
    assert said in line


def test_adding_and_reserving_are_no_breaks() -> None:
    after = contract()
    gone = message(after).field.pop()
    message(after).reserved_range.add(start=gone.number, end=gone.number + 1)
    message(after).reserved_name.append(gone.name)
    message(after).field.add(name="new", number=3, type=FieldDescriptorProto.TYPE_BOOL, label=1)
    enum(after).value.add(name="E_TWO", number=2)
    service(after).method.add(name="Put", input_type=".a.M", output_type=".a.M")
    after.file[0].message_type.add(name="Another")
    assert broken(contract(), after) == []
