"""Those who watch alerts: as many as leave room for other calls."""

from typing import Any, cast

import pytest

from services.runtime.errors import ErrorReason, LimitExceededError
from services.store.alerting.watchers import AlertWatchers

NO_DATABASE = cast("Any", None)


async def test_one_watcher_too_many_is_refused_until_another_leaves() -> None:
    watchers = AlertWatchers(NO_DATABASE, max_watchers=2)
    watching = [watchers.watch(workspace, 5) for workspace in ("mine", "theirs")]
    assert [await anext(each) for each in watching] == [(5, None), (5, None)]
    with pytest.raises(LimitExceededError) as caught:
        await anext(watchers.watch("mine", 5))
    assert caught.value.reason == ErrorReason.TOO_MANY_STREAMS
    await watching[0].aclose()
    again = watchers.watch("others", 7)
    assert await anext(again) == (7, None)
    await again.aclose()
    await watching[1].aclose()
