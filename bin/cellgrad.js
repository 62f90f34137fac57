#!/usr/bin/env node
import { existsSync } from "node:fs"

const main = new URL("../dist/kernel/main.js", import.meta.url)
if (!existsSync(main)) {
  console.error("cellgrad: not built yet; run `npm run build` in the checkout first")
  process.exit(2)
}
await import(main.href)
