// Writes src/api/schema.d.ts from the API's OpenAPI document; with --check it only says whether it is up to date.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../docs/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);

const nodes = await openapiTS(document, { alphabetize: true, defaultNonNullable: false });
const text = `// Written by \`npm run types\` from docs/openapi.json. Not to be edited.\n\n${astToString(nodes)}`;

if (process.argv.includes("--check")) {
  const current = await readFile(target, "utf8").catch(() => "");
  if (current !== text) {
    console.error("error: src/api/schema.d.ts is not what docs/openapi.json says\nnext: npm run types");
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
