import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { endpointOf } from "./connection.js"
import { type KernelExit, type KernelProcess, type LaunchOptions, launchKernel } from "./launch.js"
import {
  createMessage,
  type ExecuteReply,
  type IopubContents,
  type KernelInfoReply,
  type Message,
  type RequestContents,
} from "./messages.js"
import { parseMessage, serializeMessage, WireFault } from "./wire.js"
import { DealerSocket, SubSocket } from "./zmtp-client.js"

/** Something the kernel broadcast, with the id of the request that it belongs to. */
export type IopubEvent = {
  [Type in keyof IopubContents]: {
    readonly type: Type
    readonly content: IopubContents[Type]
    readonly parent: string
    readonly message: Message
  }
}[keyof IopubContents]

/** The kernel's process ended while something was expected of it. */
export class KernelDied extends Error {
  override readonly name = "KernelDied"
  /** The last of what the process wrote to its stdout and stderr. */
  readonly output: string

  constructor({ code, signal }: KernelExit, output: string) {
    const how = signal !== null ? `signal ${signal}` : code !== null ? `exit code ${code}` : "it could not be started"
    super(`the kernel died (${how})`)
    this.output = output
  }
}

/** One run of some code: iterate over what it broadcasts; `reply` settles once it is idle again. */
export interface Execution extends AsyncIterable<IopubEvent> {
  /** The message id of the request: the `parent` of its events. */
  readonly id: string
  readonly reply: Promise<ExecuteReply>
}

export interface ExecuteOptions {
  readonly silent?: boolean
  readonly storeHistory?: boolean
  readonly stopOnError?: boolean
  readonly userExpressions?: Record<string, string>
}

/** Answers a cell that asks for a line of input. */
export type OnInput = (prompt: string, password: boolean) => string | Promise<string>

interface Pending {
  onEvent(event: IopubEvent): void
  onReply(message: Message): void
  onDeath(error: KernelDied): void
}

/** After its reply a request's `idle` is waited for so long, and no longer: a lost one must not hang a run. */
const idleGraceMs = 2_000

/** A Jupyter client that owns its kernel: starts it as a process of its own and speaks to it over ZeroMQ. */
export class KernelClient {
  /** Called with everything that the kernel broadcasts, also with what belongs to no running request. */
  onIopub: (event: IopubEvent) => void = () => {}
  /** Called when a cell asks for input; without it cells are told that there is none. */
  onInput: OnInput | undefined
  readonly process: KernelProcess
  readonly #session = randomUUID()
  readonly #shell: DealerSocket
  readonly #control: DealerSocket
  readonly #stdin: DealerSocket
  readonly #iopub: SubSocket
  readonly #pending = new Map<string, Pending>()
  #died: KernelDied | undefined

