# R4: a user is registered, logs in by a form, and chats by `prompt`, whole and streamed, in sessions of their own.
source "$(dirname "$0")/start.sh"
NAME="calls$RANDOM$RANDOM"
curl -fsS "$EARSHOT/api/v1/users/" -H "Authorization: Bearer $(token "$USERNAME" "$PASSWORD")" -H "$JSON" \
  -d "{\"username\": \"$NAME\", \"password\": \"a long password\"}" | expect 'it["role"] == "viewer"'
AUTH="Authorization: Bearer $(token "$NAME" "a long password")"
curl -fsS "$EARSHOT/api/v1/users/me" -H "$AUTH" | expect "it['username'] == '$NAME'"

SESSION=$(curl -fsS "$EARSHOT/api/v1/sessions/" -H "$AUTH" -H "$JSON" -d '{}' | field session_id)
curl -fsS "$EARSHOT/api/v1/chat" -H "$AUTH" -H "$JSON" \
  -d "{\"prompt\": \"how many messages came in last week?\", \"session_id\": \"$SESSION\", \"model_name\": \"earshot\"}" \
  | expect "it['answer'] and it['session_id'] == '$SESSION' and it['usage']['total_tokens'] >= 0"
curl -fsS -N "$EARSHOT/api/v1/chat/stream" -H "$AUTH" -H "$JSON" \
  -d "{\"prompt\": \"and by day?\", \"session_id\": \"$SESSION\"}" | grep -q '^event: completed'
curl -fsS "$EARSHOT/api/v1/sessions/" -H "$AUTH" | expect 'len(it["sessions"]) == 1 and it["sessions"][0]["turn_count"] == 2'
curl -fsS "$EARSHOT/api/v1/sessions/$SESSION/messages" -H "$AUTH" | expect 'len(it["messages"]) == 2'
[[ $(curl -sS -o /dev/null -w '%{http_code}' "$EARSHOT/api/v1/sessions/" -H "Authorization: Bearer nonsense") == 401 ]]
