/** Runs the README's code blocks. */
import { testPages } from "./_blocks.ts";

testPages(["README.md"]);
