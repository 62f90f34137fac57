import { createRequire } from "node:module"
import type { Host, MimeBundle } from "./host.js"

/** A display message as Jupyter has it. */
interface DisplayData {
  data: MimeBundle
  metadata: Record<string, unknown>
  transient: { display_id?: string }
}

/** Publishes a display message, as an update of what has its id already or as a new one. */
type Publish = (content: DisplayData, update: boolean) => void

/**
 * The notebook around us when it is not our own: tslab's kernel or Deno's. Neither says when a cell ends, so what is shown in place is
 * complete at every update.
 */
export function foreignHost(): Host | undefined {
  const inTslab = tslab()
  const publish = inTslab ?? deno()
  if (!publish) return undefined
  return {
    onlyPrints: inTslab !== undefined,
    display(data, { displayId, update = false, metadata = {} }) {
      publish({ data, metadata, transient: displayId === undefined ? {} : { display_id: displayId } }, update)
    },
    clearOutput() {},
  }
}

/**
 * tslab's kernel runs cells in this process, under a global of its own. Its public `display.raw` sends one type at a time, so the
 * function below it is taken, which sends a whole bundle.
 */
function tslab(): Publish | undefined {
  if (!("__tslab__" in globalThis)) return undefined
  const cache = createRequire(import.meta.url).cache
  const path = Object.keys(cache).find((file) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file))
  const jupyter = path === undefined ? undefined : (cache[path]?.exports as { lastWriteDisplayData?: Publish })
  return jupyter?.lastWriteDisplayData
}

/** Deno's kernel sends any message by `Deno.jupyter.broadcast`; outside of a notebook, touching that throws. */
function deno(): Publish | undefined {
  const { Deno } = globalThis as {
    Deno?: { jupyter?: { broadcast?(type: string, content: object): Promise<void> } }
  }
  try {
    const jupyter = Deno?.jupyter
    if (typeof jupyter?.broadcast !== "function") return undefined
    return (content, update) => void jupyter.broadcast?.(update ? "update_display_data" : "display_data", content)
  } catch {
    return undefined
  }
}
