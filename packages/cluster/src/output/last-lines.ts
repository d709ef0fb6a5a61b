const maxLines = 30;
const maxCharacters = 1_000;

/** The last lines of a stream, for those who ask why its process died. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
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
