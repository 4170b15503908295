# R1: a file of messages is imported and classified; a chatbot and a dashboard show the same numbers under filters.
source "$(dirname "$0")/start.sh"
AUTH="Authorization: Bearer $(token "$USERNAME" "$PASSWORD")"
SOURCE="calls-$RANDOM$RANDOM"

FILE=$(mktemp)
trap 'rm -f "$FILE"' EXIT
printf 'message,user,date\nwhere is my withdrawal,u1,2026-11-10 10:00\nI cannot log in,u2,2026-11-11 11:00\n' > "$FILE"
curl -fsS "$EARSHOT/api/v1/import" -H "$AUTH" -F "file=@$FILE;filename=messages.csv" -F "source=$SOURCE" \
  -F text_column=message -F user_column=user -F timestamp_column=date \
  | expect '(it["rows"], it["created"], it["failed"]) == (2, 2, 0)'
until curl -fsS "$EARSHOT/api/v1/messages?source=$SOURCE&status=pending" -H "$AUTH" | expect 'it["messages"] == []' 2> /dev/null; do sleep 0.2; done

curl -fsS "$EARSHOT/api/v1/classify" -H "$AUTH" -H "$JSON" -d '{"texts": ["where is my withdrawal", "I cannot log in"]}' \
  | expect '[result["categories"][0]["label"] for result in it["results"]] == ["withdraw", "login_account"]'
PERIOD="start=2026-11-10T00:00:00Z&end=2026-11-12T00:00:00Z"
curl -fsS "$EARSHOT/api/v1/stats?source=$SOURCE&$PERIOD" -H "$AUTH" | expect 'it["total"] == 2 and len(it["rows"]) == 2'
curl -fsS "$EARSHOT/api/v1/stats?source=$SOURCE&$PERIOD&category=withdraw" -H "$AUTH" | expect 'it["total"] == 1'

SESSION=$(curl -fsS "$EARSHOT/api/v1/sessions" -H "$AUTH" -H "$JSON" -d '{}' | field id)
curl -fsS -N "$EARSHOT/api/v1/sessions/$SESSION/messages" -H "$AUTH" -H "$JSON" \
  -d '{"text": "how many withdrawal messages between 10 and 11 November 2026?"}' | grep -q '^event: completed'
curl -fsS "$EARSHOT/api/v1/chat" -H "$AUTH" -H "$JSON" -d "{\"text\": \"and login?\", \"session_id\": \"$SESSION\"}" \
  | expect 'it["interpretation"]["filters"]["categories"]["any_of"] == ["login_account"] and it["interpretation"]["range"]["start"].startswith("2026-11-10")'
