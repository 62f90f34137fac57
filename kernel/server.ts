// The worker thread of the kernel: sockets, heartbeat, the protocol, the language server. It answers while a cell runs on
// the main thread, and interrupts it.
import { randomUUID } from "node:crypto"
import { writeSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import type { ServerData, ToMain, ToWorker } from "./bridge.js"
import { CellHistory } from "./cell-history.js"
import { endpointOf } from "./connection.js"
import { type AnsweredRequest, type HandlerContext, handlers } from "./handlers.js"
import { Interrupter, interruptWords } from "./interrupt.js"
import { LaterLanguage } from "./language-later.js"
import { createMessage, type JsonObject, kernelInfo, type Message } from "./messages.js"
import { packageVersion, typescriptVersion } from "./package.js"
import { parseMessage, serializeMessage, WireFault } from "./wire.js"
import { HeartbeatSocket, PubSocket, RouterSocket } from "./zmtp.js"

/** Published bytes that clients have not taken, above which printing cells are made to wait. */
const maxBuffered = 8 << 20

interface Execute {
  readonly id: number
  readonly message: Message
}

class Server {
  readonly #port = parentPort as NonNullable<typeof parentPort>
  readonly #data = workerData as ServerData
  readonly #words = new Int32Array(this.#data.words)
  readonly #session = randomUUID()
  readonly #iopub = new PubSocket()
  readonly #heartbeat = new HeartbeatSocket()
  readonly #shell: RouterSocket = new RouterSocket((frames) => this.#receive(this.#shell, frames))
  readonly #control: RouterSocket = new RouterSocket((frames) => this.#receive(this.#control, frames))
  readonly #stdin: RouterSocket = new RouterSocket((frames) => this.#receiveInput(frames))
  readonly #language = new LaterLanguage()
  readonly #history = new CellHistory()
  readonly #interrupter = new Interrupter(this.#words, (epoch) => this.#tell({ type: "interrupt", epoch }))
  readonly #context: HandlerContext = {
    info: kernelInfo({ cellgrad: packageVersion(), typescript: typescriptVersion() }),
    language: this.#language,
    history: this.#history,
    interrupt: () => this.#interrupt(),
  }
  #queue: Execute[] = []
  #running: Execute | undefined
  #executeIds = 0
  #asked: { id: number; msgId: string } | undefined

  async start(): Promise<void> {
    const { connection } = this.#data
    this.#iopub.onSubscribe = (topic, reply) => {
      const welcome = createMessage("iopub_welcome", this.#session, { subscription: topic.toString() })
      reply(serializeMessage({ ...welcome, identities: [topic] }, connection.key))
    }
    await Promise.all([
      this.#iopub.bind(endpointOf(connection, "iopub")),
      this.#shell.bind(endpointOf(connection, "shell")),
      this.#control.bind(endpointOf(connection, "control")),
      this.#stdin.bind(endpointOf(connection, "stdin")),
      this.#heartbeat.bind(endpointOf(connection, "hb")),
    ])
    this.#port.on("message", (message: ToWorker) => this.#hear(message))
    this.#publish("status", { execution_state: "starting" })
    this.#tell({ type: "listening" })
    // The first requests are answered before the language server begins to use the machine.
    setTimeout(() => {
      const { cwd } = this.#data
      this.#language.load(import("./language-server.js").then(({ startLanguage }) => startLanguage({ cwd, log })))
    }, 0)
    // A kernel whose parent died without a word is of no use to anybody.
    const parent = process.ppid
    setInterval(() => {
      if (process.ppid !== parent) void this.#shutdown()
    }, 2000).unref()
  }

  #tell(message: ToMain): void {
    this.#port.postMessage(message)
  }

  #publish(type: string, content: JsonObject, parent?: Message["parentHeader"]): void {
    const message = createMessage(type, this.#session, content, { identities: [type], parentHeader: parent ?? {} })
    this.#iopub.send(serializeMessage(message, this.#data.connection.key))
  }

  #reply(socket: RouterSocket, to: Message, type: string, content: JsonObject): void {
    const message = createMessage(type, this.#session, content, {
      identities: to.identities,
      parentHeader: to.header,
    })
    socket.send(serializeMessage(message, this.#data.connection.key))
  }

  #receive(socket: RouterSocket, frames: Buffer[]): void {
    const message = parseMessage(frames, this.#data.connection.key)
    if (message instanceof WireFault) {
      log(message.toString())
      return
    }
    const type = message.header.msg_type
    if (type === "execute_request") this.#enqueue(message)
    else if (type === "shutdown_request") void this.#shutdown(socket, message)
    else if (Object.hasOwn(handlers, type)) void this.#handle(socket, message, type as AnsweredRequest)
    else this.#refuse(socket, message, type)
  }

  #refuse(socket: RouterSocket, message: Message, type: string): void {
    this.#busy(message, () => {
      if (type === "comm_open") {
        this.#publish("comm_close", { comm_id: message.content.comm_id, data: {} }, message.header)
      } else if (type.endsWith("_request")) {
        const evalue = `this kernel has no ${type}`
        const content = { status: "error", ename: "UnknownRequest", evalue, traceback: [evalue] }
        this.#reply(socket, message, type.replace(/_request$/, "_reply"), content)
      }
    })
  }

  #busy(message: Message, act: () => void): void {
    this.#publish("status", { execution_state: "busy" }, message.header)
    act()
    this.#publish("status", { execution_state: "idle" }, message.header)
  }

  async #handle(socket: RouterSocket, message: Message, type: AnsweredRequest): Promise<void> {
    this.#publish("status", { execution_state: "busy" }, message.header)
    let content: JsonObject
    try {
      const answer = handlers[type](message.content, this.#context)
      content = answer instanceof Promise ? await answer : answer
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error)
      content = { status: "error", ename: "KernelError", evalue, traceback: [evalue] }
    }
    this.#reply(socket, message, type.replace(/_request$/, "_reply"), content)
    this.#publish("status", { execution_state: "idle" }, message.header)
  }

  // ---- cells

  #enqueue(message: Message): void {
    if (typeof message.content.code !== "string") {
      const evalue = "execute_request without a string `code`"
      const content = {
        status: "error",
        ename: "BadRequest",
        evalue,
        traceback: [evalue],
        execution_count: this.#count,
      }
      this.#busy(message, () => this.#reply(this.#shell, message, "execute_reply", content))
      return
    }
    this.#queue.push({ id: ++this.#executeIds, message })
    this.#next()
  }

  #count = 0

  #next(): void {
    if (this.#running) return
    const execute = this.#queue.shift()
    if (!execute) return
    this.#running = execute
    Atomics.store(this.#words, interruptWords.busy, 1)
    const { header, content } = execute.message
    const code = content.code as string
    const silent = content.silent === true
    const storeHistory = !silent && content.store_history !== false
    this.#publish("status", { execution_state: "busy" }, header)
    if (storeHistory) this.#history.add(++this.#count, code)
    if (!silent) this.#publish("execute_input", { code, execution_count: this.#count }, header)
    this.#tell({
      type: "execute",
      id: execute.id,
      parent: header,
      code,
      silent,
      storeHistory,
      allowStdin: content.allow_stdin === true,
      userExpressions: stringsOf(content.user_expressions),
    })
  }

  #executed(content: JsonObject): void {
    const execute = this.#running
    if (!execute) return
    this.#running = undefined
    this.#asked = undefined
    Atomics.store(this.#words, interruptWords.busy, 0)
    this.#reply(this.#shell, execute.message, "execute_reply", content)
    this.#publish("status", { execution_state: "idle" }, execute.message.header)
    if (content.status === "error" && execute.message.content.stop_on_error !== false) this.#abortQueue()
    this.#next()
  }

  #abortQueue(): void {
    const queue = this.#queue
    this.#queue = []
    for (const { message } of queue) {
      this.#busy(message, () => this.#reply(this.#shell, message, "execute_reply", { status: "aborted" }))
    }
  }

  #interrupt(): void {
    this.#abortQueue()
    // Also when no cell runs: a timer of an earlier one may be what keeps the main thread from the next.
    this.#interrupter.interrupt()
  }

  // ---- what the main thread says

  #hear(message: ToWorker): void {
    switch (message.type) {
      case "ready":
        return
      case "iopub":
        this.#publish(message.message, message.content, message.parent)
        if (message.credits > 0) this.#giveBack(message.credits)
        return
      case "executed":
        this.#executed(message.content)
        return
      case "closed":
        this.#leave()
        return
      case "input":
        this.#ask(message)
        return
      case "language":
        void this.#callLanguage(message)
        return
    }
  }

  /** Lets the main thread print on once the network has taken what was printed. */
  #giveBack(credits: number): void {
    if (this.#iopub.bufferedBytes > maxBuffered) {
      setTimeout(() => this.#giveBack(credits), 2)
      return
    }
    Atomics.sub(this.#words, interruptWords.credits, credits)
    Atomics.notify(this.#words, interruptWords.credits)
  }

  async #callLanguage(call: Extract<ToWorker, { type: "language" }>): Promise<void> {
    try {
      const value =
        call.method === "check" ? await this.#language.check(...call.args) : await this.#language.commit(...call.args)
      this.#tell({ type: "language", id: call.id, value })
    } catch (error) {
      this.#tell({
        type: "language",
        id: call.id,
        value: undefined,
        error: error instanceof Error ? error.message : "",
      })
    }
  }

  #leave(): void {
    this.#interrupter.close()
    process.exit(0)
  }

  // ---- input

  #ask({ id, prompt, password }: Extract<ToWorker, { type: "input" }>): void {
    if (!this.#running) return
    const { message } = this.#running
    const request = createMessage(
      "input_request",
      this.#session,
      { prompt, password },
      {
        identities: message.identities,
        parentHeader: message.header,
      },
    )
    this.#asked = { id, msgId: request.header.msg_id }
    this.#stdin.send(serializeMessage(request, this.#data.connection.key))
  }

  #receiveInput(frames: Buffer[]): void {
    const message = parseMessage(frames, this.#data.connection.key)
    if (message instanceof WireFault) {
      log(message.toString())
      return
    }
    if (message.header.msg_type !== "input_reply" || !this.#asked) return
    this.#tell({ type: "input", id: this.#asked.id, value: String(message.content.value ?? "") })
    this.#asked = undefined
  }

  // ---- the end

  async #shutdown(socket?: RouterSocket, message?: Message): Promise<void> {
    if (socket && message) {
      const content = { status: "ok", restart: message.content.restart === true }
      this.#publish("status", { execution_state: "busy" }, message.header)
      this.#reply(socket, message, "shutdown_reply", content)
      this.#publish("shutdown_reply", content, message.header)
      this.#publish("status", { execution_state: "idle" }, message.header)
    }
    // A cell in an endless loop never hears of the shutdown; the process ends all the same.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 1500)
    await this.#language.close().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    this.#tell({ type: "shutdown" })
    this.#interrupter.interrupt()
  }
}

function stringsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  )
}

/** Says something on the kernel's own stderr. console would print into the running cell. */
function log(text: string): void {
  writeSync(2, `cellgrad: ${text}\n`)
}

void new Server().start().catch((error: Error) => {
  log(`cannot start: ${error.message}`)
  process.exit(1)
})
