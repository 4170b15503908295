"""What is posted to a webhook. Pure."""

import json
from uuid import UUID

from services.store.alerting.rule import Alert, Event


def webhook_body(delivery_id: UUID, event: Event, workspace_id: str, alert: Alert) -> str:
    """JSON with the same fields whatever happened; times in RFC 3339, null for none."""
    return json.dumps(
        {
            "id": str(delivery_id),
            "event": event.value,
            "workspace": workspace_id,
            "alert": {
                "id": str(alert.id),
                "rule_id": str(alert.rule_id),
                "rule_name": alert.rule_name,
                "state": "firing" if alert.firing else "resolved",
                "value": alert.value,
                "compared_with": alert.compared_with,
                "summary": alert.summary,
                "start_time": alert.start_time.isoformat(),
                "end_time": alert.end_time.isoformat() if alert.end_time else None,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
