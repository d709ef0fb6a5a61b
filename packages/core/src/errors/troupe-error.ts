import { type ErrorCode, errorCodes } from "./codes.js";

const brand = Symbol.for("troupe.error");

/** What a {@link TroupeError} may carry besides its code and message. */
export interface TroupeErrorOptions {
  /** Facts for programs: names, limits, addresses. Must be serialisable. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What led to this error. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later. Default: what the code says. */
  readonly retryable?: boolean;
}

/**
 * The one error class of Troupe. Branch on `code`, never on the message.
 *
 * The message says what happened and what to do; `details` holds the same facts for programs.
 */
export class TroupeError extends Error {
  override readonly name = "TroupeError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: TroupeErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether `error` is a {@link TroupeError}, of the given code when one is named.
 *
 * Unlike `instanceof` it holds across copies of this package and across realms.
 */
export function isTroupeError(error: unknown, code?: ErrorCode): error is TroupeError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as Record<symbol, unknown>)[brand] === true &&
    (code === undefined || (error as TroupeError).code === code)
  );
}
