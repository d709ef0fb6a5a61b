import { createHash } from "node:crypto";

/** A Lua script that the server knows by its digest after the first use. */
export interface Script {
  readonly source: string;
  readonly digest: string;
}

function script(source: string): Script {
  return { source, digest: createHash("sha1").update(source).digest("hex") };
}

/**
 * One group is one hash: a member's name, and its seat as `{ incarnation, expires, ttl, order, member }`.
 * Times are the server's own, so that the clocks of its clients do not matter. The hash goes when all of
 * its seats have been over for a minute.
 */
const groupPrelude = `
local time = redis.call("TIME")
local micros = time[1] * 1000000 + time[2]
local now = micros / 1000
local group, channel = KEYS[1], ARGV[1]
local minute = 60000
local function load(name)
  local packed = redis.call("HGET", group, name)
  return packed and cmsgpack.unpack(packed)
end
local function save(name, seat, ttl)
  seat[2], seat[3] = now + ttl, ttl
  redis.call("HSET", group, name, cmsgpack.pack(seat))
  if redis.call("PTTL", group) < ttl + minute then redis.call("PEXPIRE", group, ttl + minute) end
end
local function tell() redis.call("PUBLISH", channel, "") end
`;

/** `channel name incarnation ttl evict member` → `{ 1, order }`, or `{ 0, holder }`. */
export const joinScript = script(`${groupPrelude}
local name, incarnation, ttl, evict = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local seat = load(name)
local same = seat and seat[1] == incarnation
local living = seat and seat[2] > now
if living and not same and seat[1] ~= evict then return { 0, seat[5] } end
if not (living and same) then seat = { incarnation, 0, 0, micros, ARGV[6] } end
save(name, seat, ttl)
if not (living and same) then tell() end
return { 1, seat[4] }
`);

/** `channel name incarnation ttl` → whether it has a seat. One that is over, but nobody else's, it gets again. */
export const renewScript = script(`${groupPrelude}
local name, ttl = ARGV[2], tonumber(ARGV[4])
local seat = load(name)
if not seat or seat[1] ~= ARGV[3] then return 0 end
local over = seat[2] <= now
save(name, seat, ttl)
if over then tell() end
return 1
`);

/** `channel name incarnation` */
export const leaveScript = script(`${groupPrelude}
local seat = load(ARGV[2])
if seat and seat[1] == ARGV[3] then
  redis.call("HDEL", group, ARGV[2])
  tell()
end
return 1
`);

/**
 * `channel grace` → for each seat `{ order, ttl, remaining, member }`. A seat counts for `grace`
 * milliseconds longer than its lease. Those that are over for a minute are removed.
 */
export const seatsScript = script(`${groupPrelude}
local grace = tonumber(ARGV[2])
local seats = {}
local all = redis.call("HGETALL", group)
for at = 1, #all, 2 do
  local seat = cmsgpack.unpack(all[at + 1])
  local remaining = seat[2] - now
  if remaining + grace > 0 then
    seats[#seats + 1] = { seat[4], seat[3], math.floor(remaining), seat[5] }
  elseif remaining + grace + minute < 0 then
    redis.call("HDEL", group, all[at])
  end
end
return seats
`);

/**
 * `write delete? value compare? expected` → the new version; nothing when the comparison fails.
 *
 * A version is the server's time in microseconds, or one more than the one before. A deleted key is
 * remembered for an hour, should the clock be set back.
 */
export const writeScript = script(`
local time = redis.call("TIME")
local micros = time[1] * 1000000 + time[2]
local key, write = KEYS[1], ARGV[1]
local held = redis.call("HMGET", key, "version", "write", "value")
local last = tonumber(held[1] or 0)
if held[2] == write then return last end
if ARGV[4] == "1" then
  local current = held[3] and held[1] or ""
  if current ~= ARGV[5] then return false end
end
local version = math.max(last + 1, micros)
local text = string.format("%.0f", version)
if ARGV[2] == "1" then
  redis.call("HDEL", key, "value")
  redis.call("HSET", key, "version", text, "write", write)
  redis.call("PEXPIRE", key, 3600000)
else
  redis.call("HSET", key, "version", text, "write", write, "value", ARGV[3])
  redis.call("PERSIST", key)
end
return version
`);
