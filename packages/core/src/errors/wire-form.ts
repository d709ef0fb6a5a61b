import { type ErrorCode, errorCodes } from "./codes.js";
import { lenientCopy } from "./lenient-copy.js";
import { isTroupeError, TroupeError } from "./troupe-error.js";

/** Longest chain of causes that travels; also the depth of nested AggregateErrors. */
const maxCauses = 16;

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
  if (other && other !== Class) {
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

/** An error as plain data: class, message, stack, own fields, and the same for its causes. */
export function toWireForm(error: Error, depth = 0): Record<string, unknown> {
  const form: Record<string, unknown> = {
    class: wireName(error),
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === "string" ? error.stack : "",
  };
  if (isTroupeError(error)) {
    form["code"] = error.code;
    form["retryable"] = error.retryable;
    form["details"] = lenientCopy(error.details);
  } else {
    const fields = ownFields(error);
    if (Object.keys(fields).length > 0) form["fields"] = fields;
  }
  if (Object.hasOwn(error, "cause") && depth < maxCauses) form["cause"] = toCause(error.cause, depth + 1);
  if (error instanceof AggregateError && depth < maxCauses) {
    form["errors"] = error.errors.slice(0, maxCauses).map((inner: unknown) => toCause(inner, depth + 1));
  }
  return form;
}

/** The error that {@link toWireForm} took apart, made of data from anywhere: nothing in it is trusted. */
export function fromWireForm(form: Readonly<Record<string, unknown>>, depth = 0): Error {
  const { class: className, name, message, stack, code, retryable, details, fields, cause, errors } = form;
  const text = typeof message === "string" ? message : "";
  const Class = typeof className === "string" ? known.get(className) : undefined;
  let error: Error;
  if (className === "TroupeError" && typeof code === "string" && Object.hasOwn(errorCodes, code)) {
    error = new TroupeError(code as ErrorCode, text, {
      details: isRecord(details) ? details : {},
      ...(typeof retryable === "boolean" ? { retryable } : {}),
    });
  } else if (Class) {
    error = Object.create(Class.prototype as object) as Error;
    hidden(error, "message", text);
    if (typeof name === "string" && name !== error.name) hidden(error, "name", name);
    assignFields(error, fields);
    if (Array.isArray(errors))
      hidden(
        error,
        "errors",
        errors.slice(0, maxCauses).map((inner) => fromCause(inner, depth + 1)),
      );
  } else {
    const said = typeof name === "string" ? name : "Error";
    error = new TroupeError("ERR_REMOTE", `${said}: ${text}`, {
      details: { ...(isRecord(fields) ? fields : {}), name: said, message: text, class: className },
    });
  }
  if (cause !== undefined && depth < maxCauses) hidden(error, "cause", fromCause(cause, depth + 1));
  hidden(error, "stack", typeof stack === "string" ? stack : `${error.name}: ${text}`);
  return error;
}

/** The name under which the nearest registered class of the error travels, else that of its own class. */
function wireName(error: Error): string {
  if (isTroupeError(error)) return "TroupeError";
  const Class = error.constructor as ErrorClass | undefined;
  for (const [name, candidate] of known) if (candidate === Class) return name;
  // A built-in from another realm has another constructor of the same name.
  return typeof Class?.name === "string" && Class.name !== "" ? Class.name : "Error";
}

function ownFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (key === "name" || key === "message" || key === "stack" || key === "cause" || key === "errors")
      continue;
    fields[key] = lenientCopy((error as unknown as Record<string, unknown>)[key]);
  }
  return fields;
}

/** A cause or an inner error: another error in its wire form, or a copy of any other value. */
function toCause(value: unknown, depth: number): Record<string, unknown> {
  return value instanceof Error ? { error: toWireForm(value, depth) } : { value: lenientCopy(value) };
}

function fromCause(cause: unknown, depth: number): unknown {
  if (!isRecord(cause)) return undefined;
  return isRecord(cause["error"]) ? fromWireForm(cause["error"], depth) : cause["value"];
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
