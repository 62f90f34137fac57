#!/usr/bin/env node
import { existsSync } from "node:fs"
import module from "node:module"

const main = new URL("../dist/bundle/main.js", import.meta.url)
if (!existsSync(main)) {
  console.error("cellgrad: not built yet; run `npm run build` in the checkout first")
  process.exit(2)
}
// Keeps compiled code from one start to the next, where Node can (from 22.1 on).
module.enableCompileCache?.()
await import(main.href)
