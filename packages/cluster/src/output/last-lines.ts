const maxLines = 30;
const maxCharacters = 1_000;

/** How a line of the log begins. Those are in the log already, and long. */
const logLine = '{"level":';

/** The last lines of a stream, but for those of the log: for those who ask why its process died. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    if (line.startsWith(logLine)) return;
    this.#lines.push(line.slice(0, maxCharacters));
    if (this.#lines.length > maxLines) this.#lines.shift();
  }

  /** Adds each line of a text. */
  addText(text: string): void {
    for (const line of text.split("\n")) this.add(line);
  }

  toArray(): readonly string[] {
    return [...this.#lines];
  }
}
