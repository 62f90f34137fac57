import { readFileSync } from "node:fs"
import { type Addon, loadAddon } from "../../src/native/addon.js"
import { NativeBackend } from "../../src/native/native.js"
import { WasmBackend, wasmBinary } from "../../src/native/wasm.js"

const found = loadAddon()

/** The addon under test, or null where there is no compiler to build it. */
export const addon: Addon | null = "addon" in found ? found.addon : null

if (addon === null && "problem" in found) console.log(`skipping the native tests: ${found.problem}`)

/** Whether the tests of the kernels are to run on those of WebAssembly. */
export const onWasm = process.env.CELLGRAD_BACKEND === "wasm"

/** Which kernels are under test, or null where there are none. */
export const kernels: string | null = onWasm ? "WebAssembly" : (addon?.instructionSet ?? null)

/** The backend on the kernels under test. */
export function kernelBackend(threads: number): NativeBackend {
  return onWasm ? new WasmBackend(readFileSync(wasmBinary())) : new NativeBackend(addon as Addon, threads)
}
