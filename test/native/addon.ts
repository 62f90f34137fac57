import { type Addon, loadAddon } from "../../src/native/addon.js"

const found = loadAddon()

/** The addon under test, or null where there is no compiler to build it. */
export const addon: Addon | null = "addon" in found ? found.addon : null

if (addon === null && "problem" in found) console.log(`skipping the native tests: ${found.problem}`)
