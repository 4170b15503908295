"""Protobuf to domain and back, for previews of a model."""

from earshot.store.v1 import preview_pb2
from earshot.types.v1 import question_pb2
from services.store.contract.convert import model_ref, range_proto, time_range, time_zone, timestamp
from services.store.filters import TimeRange
from services.store.statistics.model_preview import ModelPreview, PreviewedCount
from services.store.validation import range_violations, refuse, time_zone_violations


def preview_request(proto: preview_pb2.PreviewModelRequest) -> tuple[TimeRange | None, str]:
    """The range, None for yesterday, and the zone. Raises InvalidInputError naming every field that is wrong."""
    asked = time_range(proto.range) if proto.HasField("range") else None
    zone = time_zone(proto.time_zone)
    refuse([*time_zone_violations(zone), *(range_violations(asked) if asked else ())])
    return asked, zone


def preview_response(found: ModelPreview) -> preview_pb2.PreviewModelResponse:
    """The answer for the caller."""
    closed, tally = found.range, found.tally
    return preview_pb2.PreviewModelResponse(
        rows=[_row(row) for row in tally.rows()],
        shadow=model_ref(found.shadow.name, found.shadow.version),
        considered_messages=tally.considered,
        changed_messages=tally.changed,
        judged_messages=tally.judged,
        unsupported_messages=tally.unsupported,
        pending_messages=tally.pending,
        range=range_proto(closed),
        as_of=timestamp(found.as_of),
    )


def _row(row: PreviewedCount) -> preview_pb2.PreviewedCount:
    return preview_pb2.PreviewedCount(
        dimension=question_pb2.Dimension.Value(f"DIMENSION_{row.dimension.name}"),
        key=row.key,
        count=row.count,
        shadow_count=row.shadow_count,
        both=row.both,
    )
