import { suggestion, TroupeError } from "@troupe/core";
import { type Document, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";

import { type FieldPath, fieldName, type Position, positionOf } from "./positions.js";
import { type ComponentEntry, type HostEntry, knownKeys, topologySchema } from "./schema.js";

/** What a topology file says. */
export interface TopologyEntries {
  readonly hosts?: readonly HostEntry[] | undefined;
  readonly components?: Readonly<Record<string, ComponentEntry>> | undefined;
}

interface Problem extends Position {
  readonly field: string;
  readonly problem: string;
}

/** @throws ERR_CONFIG saying where in the file what is wrong; `details` has the first problem, and all. */
export function parseEntries(text: string, file: string): TopologyEntries {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw fileError(file, [{ line, column: col, field: "", problem: error.message.split("\n")[0]! }], error);
  }
  if (document.contents === null) throw fileError(file, [{ line: 1, column: 1, field: "", problem: empty }]);
  const result = topologySchema.safeParse(plainValue(document, lines, file));
  if (result.success) return result.data;
  throw fileError(
    file,
    result.error.issues.flatMap((issue) => problemsOf(issue, document, lines)),
  );
}

const empty = "the file is empty; it says which hosts there are, and what components take";

function plainValue(document: Document, lines: LineCounter, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias of nothing, or aliases of aliases that would make an enormous value.
    let start = 0;
    visit(document, {
      Alias(_key, alias) {
        if (alias.resolve(document)) return undefined;
        start = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    const { line, col } = lines.linePos(start);
    const problem = error instanceof Error ? error.message : String(error);
    throw fileError(file, [{ line, column: col, field: "", problem }], error);
  }
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): Problem[] {
  const { path } = issue;
  if (issue.code !== "unrecognized_keys") {
    return [{ ...positionOf(document, lines, path), field: fieldName(path), problem: issue.message }];
  }
  return issue.keys.map((key) => ({
    ...positionOf(document, lines, path, key),
    field: fieldName([...path, key]),
    problem: `is not known; ${hint(key, path)}`,
  }));
}

function hint(key: string, path: FieldPath): string {
  const known = knownKeys(path);
  const meant = suggestion(key, known);
  return meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`;
}

function fileError(file: string, problems: readonly Problem[], cause?: unknown): TroupeError {
  const listed = problems.map(
    ({ line, column, field, problem }) =>
      `${file}:${line}:${column} ${field === "" ? "" : `${field}: `}${problem}`,
  );
  const [first] = problems;
  return new TroupeError("ERR_CONFIG", listed.join("\n"), {
    details: { file, line: first?.line, column: first?.column, field: first?.field, problems },
    ...(cause === undefined ? {} : { cause }),
  });
}
