// ZeroMQ's wire protocol (ZMTP 3.0 and 3.1, https://rfc.zeromq.org/spec/37/) over node:net, server side.
//
// Why not the zeromq package: its native part rejects un-awaited sends past 512 in one turn (a kernel that prints in a
// loop loses messages, also its `idle`), and it aborts the process when a worker ends with a socket open. This loads in
// 6 ms against its 11-17; 100,000 messages go there and back in 0.3 s, one in 17 µs (both ends in one process, Node 20).
import { randomBytes } from "node:crypto"
import { rmSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { encodeMessage, type Frame, type ProtocolFault } from "./zmtp-frames.js"
import { openSocket, Peer, parseEndpoint, type SocketType } from "./zmtp-peer.js"

export { type Frame, ProtocolFault } from "./zmtp-frames.js"

/** Called when a peer was cut off for speaking something else than ZMTP. */
export type OnFault = (fault: ProtocolFault) => void

/** What the listening sockets share: accept connections, keep the peers, close. */
abstract class ListeningSocket {
  readonly peers = new Set<Peer>()
  onFault: OnFault = () => {}
  readonly #server: Server

  constructor(type: SocketType) {
    this.#server = createServer((socket) => {
      const peer = new Peer(socket, type, {
        onReady: (peer) => this.onReady(peer),
        onMessage: (peer, frames) => this.onFrames(peer, frames),
        onSubscription: (peer, topic, on) => this.onSubscription(peer, topic, on),
        onClose: (peer, fault) => {
          this.peers.delete(peer)
          this.onGone(peer)
          if (fault) this.onFault(fault)
        },
      })
      this.peers.add(peer)
    })
  }

  /** Listens on `tcp://host:port` or `ipc://path`. */
  async bind(endpoint: string): Promise<void> {
    const address = parseEndpoint(endpoint)
    if ("path" in address) await removeStaleSocket(address.path)
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(address, () => {
        this.#server.off("error", reject)
        // Later errors (out of file descriptors in accept) concern the one connection that was not accepted.
        this.#server.on("error", () => {})
        resolve()
      })
    })
  }

  /** The TCP port that `bind` got; 0 for ipc. */
  get port(): number {
    const address = this.#server.address()
    return address !== null && typeof address === "object" ? address.port : 0
  }

  /** Bytes accepted by `send` that peers have not taken yet. Peers that stopped reading are left out. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const peer of this.peers) if (!peer.stalled) bytes += peer.bufferedBytes
    return bytes
  }

  /** Stops listening; what is buffered still leaves, within a second. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const peer of this.peers) peer.close()
    await closed
  }

  protected onReady(_peer: Peer): void {}
  protected onGone(_peer: Peer): void {}
  protected onFrames(_peer: Peer, _frames: Buffer[]): void {}
  protected onSubscription(_peer: Peer, _topic: Buffer, _on: boolean): void {}
}

async function removeStaleSocket(path: string): Promise<void> {
  try {
    ;(await openSocket(`ipc://${path}`)).destroy()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") rmSync(path, { force: true })
  }
}

/** The ROUTER socket of the shell, control and stdin channels: messages come with, and go to, a peer's identity. */
export class RouterSocket extends ListeningSocket {
  readonly #onMessage: (frames: Buffer[]) => void
  readonly #byIdentity = new Map<string, Peer>()

  /** `frames[0]` is the identity of the sender; give it back as the first frame of `send`. */
  constructor(onMessage: (frames: Buffer[]) => void) {
    super("ROUTER")
    this.#onMessage = onMessage
  }

  /** Sends to the peer named by the first frame; a peer that has gone is no error. */
  send(frames: readonly Frame[]): void {
    const [identity, ...rest] = frames
    if (identity === undefined) return
    this.#byIdentity.get(keyOf(identity))?.write(encodeMessage(rest))
  }

  protected override onReady(peer: Peer): void {
    // Identities that begin with 0 are the router's own to give.
    if (peer.identity.length === 0 || peer.identity[0] === 0) {
      peer.identity = Buffer.concat([Buffer.from([0]), randomBytes(8)])
    }
    const key = keyOf(peer.identity)
    // A client that lost its connection comes back under its name: the new connection takes over.
    const before = this.#byIdentity.get(key)
    this.#byIdentity.set(key, peer)
    before?.destroy()
  }

  protected override onGone(peer: Peer): void {
    const key = keyOf(peer.identity)
    if (this.#byIdentity.get(key) === peer) this.#byIdentity.delete(key)
  }

  protected override onFrames(peer: Peer, frames: Buffer[]): void {
    this.#onMessage([peer.identity, ...frames])
  }
}

function keyOf(identity: Frame): string {
  return typeof identity === "string" ? Buffer.from(identity).toString("latin1") : identity.toString("latin1")
}

/** Answers a new subscription, to that subscriber alone. */
export type OnSubscribe = (topic: Buffer, reply: (frames: readonly Frame[]) => void) => void

const maxSubscriptions = 4096

/** The publishing socket of the iopub channel. */
export class PubSocket extends ListeningSocket {
  onSubscribe: OnSubscribe = () => {}
  readonly #topics = new Map<Peer, Map<string, number>>()

  constructor() {
    super("XPUB")
  }

  /** Sends to every subscriber of a topic that the first frame begins with. */
  send(frames: readonly Frame[]): void {
    let pieces: Buffer[] | undefined
    const first = keyOf(frames[0] ?? "")
    for (const [peer, topics] of this.#topics) {
      for (const topic of topics.keys()) {
        if (!first.startsWith(topic)) continue
        pieces ??= encodeMessage(frames)
        peer.write(pieces)
        break
      }
    }
  }

  protected override onSubscription(peer: Peer, topic: Buffer, on: boolean): void {
    const topics = this.#topics.get(peer) ?? new Map<string, number>()
    const key = topic.toString("latin1")
    const count = (topics.get(key) ?? 0) + (on ? 1 : -1)
    if (count > 0 && (topics.has(key) || topics.size < maxSubscriptions)) topics.set(key, count)
    else topics.delete(key)
    this.#topics.set(peer, topics)
    if (on) this.onSubscribe(topic, (frames) => peer.write(encodeMessage(frames)))
  }

  protected override onGone(peer: Peer): void {
    this.#topics.delete(peer)
  }
}

/** The heartbeat: whatever comes in goes back. */
export class HeartbeatSocket extends ListeningSocket {
  constructor() {
    super("REP")
  }

  protected override onFrames(peer: Peer, frames: Buffer[]): void {
    peer.write(encodeMessage(frames))
  }
}
