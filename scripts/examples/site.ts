/** The site that the demo writes: a page a document, an index, a style sheet. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import type { Document } from "./documents.ts";
import { escapeHtml } from "./render_tasks.ts";

const style = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: light-dark(#0b57d0, #8ab4f8); }
body { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 4rem; font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
nav { display: flex; gap: 1rem; justify-content: space-between; padding-bottom: .5rem; border-bottom: 1px solid var(--line); font-size: .9rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .75rem; }
h2 { border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
pre, code { font: .875em/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: .75rem 1rem; overflow-x: auto; }
pre code { padding: 0; background: none; font-size: 1em; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; }
img { max-width: 100%; }
.index li { display: flex; gap: 1rem; justify-content: space-between; }
.index small { opacity: .7; white-space: nowrap; }
`;

/** The path of a document's page in the site. */
function pageOf(path: string): string {
  return `pages/${path.replace(/\.md$/i, ".html")}`;
}

/** A link between two files of the site. */
function link(from: string, to: string, label: string): string {
  const up = "../".repeat(from.split("/").length - 1);
  const href = up + to.split("/").map(encodeURIComponent).join("/");
  return `<a href="${href}">${escapeHtml(label)}</a>`;
}

function layout(file: string, title: string, body: string): string {
  const up = "../".repeat(file.split("/").length - 1);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${up}style.css">
${body}</html>
`;
}

function indexPage(documents: readonly Document[]): string {
  const packages = new Map<string, string[]>();
  for (const { path, text } of documents) {
    // The innermost package: what follows the last node_modules.
    const [, owner = "", name = ""] = /^((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(path) ?? [, "", path];
    const items = packages.get(owner) ?? [];
    packages.set(owner, items);
    const size = `${(text.length / 1000).toFixed(1)} k`;
    items.push(`<li>${link("index.html", pageOf(path), name)} <small>${size}</small></li>\n`);
  }
  const sections = [...packages].map(([owner, items]) =>
    `<h2>${escapeHtml(owner)}</h2>\n<ul class="index">\n${items.join("")}</ul>\n`
  );
  return layout("index.html", "Documents", `<h1>${documents.length} documents</h1>\n${sections.join("")}`);
}

/** All files of the site by path, from the documents and their HTML in the same order. */
export function createSite(documents: readonly Document[], html: readonly string[]): Map<string, string> {
  const files = new Map([["index.html", indexPage(documents)], ["style.css", style]]);
  for (const [i, { path }] of documents.entries()) {
    const file = pageOf(path);
    const [previous, next] = [documents[i - 1], documents[i + 1]].map((other) =>
      other === undefined ? "<span></span>" : link(file, pageOf(other.path), other.path)
    );
    const nav = `<nav>${previous}${link(file, "index.html", "Index")}${next}</nav>\n`;
    files.set(file, layout(file, path, `${nav}<main>\n${html[i]}</main>\n`));
  }
  return files;
}

/** Writes the site into a directory, without what an earlier run left in `pages`. */
export function writeSite(site: ReadonlyMap<string, string>, directory: string): void {
  rmSync(join(directory, "pages"), { recursive: true, force: true });
  for (const [file, content] of site) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);
  }
}

/**
 * Compares the files on disk with a site, byte for byte.
 *
 * @returns the SHA-256 of all files in order
 * @throws {Error} If a file differs
 */
export function checkSite(site: ReadonlyMap<string, string>, directory: string): string {
  const hash = createHash("sha256");
  for (const [file, content] of site) {
    const written = readFileSync(join(directory, file));
    if (!written.equals(new TextEncoder().encode(content))) {
      throw new Error(`${file} is not what the sequential loop gives`);
    }
    hash.update(file).update("\0").update(written);
  }
  return hash.digest("hex");
}
