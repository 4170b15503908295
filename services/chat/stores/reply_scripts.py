"""The Lua scripts of the reply log: each is one atomic change.

Keys are passed in a fixed order, all of one owner. A script may run twice, because a client that lost the answer asks
again; every one of them then answers as the first time.
"""

from typing import Final

BEGIN: Final = """
-- KEYS request open lease state | ARGV reply replica lease_ms keep_ms start_json session fingerprint forced
local reply = ARGV[1]
if ARGV[8] == '0' then
  local known = redis.call('GET', KEYS[1])
  if known then return {'same', known} end
  local open = redis.call('GET', KEYS[2])
  if open and open ~= reply then
    if redis.call('GET', KEYS[3]) == open then return {'busy', open} end
    return {'orphan', open}
  end
end
redis.call('SET', KEYS[2], reply, 'PX', ARGV[4])
redis.call('SET', KEYS[3], reply, 'PX', ARGV[3])
redis.call('HSET', KEYS[4], 'session', ARGV[6], 'replica', ARGV[2], 'start', ARGV[5])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
if ARGV[7] ~= '' then redis.call('SET', KEYS[1], cjson.encode({reply, ARGV[7], ARGV[6]}), 'PX', ARGV[4]) end
return {'begun', reply}
"""
"""Claims a session for a reply, unless the request is known, another reply runs, or one was left unfinished."""

APPEND: Final = """
-- KEYS state events lease open | ARGV reply replica lease_ms keep_ms max_entries entry_id end (seq event)*
local replica = redis.call('HGET', KEYS[1], 'replica')
if not replica then return 'lost' end
if replica ~= ARGV[2] then return 'fenced' end
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return ARGV[7] == '' and 'fenced' or 'done' end
if #ARGV > 7 then
  local added = redis.pcall('XADD', KEYS[2], 'MAXLEN', ARGV[5], ARGV[6], unpack(ARGV, 8))
  -- An entry that is there already came with the first, unanswered attempt.
  if type(added) == 'table' and added.err and not string.find(added.err, 'equal or smaller') then return added end
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if ARGV[7] == '' then
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[3])
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
  return redis.call('HGET', KEYS[1], 'cancel') or ''
end
redis.call('HSET', KEYS[1], 'ended', ARGV[7])
if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
if ARGV[7] == 'archived' and redis.call('GET', KEYS[4]) == ARGV[1] then redis.call('DEL', KEYS[4]) end
if ARGV[7] ~= 'archived' then redis.call('PEXPIRE', KEYS[4], ARGV[4]) end
return 'done'
"""
"""Adds events and renews the lease; with an end, closes the reply. Answers who asked to cancel, or who it is not."""

BURY: Final = """
-- KEYS state events lease | ARGV reply last_entry_id entry_id seq event
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 'ended' end
if redis.call('GET', KEYS[3]) == ARGV[1] then return 'alive' end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
if (last[1] and last[1][1] or '0-0') ~= ARGV[2] then return 'moved' end
redis.call('XADD', KEYS[2], ARGV[3], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[1], 'ended', 'kept')
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
return 'buried'
"""
"""Ends a reply whose process fell silent."""

SETTLE: Final = """
-- KEYS state open | ARGV reply
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'ended', 'archived') end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""
"""Notes that a reply left behind has reached the archive."""

ABANDON: Final = """
-- KEYS request open lease state events | ARGV reply
local known = redis.call('GET', KEYS[1])
if known and cjson.decode(known)[1] == ARGV[1] then redis.call('DEL', KEYS[1]) end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
redis.call('DEL', KEYS[4], KEYS[5])
return 1
"""
"""Undoes a claim: the reply never began."""

CANCEL: Final = """
-- KEYS state | ARGV reply by channel_prefix
local replica = redis.call('HGET', KEYS[1], 'replica')
if not replica then return 'missing' end
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 'ended' end
if redis.call('HSETNX', KEYS[1], 'cancel', ARGV[2]) == 0 then return 'asked before' end
redis.call('PUBLISH', ARGV[3] .. replica, ARGV[1])
return 'asked'
"""
"""Asks the process of a reply to stop it."""
