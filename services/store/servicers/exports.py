"""The method of MessageService that writes files."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Final

import grpc

from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.store.contract import convert
from services.store.contract.filter_requests import filters_and_range
from services.store.exporting.columns import ExportFormat
from services.store.exporting.exporter import Exporter
from services.store.repositories.export import Export
from services.store.servicers.caller import READERS, caller_workspace

_FORMATS: Final[Mapping[int, ExportFormat]] = MappingProxyType(
    {
        message_pb2.EXPORT_FORMAT_UNSPECIFIED: ExportFormat.CSV,
        message_pb2.EXPORT_FORMAT_CSV: ExportFormat.CSV,
        message_pb2.EXPORT_FORMAT_JSONL: ExportFormat.JSONL,
        message_pb2.EXPORT_FORMAT_PARQUET: ExportFormat.PARQUET,
    }
)


class ExportMethods(message_pb2_grpc.MessageServiceServicer):
    """Methods as the contract describes them."""

    _exporter: Exporter

    async def ExportMessages(
        self, request: message_pb2.ExportMessagesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> AsyncIterator[message_pb2.ExportMessagesResponse]:
        """A file, piece by piece."""
        workspace_id = caller_workspace(*READERS)
        async with aclosing(self._exporter.stream(workspace_id, _export(request))) as pieces:
            async for piece in pieces:
                yield message_pb2.ExportMessagesResponse(
                    data=piece.data, last=piece.messages is not None, message_count=piece.messages or 0
                )


def _export(request: message_pb2.ExportMessagesRequest) -> Export:
    """Reads and checks the request. Raises InvalidInputError: BAD_FILTER, BAD_RANGE, UNKNOWN_ENUM_VALUE."""
    if request.format not in _FORMATS:
        raise convert.unknown_value("format")
    filters, time_range = filters_and_range(request)
    return Export(
        filters=filters,
        time_range=time_range,
        authors=convert.authors(request.authors),
        format=_FORMATS[request.format],
    )