  private constructor(process: KernelProcess) {
    this.process = process
    const receive = (handle: (message: Message) => void) => (frames: Buffer[]) => {
      const message = parseMessage(frames, process.connection.key)
      if (!(message instanceof WireFault)) handle(message)
    }
    const onReply = receive((message) => this.#pending.get(message.parentHeader.msg_id ?? "")?.onReply(message))
    // One identity for all: a kernel sends its input requests to the name that the execute request came from.
    const identity = this.#session
    this.#shell = new DealerSocket(onReply, identity)
    this.#control = new DealerSocket(onReply, identity)
    this.#stdin = new DealerSocket(
      receive((message) => void this.#answerInput(message)),
      identity,
    )
    this.#iopub = new SubSocket(receive((message) => this.#broadcast(message)))
    void process.exited.then((exit) => {
      this.#died = new KernelDied(exit, process.output)
      for (const pending of [...this.#pending.values()]) pending.onDeath(this.#died)
      this.#closeSockets()
    })
  }

  /** Starts a kernel and waits until it answers `kernel_info_request`, at most `timeoutMs` (30 s). */
  static async launch({
    timeoutMs = 30_000,
    ...options
  }: LaunchOptions & { timeoutMs?: number }): Promise<KernelClient> {
    const client = new KernelClient(await launchKernel(options))
    try {
      await client.#connect(timeoutMs)
    } catch (error) {
      client.process.kill()
      throw error
    }
    return client
  }

  /** What the kernel says of itself. */
  async kernelInfo(timeoutMs?: number): Promise<KernelInfoReply> {
    const reply = await this.request("kernel_info_request", {}, timeoutMs === undefined ? {} : { timeoutMs })
    return contentAs<KernelInfoReply>(reply)
  }

  /** Runs code as a cell. */
  execute(code: string, options: ExecuteOptions = {}): Execution {
    const { silent = false, storeHistory = !silent, stopOnError = true, userExpressions = {} } = options
    const message = createMessage("execute_request", this.#session, {
      code,
      silent,
      store_history: storeHistory,
      stop_on_error: stopOnError,
      user_expressions: userExpressions,
      allow_stdin: this.onInput !== undefined,
    })
    const id = message.header.msg_id
    const events = new EventQueue()
    const reply = new Promise<ExecuteReply>((resolve, reject) => {
      let answer: ExecuteReply | undefined
      let idle = false
      let grace: NodeJS.Timeout | undefined
      const settle = (finish: () => void) => {
        clearTimeout(grace)
        this.#pending.delete(id)
        events.end()
        finish()
      }
      const settleOnce = () => {
        const done = answer
        if (done !== undefined && idle) settle(() => resolve(done))
      }
      this.#expect(id, {
        onEvent: (event) => {
          events.push(event)
          if (event.type === "status" && event.content.execution_state === "idle") idle = true
          settleOnce()
        },
        onReply: (message) => {
          answer = contentAs<ExecuteReply>(message)
          grace = setTimeout(() => {
            idle = true
            settleOnce()
          }, idleGraceMs)
          settleOnce()
        },
        onDeath: (error) => settle(() => reject(error)),
      })
    })
    reply.catch(() => {}) // whoever only iterates must not be told of a rejection that nobody handles
    if (this.#died === undefined) this.#shell.send(serializeMessage(message, this.process.connection.key))
    return { id, reply, [Symbol.asyncIterator]: () => events.iterate(reply) }
  }

  /** Sends a request and resolves with its reply. */
  request<Type extends keyof RequestContents>(
    type: Type,
    content: RequestContents[Type],
    { channel = "shell", timeoutMs }: { channel?: "shell" | "control"; timeoutMs?: number } = {},
  ): Promise<Message> {
    const message = createMessage(type, this.#session, content)
    const id = message.header.msg_id
    return new Promise((resolve, reject) => {
      const late = () => settle(() => reject(new Error(`no reply to ${type} within ${timeoutMs} ms`)))
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
      const settle = (finish: () => void) => {
        clearTimeout(timer)
        this.#pending.delete(id)
        finish()
      }
      this.#expect(id, {
        onEvent: () => {},
        onReply: (reply) => settle(() => resolve(reply)),
        onDeath: (error) => settle(() => reject(error)),
      })
      const socket = channel === "shell" ? this.#shell : this.#control
      if (this.#died === undefined) socket.send(serializeMessage(message, this.process.connection.key))
    })
  }

  /** Stops the cell that runs; its reply then is an error. */
  async interrupt(): Promise<void> {
    await this.request("interrupt_request", {}, { channel: "control", timeoutMs: 5_000 })
  }

  /** Asks the kernel to end, and ends it when it has not done so within `timeoutMs` (3 s). */
  async shutdown(timeoutMs = 3_000): Promise<void> {
    const asked = this.request("shutdown_request", { restart: false }, { channel: "control", timeoutMs })
    await asked.catch(() => {})
    const killing = setTimeout(() => this.process.kill(), timeoutMs)
    await this.process.exited
    clearTimeout(killing)
  }

  async #connect(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs
    const { connection } = this.process
    const died = this.process.exited.then(() => {
      throw this.#died
    })
    const connected = Promise.all([
      this.#shell.connect(endpointOf(connection, "shell"), { timeoutMs }),
      this.#control.connect(endpointOf(connection, "control"), { timeoutMs }),
      this.#stdin.connect(endpointOf(connection, "stdin"), { timeoutMs }),
      this.#iopub.connect(endpointOf(connection, "iopub"), { timeoutMs }),
    ])
    died.catch(() => {})
    connected.catch(() => {})
    await Promise.race([connected, died])
    this.#iopub.subscribe("")
    // A subscription takes effect some time after it is sent: ask until an answer is also seen on iopub.
    let heard = false
    const onIopub = this.onIopub
    this.onIopub = () => {
      heard = true
    }
    while (!heard && performance.now() < until) {
      await this.kernelInfo(until - performance.now())
      if (!heard) await sleep(10)
    }
    this.onIopub = onIopub
    if (!heard) throw new Error(`the kernel broadcast nothing within ${timeoutMs} ms`)
  }

  #expect(id: string, pending: Pending): void {
    if (this.#died !== undefined) pending.onDeath(this.#died)
    else this.#pending.set(id, pending)
  }

  #broadcast(message: Message): void {
    const parent = message.parentHeader.msg_id ?? ""
    const received: object = { type: message.header.msg_type, content: message.content, parent, message }
    const event = received as IopubEvent
    this.onIopub(event)
    this.#pending.get(parent)?.onEvent(event)
  }

  async #answerInput(request: Message): Promise<void> {
    if (request.header.msg_type !== "input_request" || this.onInput === undefined) return
    const { prompt, password } = request.content
    const value = await this.onInput(String(prompt ?? ""), password === true)
    const parentHeader = request.header
    const reply = createMessage("input_reply", this.#session, { status: "ok", value }, { parentHeader })
    if (this.#died === undefined) this.#stdin.send(serializeMessage(reply, this.process.connection.key))
  }

  #closeSockets(): void {
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub]) socket.close()
  }
}

/** The content of a message from our own kernel, which is what the protocol says. */
function contentAs<Content>(message: Message): Content {
  const content: object = message.content
  return content as Content
}

/** Events that wait for whoever iterates over them. */
class EventQueue {
  readonly #events: IopubEvent[] = []
  #ended = false
  #wake: () => void = () => {}

  push(event: IopubEvent): void {
    this.#events.push(event)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Yields the events, then throws when `reply` was rejected. */
  async *iterate(reply: Promise<unknown>): AsyncGenerator<IopubEvent, void> {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) yield event
      else if (this.#ended) break
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    await reply
  }
}
