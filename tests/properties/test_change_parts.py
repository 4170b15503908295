"""A change and its parts: whatever the numbers, the parts add up to it exactly."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.store.watching.change import Users, user_parts

COUNTS = st.integers(min_value=0, max_value=10**9)
USERS = st.builds(lambda new, returning: Users(new=new, returning=returning), new=COUNTS, returning=COUNTS)


def messages(users: Users) -> st.SearchStrategy[int]:
    """Nobody writes nothing, and nothing is written by nobody."""
    total = users.new + users.returning
    return st.integers(min_value=total, max_value=total * 50)


@given(data=st.data(), now=USERS, before=USERS)
def test_users_and_activity_add_up_to_the_change(data: st.DataObject, now: Users, before: Users) -> None:
    value, earlier = data.draw(messages(now)), data.draw(messages(before))
    parts = user_parts(value, earlier, now, before)
    assert parts.by_new + parts.by_returning + parts.by_activity == value - earlier


@given(now=USERS, before=USERS, each=st.integers(min_value=1, max_value=100))
def test_where_everybody_writes_as_much_only_users_count(now: Users, before: Users, each: int) -> None:
    value, earlier = (users.new + users.returning for users in (now, before))
    parts = user_parts(value * each, earlier * each, now, before)
    if value and earlier:
        assert (parts.by_new, parts.by_activity) == ((now.new - before.new) * each, 0)


@given(users=USERS, value=COUNTS, earlier=COUNTS)
def test_where_the_same_people_write_only_activity_counts(users: Users, value: int, earlier: int) -> None:
    if users.new + users.returning:
        parts = user_parts(value, earlier, users, users)
        assert parts.by_activity == Fraction(value - earlier)
