/**
 * Deno's permissions. A permission that Deno would ask the user for is one that is not granted:
 * the library must not make a program stop at a prompt for something that it can do without.
 *
 * @module
 */

/** What is asked about, as `Deno.permissions` names it. */
export interface Permission {
  readonly name: "env" | "read" | "sys";
  readonly path?: string;
  readonly variable?: string;
  readonly kind?: string;
}

/** The part of `Deno.permissions` that is used. */
interface Permissions {
  querySync(permission: Permission): { state: string };
  requestSync(permission: Permission): { state: string };
}

/** Whether a permission was given; never prompts. */
export function granted(permission: Permission): boolean {
  return permissions().querySync(permission).state === "granted";
}

/** Whether a path may be read; on a terminal the user is asked, as for any file that Deno loads. */
export function requestRead(path: string): boolean {
  return permissions().requestSync({ name: "read", path }).state === "granted";
}

function permissions(): Permissions {
  return (globalThis as unknown as { Deno: { permissions: Permissions } }).Deno.permissions;
}
