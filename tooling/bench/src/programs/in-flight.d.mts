export function inFlight(n: number, width: number, one: () => PromiseLike<unknown>): Promise<void>;
export function takeTurns<T, R>(items: readonly T[], work: (item: T) => R): () => R;
