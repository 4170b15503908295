"""Properties of the batch policy: nothing lost or repeated, limits hold, the order is fair, the cut is the cheapest."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from services.classifier.batching.batch_policy import BatchLimits, QueuedText, choose_batch, rank_of, split_expired

limits_of = st.builds(
    BatchLimits,
    max_texts=st.integers(1, 20),
    max_tokens=st.integers(1, 400),
    run_cost_tokens=st.integers(0, 60),
    window=st.integers(1, 64),
)
lengths_of = st.lists(st.integers(1, 512), max_size=60)
requests_of = st.lists(st.lists(st.integers(1, 512), min_size=1, max_size=20), max_size=8)


def queue_of(requests: list[list[int]]) -> list[QueuedText]:
    """The queue after these requests arrived one after the other, sorted by rank as the waiting line keeps it."""
    queue: list[QueuedText] = []
    for lengths in requests:
        admitted = len(queue)
        queue += [
            QueuedText(sequence=admitted + index, rank=rank_of(admitted=admitted, index=index), tokens=tokens)
            for index, tokens in enumerate(lengths)
        ]
    return sorted(queue, key=lambda entry: entry.rank)


@given(requests_of, limits_of, st.integers(1, 4))
def test_serving_until_empty_loses_nothing_and_repeats_nothing(
    requests: list[list[int]], limits: BatchLimits, idle_workers: int
) -> None:
    waiting = queue_of(requests)
    everything = [entry.sequence for entry in waiting]
    served: list[int] = []
    while batch := choose_batch(waiting, limits, idle_workers=idle_workers):
        served += [entry.sequence for entry in batch]
        waiting = [entry for entry in waiting if entry not in batch]
    assert sorted(served) == sorted(everything)


@given(requests_of, limits_of, st.integers(1, 4))
def test_limits_hold_and_the_first_in_rank_travels(
    requests: list[list[int]], limits: BatchLimits, idle_workers: int
) -> None:
    waiting = queue_of(requests)
    batch = choose_batch(waiting, limits, idle_workers=idle_workers)
    if not waiting:
        assert batch == []
        return
    assert waiting[0] in batch
    assert set(map(id, batch)) <= set(map(id, waiting[: limits.window]))
    assert len(batch) <= limits.max_texts
    assert len(batch) == 1 or max(entry.tokens for entry in batch) * len(batch) <= limits.max_tokens


@given(requests_of, limits_of)
def test_nobody_waits_for_more_runs_than_there_were_texts_before_it(
    requests: list[list[int]], limits: BatchLimits
) -> None:
    waiting = queue_of(requests)
    position = {entry.sequence: index for index, entry in enumerate(waiting)}
    runs = 0
    while batch := choose_batch(waiting, limits):
        assert all(runs <= position[entry.sequence] for entry in batch)
        waiting = [entry for entry in waiting if entry not in batch]
        runs += 1


@given(st.integers(0, 1000), st.integers(0, 255), st.integers(0, 1000))
def test_overtaking_is_bounded(admitted: int, index: int, later: int) -> None:
    mine = rank_of(admitted=admitted, index=index)
    assert (rank_of(admitted=admitted + later, index=0) < mine) == (later < 4 * index)


@given(lengths_of, limits_of)
def test_the_batch_belongs_to_the_cheapest_cut(lengths: list[int], limits: BatchLimits) -> None:
    waiting = [QueuedText(sequence=n, rank=n, tokens=tokens) for n, tokens in enumerate(lengths[: limits.window])]
    ordered = sorted(entry.tokens for entry in waiting)

    @cache
    def cheapest(end: int) -> int:
        """The least cost of the first `end` texts, by trying every last run."""
        sizes = [
            n for n in range(1, min(limits.max_texts, end) + 1) if n == 1 or n * ordered[end - 1] <= limits.max_tokens
        ]
        runs = (cheapest(end - n) + n * ordered[end - 1] + limits.run_cost_tokens for n in sizes)
        return min(runs) if end else 0

    spent = 0
    while batch := choose_batch(waiting, limits):
        spent += max(entry.tokens for entry in batch) * len(batch) + limits.run_cost_tokens
        waiting = [entry for entry in waiting if entry not in batch]
    assert spent == cheapest(len(ordered))


@given(st.lists(st.one_of(st.none(), st.floats(0, 10)), max_size=20), st.floats(0, 10))
def test_splitting_off_the_expired_keeps_the_order(deadlines: list[float | None], now: float) -> None:
    waiting = [QueuedText(sequence=n, rank=n, tokens=1, deadline=deadline) for n, deadline in enumerate(deadlines)]
    live, expired = split_expired(waiting, now)
    assert sorted([*live, *expired], key=lambda entry: entry.sequence) == waiting
    assert all(entry.deadline is not None and entry.deadline <= now for entry in expired)
    assert [entry.sequence for entry in live] == sorted(entry.sequence for entry in live)
