"""What of a contract an older client or server would no longer understand: the rules of `buf breaking` (WIRE_JSON).

A field keeps its number, name, type and cardinality, or is reserved by both; an enum value keeps its number and name,
or is reserved; services and methods stay with their types and their streaming. Adding is always allowed.
"""

from collections.abc import Iterable, Iterator

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

WEAKER = {
    MethodOptions.NO_SIDE_EFFECTS: {MethodOptions.IDEMPOTENT, MethodOptions.IDEMPOTENCY_UNKNOWN},
    MethodOptions.IDEMPOTENT: {MethodOptions.IDEMPOTENCY_UNKNOWN},
}


def broken(before: FileDescriptorSet, after: FileDescriptorSet) -> list[str]:
    """One line for each thing that `after` takes away from those who know `before`."""
    messages, enums = dict(_messages(after.file)), dict(_enums(after.file))
    services = {f"{file.package}.{item.name}": item for file in after.file for item in file.service}
    found = [
        *(line for name, old in _messages(before.file) for line in _of_message(name, old, messages.get(name))),
        *(line for name, old in _enums(before.file) for line in _of_enum(name, old, enums.get(name))),
    ]
    for file in before.file:
        for old in file.service:
            name = f"{file.package}.{old.name}"
            found += _of_service(name, old, services.get(name))
    return found


def _messages(files: Iterable[FileDescriptorProto]) -> Iterator[tuple[str, DescriptorProto]]:
    def below(prefix: str, items: Iterable[DescriptorProto]) -> Iterator[tuple[str, DescriptorProto]]:
        for item in items:
            name = f"{prefix}.{item.name}"
            yield name, item
            yield from below(name, item.nested_type)

    for file in files:
        yield from below(file.package, file.message_type)


def _enums(files: Iterable[FileDescriptorProto]) -> Iterator[tuple[str, EnumDescriptorProto]]:
    files = list(files)
    for file in files:
        yield from ((f"{file.package}.{item.name}", item) for item in file.enum_type)
    for name, message in _messages(files):
        yield from ((f"{name}.{item.name}", item) for item in message.enum_type)


def _of_message(name: str, old: DescriptorProto, new: DescriptorProto | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    fields = {field.number: field for field in new.field}
    for field in old.field:
        now = fields.get(field.number)
        if now is None:
            if not (_reserves(new, field.number) and field.name in new.reserved_name):
                yield f"{name}.{field.name} is gone and not reserved"
            continue
        was, is_ = _shape(old, field), _shape(new, now)
        yield from (f"{name}.{field.name}: {a} became {b}" for a, b in zip(was, is_, strict=True) if a != b)


def _reserves(message: DescriptorProto, number: int) -> bool:
    return any(part.start <= number < part.end for part in message.reserved_range)


def _shape(message: DescriptorProto, field: FieldDescriptorProto) -> tuple[str, ...]:
    """What both sides must agree on. A field of a real oneof is cleared by its neighbours, so that is part of it."""
    in_oneof = field.HasField("oneof_index") and not field.proto3_optional
    oneof = message.oneof_decl[field.oneof_index].name if in_oneof else "no oneof"
    kind = FieldDescriptorProto.Type.Name(field.type)
    return field.name, f"{kind} {field.type_name}".strip(), FieldDescriptorProto.Label.Name(field.label), oneof


def _of_enum(name: str, old: EnumDescriptorProto, new: EnumDescriptorProto | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    names = {value.number: value.name for value in new.value}
    for value in old.value:
        now = names.get(value.number)
        reserved = any(part.start <= value.number <= part.end for part in new.reserved_range)
        if now is None and not (reserved and value.name in new.reserved_name):
            yield f"{name}.{value.name} is gone and not reserved"
        elif now not in {None, value.name}:
            yield f"{name}.{value.name} became {now}"


def _of_service(name: str, old: ServiceDescriptorProto, new: ServiceDescriptorProto | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    methods = {method.name: method for method in new.method}
    for method in old.method:
        now = methods.get(method.name)
        if now is None:
            yield f"{name}/{method.name} is gone"
        elif _call(method) != _call(now):
            yield f"{name}/{method.name}: {_call(method)} became {_call(now)}"
        elif now.options.idempotency_level in WEAKER.get(method.options.idempotency_level, set()):
            yield f"{name}/{method.name} may no longer be repeated"


def _call(method: MethodDescriptorProto) -> str:
    requests = "stream " * method.client_streaming + method.input_type
    return f"({requests}) -> {'stream ' * method.server_streaming}{method.output_type}"
