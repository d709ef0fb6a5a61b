/** First field of a message on the wire: what it is. The fields that follow are listed in docs/protocol.md. */
export const Kind = {
  group: 0,
  call: 1,
  tell: 2,
  batch: 3,
  result: 4,
  error: 5,
  streamItem: 6,
  streamEnd: 7,
  streamCredit: 8,
  cancel: 9,
  property: 10,
  system: 11,
} as const;

const fields: Readonly<Record<number, readonly string[]>> = {
  [Kind.group]: ["kind", "id", "type", "source", "destination", "session", "inReplyTo", "body"],
  [Kind.call]: ["kind", "id", "actor", "method", "args", "deadline", "chain", "key", "trace"],
  [Kind.tell]: ["kind", "actor", "method", "args", "trace"],
  [Kind.batch]: ["kind", "id", "actor", "method", "argsList", "deadline", "chain"],
  [Kind.result]: ["kind", "id", "value"],
  [Kind.error]: ["kind", "id", "error"],
  [Kind.streamItem]: ["kind", "id", "items"],
  [Kind.system]: ["kind", "id", "op", "args"],
};

/** What the fields of a kind are called, for errors that name one. */
export function fieldNames(kind: number): readonly string[] {
  return fields[kind] ?? [];
}

/** A message as an array, first its {@link Kind}. Read with a check of every field: a peer may send anything. */
export type WireMessage = readonly [kind: number, ...fields: unknown[]];

/** What a program says about its messages: the body that goes with each type. Any interface can be one. */
export type MessageMap = Record<string, unknown>;

/**
 * A message between the members of a group.
 *
 * @typeParam B Type of the body.
 * @typeParam T Type of the `type` field, a literal where it is known.
 */
export interface Message<B = unknown, T extends string = string> {
  /** Unique among the messages of its source. */
  readonly id: number;
  readonly type: T;
  /** Name of the member that sent it. */
  readonly source: string;
  /** Name of the member that it is for. */
  readonly destination: string;
  /** Shared by the messages of one exchange: a request, its replies, a broadcast to many. */
  readonly session: string;
  readonly body: B;
  /** `id` of the message that this one answers. */
  readonly inReplyTo?: number | undefined;
}

/** What a sender gives; the rest of a {@link Message} is filled in. */
export interface Outgoing<B = unknown, T extends string = string> {
  readonly type: T;
  readonly body?: B | undefined;
  /** An exchange to join; a new one by default. */
  readonly session?: string | undefined;
}

/** Names of the types in a message map. */
export type MessageType<M extends object> = keyof M & string;

/** The message of type `T` under the message map; any of its messages by default, whose body narrows with `type`. */
export type MessageOf<M extends object = MessageMap, T extends string = MessageType<M>> = T extends string
  ? Message<T extends keyof M ? M[T] : unknown, T>
  : never;

/** What may be sent under a message map. */
export type OutgoingOf<M extends object> = { [T in MessageType<M>]: Outgoing<M[T], T> }[MessageType<M>];
