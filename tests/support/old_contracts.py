"""Messages of any set of contracts, made from its descriptors: what a client of another release would have."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_SAMPLES: dict[int, Any] = {
    FieldDescriptor.CPPTYPE_BOOL: True,
    FieldDescriptor.CPPTYPE_DOUBLE: 0.25,
    FieldDescriptor.CPPTYPE_FLOAT: 0.25,
    FieldDescriptor.CPPTYPE_INT32: 7,
    FieldDescriptor.CPPTYPE_INT64: 7,
    FieldDescriptor.CPPTYPE_STRING: "text",
    FieldDescriptor.CPPTYPE_UINT32: 7,
    FieldDescriptor.CPPTYPE_UINT64: 7,
}
_DEPTH = 4
"""How far messages inside messages are filled; some hold themselves."""


class Contracts:
    """A pool of its own, so that the same names can mean two releases in one process."""

    def __init__(self, files: FileDescriptorSet) -> None:
        self._pool = DescriptorPool()
        self._files = files
        for file in files.file:
            self._pool.Add(file)

    def ours(self) -> list[str]:
        """Full names of Earshot's own messages on the top level."""
        return [
            f"{file.package}.{message.name}"
            for file in self._files.file
            if file.package.startswith("earshot.")
            for message in file.message_type
        ]

    def new(self, full_name: str, **fields: Any) -> Any:
        """An instance of a message."""
        return GetMessageClass(self._pool.FindMessageTypeByName(full_name))(**fields)


def filled(message: Message, depth: int = _DEPTH) -> Message:
    """The message with every field set; of a oneof, the last member."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None:
            value = _sample(field)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        elif depth:
            _fill_message(message, field, depth - 1)
    return message


def _sample(field: Any) -> Any:  # two classes of descriptors share no type
    if field.enum_type:
        return field.enum_type.values[-1].number
    return b"bytes" if field.type == FieldDescriptor.TYPE_BYTES else _SAMPLES[field.cpp_type]


def _fill_message(message: Message, field: Any, depth: int) -> None:
    inner = getattr(message, field.name)
    if field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name
        if entry["value"].message_type is None:
            inner["key"] = _sample(entry["value"])
        else:
            filled(inner["key"], depth)
        return
    target = inner.add() if field.is_repeated else inner
    target.SetInParent()
    filled(target, depth)
