import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Addon } from "./addon.js"
import type { ArrayView, Backend } from "./backend.js"
import { descriptorInts, descriptorNumbers, signature } from "./descriptor.js"
import { bytesPerElement } from "./dtype.js"
import { NativeBackend } from "./native.js"
import { NativeCall } from "./native-call.js"
import { type GrowableMemory, WasmMemory } from "./wasm-memory.js"

/** What is used here of the global `WebAssembly`, whose types come with the DOM's only. */
interface WebAssemblyGlobal {
  readonly Module: {
    new (binary: Uint8Array): object
    imports(module: object): readonly { readonly name: string }[]
  }
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

/** What the WebAssembly binary exports (src/native/kernels/wasm.cpp). */
interface WasmExports {
  readonly memory: GrowableMemory
  ints(): number
  numbers(): number
  signature(): number
  lanes(): number
  heapStart(): number
  run(): number
}

/** A call into the WebAssembly kernels: the descriptor and the operands go into their memory. */
class WasmCall extends NativeCall {
  override readonly copies = true

  constructor(
    addon: Addon,
    readonly memory: WasmMemory,
  ) {
    super(addon)
  }

  override addressOf4(view: ArrayView): number {
    return this.memory.addressOf(view.storage) + view.offset * 4
  }

  override addressOf(view: ArrayView): number {
    return this.memory.addressOf(view.storage) + view.offset * bytesPerElement[view.dtype]
  }
}

/** The C++ kernels as WebAssembly, for machines that have no native ones: one thread, four floats at a time. */
export class WasmBackend extends NativeBackend {
  override readonly name: Backend["name"] = "wasm"

  /** From the content of kernels.wasm. Throws where the engine does not take it, or when it is of other sources. */
  constructor(binary: Uint8Array) {
    const { addon, memory } = instantiate(binary)
    super(addon, 1, new WasmCall(addon, memory))
  }

  override get description(): string {
    return "C++ kernels as WebAssembly SIMD, 1 thread"
  }
}

/** The backend on the binary that comes with the package, or why it cannot be had; never throws. */
export function loadWasm(): WasmBackend | { readonly problem: string } {
  const path = wasmBinary()
  try {
    return new WasmBackend(readFileSync(path))
  } catch (error) {
    return { problem: `${path} does not load: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** The path of the binary that `npm run build:wasm` makes. */
export function wasmBinary(): string {
  // This module runs as dist/src/native/wasm.js and, in tests, as src/native/wasm.ts.
  const places = ["../../../assets/native/", "../../assets/native/"].map((place) =>
    fileURLToPath(new URL(`${place}kernels.wasm`, import.meta.url)),
  )
  return places.find((place) => existsSync(place)) ?? (places[0] as string)
}

/** The binary's kernels under the interface of the native addon, and their memory. */
function instantiate(binary: Uint8Array): { addon: Addon; memory: WasmMemory } {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly
  const module = new Module(binary)
  const imports = Object.fromEntries(Module.imports(module).map(({ name }) => [name, mathFunction(name)]))
  const wasm = new Instance(module, { env: imports }).exports as WasmExports
  const own = textAt(wasm.memory, wasm.signature())
  if (own !== signature) throw new Error("it was built from other sources; run: npm run build:wasm")
  const memory = new WasmMemory(wasm.memory, wasm.heapStart())

  // The descriptor is written in arrays of V8, because views of a WebAssembly memory end when it grows, which the address
  // of an operand can make it do in the middle of a call. Running copies it.
  const ints = new Int32Array(descriptorInts)
  const numbers = new Float64Array(descriptorNumbers)
  let { buffer } = wasm.memory
  let intsThere = new Int32Array(buffer, wasm.ints(), descriptorInts)
  let numbersThere = new Float64Array(buffer, wasm.numbers(), descriptorNumbers)
  const run = () => {
    if (buffer !== wasm.memory.buffer) {
      buffer = wasm.memory.buffer
      intsThere = new Int32Array(buffer, wasm.ints(), descriptorInts)
      numbersThere = new Float64Array(buffer, wasm.numbers(), descriptorNumbers)
    }
    intsThere.set(ints)
    numbersThere.set(numbers)
    if (wasm.run() === 0) throw new Error("cellgrad: the WebAssembly kernels do not know this call")
    numbers.set(numbersThere)
    memory.endCall()
  }
  const addon: Addon = {
    ints,
    numbers,
    run,
    addressOf: () => 0,
    watch: () => {},
    gone: () => 0,
    setThreads: () => 1,
    instructionSet: "Wasm",
    lanes: wasm.lanes(),
    signature: own,
  }
  return { addon, memory }
}

/** What the kernels take of the C library they find in `Math`: `pow` as `pow` and `powf`. */
function mathFunction(name: string): unknown {
  const functions: object = Math
  return Reflect.get(functions, name) ?? Reflect.get(functions, name.replace(/f$/, ""))
}

/** The text that ends with a zero byte at an address. */
function textAt(memory: GrowableMemory, address: number): string {
  const bytes = new Uint8Array(memory.buffer, address)
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)))
}
