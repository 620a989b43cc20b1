// The module hooks behind loader.mjs. They run on a thread of their own, one for each thread of the program, so what
// esbuild made is kept on disk by the hash of its input: only the first thread to meet a source starts esbuild.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const cache = new URL("../node_modules/.cache/multicore-loader/", import.meta.url);
/** Bump it when the transform below changes. */
const version = 1;

async function transform(url, source) {
  const key = createHash("sha256").update(`${version}\n${url}\n${source}`).digest("hex").slice(0, 32);
  const file = new URL(`${key}.js`, cache);
  try {
    return await readFile(file, "utf8");
  } catch { /* not made yet */ }
  const esbuild = await import("esbuild");
  const { code } = await esbuild.transform(source, {
    loader: "ts",
    format: "esm",
    target: "node20",
    sourcefile: fileURLToPath(url),
    sourcemap: "inline",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  await mkdir(cache, { recursive: true });
  const part = new URL(`${key}.${process.pid}.${process.hrtime.bigint()}.part`, cache);
  await writeFile(part, code);
  await rename(part, file); // at once, so that another thread never reads half a file
  return code;
}

export async function load(url, context, nextLoad) {
  if (!/^file:.*\.ts(?:[?#]|$)/.test(url)) return await nextLoad(url, context);
  const source = await readFile(new URL(url), "utf8");
  return { format: "module", shortCircuit: true, source: await transform(url, source) };
}
