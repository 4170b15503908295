"""The signature of what is posted to webhooks. Pure.

`Earshot-Signature: t=<Unix seconds>,v1=<hex>` where hex is HMAC-SHA256 (RFC 2104) with the rule's secret over the bytes
`<Unix seconds>.<body>`. Who receives it computes the same, compares in constant time, and refuses times that are more
than five minutes away, so that a message that was overheard cannot be sent again later.
"""

import hashlib
import hmac
from typing import Final

SIGNATURE_HEADER: Final = "Earshot-Signature"
DELIVERY_HEADER: Final = "Earshot-Delivery"
EVENT_HEADER: Final = "Earshot-Event"


def signature(secret: str, body: bytes, *, unix_seconds: int) -> str:
    """The header's value."""
    mac = hmac.new(secret.encode(), f"{unix_seconds}.".encode() + body, hashlib.sha256)
    return f"t={unix_seconds},v1={mac.hexdigest()}"
