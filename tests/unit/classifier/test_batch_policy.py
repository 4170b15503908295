"""Which texts travel together: the cases that its properties do not spell out."""

from services.classifier.batching.batch_policy import BatchLimits, QueuedText, choose_batch, rank_of, split_expired

LIMITS = BatchLimits(max_texts=32, max_tokens=512)


def queue(*lengths: int) -> list[QueuedText]:
    """Waiting texts of these lengths, each its own request."""
    return [QueuedText(sequence=index, rank=index, tokens=tokens) for index, tokens in enumerate(lengths)]


def lengths(batch: list[QueuedText]) -> list[int]:
    """Their lengths."""
    return [entry.tokens for entry in batch]


def test_an_empty_queue_gives_an_empty_batch() -> None:
    assert choose_batch([], LIMITS) == []


def test_similar_lengths_travel_together() -> None:
    waiting = queue(12, 300, 11, 13, 290, 12)
    assert lengths(choose_batch(waiting, LIMITS)) == [11, 12, 12, 13]


def test_a_text_over_the_token_limit_travels_alone() -> None:
    assert lengths(choose_batch(queue(512, 5, 5), BatchLimits(max_texts=8, max_tokens=100))) == [512]


def test_texts_too_few_for_runs_of_their_own_share_one_in_spite_of_padding() -> None:
    assert lengths(choose_batch(queue(20, 12, 16), LIMITS)) == [12, 16, 20]


def test_padding_beyond_the_cost_of_a_run_is_avoided() -> None:
    waiting = queue(*[10] * 10, *[40] * 10)
    assert lengths(choose_batch(waiting, LIMITS)) == [10] * 10


def test_idle_workers_share_what_waits() -> None:
    waiting = queue(*[20] * 16)
    assert len(choose_batch(waiting, LIMITS, idle_workers=1)) == 16
    assert len(choose_batch(waiting, LIMITS, idle_workers=2)) == 8


def test_a_little_work_is_not_split() -> None:
    assert len(choose_batch(queue(16, 16, 16, 16), LIMITS, idle_workers=4)) == 4


def test_a_later_single_text_slips_into_a_large_request() -> None:
    large = [rank_of(admitted=0, index=index) for index in range(256)]
    single = rank_of(admitted=256, index=0)
    assert sum(rank < single for rank in large) == 64


def test_expired_texts_are_told_apart() -> None:
    waiting = [
        QueuedText(sequence=n, rank=n, tokens=5, deadline=deadline) for n, deadline in enumerate((None, 1.0, 3.0))
    ]
    live, expired = split_expired(waiting, 1.0)
    assert [entry.sequence for entry in live] == [0, 2]
    assert [entry.sequence for entry in expired] == [1]
