"""What the store says to a reading: its queries run, each handed on with its result, and what it finds in words."""

from dataclasses import dataclass, replace
from typing import Final

from earshot.chat.v1 import chat_pb2
from earshot.types.v1 import question_pb2
from services.chat.convert import example_from_proto, list_request, query_to_proto, result_from_proto
from services.chat.findings import (
    change_of,
    change_request,
    incident_of,
    incidents_request,
    spikes_of,
    spikes_request,
)
from services.chat.narration.change import tell_change
from services.chat.narration.incidents import tell_incidents
from services.chat.narration.spikes import tell_spikes
from services.chat.question import ExampleMessage, Interpretation, Operation, StatsResult
from services.chat.replies.queries import example_count, queries_of
from services.chat.replies.running_reply import RunningReply
from services.chat.replies.shown_rows import shown
from services.chat.replies.ties import MOST_TIED, may_hide_ties, tied, with_limit
from services.chat.stores.store_client import Store

_PARTS_TOLD: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the store said: results for the wire and as values, the messages shown, and what it found in words."""

    raw: tuple[question_pb2.StatsResult, ...] = ()
    results: tuple[StatsResult, ...] = ()
    examples: tuple[ExampleMessage, ...] = ()
    findings: tuple[str, ...] = ()


class EvidenceSource:
    """Asks the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def gather(self, reply: RunningReply, interpretation: Interpretation) -> Evidence:
        """Runs the queries, all with the knowledge of one instant, and hands on each with its result."""
        raw: list[question_pb2.StatsResult] = []
        for query in queries_of(interpretation):
            pinned = replace(query, as_of=query.as_of or (result_from_proto(raw[0]).as_of if raw else None))
            raw.append(await self._counted(query_to_proto(pinned)))
            _hand_on(reply, chat_pb2.QueryRun(name=f"q{len(raw)}", result=raw[-1]))
        counted = Evidence(raw=tuple(raw), results=tuple(result_from_proto(result) for result in raw))
        match interpretation.operation:
            case Operation.INCIDENTS:
                return await self._incidents(reply, interpretation, counted)
            case Operation.EXAMPLES:
                return await self._examples(reply, interpretation, counted)
            case operation:
                return replace(counted, findings=await self._findings(operation, counted.results[0]))

    async def _counted(self, query: question_pb2.StatsQuery) -> question_pb2.StatsResult:
        """The rows asked for, and those that have as much as the last of them: nobody is the top one among equals."""
        result = shown(await self._store.query(query))
        if not may_hide_ties(result):
            return result
        wider = shown(await self._store.query(with_limit(result, MOST_TIED)))
        further = tied(result, wider)
        return shown(await self._store.query(with_limit(result, further))) if further else result

    async def _examples(self, reply: RunningReply, interpretation: Interpretation, counted: Evidence) -> Evidence:
        count = example_count(interpretation)
        messages = await self._store.messages(list_request(counted.results[0].query, page_size=count))
        _hand_on(reply, chat_pb2.QueryRun(name=f"q{len(counted.raw) + 1}", examples=messages))
        return replace(counted, examples=tuple(example_from_proto(message) for message in messages))

    async def _incidents(self, reply: RunningReply, interpretation: Interpretation, counted: Evidence) -> Evidence:
        """The incidents of most customers, each shown by its first message."""
        result = counted.results[0]
        request = incidents_request(result, limit=example_count(interpretation))
        found = await self._store.incidents(request) if result.total else []
        shown_by = [item.exemplar for item in found]
        _hand_on(reply, chat_pb2.QueryRun(name=f"q{len(counted.raw) + 1}", examples=shown_by))
        return replace(counted, findings=(tell_incidents(result, tuple(map(incident_of, found))),))

    async def _findings(self, operation: Operation, result: StatsResult) -> tuple[str, ...]:
        """What the store finds beyond counting, told by code: its numbers may be said, and no other ones."""
        if operation is Operation.SPIKES:
            return (tell_spikes(result, spikes_of(await self._store.spikes(spikes_request(result)))),)
        request = change_request(result, limit=_PARTS_TOLD) if operation is Operation.EXPLAIN_CHANGE else None
        if request is None:
            return ()
        told = tell_change(change_of(await self._store.change(request)))
        return (told,) if told else ()


def _hand_on(reply: RunningReply, run: chat_pb2.QueryRun) -> None:
    event = reply.next_event()
    event.query.CopyFrom(run)
    reply.add(event)
