const src = (path: string) => new URL(`../src/${path}`, import.meta.url).href

/**
 * The modules that cells have from us, whatever is installed: the runtime, which is the very instance that cells have as
 * globals, and what other kernels for JavaScript offer to their cells.
 */
export const ownModules: ReadonlyMap<string, string> = new Map([
  ["cellgrad", src("index.js")],
  ["cellgrad/assignment", src("assignment/index.js")],
  ["cellgrad/deno", src("display/compat/deno.js")],
  ["cellgrad/tslab", src("display/compat/tslab.js")],
  ["tslab", src("display/compat/tslab.js")],
])
