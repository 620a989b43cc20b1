/** What the workers of the demo do. The demo's own thread calls the same functions in its sequential loop. */
import { Marked } from "marked";
import { workerState } from "../../mod.ts";
import { type Document, readDocuments } from "./documents.ts";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character]!);
}

const marked = new Marked({
  renderer: {
    /** Headings get ids, so that links to them work. */
    heading({ tokens, depth, text }): string {
      const id = text.toLowerCase().replace(/<[^>]*>|[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
      return `<h${depth} id="${escapeHtml(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    /** Links to other Markdown files of the same package lead to their pages. */
    link({ href, title, tokens }): string {
      const target = /^(?:[a-z]+:|\/)/i.test(href) ? href : href.replace(/\.md(?=$|#)/i, ".html");
      const tip = title ? ` title="${escapeHtml(title)}"` : "";
      return `<a href="${escapeHtml(target)}"${tip}>${this.parser.parseInline(tokens)}</a>`;
    },
  },
});

/** Renders one document, which came as an argument. */
export function renderDocument(text: string): string {
  return marked.parse(text, { async: false });
}

/** The pool's `setup`: each worker reads the documents once, for as long as it lives. */
export function setup(): Document[] {
  return readDocuments();
}

/** Renders some of the documents that the worker has read. */
export function renderRange(start: number, end: number): string[] {
  return workerState<Document[]>().slice(start, end).map(({ text }) => renderDocument(text));
}

/** Renders all documents `rounds` times, so that this thread's code is compiled before the clock starts. */
export function warmUp(rounds: number): void {
  for (let round = 0; round < rounds; round++) renderRange(0, Infinity);
}

/** What is left of `renderDocument` without the rendering: the way there and back. */
export function sendDocument(text: string): string {
  return text;
}

/** What is left of `renderRange` without the rendering: the way there and back. */
export function sendRange(start: number, end: number): string[] {
  return workerState<Document[]>().slice(start, end).map(({ text }) => text);
}
