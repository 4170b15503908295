# R3: a request is stored at once, its category and summary follow; requests are listed by category, and counted.
source "$(dirname "$0")/start.sh"
AUTH="Authorization: Bearer $(token "$USERNAME" "$PASSWORD")"

BODY='{"subject": "Deposit", "body": "My deposit of 50 euro was declined twice. The card works elsewhere. Please help.", "metadata": {"plan": "gold"}}'
REQUEST=$(curl -fsS "$EARSHOT/api/v1/requests" -H "$AUTH" -H "$JSON" -H "Idempotency-Key: calls $RANDOM$RANDOM" -d "$BODY")
expect 'it["status"] == "open" and it["analysis_state"] in ("pending", "done")' <<< "$REQUEST"
ID=$(field id <<< "$REQUEST")
curl -fsS "$EARSHOT/api/v1/requests/$ID?wait=30" -H "$AUTH" \
  | expect 'it["analysis_state"] == "done" and it["category"] == "deposit" and it["summary"] and 0 < it["confidence"] <= 1'
curl -fsS "$EARSHOT/api/v1/requests?category=deposit&page_size=1" -H "$AUTH" \
  | expect 'len(it["requests"]) == 1 and it["requests"][0]["category"] == "deposit"'
[[ $(curl -sS -o /dev/null -w '%{http_code}' "$EARSHOT/api/v1/requests" -H "$AUTH" -H "$JSON" -d '{"body": 17}') == 400 ]]
curl -fsS "$EARSHOT/api/v1/stats" -H "$AUTH" | expect 'it["query"]["group_by"] == ["category"] and it["time_zone"] == "UTC" and it["range"]'
curl -fsS "$EARSHOT/api/v1/stats?days=30&time_zone=Europe/Ljubljana" -H "$AUTH" | expect 'it["time_zone"] == "Europe/Ljubljana"'
