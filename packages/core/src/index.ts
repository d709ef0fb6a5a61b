/**
 * The ground that every Troupe package stands on: errors with codes, ids, the wire codec, and the small
 * tools that keep waiting bounded.
 *
 * ```ts
 * import { BoundedQueue, decode, encode } from "@troupe/core";
 *
 * const queue = new BoundedQueue<Uint8Array>(100);
 * await queue.push(encode({ weights: new Float32Array([1, 2]), seen: new Set(["a"]) }));
 * decode((await queue.shift())!); // { weights: Float32Array [1, 2], seen: Set { "a" } }
 * ```
 *
 * @module
 */
export { type ErrorCode, errorCodes } from "./errors/codes.js";
export { isTroupeError, TroupeError, type TroupeErrorOptions } from "./errors/troupe-error.js";
export { registerError } from "./errors/wire-form.js";
export { joinStacks } from "./errors/stacks.js";
export { numberSequence, uniqueId } from "./ids.js";
export { decode, decodeFrames, encode, encodeFrames, type EncodeOptions } from "./codec/codec.js";
export { type Destination, type Extension, registerExtension } from "./codec/extension.js";
export { type GroupFields, PacketReader } from "./wire/packet-reader.js";
export { PacketWriter } from "./wire/packet-writer.js";
export {
  Kind,
  type Message,
  type MessageMap,
  type MessageOf,
  type MessageType,
  type Outgoing,
  type OutgoingOf,
  type WireMessage,
} from "./wire/message.js";
export { protocolVersion } from "./wire/protocol.js";
export {
  armDeadline,
  cancelledError,
  endedError,
  maxDelay,
  timeLeft,
  timeoutError,
  timeoutProblem,
  type WaitOptions,
  withDeadline,
} from "./flow/deadline.js";
export { type Ending, endingHere, provideEnding } from "./flow/ending.js";
export { Batcher } from "./flow/batcher.js";
export { DeadlineLists, type Waiting } from "./flow/deadline-list.js";
export { BoundedQueue } from "./flow/bounded-queue.js";
export { suggestion } from "./suggestion.js";
export { checkKnown } from "./known-options.js";
export { checkOptions, type OptionRules } from "./option-rules.js";
export { type PlainTensor, sizeOfShape, type TensorData, type Tensors } from "./tensors.js";
export { Fifo } from "./flow/fifo.js";
export { WaitLine } from "./flow/wait-line.js";
export { type Deferred, deferred } from "./flow/deferred.js";
export { isThenable } from "./flow/thenable.js";
export { Recent } from "./flow/recent.js";
export { importTypeScript } from "./process/import-typescript.js";
export { isProcessAlive, isSameHost, processIdentity, type ProcessIdentity } from "./process/identity.js";
export { makeDirectory } from "./process/make-directory.js";
export { removeSocket } from "./process/remove-socket.js";
export { ownedSocketPath, runtimeDirectory, sweepRuntimeDirectory } from "./process/runtime-directory.js";
export { parseConfig } from "./config.js";
export { defaultLogger, type Logger } from "./log.js";
export { ClusterKey, configuredClusterKey, generateClusterKey } from "./security/cluster-key.js";
export { sharedKeyTls, type SharedKeyTls } from "./security/shared-key-tls.js";
export { isLoopback } from "./security/loopback.js";
