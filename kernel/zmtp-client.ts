import { setTimeout as sleep } from "node:timers/promises"
import { encodeMessage, type Frame } from "./zmtp-frames.js"
import { openSocket, Peer, type SocketType } from "./zmtp-peer.js"

export interface ConnectOptions {
  /** How long to go on trying while nobody listens yet. */
  readonly timeoutMs?: number
}

/** What the connecting sockets share: one connection, opened once the other side listens. */
abstract class ConnectingSocket {
  /** Called when the other side has gone. */
  onClose: () => void = () => {}
  protected peer: Peer | undefined
  readonly #type: SocketType
  readonly #identity: Buffer
  readonly #onMessage: (frames: Buffer[]) => void
  #closed = false

  constructor(type: SocketType, onMessage: (frames: Buffer[]) => void, identity: Frame = "") {
    this.#type = type
    this.#identity = Buffer.from(identity as string)
    this.#onMessage = onMessage
  }

  /** Connects and shakes hands; tries again while nobody listens, until `timeoutMs` (10 s). */
  async connect(endpoint: string, { timeoutMs = 10_000 }: ConnectOptions = {}): Promise<void> {
    const until = performance.now() + timeoutMs
    for (;;) {
      try {
        await this.#handshake(endpoint)
        return
      } catch (error) {
        if (this.#closed || performance.now() > until) throw error
        await sleep(10)
      }
    }
  }

  async #handshake(endpoint: string): Promise<void> {
    const socket = await openSocket(endpoint)
    await new Promise<void>((resolve, reject) => {
      const peer = new Peer(
        socket,
        this.#type,
        {
          onReady: () => {
            this.peer = peer
            resolve()
          },
          onMessage: (_, frames) => this.#onMessage(frames),
          onSubscription: () => {},
          onClose: (_, fault) => {
            reject(fault ?? new Error(`${endpoint} closed the connection`))
            if (this.peer === peer) this.onClose()
          },
        },
        this.#identity,
      )
      if (this.#closed) peer.destroy()
    })
  }

  /** Bytes accepted by `send` that the other side has not taken yet. */
  get bufferedBytes(): number {
    return this.peer?.bufferedBytes ?? 0
  }

  close(): void {
    this.#closed = true
    this.peer?.close()
  }

  protected write(frames: readonly Frame[]): void {
    if (this.peer === undefined) throw new Error("send before connect")
    this.peer.write(encodeMessage(frames))
  }
}

/** The client's end of the shell, control and stdin channels. */
export class DealerSocket extends ConnectingSocket {
  constructor(onMessage: (frames: Buffer[]) => void, identity: Frame = "") {
    super("DEALER", onMessage, identity)
  }

  send(frames: readonly Frame[]): void {
    this.write(frames)
  }
}

/** The client's end of the iopub channel. */
export class SubSocket extends ConnectingSocket {
  constructor(onMessage: (frames: Buffer[]) => void) {
    super("SUB", onMessage)
  }

  /** Asks for the messages whose first frame begins with `topic`; the empty topic is all of them. */
  subscribe(topic: Frame): void {
    if (this.peer === undefined) throw new Error("subscribe before connect")
    this.peer.subscribe(Buffer.from(topic as string))
  }
}

/** The client's end of the heartbeat. */
export class ReqSocket extends ConnectingSocket {
  constructor(onMessage: (frames: Buffer[]) => void) {
    super("REQ", (frames) => onMessage(frames.slice(1)))
  }

  /** Sends a request behind the empty frame that a REQ socket puts before it. */
  send(frames: readonly Frame[]): void {
    this.write(["", ...frames])
  }
}
