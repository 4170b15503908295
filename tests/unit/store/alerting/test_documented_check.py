"""The check of a webhook's signature that the documentation gives, run as it stands there."""

import re
import time
from pathlib import Path
from typing import Any

from services.store.alerting.signature import signature

PAGE = Path(__file__).parents[4] / "docs" / "alerts.md"


def test_receivers_can_check_signatures_by_the_page_alone() -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    check, body, now = names["is_from_earshot"], b'{"event":"fired"}', int(time.time())
    good = signature("a secret of the rule", body, unix_seconds=now)
    assert check("a secret of the rule", good, body)
    assert not check("another secret", good, body)
    assert not check("a secret of the rule", good, body + b" ")
    assert not check("a secret of the rule", signature("a secret of the rule", body, unix_seconds=now - 600), body)
