import { createHash } from "node:crypto";

/** A Lua script and the name under which Redis keeps it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/**
 * What the scripts that write share. A key's record is a string (record.ts); beside it stand `index`, all
 * keys in order, and `expiries`, keys by the moment at which Redis removes them. Every change is counted
 * and published, so that whoever misses one can tell.
 *
 * KEYS: record, index, expiries, sequence. ARGV: channel, key, then the script's own.
 */
const writer = `
local record, index, expiries, sequence = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local channel, key = ARGV[1], ARGV[2]
local function changed(id)
  redis.call('PUBLISH', channel, string.format('%.0f', redis.call('INCR', sequence)) .. ' ' .. id .. ' ' .. key)
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function write(bytes, ttl, id)
  if ttl == 'keep' then
    redis.call('SET', record, bytes, 'KEEPTTL')
  elseif ttl == '' then
    redis.call('SET', record, bytes)
    redis.call('ZREM', expiries, key)
  else
    redis.call('SET', record, bytes, 'PX', ttl)
    redis.call('ZADD', expiries, string.format('%.0f', now() + ttl + 1), key)
  end
  redis.call('ZADD', index, 0, key)
  changed(id)
end
local function remove()
  local removed = redis.call('DEL', record)
  redis.call('ZREM', index, key)
  local expired = redis.call('ZREM', expiries, key)
  if removed + expired > 0 then changed('-') end
  return removed
end
`;

/** ARGV: record, ttl in ms or nothing, id. */
export const putScript = script(`${writer}
write(ARGV[3], ARGV[4], ARGV[5])
return 1`);

/** Gives how many it removed. */
export const deleteScript = script(`${writer}
return remove()`);

/** ARGV: record (nothing: delete), ttl in ms, nothing or "keep", id, expected version in bytes (nothing: no key). Gives 1 or 0. */
export const casScript = script(`${writer}
if redis.call('GETRANGE', record, 1, 15) ~= ARGV[6] then return 0 end
if ARGV[3] == '' then remove() else write(ARGV[3], ARGV[4], ARGV[5]) end
return 1`);

/** ARGV: header of a number's record, id, by and init as doubles. Gives the sum as a double, nothing for no number. */
export const addScript = script(`${writer}
local by = struct.unpack('>d', ARGV[5])
local current = redis.call('GETRANGE', record, 0, 31)
local sum
if current == '' then sum = struct.unpack('>d', ARGV[6]) + by
elseif string.byte(current, 1) % 2 == 0 then return false
else sum = struct.unpack('>d', current, 17) + by end
local bytes = struct.pack('>d', sum)
write(ARGV[3] .. bytes, current == '' and '' or 'keep', ARGV[4])
return bytes`);

/** KEYS: index. ARGV: prefix of records, from, to, limit. Gives how many it looked at, the last of them, and those that exist. */
export const keysScript = script(`
local page = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local found = {}
for _, key in ipairs(page) do
  if redis.call('EXISTS', ARGV[1] .. key) == 1 then found[#found + 1] = key end
end
return { #page, page[#page] or '', found }`);

/** KEYS: records. Gives record and remaining milliseconds of each. */
export const entriesScript = script(`
local found = {}
for i, record in ipairs(KEYS) do
  found[2 * i - 1] = redis.call('GET', record)
  found[2 * i] = redis.call('PTTL', record)
end
return found`);

/**
 * Reports keys that Redis removed when their time was over. KEYS: index, expiries, sequence. ARGV: channel,
 * prefix of records, limit. Gives the milliseconds until the next, -1 for none.
 */
export const sweepScript = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[3])) do
  local left = redis.call('PTTL', ARGV[2] .. key)
  if left == -2 then
    redis.call('ZREM', KEYS[1], key)
    redis.call('ZREM', KEYS[2], key)
    redis.call('PUBLISH', ARGV[1], string.format('%.0f', redis.call('INCR', KEYS[3])) .. ' - ' .. key)
  elseif left == -1 then
    redis.call('ZREM', KEYS[2], key)
  else
    redis.call('ZADD', KEYS[2], string.format('%.0f', now + left + 1), key)
  end
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return next[2] and math.max(0, tonumber(next[2]) - now) or -1`);

/** Publishes how many changes there were, without being one. KEYS: sequence. ARGV: channel, mark. */
export const probeScript = script(`
return redis.call('PUBLISH', ARGV[1], (redis.call('GET', KEYS[1]) or '0') .. ' ? ' .. ARGV[2])`);
