// Bundles what a start needs into a few files: opening 350 modules takes three times as long as running them. dist/kernel
// goes into dist/bundle, a file for each thread; of the runtime the modules that cells and programs import become bundles in
// their place, dist/src/index.js, assignment/index.js and display/compat/*.js. Packages stay apart.
import { rmSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "rolldown"

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist")
const kernel = join(dist, "kernel")
const runtime = join(dist, "src", "index.js")
const assignment = join(dist, "src", "assignment", "index.js")
const compat = join(dist, "src", "display", "compat")
const isPackage = (id) => !/^[./]|^[A-Za-z]:/.test(id)
// A package or a module of Node's of which nothing is used is not loaded.
const treeshake = { moduleSideEffects: (_id, external) => !external }

await build({
  input: {
    index: runtime,
    "assignment/index": assignment,
    "display/compat/deno": join(compat, "deno.js"),
    "display/compat/tslab": join(compat, "tslab.js"),
  },
  external: isPackage,
  treeshake,
  // What they share is in a file of its own, so that there is one instance of it.
  output: {
    dir: join(dist, "src"),
    format: "esm",
    sourcemap: true,
    chunkFileNames: "[name].js",
    codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] },
  },
  logLevel: "warn",
})

/**
 * The kernel's entries: of each thread one, and what a thread loads later. One build for each: a file that two of them needed
 * would be one more to open for both. What stands between a start and its first answer is CommonJS, which Node has running 3
 * to 4 ms sooner than a module; both together answer 20 ms sooner.
 */
const entries = {
  main: "esm",
  kernel: "cjs",
  start: "esm",
  server: "cjs",
  "signal-thread": "cjs",
  "language-server": "esm",
  "is-complete": "esm",
  declaration: "esm",
  "language-worker": "esm",
  "terminal-worker": "esm",
}

/** Leaves imports of packages, of modules that cells import as well, and of other entries as they are. */
const neighbours = {
  name: "neighbours",
  resolveId(id, importer, { kind }) {
    if (isPackage(id)) return { id, external: true }
    if (importer === undefined) return undefined
    const file = join(dirname(importer), id)
    if (file === runtime || file === assignment || dirname(file) === compat) {
      return { id: `../${relative(dist, file).replaceAll("\\", "/")}`, external: true }
    }
    const name = basename(file, ".js")
    const isEntry = dirname(file) === kernel && Object.hasOwn(entries, name) && kind === "dynamic-import"
    return isEntry ? { id: `./${name}.js`, external: true } : undefined
  },
}

rmSync(join(dist, "bundle"), { recursive: true, force: true })
for (const [name, format] of Object.entries(entries)) {
  const extension = format === "cjs" ? "cjs" : "js"
  await build({
    input: { [name]: join(kernel, `${name}.js`) },
    plugins: [neighbours],
    platform: "node",
    treeshake,
    output: {
      dir: join(dist, "bundle"),
      format,
      sourcemap: true,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `${name}-[name].${extension}`,
    },
    logLevel: "warn",
  })
}
