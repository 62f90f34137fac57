import { connect, type Socket } from "node:net"
import { Decoder, decodeProperties, encodeCommand, encodeProperties, greeting, ProtocolFault } from "./zmtp-frames.js"

/** The socket types of ZeroMQ that a kernel and its clients use. */
export type SocketType = "ROUTER" | "DEALER" | "REQ" | "REP" | "PUB" | "XPUB" | "SUB" | "XSUB"

const partners: Readonly<Record<SocketType, readonly SocketType[]>> = {
  ROUTER: ["DEALER", "REQ", "ROUTER"],
  DEALER: ["ROUTER", "REP", "DEALER"],
  REQ: ["ROUTER", "REP"],
  REP: ["REQ", "DEALER"],
  PUB: ["SUB", "XSUB"],
  XPUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  XSUB: ["PUB", "XPUB"],
}

const handshakeMs = 30_000
/** A peer that has taken nothing for so long no longer holds the sender back. */
const stalledMs = 5_000
/** Above this, messages for a peer that does not read are dropped, as ZeroMQ does at its high-water mark. */
const maxBufferedBytes = 256 << 20

export interface PeerEvents {
  onReady(peer: Peer): void
  onMessage(peer: Peer, frames: Buffer[]): void
  onSubscription(peer: Peer, topic: Buffer, on: boolean): void
  onClose(peer: Peer, fault: ProtocolFault | undefined): void
}

/** One ZMTP connection: handshake, frames in, frames out. A fault of the other side closes this connection only. */
export class Peer {
  /** What the other side called itself; empty when it did not. */
  identity: Buffer = Buffer.alloc(0)
  readonly #socket: Socket
  readonly #type: SocketType
  readonly #ownIdentity: Buffer
  readonly #events: PeerEvents
  #minor = 0
  #ready = false
  #closed = false
  #corked = false
  #fault: ProtocolFault | undefined
  #lastProgress = 0

