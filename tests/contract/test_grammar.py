"""The contracts keep the grammar: comments, prefixes, packages, pages, request ids. Read from the descriptors."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

PROTOS = Path(__file__).parents[2] / "protos"
FILE_MESSAGES, FILE_ENUMS, FILE_SERVICES = 4, 5, 6
MESSAGE_FIELDS, MESSAGE_NESTED, MESSAGE_ENUMS, MESSAGE_ONEOFS = 2, 3, 4, 8
ENUM_VALUES, SERVICE_METHODS = 2, 2


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[FileDescriptorProto]:
    """Descriptors of every contract, comments included, compiled afresh."""
    output = tmp_path_factory.mktemp("descriptors") / "earshot.binpb"
    includes = [f"-I{PROTOS}", f"-I{PROTOS / 'third_party'}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    sources = sorted(str(path) for path in (PROTOS / "earshot").rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", *includes, "--include_source_info"]
    subprocess.run([*command, f"--descriptor_set_out={output}", *sources], check=True)
    return list(FileDescriptorSet.FromString(output.read_bytes()).file)


def _message_paths(message: DescriptorProto, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    if message.options.map_entry:
        return
    yield message.name, path
    for index, field in enumerate(message.field):
        yield f"{message.name}.{field.name}", (*path, MESSAGE_FIELDS, index)
    for index, oneof in enumerate(message.oneof_decl):
        if not oneof.name.startswith("_"):
            yield f"{message.name}.{oneof.name}", (*path, MESSAGE_ONEOFS, index)
    for index, nested in enumerate(message.nested_type):
        yield from _message_paths(nested, (*path, MESSAGE_NESTED, index))


def _elements(file: FileDescriptorProto) -> Iterator[tuple[str, tuple[int, ...]]]:
    for index, message in enumerate(file.message_type):
        yield from _message_paths(message, (FILE_MESSAGES, index))
    for index, enum in enumerate(file.enum_type):
        yield enum.name, (FILE_ENUMS, index)
        for value_index, value in enumerate(enum.value):
            yield value.name, (FILE_ENUMS, index, ENUM_VALUES, value_index)
    for index, service in enumerate(file.service):
        yield service.name, (FILE_SERVICES, index)
        for method_index, method in enumerate(service.method):
            yield f"{service.name}.{method.name}", (FILE_SERVICES, index, SERVICE_METHODS, method_index)


def test_every_element_is_commented(files: list[FileDescriptorProto]) -> None:
    bare = []
    for file in files:
        comments = {tuple(location.path): location.leading_comments for location in file.source_code_info.location}
        bare += [f"{file.name}: {name}" for name, path in _elements(file) if not comments.get(path, "").strip()]
    assert not bare


def test_packages_are_versioned_and_match_their_folder(files: list[FileDescriptorProto]) -> None:
    for file in files:
        assert re.fullmatch(r"earshot\.[a-z]+\.v1", file.package), file.name
        assert file.name.startswith(file.package.replace(".", "/") + "/")


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def _enums(files: list[FileDescriptorProto]) -> Iterator[EnumDescriptorProto]:
    for file in files:
        yield from file.enum_type
        for message in file.message_type:
            yield from message.enum_type


def test_enums_start_unspecified_and_prefix_their_values(files: list[FileDescriptorProto]) -> None:
    seen = 0
    for enum in _enums(files):
        prefix = _upper_snake(enum.name)
        assert (enum.value[0].name, enum.value[0].number) == (f"{prefix}_UNSPECIFIED", 0)
        assert all(value.name.startswith(f"{prefix}_") for value in enum.value)
        seen += 1
    assert seen >= 10


def test_lists_are_paged_by_the_same_names(files: list[FileDescriptorProto]) -> None:
    messages = {message.name: message for file in files for message in file.message_type}
    lists = [name for name in messages if re.fullmatch(r"List\w+Request", name)]
    assert lists
    for name in lists:
        fields = {field.name for field in messages[name].field}
        assert {"page_size", "page_token"} <= fields, name
        answer = {field.name for field in messages[name.removesuffix("Request") + "Response"].field}
        assert "next_page_token" in answer, name


def test_requests_and_responses_are_named_after_their_method(files: list[FileDescriptorProto]) -> None:
    exceptions = {"Ask": "SendMessageRequest", "SendMessage": "ChatEvent", "ResumeReply": "ChatEvent"}
    for method in (method for file in files for service in file.service for method in service.method):
        names = {method.input_type.rsplit(".", 1)[1], method.output_type.rsplit(".", 1)[1]}
        expected = {f"{method.name}Request", f"{method.name}Response"}
        assert names - expected <= {exceptions.get(method.name, "")}, method.name
