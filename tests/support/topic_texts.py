"""Texts for tests of the taxonomy: a topic that no category covers, and what people write otherwise."""

from typing import Final

_ITEMS: Final = ("hoodie", "cap", "mug", "poker chip set", "t-shirt")
_WISHES: Final = (
    "the {item} from your merch shop has not been shipped yet",
    "i ordered a {item} in the fan shop, when does the parcel come",
    "my parcel with the {item} got lost, please send the merch again",
    "wrong size of the {item} from the merchandise store, how do i return it",
    "tracking number for my {item} order does not work",
    "can i swap the {item} i bought in your fan shop for another colour",
    "the {item} arrived damaged, i want a new one from the merch store",
    "do you ship the {item} from the merchandise shop abroad",
    "fan shop order: {item} missing in the parcel",
    "the print on the merch {item} came off after one wash",
)

UNSEEN: Final = tuple(wish.format(item=item) for wish in _WISHES for item in _ITEMS)
"""Fifty messages about a merchandise shop."""

EVERYDAY: Final = (
    "my withdrawal is pending for five days",
    "deposit by card declined again",
    "where is my welcome bonus",
    "i forgot my password",
    "the slot froze and took my bet",
    "how long does verification take",
    "please close my account",
    "hello, is anybody there",
    "thank you, that was quick",
    "your support is a joke, i want my money",
    "can i play from canada",
    "the odds were changed after my bet",
    "live chat does not open in the app",
    "what is the minimum withdrawal",
    "cashback of last week is missing",
    "bank transfer not credited",
    "two factor code does not arrive",
    "is there a loyalty programme",
    "the app crashes on start",
    "my documents were rejected",
)
"""One of each kind of what people write every day."""
