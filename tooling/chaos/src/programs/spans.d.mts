export function addTo(spans: number[], number: number): boolean;
export function numbersOf(spans: readonly number[]): Iterable<number>;
