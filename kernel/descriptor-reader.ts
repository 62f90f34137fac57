import { readSync } from "node:fs"
import { Socket } from "node:net"
import { StringDecoder } from "node:string_decoder"
import type { CapturedDescriptors } from "./descriptors.js"
import type { StreamName } from "./streams.js"

const gatherMs = 20
const chunkBytes = 1 << 16

/** Reads what child processes and native code write to stdout and stderr, in the worker. */
export class DescriptorReader {
  readonly #onText: (name: StreamName, text: string) => void
  readonly #pipes: { name: StreamName; descriptor: number; decoder: StringDecoder }[]
  readonly #sockets: Socket[]
  readonly #chunk = Buffer.allocUnsafe(chunkBytes)
  #gathered: { name: StreamName; text: string }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor({ stdout, stderr }: CapturedDescriptors, onText: (name: StreamName, text: string) => void) {
    this.#onText = onText
    this.#pipes = [
      { name: "stdout", descriptor: stdout, decoder: new StringDecoder() },
      { name: "stderr", descriptor: stderr, decoder: new StringDecoder() },
    ]
    this.#sockets = this.#pipes.map(({ name, descriptor, decoder }) => {
      const socket = new Socket({ fd: descriptor, readable: true, writable: false })
      socket.on("data", (bytes) => this.#gather(name, decoder.write(bytes)))
      socket.on("error", () => {})
      return socket.unref()
    })
  }

  /** Hands on all that was written up to now: before a message of the main thread, which was sent after that. */
  drain(): void {
    for (const { name, descriptor, decoder } of this.#pipes) {
      for (let length = this.#read(descriptor); length > 0; length = this.#read(descriptor)) {
        this.#gather(name, decoder.write(this.#chunk.subarray(0, length)))
      }
    }
    this.#flush()
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** How many bytes there were, at most a chunk. */
  #read(descriptor: number): number {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      return readSync(descriptor, this.#chunk)
    } catch {
      // EAGAIN: nothing to read.
      return 0
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }

  #gather(name: StreamName, text: string): void {
    if (text === "") return
    const last = this.#gathered.at(-1)
    if (last?.name === name) last.text += text
    else this.#gathered.push({ name, text })
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs)
    if (text.length > chunkBytes / 2) this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const gathered = this.#gathered
    this.#gathered = []
    for (const { name, text } of gathered) this.#onText(name, text)
  }
}
