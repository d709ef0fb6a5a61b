import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";

import { checkOptions, type OptionRules, TroupeError } from "@troupe/core";

/** Where metrics are served. */
export interface ServeOptions {
  /** Default: 0, for any that is free. */
  readonly port?: number | undefined;
  /**
   * The address at which to listen. Default: "127.0.0.1", where this machine alone reaches it. Whoever reaches it may
   * read: there is no password.
   */
  readonly host?: string | undefined;
}

const rules: OptionRules<ServeOptions> = {
  port: {
    must: "a whole number from 0 to 65535",
    holds: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
  },
  host: {
    must: 'the address of an interface, as "127.0.0.1"',
    holds: (value) => typeof value === "string" && value !== "",
  },
};

/** Where scrapers ask. */
const path = "/metrics";
/** Scrapers at a time. */
const maxConnections = 32;
/** Milliseconds for a request to come, and for the next one. */
const patience = 10_000;
/** Milliseconds for a connection on which nothing happens; longer than gathering may take. */
const idleLimit = 60_000;
const maxHeaderSize = 8_192;

/** What the endpoint tells. */
export interface Source {
  readonly contentType: string;
  text(): Promise<string>;
}

/** An open endpoint for scrapers: answers `GET /metrics`, and nothing else. */
export class MetricsEndpoint implements AsyncDisposable {
  #closed: Promise<void> | undefined;

  private constructor(
    private readonly server: Server,
    private readonly host: string,
    private readonly onClose: (endpoint: MetricsEndpoint) => void,
  ) {}

  /** @throws ERR_CONFIG for options that are wrong, and for an address that cannot be had. */
  static async open(
    source: Source,
    options: ServeOptions,
    onClose: (endpoint: MetricsEndpoint) => void,
  ): Promise<MetricsEndpoint> {
    checkOptions("serve()", options, rules);
    const { port = 0, host = "127.0.0.1" } = options;
    const limits = { maxHeaderSize, headersTimeout: patience, requestTimeout: patience };
    const server = createServer({ ...limits, keepAliveTimeout: patience }, answerFrom(source));
    server.maxConnections = maxConnections;
    server.setTimeout(idleLimit);
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, "listening");
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      const problem = isTaken ? "another listens there; take another port" : (error as Error).message;
      throw new TroupeError("ERR_CONFIG", `Metrics cannot be served at ${urlOf(host, port)}: ${problem}.`, {
        cause: error,
        details: { host, port },
      });
    }
    return new MetricsEndpoint(server, host, onClose);
  }

  /** Where scrapers ask: `http://127.0.0.1:9464/metrics`. */
  get url(): string {
    return urlOf(this.host, this.port) + path;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Nobody is answered any more. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.onClose(this);
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function answerFrom(source: Source): RequestListener {
  return (request, response) => {
    const plain = { "content-type": "text/plain; charset=utf-8" };
    const { method = "" } = request;
    if (request.url?.split("?", 1)[0] !== path)
      return void response.writeHead(404, plain).end(`Metrics are at ${path}.\n`);
    if (method !== "GET" && method !== "HEAD")
      return void response.writeHead(405, { ...plain, allow: "GET, HEAD" }).end(`${path} is for GET.\n`);
    source.text().then(
      (text) => response.writeHead(200, { "content-type": source.contentType }).end(text),
      (error: unknown) => response.writeHead(503, plain).end(`${(error as Error).message}\n`),
    );
  };
}

function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
