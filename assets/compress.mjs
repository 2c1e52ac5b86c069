// Puts a brotli and a gzip form beside every text file of a folder, so that the server never compresses. Usage: compress.mjs DIR
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder)) {
  if (!/\.(css|js|svg)$/.test(name)) continue;
  const content = readFileSync(`${folder}/${name}`);
  writeFileSync(`${folder}/${name}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(`${folder}/${name}.gz`, gzipSync(content, { level: 9 }));
}
