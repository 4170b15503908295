"""What proves an answer."""

from earshot.types.v1 import question_pb2
from services.chat.replies.receipt import hash_of


def test_the_same_answer_has_the_same_hash() -> None:
    one = [question_pb2.StatsResult(total=3, query_id="a")]
    assert hash_of(one) == hash_of([question_pb2.StatsResult(query_id="a", total=3)])
    assert hash_of(one) != hash_of([question_pb2.StatsResult(total=4, query_id="a")])
