"""What proves an answer: its queries as they were run, and a hash over them and their results. Pure."""

import hashlib
import json
from collections.abc import Sequence

from google.protobuf import json_format

from earshot.chat.v1 import chat_pb2
from earshot.types.v1 import question_pb2


def receipt_of(turn_id: str, results: Sequence[question_pb2.StatsResult]) -> chat_pb2.Receipt | None:
    """The receipt of a turn's answer; None where no query was run. All results state the knowledge of one instant."""
    if not results:
        return None
    return chat_pb2.Receipt(
        id=turn_id, queries=[result.query for result in results], hash=hash_of(results), as_of=results[0].as_of
    )


def hash_of(results: Sequence[question_pb2.StatsResult]) -> str:
    """SHA-256 in hex over queries and results as JSON with sorted keys: the same answer has the same hash anywhere."""
    canonical = [json_format.MessageToDict(result) for result in results]
    encoded = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(encoded.encode()).hexdigest()
