# R0: customers' messages are classified as they are stored, and questions are answered from statistics.
source "$(dirname "$0")/start.sh"
curl -fsS "$EARSHOT/health" | expect 'it == {"status": "ok"}'
AUTH="Authorization: Bearer $(token "$USERNAME" "$PASSWORD")"

MESSAGE='{"id_user": 17, "timestamp": "2026-11-20T09:30:00Z", "source": "telegram", "message": "my deposit has not arrived"}'
curl -fsS "$EARSHOT/api/v1/messages/?wait=30" -H "$AUTH" -H "$JSON" -d "$MESSAGE" \
  | expect 'it["category"] == "deposit" and it["user_id"] == "17" and it["id"] and it["intents"][0]["probability"] > 0'

ANSWER=$(curl -fsS "$EARSHOT/api/v1/chat/" -H "$AUTH" -H "$JSON" -d '{"query": "how many deposit messages came in on 20 November 2026?"}')
expect 'it["stats"]["total"] >= 1 and str(it["stats"]["total"]) in it["answer"].replace(",", "")' <<< "$ANSWER"
SESSION=$(field session_id <<< "$ANSWER")
curl -fsS "$EARSHOT/api/v1/chat/" -H "$AUTH" -H "$JSON" -d "{\"query\": \"and by source?\", \"session_id\": \"$SESSION\"}" \
  | expect 'it["session_id"] and it["stats"]["query"]["group_by"] == ["source"] and it["stats"]["query"]["filters"]["categories"]["any_of"] == ["deposit"]'
