// Bundles dist/kernel into dist/bundle: what a start needs, in a few files. Packages and the runtime stay apart.
import { rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "rolldown"

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist")
const runtime = join(dist, "src", "index.js")
const compat = join(dist, "src", "display", "compat")

/** Whether an import is left as it is: of packages, and of the modules that cells import as well. */
function isExternal(id, importer) {
  if (!/^[./]|^[A-Za-z]:/.test(id)) return true
  const file = importer === undefined ? id : join(dirname(importer), id)
  return file === runtime || dirname(file) === compat
}

rmSync(join(dist, "bundle"), { recursive: true, force: true })
// One build for each thread's entry: a file that both needed would be one more to open for each.
for (const name of ["main", "server", "language-worker", "terminal-worker"]) {
  await build({
    input: { [name]: join(dist, "kernel", `${name}.js`) },
    external: isExternal,
    // A package or a module of Node's of which nothing is used is not loaded.
    treeshake: { moduleSideEffects: (_id, external) => !external },
    output: { dir: join(dist, "bundle"), format: "esm", sourcemap: true, chunkFileNames: `${name}-[name].js` },
    logLevel: "warn",
  })
}
