import { type CommBus, type CommMessage, currentHost } from "./host.js"
import * as messages from "./messages.js"

/** JSON data that travels through a comm. */
export type CommData = Record<string, unknown>

/** Binary data that travels beside the JSON of a comm message. */
export type CommBuffers = readonly (ArrayBuffer | ArrayBufferView)[]

/** What may go with the data of a comm message. */
export interface CommOptions {
  metadata?: CommData
  buffers?: CommBuffers
}

/** What arrived through a comm. */
export interface CommEvent {
  readonly data: CommData
  readonly metadata: CommData
  readonly buffers: readonly Uint8Array[]
}

/** What is called with each thing that arrives. */
export type CommHandler = (event: CommEvent) => unknown

/** What is called with each comm that the front end opens to a target. */
export type CommTarget = (comm: Comm, event: CommEvent) => unknown

const targets = new Map<string, CommTarget>()
const open = new Map<string, Comm>()
/** Ids of comms that the front end has opened and that become objects right now. */
const incoming = new Set<string>()
let deliver: (comm: Comm, type: CommMessage["type"], event: CommEvent) => unknown

/** The way to the front end; the first use says to the kernel that somebody listens. */
function connect(): CommBus | undefined {
  const bus = currentHost()?.comms
  if (bus) bus.receive ??= receive
  return bus
}

function receive({ type, content, metadata, buffers }: CommMessage): unknown {
  const event = { data: content.data, metadata, buffers }
  if (type === "comm_open") return accept(content.comm_id, content.target_name ?? "", event)
  const comm = open.get(content.comm_id)
  return comm && deliver(comm, type, event)
}

function accept(commId: string, targetName: string, event: CommEvent): unknown {
  const target = targets.get(targetName)
  if (!target) {
    connect()?.send({ type: "comm_close", content: { comm_id: commId, data: {} }, metadata: {}, buffers: [] })
    return undefined
  }
  incoming.add(commId)
  const comm = new Comm(targetName, {}, { commId })
  try {
    return target(comm, event)
  } catch (error) {
    comm.close()
    throw error
  }
}

/**
 * A two-way channel to an object of the same name in the front end, such as a widget (Jupyter's comms).
 *
 * `new Comm(target, data)` opens one to what the front end has registered under `target`; `comm.registerTarget` takes
 * those that the front end opens.
 *
 * Errors: outside of a notebook there is nobody to talk to; `send` after `close`.
 *
 * @example
 * comm.registerTarget("slider", (slider) => {
 *   slider.onMsg(({ data }) => slider.send({ twice: 2 * Number(data.value) }))
 * })
 */
export class Comm {
  readonly commId: string
  readonly targetName: string
  readonly #onMsg = new Set<CommHandler>()
  readonly #onClose = new Set<CommHandler>()
  #closed = false

  static {
    deliver = (comm, type, event) => comm.#receive(type, event)
  }

  /** Opens a comm to what the front end has registered as `targetName`, which is given `data`. */
  constructor(targetName: string, data: CommData = {}, options: CommOptions & { commId?: string } = {}) {
    this.commId = options.commId ?? crypto.randomUUID()
    this.targetName = targetName
    if (!connect()) throw messages.noFrontEnd("new Comm")
    open.set(this.commId, this)
    if (!incoming.delete(this.commId)) this.#send("comm_open", data, options, { target_name: targetName })
  }

  /** Whether either side has closed it. */
  get closed(): boolean {
    return this.#closed
  }

  /** Sends data, and buffers beside it, to the other side. */
  send(data: CommData, options: CommOptions = {}): void {
    if (this.#closed) throw messages.commClosed(this.targetName)
    this.#send("comm_msg", data, options)
  }

  /** Ends it, with some last data; later calls do nothing. */
  close(data: CommData = {}, options: CommOptions = {}): void {
    if (this.#closed) return
    this.#end()
    this.#send("comm_close", data, options)
  }

  /** Calls `handler` with each message; gives a function that ends that. */
  onMsg(handler: CommHandler): () => void {
    this.#onMsg.add(handler)
    return () => this.#onMsg.delete(handler)
  }

  /** Calls `handler` when the other side closes it; gives a function that ends that. */
  onClose(handler: CommHandler): () => void {
    this.#onClose.add(handler)
    return () => this.#onClose.delete(handler)
  }

  #receive(type: CommMessage["type"], event: CommEvent): unknown {
    const handlers = type === "comm_msg" ? this.#onMsg : this.#onClose
    if (type === "comm_close") this.#end()
    return Promise.all(Array.from(handlers, (handler) => handler(event)))
  }

  #end(): void {
    this.#closed = true
    open.delete(this.commId)
  }

  #send(type: CommMessage["type"], data: CommData, { metadata = {}, buffers = [] }: CommOptions, more = {}): void {
    const content = { comm_id: this.commId, data, ...more }
    connect()?.send({ type, content, metadata, buffers: buffers.map(bytesOf) })
  }
}

function bytesOf(buffer: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer)
}

/** The targets to which the front end can open comms. */
export const comm = {
  /** Calls `target` with each comm that the front end opens under this name. */
  registerTarget(name: string, target: CommTarget): void {
    connect()
    targets.set(name, target)
  },

  /** Takes no more comms under this name. */
  unregisterTarget(name: string): void {
    targets.delete(name)
  },
} as const
