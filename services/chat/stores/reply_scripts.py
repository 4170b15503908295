"""The Lua scripts of the reply log: each is one atomic change.

Keys are passed in a fixed order, all of one owner. A script may run twice, because a client that lost the answer asks
again; every one of them then answers as the first time.
"""

from typing import Final

BEGIN: Final = """
-- KEYS request open lease state queue beats
-- ARGV reply replica lease_ms keep_ms start_json session fingerprint forced when_busy longest_queue
local reply, when_busy = ARGV[1], ARGV[9]
if ARGV[8] == '0' then
  local open = redis.call('GET', KEYS[2])
  -- It began already, and the answer to that was lost.
  if open == reply then return {'begun', reply} end
  local known = redis.call('GET', KEYS[1])
  if known then
    redis.call('ZREM', KEYS[5], reply)
    redis.call('HDEL', KEYS[6], reply)
    return {'same', known}
  end
  local clock = redis.call('TIME')
  local now = clock[1] * 1000000 + clock[2]
  for _, waiter in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
    if (tonumber(redis.call('HGET', KEYS[6], waiter)) or 0) < now then
      redis.call('ZREM', KEYS[5], waiter)
      redis.call('HDEL', KEYS[6], waiter)
    end
  end
  local first = redis.call('ZRANGE', KEYS[5], 0, 0)[1]
  local overtakes = first and first ~= reply
  if open and redis.call('GET', KEYS[3]) ~= open then return {'orphan', open} end
  if open or overtakes then
    if when_busy == 'reject' then return {'busy', open or ''} end
    if not redis.call('ZSCORE', KEYS[5], reply) then
      if redis.call('ZCARD', KEYS[5]) >= tonumber(ARGV[10]) then return {'busy', open or ''} end
      -- Who interrupts stands before all who only wait.
      redis.call('ZADD', KEYS[5], when_busy == 'interrupt' and now - 1e15 or now, reply)
    end
    redis.call('HSET', KEYS[6], reply, now + ARGV[3] * 1000)
    redis.call('PEXPIRE', KEYS[5], ARGV[4])
    redis.call('PEXPIRE', KEYS[6], ARGV[4])
    return {'waiting', open or ''}
  end
  redis.call('ZREM', KEYS[5], reply)
  redis.call('HDEL', KEYS[6], reply)
end
redis.call('SET', KEYS[2], reply, 'PX', ARGV[4])
redis.call('SET', KEYS[3], reply, 'PX', ARGV[3])
redis.call('HSET', KEYS[4], 'session', ARGV[6], 'replica', ARGV[2], 'start', ARGV[5])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
if ARGV[7] ~= '' then redis.call('SET', KEYS[1], cjson.encode({reply, ARGV[7], ARGV[6]}), 'PX', ARGV[4]) end
return {'begun', reply}
"""
"""Claims a session for a reply, unless the request is known, another reply runs or waits, or one was left unfinished.

A message that waits or interrupts has a place in a queue and keeps it by asking again before its lease is over; one
that fell silent loses it.
"""

LEAVE: Final = """
-- KEYS queue beats | ARGV reply
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
"""
"""Gives a place in the queue up."""

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
redis.call('PUBLISH', ARGV[3] .. replica, ARGV[1] .. ' ' .. ARGV[2])
return 'asked'
"""
"""Asks the process of a reply to stop it."""
