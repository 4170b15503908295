"""The names of what lies in Redis."""

from services.chat.stores.keyspace import Owner


def test_no_user_can_name_anothers_keys() -> None:
    one = Owner(workspace_id="w", user_id="a}:session:x")
    two = Owner(workspace_id="w", user_id="a")
    assert not one.turns("s").startswith(two.turns("s").partition(":session")[0] + ":")
    assert one.turns("s").count("{") == 1