  constructor(socket: Socket, type: SocketType, events: PeerEvents, identity: Buffer = Buffer.alloc(0)) {
    this.#socket = socket
    this.#type = type
    this.#events = events
    this.#ownIdentity = identity
    const decoder = new Decoder({
      onGreeting: (minor) => this.#onGreeting(minor),
      onCommand: (name, body) => this.#onCommand(name, body),
      onMessage: (frames) => this.#onMessage(frames),
    })
    socket.setNoDelay(true)
    socket.setTimeout(handshakeMs, () => this.#fail(new ProtocolFault("no handshake")))
    socket.on("data", (chunk) => {
      if (this.#closed) return
      try {
        decoder.push(chunk)
      } catch (error) {
        if (error instanceof ProtocolFault) this.#fail(error)
        else throw error
      }
    })
    socket.on("error", () => {})
    socket.on("close", () => this.#onClosed())
    socket.write(greeting)
  }

  get ready(): boolean {
    return this.#ready
  }

  /** Bytes accepted but not yet taken by the operating system. */
  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** Whether the other side has stopped reading. */
  get stalled(): boolean {
    return this.#socket.writableLength > 0 && performance.now() - this.#lastProgress > stalledMs
  }

  /** Sends an encoded message; false when it was dropped because the other side does not read. */
  write(pieces: readonly Buffer[]): boolean {
    const socket = this.#socket
    if (this.#closed || !socket.writable) return false
    if (socket.writableLength > maxBufferedBytes) return false
    if (socket.writableLength === 0) this.#lastProgress = performance.now()
    if (!this.#corked) {
      // The messages of one turn (busy, input, result, idle) leave in one system call.
      this.#corked = true
      socket.cork()
      process.nextTick(() => {
        this.#corked = false
        socket.uncork()
      })
    }
    const last = pieces.length - 1
    pieces.forEach((piece, i) => {
      if (i < last) socket.write(piece)
      else socket.write(piece, this.#onProgress)
    })
    return true
  }

  /** Asks the publisher for messages that begin with `topic`, in the form that its version understands. */
  subscribe(topic: Buffer): void {
    if (this.#minor >= 1) this.write([encodeCommand("SUBSCRIBE", topic)])
    else this.write([Buffer.from([0, 1 + topic.length, 1]), topic])
  }

  /** Closes once what is buffered has left, at most `lingerMs` later. */
  close(lingerMs = 1000): void {
    if (this.#closed) return
    this.#socket.end()
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs)
    this.#socket.once("close", () => clearTimeout(timer))
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  readonly #onProgress = () => {
    this.#lastProgress = performance.now()
  }

  #onGreeting(minor: number): void {
    this.#minor = minor
    const named = this.#type === "ROUTER" || this.#type === "DEALER" || this.#type === "REQ"
    const identity: Record<string, Buffer> = named ? { Identity: this.#ownIdentity } : {}
    this.#socket.write(encodeCommand("READY", encodeProperties({ "Socket-Type": this.#type, ...identity })))
  }

  #onCommand(name: string, body: Buffer): void {
    if (name === "READY") this.#onReady(body)
    else if (name === "ERROR") throw new ProtocolFault(`peer says: ${body.toString("latin1", 1)}`)
    else if (!this.#ready) throw new ProtocolFault(`${name} before READY`)
    else if (name === "PING") this.#socket.write(encodeCommand("PONG", body.subarray(2, 18)))
    else if (name === "SUBSCRIBE") this.#events.onSubscription(this, Buffer.from(body), true)
    else if (name === "CANCEL") this.#events.onSubscription(this, Buffer.from(body), false)
  }

  #onReady(body: Buffer): void {
    if (this.#ready) throw new ProtocolFault("a second READY")
    const properties = decodeProperties(body)
    const type = properties.get("socket-type")?.toString("latin1") ?? ""
    if (!(partners[this.#type] as readonly string[]).includes(type)) {
      throw new ProtocolFault(`a ${type || "nameless"} socket cannot speak to ${this.#type}`)
    }
    this.identity = Buffer.from(properties.get("identity") ?? [])
    if (this.identity.length > 255) throw new ProtocolFault("identity longer than 255 bytes")
    this.#ready = true
    this.#socket.setTimeout(0)
    this.#events.onReady(this)
  }

  #onMessage(frames: Buffer[]): void {
    if (!this.#ready) throw new ProtocolFault("a message before READY")
    if (this.#type !== "PUB" && this.#type !== "XPUB") {
      this.#events.onMessage(this, frames)
      return
    }
    // ZMTP 3.0 subscribes with a message: 1 or 0, then the topic.
    const first = frames[0]
    if (first === undefined || first.length === 0 || (first[0] ?? 2) > 1) return
    this.#events.onSubscription(this, Buffer.from(first.subarray(1)), first[0] === 1)
  }

  #fail(fault: ProtocolFault): void {
    this.#fault = fault
    this.#socket.destroy()
    this.#onClosed()
  }

  #onClosed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#events.onClose(this, this.#fault)
  }
}

/** Where a socket listens or connects: `tcp://127.0.0.1:5555` or `ipc:///tmp/kernel-1`. */
export function parseEndpoint(endpoint: string): { host: string; port: number } | { path: string } {
  const tcp = /^tcp:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(endpoint)
  if (tcp) return { host: tcp[1] ?? tcp[2] ?? "", port: Number(tcp[3]) }
  const ipc = /^ipc:\/\/(.+)$/.exec(endpoint)
  if (ipc) return { path: ipc[1] ?? "" }
  throw new Error(`"${endpoint}" is neither tcp://host:port nor ipc://path`)
}

/** A plain connection to an endpoint, open when the promise settles. */
export function openSocket(endpoint: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(parseEndpoint(endpoint))
    socket.once("error", reject)
    socket.once("connect", () => {
      socket.off("error", reject)
      resolve(socket)
    })
  })
}
