"""In which order images stand on a queue: every account in its turn, however much another has sent before.

The list is kept so that each account's first images come before anybody's next ones; a larger plan has more of them in
one turn. One script, so that nobody pushes in between. Never looks further than the first LOOK places: what would stand
behind them goes to the end.
"""

from storage.records.plans import PLANS

ACCOUNT, SHARE = "account", "share"  # fields of a job's hash beside RQ's own
LOOK = 512

# KEYS queue, job…  ARGV how many, the time, how far to look, prefix of a job's key, job id…
# Puts the first jobs that were planted but never pushed where their account's turn is.
FEED = """
local function owner(key)
  local facts = redis.call('HMGET', key, 'account', 'share')
  return facts[1] or '', math.max(tonumber(facts[2] or 1) or 1, 1)
end
local counts, turns, ids = {}, {}, false
local function look()
  ids = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[3]) - 1)
  for place, id in ipairs(ids) do
    local account, share = owner(ARGV[4] .. id)
    turns[place] = math.floor((counts[account] or 0) / share)
    counts[account] = (counts[account] or 0) + 1
  end
end
local function push(id, key)
  local account, share = owner(key)
  local turn = math.floor((counts[account] or 0) / share)
  counts[account] = (counts[account] or 0) + 1
  for place = 1, #ids do
    if turns[place] > turn then
      redis.call('LINSERT', KEYS[1], 'BEFORE', ids[place], id)
      table.insert(ids, place, id)
      table.insert(turns, place, turn)
      return
    end
  end
  redis.call('RPUSH', KEYS[1], id)
  ids[#ids + 1] = id
  turns[#turns + 1] = turn
end
local pushed = {}
for n = 2, #KEYS do
  if #pushed >= tonumber(ARGV[1]) then break end
  if redis.call('HGET', KEYS[n], 'status') == 'created' then
    if not ids then look() end
    redis.call('HSET', KEYS[n], 'status', 'queued', 'enqueued_at', ARGV[2])
    push(ARGV[n + 3], KEYS[n])
    pushed[#pushed + 1] = ARGV[n + 3]
  end
end
return pushed
"""


def share_of(plan: str) -> int:
    """How many images an account on this plan has in one turn; 1 for a plan nobody knows."""
    found = PLANS.get(plan)
    return found.images_per_turn if found else 1
