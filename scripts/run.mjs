// The entry of every npm script: `node scripts/run.mjs <name> [arguments]` runs scripts/<name>.ts on whatever Node
// this is. Programs whose runtime matters are started by that script (see runtimes.ts): in npm scripts `node` may be
// the Node of the `node24` package, whose link in node_modules/.bin comes first on the PATH.
import "./loader.mjs";

const [name, ...args] = process.argv.slice(2);
if (!/^[a-z_]+$/.test(name ?? "")) throw new Error(`Cannot run a script: expected its name, received ${name}`);
const { main } = await import(`./${name}.ts`);
process.exitCode = await main(args);
