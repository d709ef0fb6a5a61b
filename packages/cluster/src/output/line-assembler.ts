import { tagEnd, tagStart } from "./tag.js";

/** Characters of a line; a longer one is cut into several. */
const longestLine = 65_536;
/** Longest tag; what is longer is text. */
const longestTag = 4_096;
/** Actors whose unfinished lines are kept; beyond them the oldest is given as it is. */
const maxUnfinished = 64;

/** Makes lines of a pool's tagged output, each with the path of the actor that wrote it; an empty one for none. */
export class LineAssembler {
  /** By path. */
  readonly #unfinished = new Map<string, string>();
  #path = "";
  /** The beginning of a tag whose end has not come yet. */
  #rest = "";

  constructor(private readonly onLine: (path: string, text: string) => void) {}

  add(chunk: string): void {
    const text = this.#rest + chunk;
    this.#rest = "";
    let at = 0;
    for (;;) {
      const start = text.indexOf(tagStart, at);
      if (start === -1) return this.#text(text.slice(at));
      if (start > at) this.#text(text.slice(at, start));
      const end = text.indexOf(tagEnd, start);
      if (end === -1) {
        if (text.length - start > longestTag) this.#text(text.slice(start));
        else this.#rest = text.slice(start);
        return;
      }
      this.#path = text.slice(start + 1, end);
      at = end + 1;
    }
  }

  /** Gives what is not a whole line, as no more will come. */
  end(): void {
    const unfinished = [...this.#unfinished];
    this.#unfinished.clear();
    for (const [path, text] of unfinished) this.onLine(path, text);
  }

  #text(text: string): void {
    const path = this.#path;
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = this.#take(path) + text.slice(start, end);
      start = end + 1;
      this.#give(path, line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    if (start < text.length) this.#keep(path, this.#take(path) + text.slice(start));
  }

  #take(path: string): string {
    const begun = this.#unfinished.get(path);
    if (begun === undefined) return "";
    this.#unfinished.delete(path);
    return begun;
  }

  #keep(path: string, text: string): void {
    const whole = text.length - (text.length % longestLine);
    if (whole > 0) this.#give(path, text.slice(0, whole));
    if (whole < text.length) this.#unfinished.set(path, text.slice(whole));
    if (this.#unfinished.size <= maxUnfinished) return;
    for (const [oldest, begun] of this.#unfinished) {
      this.#unfinished.delete(oldest);
      this.onLine(oldest, begun);
      return;
    }
  }

  #give(path: string, line: string): void {
    for (let at = 0; at < line.length || at === 0; at += longestLine)
      this.onLine(path, line.slice(at, at + longestLine));
  }
}
