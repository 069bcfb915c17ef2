"""What has to happen at once in Redis, as scripts.

An entry that waits for a delay stays in the group's list of pending ones, under a
consumer of that name; when it is due stands in a sorted set beside the stream. Neither
is ever without the other, so that whoever dies, the entry comes again.

Each script has one stream in KEYS[1], and the sorted set of a group in KEYS[2].
"""

from typing import Final

DELAYED: Final = "wirepact:delayed"
"""The consumer whose pending entries wait for a delay."""

_OWNED: Final = """
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function owned(id, consumer)
  local found = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  return found and found[2] == consumer and found
end
"""

# ARGV: group, consumer, ids. What another member has got meanwhile is left to it.
ACK: Final = (
    _OWNED
    + """
local settled = 0
for at = 3, #ARGV do
  if owned(ARGV[at], ARGV[2]) then
    settled = settled + redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
  end
end
return settled
"""
)

# ARGV: group, consumer, consumer of delayed ones, their delay in ms, ids.
# JUSTID: to be handed back is no delivery, and is not counted.
NACK: Final = (
    _OWNED
    + """
local due = string.format('%.0f', now_ms() + tonumber(ARGV[4]))
for at = 5, #ARGV do
  if owned(ARGV[at], ARGV[2]) then
    redis.call('ZADD', KEYS[2], due, ARGV[at])
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[at], 'JUSTID')
  end
end
"""
)

# ARGV: group, consumer, consumer of delayed ones, most, idle time in ms after which a
# member is dead. Returns {entries, ms until the next one is due or ''}: of each entry
# its id, its fields and how often it was delivered.
#
# A dead member's name goes with its last entry, as lists of members would grow forever.
TAKE: Final = (
    _OWNED
    + """
local group, me, delayed = ARGV[1], ARGV[2], ARGV[3]
local most, dead_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
local now, taken = now_ms(), {}

local function claim(id, count)
  local entry = redis.call('XCLAIM', KEYS[1], group, me, 0, id)[1]
  if entry then
    taken[#taken + 1] = {entry[1], entry[2], count + 1}
  end
end

local due = redis.call(
  'ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, most)
for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[2], id)
  local found = owned(id, delayed)
  if found then
    claim(id, found[4])
  end
end

for _, about in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
  local name, pending, idle = about[2], about[4], about[6]
  if name ~= me and name ~= delayed and idle >= dead_ms then
    local room = most - #taken
    if pending > 0 and room > 0 then
      local theirs =
        redis.call('XPENDING', KEYS[1], group, '-', '+', room, name)
      for _, found in ipairs(theirs) do
        claim(found[1], found[4])
      end
    end
    if #redis.call('XPENDING', KEYS[1], group, '-', '+', 1, name) == 0 then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group, name)
    end
  end
end

local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return {taken, next[2] and string.format('%.0f', next[2] - now) or ''}
"""
)

# ARGV: group, consumer, most, ids that are in hand. Returns what the consumer has got
# and never seen, as after an answer that was lost; entries as TAKE has them.
MISSED: Final = """
local known, missed, last = {}, {}, '-'
for at = 4, #ARGV do
  known[ARGV[at]] = true
end
while #missed < tonumber(ARGV[3]) do
  local page = redis.call('XPENDING', KEYS[1], ARGV[1], last, '+', 100, ARGV[2])
  for _, found in ipairs(page) do
    local entry = redis.call('XRANGE', KEYS[1], found[1], found[1])[1]
    if not entry then
      redis.call('XACK', KEYS[1], ARGV[1], found[1])
    elseif not known[found[1]] then
      known[found[1]] = true
      missed[#missed + 1] = {entry[1], entry[2], found[4]}
    end
  end
  if #page < 100 then
    break
  end
  last = '(' .. page[#page][1]
end
return missed
"""

# ARGV: group, consumer, consumer of delayed ones. All that a member has goes to those
# who wait for a delay of nothing; then the member is no more.
LEAVE: Final = """
while true do
  local page = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 100, ARGV[2])
  for _, found in ipairs(page) do
    redis.call('ZADD', KEYS[2], 0, found[1])
    local moved =
      redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, found[1], 'JUSTID')
    if #moved == 0 then
      redis.call('XACK', KEYS[1], ARGV[1], found[1])
      redis.call('ZREM', KEYS[2], found[1])
    end
  end
  if #page == 0 then
    break
  end
end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
"""
