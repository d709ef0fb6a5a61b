import type { Tensors } from "@troupe/core";
import type { ApplyOptions, ParameterServer, PullOptions, PushOptions } from "@troupe/parameter-server";

interface Pulled {
  version: number;
  info: unknown;
  first: Record<string, number>;
}

export class Client {
  pid(): number;
  pull(server: ParameterServer, tag: string, options?: PullOptions): Promise<Pulled | undefined>;
  push(
    server: ParameterServer,
    tag: string,
    value: number,
    length?: number,
    options?: PushOptions,
  ): Promise<number>;
  apply(
    server: ParameterServer,
    tag: string,
    value: number | Tensors,
    length: number,
    options: ApplyOptions & { dies?: boolean },
  ): Promise<number>;
  keep(server: ParameterServer, tag: string): Promise<void>;
  kept(): [version: number, ...numbers: number[]][];
  spoil(): void;
  follow(server: ParameterServer, tag: string, last: number): Promise<number | string>;
  die(): void;
}

export function tensors(value: number, length?: number): Tensors<Float32Array>;
