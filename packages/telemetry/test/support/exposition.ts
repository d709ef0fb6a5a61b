/** A family of metrics as Prometheus reads it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Values by their labels as they are written: `class="Counter",method="add"`. */
  readonly samples: ReadonlyMap<string, number>;
}

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const helpLine = new RegExp(`^# HELP (${name}) ((?:[^\\\\]|\\\\[\\\\n])+)$`);
const typeLine = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`);
const label = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\]|\\\\[\\\\n"])*"`;
const sampleLine = new RegExp(`^(${name})(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`);
const number = /^(NaN|[+-]?Inf|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/;

/**
 * Reads the text format of Prometheus, version 0.0.4, and takes nothing that is not as it should be: a family is told of
 * in one piece, by its help, its type, and then its samples, each once; names of counters, and theirs alone, end in
 * `_total`.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n") || text.includes("\r")) throw new Error("Lines end with a line feed each.");
  const families = new Map<string, Family>();
  const lines = text.split("\n").filter((line) => line !== "");
  for (let at = 0; at < lines.length;) {
    const [, family = "", help = ""] = helpLine.exec(lines[at]!) ?? fail("no help", lines[at++]);
    const [, typed, type = ""] = typeLine.exec(lines[++at]!) ?? fail("no type", lines[at]);
    if (typed !== family || families.has(family)) fail("a family in pieces", lines[at]);
    if ((type === "counter") !== family.endsWith("_total")) fail("a name that misleads", lines[at]);
    const samples = new Map<string, number>();
    for (at++; at < lines.length && !lines[at]!.startsWith("#"); at++) {
      const [, of, labels = "", value = ""] = sampleLine.exec(lines[at]!) ?? fail("no sample", lines[at]);
      if (of !== family) fail("a sample of another family", lines[at]);
      if (!number.test(value)) fail("no number", lines[at]);
      if (samples.has(labels)) fail("a sample told twice", lines[at]);
      if (type === "counter" && !(Number(value) >= 0)) fail("a counter below zero", lines[at]);
      samples.set(labels, Number(value));
    }
    families.set(family, { type, help, samples });
  }
  return families;
}

function fail(problem: string, line: string | undefined): never {
  throw new Error(`${problem}: ${line}`);
}
