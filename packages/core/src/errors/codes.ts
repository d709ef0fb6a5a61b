/**
 * Every error code of Troupe, with whether trying the same thing again can help.
 *
 * `docs/errors.md` has a heading for each: what happened, why, and what to do.
 */
export const errorCodes = {
  ERR_ACTOR_DIED: { retryable: true },
  ERR_ACTOR_NOT_FOUND: { retryable: false },
  ERR_ACTOR_START: { retryable: false },
  ERR_METHOD_NOT_FOUND: { retryable: false },
  ERR_NAME_TAKEN: { retryable: false },
  ERR_BATCH_MIXED: { retryable: false },
  ERR_ENTRY_MODULE: { retryable: false },
  ERR_MODULE: { retryable: false },
  ERR_NOT_SERIALIZABLE: { retryable: false },
  ERR_MESSAGE_TOO_LARGE: { retryable: false },
  ERR_TIMEOUT: { retryable: true },
  ERR_CANCELLED: { retryable: false },
  ERR_DEADLOCK: { retryable: false },
  ERR_MAILBOX_FULL: { retryable: true },
  ERR_NO_RESOURCES: { retryable: true },
  ERR_OBJECT_LOST: { retryable: false },
  ERR_STORE_FULL: { retryable: true },
  ERR_PEERS_MISSING: { retryable: true },
  ERR_PEER_LEFT: { retryable: true },
  ERR_REGISTRY: { retryable: true },
  ERR_PROTOCOL: { retryable: false },
  ERR_UNAUTHORIZED: { retryable: false },
  ERR_CONFIG: { retryable: false },
  ERR_SCHEMA: { retryable: false },
  ERR_CLOSED: { retryable: false },
  ERR_REMOTE: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

/** One of the codes that a {@link TroupeError} carries. */
export type ErrorCode = keyof typeof errorCodes;
