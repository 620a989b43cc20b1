/**
 * URLs that users give, of modules and of a worker entry: whether one is absolute, and a hint if it looks like a path.
 *
 * @module
 */

import { URL } from "./captured.ts";

/**
 * The text of an absolute URL, or `undefined` for anything else. A URL object is known by its `href`, as that of another
 * realm (jsdom's, say) is no instance of this one's class.
 */
export function hrefOf(value: unknown): string | undefined {
  const href: unknown = typeof value === "object" && value !== null ? (value as { href?: unknown }).href : value;
  // `C:\\tasks.js` can be parsed, as a URL of the scheme `c`.
  if (typeof href !== "string" || /^[a-z]:/i.test(href)) return undefined;
  try {
    return new URL(href) && href;
  } catch {
    return undefined;
  }
}

/** What to do instead, where a path was given. */
export function pathHint(value: unknown): string {
  const text = typeof value === "object" && value !== null ? (value as { href?: unknown }).href : value;
  return typeof text === "string" && /^(?:[a-z]:|[\\/])/i.test(text) ? ", and of a path pathToFileURL(path)" : "";
}
