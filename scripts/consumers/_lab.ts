/** The folder in which consumers of the package are made, and how they are judged. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { main as buildPackage } from "../build.ts";
import { capture, root } from "../process.ts";
import { findRuntime, type Runtime } from "../runtimes.ts";

/** How a consumer fared. */
export interface Result {
  readonly state: "ok" | "FAILED" | "not applicable" | "not tried";
  /** Why, where it is not simply ok. */
  readonly note: string;
}

/** One cell of the table. */
export interface Case {
  /** The row. */
  readonly consumer: string;
  /** The column. */
  readonly column: string;
  run(): Promise<Result> | Result;
}

/** One table. */
export interface Chapter {
  readonly title: string;
  readonly intro: string;
  readonly cases: readonly Case[];
}

/** What a run must show. */
export interface Expected {
  readonly cwd: string;
  /** Text that the output must contain. */
  readonly output?: string;
  /** The exit code; 0 unless stated. */
  readonly code?: number;
  readonly env?: Record<string, string>;
  /** Whether to print what it says even if all is right. */
  readonly show?: boolean;
}

export const ok: Result = { state: "ok", note: "" };

export function notApplicable(note: string): Result {
  return { state: "not applicable", note };
}

/** Files to write, by path. */
export type Files = Record<string, string>;

/** ms that one program may run: the machine may be busy. */
const LIMIT = 120_000;

export class Lab {
  /** Where everything is; its real path, as Deno and Node compare paths with permissions. */
  readonly home: string = mkdtempSync(join(realpathSync(tmpdir()), "multicore-consumers-"));
  /** The packed package. */
  tarball = "";
  /** What `npm pack` says of it. */
  packed: { unpackedSize: number; files: { path: string; size: number }[] } = { unpackedSize: 0, files: [] };
  readonly #installs = new Map<string, Promise<void>>();
  readonly #npm = [findRuntime("node").executable, join(root, "node_modules/npm/bin/npm-cli.js")];

  /** Builds and packs the package, and installs it once, from the tarball. */
  async prepare(): Promise<void> {
    await buildPackage();
    const pack = [...this.#npm, "pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination"];
    const { code, output } = await capture([...pack, this.home]);
    if (code !== 0) throw new Error(`Cannot pack:\n${output}`);
    const said = JSON.parse(output.slice(output.search(/^[[{]/m)));
    this.packed = Array.isArray(said) ? said[0] : Object.values(said)[0];
    this.tarball = join(this.home, (this.packed as unknown as { filename: string }).filename.replace(/^@|\//g, ""));
    await this.install(join(this.home, "tools"), [this.tarball]);
  }

  /** Installs packages in a folder with npm, all that were asked for at once in one go after another. */
  async install(directory: string, packages: readonly string[]): Promise<void> {
    mkdirSync(directory, { recursive: true });
    const manifest = join(directory, "package.json");
    if (!this.#installs.has(directory)) writeFileSync(manifest, `{ "private": true, "type": "module" }\n`);
    const before = this.#installs.get(directory) ?? Promise.resolve();
    const install = before.catch(() => {}).then(async () => {
      const command = [...this.#npm, "install", "--no-audit", "--no-fund", "--loglevel=error"];
      const { code, output } = await capture([...command, ...packages], { cwd: directory });
      if (code !== 0) throw new Error(`Cannot install ${packages.join(" ")}:\n${output}`);
    });
    this.#installs.set(directory, install);
    await install;
  }

  /** Where the package is installed. */
  get installed(): string {
    return join(this.home, "tools/node_modules/@multicore/multicore");
  }

  readonly #tools = new Map<string, Promise<string>>();

  /** Installs tools beside the package; gives their node_modules, which projects inherit. */
  tool(...packages: string[]): Promise<string> {
    const modules = join(this.home, "tools/node_modules");
    const key = packages.join(" ");
    if (!this.#tools.has(key)) {
      this.#tools.set(key, this.install(join(this.home, "tools"), packages).then(() => modules));
    }
    return this.#tools.get(key)!;
  }

  /** Makes a project with the package and its dependencies in it, and with the tools around it. */
  project(name: string, files: Files): string {
    const directory = join(this.home, "tools/projects", name);
    const modules = join(this.home, "tools/node_modules");
    for (const each of ["@multicore/multicore", "comlink", "superjson", "copy-anything"]) {
      cpSync(join(modules, each), join(directory, "node_modules", each), { recursive: true });
    }
    write(directory, { "package.json": `{ "private": true, "type": "module" }\n`, ...files });
    return directory;
  }

  /** Runs a program of a consumer and compares; prints everything where it is not as expected. */
  async expect(
    command: readonly string[],
    { cwd, output = "", code = 0, env = {}, show = false }: Expected,
  ): Promise<Result> {
    const outcome = await capture(command, { cwd, env, limit: LIMIT });
    const right = !outcome.timedOut && outcome.code === code && outcome.output.includes(output);
    if (right && show) console.log(this.#anonymous(outcome.output));
    if (right) return ok;
    console.log(`\n----- ${this.#anonymous(command.join(" "))}\n${outcome.output.trimEnd().slice(-4000)}\n-----`);
    const lines = outcome.output.split("\n").map((line) => line.trim()).filter(Boolean);
    const line = lines.find((each) => /error|cannot/i.test(each)) ?? lines.at(-1) ?? "no output";
    const end = outcome.timedOut ? "no end" : `exit code ${outcome.code ?? outcome.signal}`;
    return { state: "FAILED", note: `${end}: ${this.#anonymous(line).slice(0, 160)}` };
  }

  /** Whether a command fails since it must download something and cannot. */
  async lacksNetwork(command: readonly string[], cwd: string): Promise<boolean> {
    const { code, output } = await capture(command, { cwd, limit: LIMIT });
    return code !== 0 && /dns error|error sending request|network|download/i.test(output);
  }

  /** Moves a folder to a place without node_modules around it. */
  move(from: string, to: string): void {
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }

  copy(from: string, to: string): void {
    cpSync(from, to, { recursive: true });
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  #anonymous(text: string): string {
    return stripVTControlCharacters(text.replaceAll(this.home, "~").replaceAll(root, "~"));
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Writes files below a directory. */
export function write(directory: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** The command that runs a consumer's own program: no loader, no configuration of this repository. */
export function plainCommand({ kind, executable }: Runtime, file: string, options: readonly string[] = []): string[] {
  return kind === "deno" ? [executable, "run", "-A", ...options, file] : [executable, ...options, file];
}
