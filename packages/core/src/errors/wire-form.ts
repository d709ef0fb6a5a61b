import { type ErrorCode, errorCodes } from "./codes.js";
import { type CopyBudget, copyBudget, lenientCopy } from "./lenient-copy.js";
import { textOf } from "./text-of.js";
import { isTroupeError, TroupeError } from "./troupe-error.js";

/** Longest chain of causes that travels; also the depth of nested AggregateErrors. */
const maxCauses = 16;

/** Most errors that travel as one: the error itself, its causes, and what AggregateErrors hold. */
const maxErrors = 64;

/** A class of errors, as `registerError` takes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constructor's parameters are contravariant
export type ErrorClass = abstract new (...args: any[]) => Error;

const builtIns = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
];
/** What Troupe's own errors are called on the wire; no other class can have the name. */
const ownName = "TroupeError";
const known = new Map<string, ErrorClass>(builtIns.map((Class) => [Class.name, Class]));

/**
 * Lets errors of a class arrive as that class: with its prototype, message, fields, causes and stack.
 * Its constructor is not run. Both ends must register it; elsewhere it arrives as ERR_REMOTE.
 *
 * @param name How it is called on the wire. Default: the class's name.
 * @throws ERR_NAME_TAKEN when another class has the name.
 */
export function registerError(Class: ErrorClass, name: string = Class.name): void {
  const other = known.get(name);
  if ((other && other !== Class) || name === ownName) {
    throw new TroupeError(
      "ERR_NAME_TAKEN",
      `Another error class is registered as "${name}"; give this one a name of its own.`,
      {
        details: { name },
      },
    );
  }
  known.set(name, Class);
}

/** What an error's tree has used so far, and which errors are above the present one. */
interface Scope {
  readonly above: Set<Error>;
  readonly budget: CopyBudget;
  errorsLeft: number;
}

/**
 * An error as plain data: class, message, stack, own fields, and the same for its causes.
 *
 * It never throws and is never out of proportion, whatever the error is: getters that throw, cycles of
 * causes and huge texts become notes.
 */
export function toWireForm(
  error: Error,
  scope: Scope = { above: new Set(), budget: copyBudget(), errorsLeft: maxErrors },
): Record<string, unknown> {
  scope.errorsLeft--;
  const form: Record<string, unknown> = {
    class: wireName(error),
    name: textOf(() => error.name, "Error"),
    message: textOf(() => error.message),
    stack: textOf(() => error.stack ?? "", ""),
  };
  if (form["class"] === ownName) {
    const ours = error as TroupeError;
    form["code"] = ours.code;
    form["retryable"] = attempt(() => ours.retryable, false);
    form["details"] = lenientCopy(ours.details, scope.budget);
  } else {
    const fields = ownFields(error, scope.budget);
    if (Object.keys(fields).length > 0) form["fields"] = fields;
  }
  scope.above.add(error);
  if (attempt(() => Object.hasOwn(error, "cause"), false)) form["cause"] = toCause(() => error.cause, scope);
  const errors = attempt(
    () => (error instanceof AggregateError ? [...(error.errors as unknown[])] : undefined),
    [],
  );
  if (errors) {
    const kept = errors.slice(0, Math.max(0, scope.errorsLeft));
    form["errors"] = kept.map((inner) => toCause(() => inner, scope));
    if (errors.length > kept.length)
      (form["errors"] as unknown[]).push({ value: `[${errors.length - kept.length} more errors]` });
  }
  scope.above.delete(error);
  return form;
}

/** The error that {@link toWireForm} took apart, made of data from anywhere: nothing in it is trusted. */
export function fromWireForm(form: Readonly<Record<string, unknown>>): Error {
  const { stackTraceLimit } = Error;
  // Its stack is in the form. Capturing one here would cost a hundred times the bytes of a small form.
  Error.stackTraceLimit = 0;
  try {
    return revive(form);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function revive(form: Readonly<Record<string, unknown>>): Error {
  const { class: className, name, message, stack, code, retryable, details, fields, cause, errors } = form;
  const text = typeof message === "string" ? message : "";
  const Class = typeof className === "string" ? known.get(className) : undefined;
  let error: Error;
  if (className === ownName && typeof code === "string" && Object.hasOwn(errorCodes, code)) {
    error = new TroupeError(code as ErrorCode, text, {
      details: isRecord(details) ? details : {},
      ...(typeof retryable === "boolean" ? { retryable } : {}),
    });
  } else if (Class) {
    error = Object.setPrototypeOf(new Error(text), Class.prototype as object) as Error;
    if (typeof name === "string" && name !== error.name) hidden(error, "name", name);
    assignFields(error, fields);
  } else {
    const said = typeof name === "string" ? name : "Error";
    // A newer peer's TroupeError of a code unknown here comes with that code and its details.
    const own = { ...(isRecord(details) ? details : {}), ...(typeof code === "string" ? { code } : {}) };
    error = new TroupeError("ERR_REMOTE", `${said}: ${text}`, {
      details: { ...own, ...(isRecord(fields) ? fields : {}), name: said, message: text, class: className },
    });
  }
  if (Array.isArray(errors)) hidden(error, "errors", errors.map(fromCause));
  if (cause !== undefined) hidden(error, "cause", fromCause(cause));
  hidden(error, "stack", typeof stack === "string" ? stack : `${error.name}: ${text}`);
  return error;
}

/** The name under which the error's class travels; one that no side has registered arrives as ERR_REMOTE. */
function wireName(error: Error): string {
  return attempt(() => {
    if (isTroupeError(error) && Object.hasOwn(errorCodes, error.code)) return ownName;
    const Class = error.constructor as ErrorClass | undefined;
    for (const [name, candidate] of known) if (candidate === Class) return name;
    // A built-in from another realm has another constructor of the same name.
    return typeof Class?.name === "string" && Class.name !== "" ? textOf(() => Class.name) : "Error";
  }, "Error");
}

function ownFields(error: Error, budget: CopyBudget): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  for (const key of attempt(() => Object.keys(error), [])) {
    if (key === "name" || key === "message" || key === "stack" || key === "cause" || key === "errors")
      continue;
    if (budget.items-- <= 0) break;
    const value = attempt(() => (error as unknown as Record<string, unknown>)[key], "[unreadable]");
    fields.push([key, lenientCopy(value, budget)]);
  }
  return Object.fromEntries(fields);
}

/** A cause or an inner error: another error in its wire form, or a copy of any other value. */
function toCause(read: () => unknown, scope: Scope): Record<string, unknown> {
  return attempt(
    () => {
      const value = read();
      if (!(value instanceof Error)) return { value: lenientCopy(value, scope.budget) };
      if (scope.above.has(value)) return { value: "[cycle]" };
      if (scope.above.size > maxCauses || scope.errorsLeft <= 0) return { value: "[more errors]" };
      return { error: toWireForm(value, scope) };
    },
    { value: "[unreadable]" },
  );
}

function fromCause(cause: unknown): unknown {
  if (!isRecord(cause)) return undefined;
  return isRecord(cause["error"]) ? revive(cause["error"]) : cause["value"];
}

function attempt<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

function assignFields(error: Error, fields: unknown): void {
  if (!isRecord(fields)) return;
  for (const [key, value] of Object.entries(fields)) {
    // Defined, not assigned: a registered class may have a setter of that name, which must not run.
    Object.defineProperty(error, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
