import { TroupeError } from "@troupe/core";

/** Where a head listens, or is to be found. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Takes `tcp://10.0.0.5:7700` apart.
 *
 * @throws ERR_CONFIG for what is no such address.
 */
export function parseTcpAddress(text: string): TcpAddress {
  const [, name = "", port = ""] = /^tcp:\/\/([^/]+):(\d+|\*)$/.exec(text) ?? [];
  const number = port === "*" ? 0 : Number(port);
  if (name !== "" && number <= 65_535) return { host: name.replace(/^\[|\]$/g, ""), port: number };
  throw new TroupeError("ERR_CONFIG", `"${text}" is no address; write tcp://<host>:<port>.`, {
    details: { address: text },
  });
}

export function tcpUrl({ host, port }: { readonly host: string; readonly port: number | string }): string {
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
