"""A receipt is watched: its question becomes an alert rule over a window as long as its period (B5)."""

from google.protobuf.duration_pb2 import Duration

from earshot.chat.v1 import chat_pb2, subscription_pb2
from earshot.store.v1 import alert_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.runtime.ids import new_id
from tests.integration.chat.test_replies import message
from tests.support.chat import collect, error_of, running_chat
from tests.support.chat_fixtures import World
from tests.support.chat_world import person

CHANGE = alert_pb2.AlertCondition(kind=alert_pb2.ALERT_CONDITION_KIND_CHANGE, threshold=0.2)


async def test_a_receipt_becomes_a_rule_once(world: World) -> None:
    who = person()
    places = {"store_address": world.store.address, "redis_url": world.redis_url}
    async with running_chat(world.keys, signer=world.store.signer, **places) as rig:
        stub = rig.client.stub(who)
        completed = (await collect(stub.SendMessage(message())))[-1].completed
        receipt = completed.receipt.id
        request = subscription_pb2.SubscribeReceiptRequest(id=receipt, condition=CHANGE, request_id=new_id())
        rule = (await stub.SubscribeReceipt(request)).rule
        again = (await stub.SubscribeReceipt(request)).rule
        named = subscription_pb2.SubscribeReceiptRequest(
            id=receipt, query=1, condition=CHANGE, name="Deposits", window=Duration(seconds=3600)
        )
        other = (await stub.SubscribeReceipt(named)).rule
        beyond = await error_of(
            stub.SubscribeReceipt(subscription_pb2.SubscribeReceiptRequest(id=receipt, query=2, condition=CHANGE))
        )
        nobodys = await error_of(
            stub.SubscribeReceipt(subscription_pb2.SubscribeReceiptRequest(id=new_id(), condition=CHANGE))
        )
        viewer = person(Role.VIEWER)
        asking = chat_pb2.SendMessageRequest(text="how many messages?")
        seen = (await collect(rig.client.stub(viewer).SendMessage(asking)))[-1]
        refused = await error_of(
            rig.client.stub(viewer).SubscribeReceipt(
                subscription_pb2.SubscribeReceiptRequest(id=seen.completed.receipt.id, condition=CHANGE)
            )
        )
    assert rule.name == "how many deposit messages came in yesterday?"
    assert rule.query.filters == completed.receipt.queries[0].filters
    assert rule.window == Duration(seconds=86_400)
    assert rule.condition == CHANGE
    assert again.id == rule.id
    assert (other.name, other.window) == ("Deposits", Duration(seconds=3600))
    assert beyond.reason == ErrorReason.INVALID_ARGUMENT
    assert nobodys.reason == ErrorReason.RECEIPT_NOT_FOUND
    assert refused.reason == ErrorReason.ROLE_MISSING
