import type {
  ActorClassOf,
  Batch,
  field,
  ParameterServer,
  Remote,
  ReplayBuffer,
  Tensors,
} from "@troupe/dist";

type Scalar = ReturnType<typeof field<"float64", readonly []>>;
type Vector = ReturnType<typeof field<"float32", readonly [number]>>;

export const schema: { readonly number: Scalar; readonly data: Vector; readonly check: Scalar };
type Rows = ReplayBuffer<typeof schema>;

export function tensorsOf(version: number): Tensors;
export function problemOf(policy: {
  readonly version: number;
  readonly tensors: Tensors;
}): string | undefined;
export function tornRows(columns: Batch<typeof schema>["columns"]): number[];

declare class WriterClass {
  constructor(queue: Rows);
  write(from: number, count: number): Promise<void>;
}

declare class ReaderClass {
  constructor(rows: Rows);
  sample(batches: number): Promise<number[]>;
}

declare class RunnerClass {
  constructor(server: ParameterServer, rows: Rows);
  play(steps: number): Promise<{ readonly version: number; readonly problem: string | undefined }>;
}

export const Writer: ActorClassOf<typeof WriterClass>;
export const Reader: ActorClassOf<typeof ReaderClass>;
export const Runner: ActorClassOf<typeof RunnerClass>;
export type WriterRef = Remote<WriterClass>;
export type ReaderRef = Remote<ReaderClass>;
export type RunnerRef = Remote<RunnerClass>;
