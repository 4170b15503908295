"""Catching up on turns that were never embedded, with a classifier that has little time."""

from collections.abc import Mapping, Sequence

from services.chat.history.remembered import RememberedTurn, SessionMemory
from services.chat.memory import Memory
from services.chat.recall import Recall
from services.chat.stores.classifier_client import Embedded, Embedder
from services.chat.stores.keyspace import Owner
from services.runtime.errors import UnavailableError

_WHO = Owner(workspace_id="default", user_id="ana")
_TURNS = tuple(
    RememberedTurn(id=str(number), number=number, question=f"question {number}", answer="fine", status="completed")
    for number in range(1, 46)
)


class BusyEmbedder(Embedder):
    """Embeds at most so many texts in one call, and answers so many calls; `turned`, as another encoder would."""

    def __init__(self, *, most: int, calls: int, turned: bool = False) -> None:
        self._most, self._left, self._turned = most, calls, turned

    async def embed(self, texts: Sequence[str]) -> Embedded:
        self._left -= 1
        if len(texts) > self._most or self._left < 0:
            raise UnavailableError("The classifier is busy.")
        three = ["question 3\n" in text or text == "three" for text in texts]
        vectors: list[Sequence[float]] = [(1.0, 0.0) if one != self._turned else (0.0, 1.0) for one in three]
        return Embedded(vectors=vectors, encoder="turned" if self._turned else "straight")


class KeptMemory(Memory):
    """Vectors in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}

    async def meanings(self, owner: Owner, session_id: str) -> dict[int, bytes]:
        return dict(self.kept)

    async def keep_meanings(self, owner: Owner, session_id: str, turns: Mapping[int, str]) -> None:
        self.kept |= {number: raw.encode() for number, raw in turns.items()}


async def recalled(memory: KeptMemory, embedder: BusyEmbedder) -> list[int] | None:
    about = Recall(memory, embedder).about
    found = await about(_WHO, "session", "three", SessionMemory(turns=_TURNS), window_turns=5)
    return None if found.unavailable else [item.turn.number for item in found.turns]


async def test_many_turns_are_embedded_a_few_at_a_time() -> None:
    memory = KeptMemory()
    assert await recalled(memory, BusyEmbedder(most=16, calls=99)) == [3]
    assert sorted(memory.kept) == list(range(1, 41))


async def test_what_was_embedded_in_time_is_used_and_the_rest_is_caught_up_on() -> None:
    memory = KeptMemory()
    assert await recalled(memory, BusyEmbedder(most=16, calls=2)) == [3]
    assert sorted(memory.kept) == list(range(1, 17))
    assert await recalled(memory, BusyEmbedder(most=16, calls=99)) == [3]
    assert sorted(memory.kept) == list(range(1, 41))


async def test_vectors_of_another_encoder_are_made_anew_before_they_are_compared() -> None:
    memory = KeptMemory()
    assert await recalled(memory, BusyEmbedder(most=16, calls=99)) == [3]
    assert await recalled(memory, BusyEmbedder(most=16, calls=1, turned=True)) == []
    assert await recalled(memory, BusyEmbedder(most=16, calls=99, turned=True)) == [3]
    assert len(memory.kept) == 40
    assert await recalled(memory, BusyEmbedder(most=1, calls=1, turned=True)) == [3]


async def test_a_classifier_that_is_away_is_told_of() -> None:
    assert await recalled(KeptMemory(), BusyEmbedder(most=16, calls=0)) is None
