import * as assignment from "../src/assignment/index.js"
import * as deno from "../src/display/compat/deno.js"
import * as tslab from "../src/display/compat/tslab.js"
import * as runtime from "../src/index.js"
import type { LiveValue } from "./live-values.js"

/** What the session asks of the runtime. */
export interface Runtime {
  /** Sets right what a computation that was cut off has left half done. */
  afterInterrupt(): void
  /** What a value of the runtime is at the moment, in a few words; undefined for any other value. */
  describe(value: unknown): LiveValue | undefined
  /** The modules that are loaded with it, by the names under which cells ask for them. */
  readonly modules: Readonly<Record<string, unknown>>
}

/** Puts everything the runtime exports on globalThis; a cell may declare any of these names anew. */
export function preload(): Runtime {
  for (const [name, value] of Object.entries(runtime)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
  const modules = {
    cellgrad: runtime,
    "cellgrad/assignment": assignment,
    "cellgrad/deno": deno,
    "cellgrad/tslab": tslab,
    tslab,
  }
  return { afterInterrupt: runtime.restoreRecording, describe, modules }
}

const maxMembers = 300

function describe(value: unknown): LiveValue | undefined {
  if (value instanceof runtime.Tensor) return { text: describeTensor(value) }
  if (value instanceof runtime.Table) {
    return {
      text: `Table ${value.numRows} rows × ${value.numColumns} columns`,
      columns: [...value.columns] as string[],
    }
  }
  return value instanceof runtime.nn.Module ? describeModule(value) : undefined
}

function describeTensor({ dtype, shape }: runtime.Tensor): string {
  return `Tensor ${dtype} [${shape.join(", ")}]`
}

function describeModule(model: runtime.nn.Module): LiveValue {
  const members: [string, string][] = []
  for (const [path, module] of model.namedModules()) {
    if (path !== "") members.push([path, firstLine(String(module))])
  }
  let size = 0
  for (const [path, parameter] of model.namedParameters()) {
    size += parameter.numel()
    members.push([path, describeTensor(parameter)])
  }
  const text = `${firstLine(String(model))}, ${size.toLocaleString("en")} parameters`
  return { text, members: Object.fromEntries(members.slice(0, maxMembers)) }
}

/** Of the text of a module that holds others, its name. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/\($/, "") ?? ""
}
