/** What `npm run fidelity` and its child processes say to each other. */

/** What became of a value. */
export type Verdict =
  /** It came back equal. */
  | "kept"
  /** It cannot cross, and a clear error says so. */
  | "refused"
  /** It came back, but not equal. */
  | "changed"
  /** It should cross, but an error says that it cannot. */
  | "rejected"
  /** The call settled without it: with nothing, with another value, or with an error that says nothing. */
  | "lost"
  /** The call did not settle. */
  | "hung"
  /** The whole program ended. */
  | "died"
  /** The library or the runtime has nothing of the kind. */
  | "none";

/** Verdicts that are what a user expects. */
export const RIGHT: readonly Verdict[] = ["kept", "refused"];

/** What a case found out. */
export interface Finding {
  verdict: Verdict;
  /** What differs, or what the error says. */
  note?: string;
}

/** What the parent asks a child for. */
export interface Request {
  library: string;
  /** Titles of the cases, in order. */
  cases: string[];
  /** How long a case may take, in ms. */
  limit: number;
}

/** What a child answers, a line each. */
export type Answer =
  /** The library's pool is up, and `echo(1)` gave 1; or why not. */
  | { kind: "start"; fails?: string }
  /** A case begins. */
  | { kind: "begin"; title: string }
  | { kind: "end"; title: string; finding: Finding }
  /** The pool gives no answers any more, or the list is done: the child ends. */
  | { kind: "done" };

/** What marks an answer among other output. */
export const MARK = "@fidelity ";

/** The answers in a child's output. */
export function answersOf(output: string): Answer[] {
  return output.split("\n").flatMap((line): Answer[] => {
    const at = line.indexOf(MARK);
    if (at < 0) return [];
    try {
      return [JSON.parse(line.slice(at + MARK.length))];
    } catch {
      return []; // cut off by the end of the process
    }
  });
}

/** One line of text that tells an error, or whatever was thrown. */
export function textOf(error: unknown): string {
  let text: string;
  try {
    const { name, message } = Object(error) as { name?: unknown; message?: unknown };
    text = typeof message === "string" ? `${name}: ${message}` : String(error);
  } catch {
    text = `a value of type ${typeof error}`;
  }
  return text.split("\n")[0]!.slice(0, 160);
}
