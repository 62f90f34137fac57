// npm run gallery: runs docs/gallery/gallery.ipynb in JupyterLab and takes the pictures of docs/gallery anew.
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const vitest = join(root, "node_modules/vitest/vitest.mjs")
// CI: a missing Jupyter or Chromium fails instead of leaving everything as it was.
const env = { ...process.env, CI: "true", CELLGRAD_GALLERY_PAGE: join(root, "docs/gallery") }
const { status } = spawnSync(process.execPath, [vitest, "run", "test/clients/gallery.test.ts"], {
  cwd: root,
  env,
  stdio: "inherit",
})
process.exit(status ?? 1)
