import { TroupeError, type WaitOptions, withDeadline } from "@troupe/core";

import { checkWait } from "../../check-wait.js";

/** Where Nomad is, and who asks. */
export interface NomadAccess {
  /** `http://127.0.0.1:4646`. */
  readonly address: string;
  readonly token: string | undefined;
  /** Parameters of each request, as `namespace`. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** One request to Nomad's HTTP API. */
export interface NomadRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Below `/v1/`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Characters of a refusal that an error repeats. */
const mostWords = 1_000;

/**
 * Asks Nomad, and gives the JSON of its answer.
 *
 * @throws ERR_CONFIG for what Nomad refuses; ERR_UNAUTHORIZED; ERR_TIMEOUT when it does not answer; ERR_CANCELLED
 */
export async function askNomad(
  access: NomadAccess,
  request: NomadRequest,
  options: WaitOptions,
): Promise<unknown> {
  const { method, path } = request;
  const what = `${method} ${path}`;
  checkWait(what, options);
  const end = new AbortController();
  try {
    const { status, text } = await withDeadline(what, exchange(access, request, end.signal), options);
    const answer = status === 200 ? parse(text) : undefined;
    if (answer === undefined) throw refusal(access, request, status, text.trim().slice(0, mostWords));
    return answer;
  } finally {
    end.abort();
  }
}

async function exchange(
  access: NomadAccess,
  { method, path, parameters, body }: NomadRequest,
  signal: AbortSignal,
) {
  const url = new URL(`v1/${path}`, `${access.address.replace(/\/+$/, "")}/`);
  for (const [name, value] of Object.entries({ ...access.parameters, ...parameters }))
    if (value !== undefined) url.searchParams.set(name, value);
  try {
    const response = await fetch(url, {
      method,
      signal,
      headers: {
        ...(access.token === undefined ? {} : { "X-Nomad-Token": access.token }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { message, cause } = error as Error;
    throw new TroupeError(
      "ERR_TIMEOUT",
      `Nomad does not answer at ${access.address}: ${(cause as Error | undefined)?.message || message}. ` +
        "Is it up there? Else give its address, or set NOMAD_ADDR.",
      { cause: error },
    );
  }
}

/** `undefined` for what is no JSON: then it is not Nomad that answers. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusal(
  access: NomadAccess,
  { method, path }: NomadRequest,
  status: number,
  words: string,
): TroupeError {
  const details = { status, said: words };
  if (status === 401 || status === 403)
    return new TroupeError(
      "ERR_UNAUTHORIZED",
      `Nomad at ${access.address} does not let this token ${method} ${path}: ${words}. Give token, or set NOMAD_TOKEN.`,
      { details },
    );
  if (status === 429 || /no cluster leader/i.test(words))
    return new TroupeError("ERR_TIMEOUT", `Nomad cannot do it now: ${words}. Try again later.`, { details });
  if (status === 200 || status === 404)
    return new TroupeError("ERR_CONFIG", `It is not Nomad that answers at ${access.address}: ${words}`, {
      details,
    });
  return new TroupeError("ERR_CONFIG", `Nomad refused ${method} ${path} (status ${status}): ${words}`, {
    details,
  });
}
