# Sourced by every script here. EARSHOT is the address, USERNAME and PASSWORD an administrator's.
set -euo pipefail
JSON="Content-Type: application/json"

# field a.0.b < JSON: the value there.
field() {
  python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, key: value[int(key) if key.isdigit() else key], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"
}

# expect 'expression over `it`' < JSON: ends the script with the JSON where it does not hold.
expect() {
  python3 -c 'import json, sys
it = json.load(sys.stdin)
sys.exit(None if eval(sys.argv[1]) else f"{sys.argv[1]} does not hold of {json.dumps(it)}")' "$1"
}

# token name password: logs in and prints the bearer token.
token() {
  curl -fsS "$EARSHOT/api/v1/auth/token" -d "username=$1" --data-urlencode "password=$2" | field access_token
}
