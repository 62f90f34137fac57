// Bundles what a start needs into a few files: opening 350 modules takes three times as long as running them. dist/kernel
// goes into dist/bundle, a file for each thread; of the runtime the modules that cells and programs import become bundles in
// their place, dist/src/index.js and display/compat/*.js. Packages stay apart.
import { rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "rolldown"

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist")
const runtime = join(dist, "src", "index.js")
const compat = join(dist, "src", "display", "compat")
const isPackage = (id) => !/^[./]|^[A-Za-z]:/.test(id)
// A package or a module of Node's of which nothing is used is not loaded.
const treeshake = { moduleSideEffects: (_id, external) => !external }

await build({
  input: {
    index: runtime,
    "display/compat/deno": join(compat, "deno.js"),
    "display/compat/tslab": join(compat, "tslab.js"),
  },
  external: isPackage,
  treeshake,
  // What the three share is in files of its own, so that there is one instance of it.
  output: { dir: join(dist, "src"), format: "esm", sourcemap: true, chunkFileNames: "shared-[name].js" },
  logLevel: "warn",
})

/** Whether the kernel's bundles leave an import as it is: of packages, and of the modules that cells import as well. */
function isExternal(id, importer) {
  if (isPackage(id)) return true
  const file = importer === undefined ? id : join(dirname(importer), id)
  return file === runtime || dirname(file) === compat
}

rmSync(join(dist, "bundle"), { recursive: true, force: true })
// One build for each thread's entry: a file that both needed would be one more to open for each.
for (const name of ["main", "server", "language-worker", "terminal-worker"]) {
  await build({
    input: { [name]: join(dist, "kernel", `${name}.js`) },
    external: isExternal,
    treeshake,
    output: { dir: join(dist, "bundle"), format: "esm", sourcemap: true, chunkFileNames: `${name}-[name].js` },
    logLevel: "warn",
  })
}
