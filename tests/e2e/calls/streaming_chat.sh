# R2: sessions are made, listed and deleted; a reply streams as server-sent events, stops, and stands in the history.
source "$(dirname "$0")/start.sh"
AUTH="Authorization: Bearer $(token "$USERNAME" "$PASSWORD")"

SESSION=$(curl -fsS "$EARSHOT/api/v1/sessions" -H "$AUTH" -H "$JSON" -d '{"title": "Reports"}' | field id)
STREAM=$(curl -fsS -N "$EARSHOT/api/v1/sessions/$SESSION/messages" -H "$AUTH" -H "$JSON" -d '{"text": "top reasons last week"}')
[[ $(grep -c '^event: started' <<< "$STREAM") == 1 ]]
[[ $(grep -cE '^event: (completed|cancelled|failed)' <<< "$STREAM") == 1 ]]
grep -q '^event: delta' <<< "$STREAM"
REPLY=$(grep -m1 '^data: ' <<< "$STREAM" | cut -c7- | field reply_id)

curl -fsS -N "$EARSHOT/api/v1/replies/$REPLY/events" -H "$AUTH" -H "Last-Event-ID: 1" | grep -q '^event: completed'
curl -fsS -X POST "$EARSHOT/api/v1/replies/$REPLY:cancel" -H "$AUTH" | expect 'it["cancelled"] is False'  # it has ended
curl -fsS "$EARSHOT/api/v1/sessions/$SESSION/messages" -H "$AUTH" \
  | expect 'len(it["messages"]) == 1 and it["messages"][0]["text"] == "top reasons last week" and it["messages"][0]["status"] == "completed"'
curl -fsS "$EARSHOT/api/v1/sessions" -H "$AUTH" | expect "any(item['id'] == '$SESSION' for item in it['sessions'])"
curl -fsS -X DELETE "$EARSHOT/api/v1/sessions/$SESSION" -H "$AUTH"
[[ $(curl -sS -o /dev/null -w '%{http_code}' "$EARSHOT/api/v1/sessions/$SESSION" -H "$AUTH") == 404 ]]
