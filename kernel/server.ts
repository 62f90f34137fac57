// The worker thread of the kernel: sockets, heartbeat, the protocol, the language server. It answers while a cell runs on
// the main thread, and interrupts it.
import { randomUUID } from "node:crypto"
import { writeSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import type { Extras, ServerData, ToMain, ToWorker } from "./bridge.js"
import { CellHistory, historyFolder } from "./cell-history.js"
import { OpenComms, readComm } from "./comms.js"
import { endpointOf } from "./connection.js"
import { DescriptorReader } from "./descriptor-reader.js"
import { type AnsweredRequest, failure, type HandlerContext, handlers } from "./handlers.js"
import { Interrupter, interruptWords } from "./interrupt.js"
import { LaterLanguage } from "./language-later.js"
import { LiveLanguage } from "./live-language.js"
import { createMessage, type Header, type JsonObject, kernelInfo, type Message } from "./messages.js"
import { OutputLimit } from "./output-limit.js"
import { packageVersion, typescriptVersion } from "./package.js"
import { Shell, type Task } from "./shell.js"
import { onSigint } from "./signals.js"
import type { StreamName } from "./streams.js"
import { parseMessage, serializeMessage, WireFault } from "./wire.js"
import { HeartbeatSocket, PubSocket, RouterSocket } from "./zmtp.js"

/** Published bytes that clients have not taken, above which printing cells are made to wait. */
const maxBuffered = 8 << 20

/** Of so many cells it is remembered how much they have printed. */
const maxLimits = 200

/** How long after the session is ready a thread begins to wait for SIGINT; until then the main thread does. */
const watchSignalsAfterMs = 300

const mainShell = ""

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
  readonly #later = new LaterLanguage(async () => {
    const { startLanguage } = await import("./language-server.js")
    return startLanguage({ cwd: this.#data.cwd, log })
  })
  readonly #language = new LiveLanguage(this.#later, this.#data.cwd)
  readonly #history = new CellHistory(historyFolder())
  readonly #comms = new OpenComms()
  readonly #interrupter = new Interrupter(this.#words, (epoch, leftovers) =>
    this.#tell({ type: "interrupt", epoch, leftovers }),
  )
  readonly #shells = new Map<string, Shell>([[mainShell, new Shell((task) => this.#start(task))]])
  readonly #context: HandlerContext = {
    info: kernelInfo({ cellgrad: packageVersion(), typescript: typescriptVersion() }),
    language: this.#language,
    history: this.#history,
    comms: this.#comms,
    subshells: {
      create: () => this.#createSubshell(),
      delete: (id) => this.#deleteSubshell(id),
      list: () => [...this.#shells].filter(([id, { closed }]) => id !== mainShell && !closed).map(([id]) => id),
    },
    interrupt: () => this.#interrupt(),
  }
  /** What child processes and native code print; it appears under the cell that started last. */
  readonly #descriptors =
    this.#data.descriptors && new DescriptorReader(this.#data.descriptors, (name, text) => this.#print(name, text))
  readonly #limits = new Map<string, OutputLimit>()
  #lastCell: Header | undefined
  #count = 0
  #taskIds = 0
  /** Comm messages that the main thread handles beside the cells. */
  readonly #handling = new Map<number, Message>()
  /** The cells that wait for a line of input, by the id of the question that was sent. */
  readonly #asked = new Map<string, { id: number; task: number }>()

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
    this.#publish("status", { execution_state: "starting" }, undefined)
    this.#tell({ type: "listening" })
    // A kernel whose parent died without a word is of no use to anybody.
    const parent = process.ppid
    setInterval(() => {
      if (process.ppid !== parent) void this.#shutdown()
    }, 2000).unref()
  }

  #tell(message: ToMain): void {
    this.#port.postMessage(message)
  }

  #publish(
    type: string,
    content: JsonObject,
    parent: Header | undefined,
    { metadata = {}, buffers = [] }: Extras = {},
  ): void {
    const frames = buffers.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const options = { identities: [type], parentHeader: parent ?? {}, metadata, buffers: frames }
    this.#iopub.send(serializeMessage(createMessage(type, this.#session, content, options), this.#data.connection.key))
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
    // Starting the language server takes the machine for a while, so the answer to the first request leaves before.
    setImmediate(() => this.#later.start())
    const type = message.header.msg_type
    const shell = this.#shells.get(socket === this.#control ? mainShell : (message.header.subshell_id ?? mainShell))
    if (!shell || shell.closed)
      this.#refuse(socket, message, "SubshellNotFound", `there is no subshell ${message.header.subshell_id}`)
    else if (type === "execute_request") this.#enqueue(shell, message)
    else if (type.startsWith("comm_") && type !== "comm_info_request") this.#receiveComm(shell, message)
    else if (type === "shutdown_request") void this.#shutdown(socket, message)
    else if (Object.hasOwn(handlers, type)) void this.#handle(socket, message, type as AnsweredRequest)
    else this.#refuse(socket, message, "UnknownRequest", `this kernel has no ${type}`)
  }

  #refuse(socket: RouterSocket, message: Message, ename: string, evalue: string, more: JsonObject = {}): void {
    const type = message.header.msg_type
    this.#busy(message, () => {
      if (!type.endsWith("_request")) return
      this.#reply(socket, message, type.replace(/_request$/, "_reply"), { ...failure(ename, evalue), ...more })
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
      content = failure("KernelError", error instanceof Error ? error.message : String(error))
    }
    this.#reply(socket, message, type.replace(/_request$/, "_reply"), content)
    this.#publish("status", { execution_state: "idle" }, message.header)
  }

  // ---- cells

  #enqueue(shell: Shell, message: Message): void {
    if (typeof message.content.code !== "string") {
      const more = { execution_count: this.#count }
      this.#refuse(this.#shell, message, "BadRequest", "execute_request without a string `code`", more)
      return
    }
    shell.add({ id: ++this.#taskIds, type: "execute", message })
  }

  #start(task: Task): void {
    if (task.type === "execute") this.#execute(task)
    else this.#handleComm(task)
  }

  #execute({ id, message }: Task): void {
    Atomics.store(this.#words, interruptWords.busy, 1)
    this.#interrupter.noteCell()
    const { header, content } = message
    const code = content.code as string
    const silent = content.silent === true
    const storeHistory = !silent && content.store_history !== false
    this.#publish("status", { execution_state: "busy" }, header)
    if (storeHistory) this.#history.add(++this.#count, code)
    if (!silent) this.#publish("execute_input", { code, execution_count: this.#count }, header)
    const origin = { id, parent: header, allowStdin: content.allow_stdin === true }
    this.#descriptors?.drain()
    this.#lastCell = header
    const userExpressions = stringsOf(content.user_expressions)
    this.#tell({ type: "execute", origin, code, silent, storeHistory, userExpressions })
  }

  #executed(id: number, content: JsonObject): void {
    for (const [msgId, { task }] of this.#asked) if (task === id) this.#asked.delete(msgId)
    for (const [shellId, shell] of this.#shells) {
      shell.finish(id, ({ message }) => {
        if (shell.closed) this.#shells.delete(shellId)
        this.#descriptors?.drain()
        for (const piece of this.#limits.get(message.header.msg_id)?.end() ?? []) {
          this.#publish("stream", { ...piece }, message.header)
        }
        const isBusy = [...this.#shells.values()].some(({ running }) => running?.type === "execute")
        Atomics.store(this.#words, interruptWords.busy, isBusy ? 1 : 0)
        this.#reply(this.#shell, message, "execute_reply", content)
        this.#publish("status", { execution_state: "idle" }, message.header)
        if (content.status === "error" && message.content.stop_on_error !== false) this.#abort(shell)
      })
    }
  }

  /** Answers the cells that wait in a shell; they do not run. */
  #abort(shell: Shell): void {
    for (const { message } of shell.abort()) {
      this.#busy(message, () => this.#reply(this.#shell, message, "execute_reply", { status: "aborted" }))
    }
  }

  #interrupt(): void {
    for (const shell of this.#shells.values()) this.#abort(shell)
    // Also when no cell runs: a timer of an earlier one may be what keeps the main thread from the next.
    this.#interrupter.interrupt()
  }

  #createSubshell(): string {
    const id = randomUUID()
    this.#shells.set(id, new Shell((task) => this.#start(task)))
    return id
  }

  /** Ends a subshell: what waits in it is aborted, what runs in it is answered when it ends. */
  #deleteSubshell(id: string): boolean {
    const shell = id === mainShell ? undefined : this.#shells.get(id)
    if (!shell || shell.closed) return false
    shell.closed = true
    this.#abort(shell)
    if (!shell.running) this.#shells.delete(id)
    return true
  }

  // ---- comms

  /** Messages of an open comm are handled beside the cells, so that a widget answers while a cell awaits; others wait. */
  #receiveComm(shell: Shell, message: Message): void {
    const comm = readComm(message)
    if (!comm) {
      this.#busy(message, () => log(`a ${message.header.msg_type} without a string \`comm_id\` was dropped`))
      return
    }
    const task: Task = { id: ++this.#taskIds, type: "comm", message }
    if (comm.type !== "comm_open" && this.#comms.has(comm.content.comm_id)) this.#handleComm(task)
    else shell.add(task)
  }

  #handleComm({ id, message: request }: Task): void {
    const message = readComm(request)
    if (!message) return
    this.#handling.set(id, request)
    this.#publish("status", { execution_state: "busy" }, request.header)
    this.#comms.note(message)
    this.#tell({ type: "comm", origin: { id, parent: request.header, allowStdin: false }, message })
  }

  #commHandled(id: number): void {
    const message = this.#handling.get(id)
    this.#handling.delete(id)
    if (message) this.#publish("status", { execution_state: "idle" }, message.header)
    for (const shell of this.#shells.values()) shell.finish(id, () => {})
  }

  // ---- what the main thread says

  #hear(message: ToWorker): void {
    switch (message.type) {
      case "ready":
        // Not at once: the first cell is to have the machine for itself.
        setTimeout(() => onSigint(() => this.#interrupt()), watchSignalsAfterMs).unref()
        return
      case "iopub":
        this.#descriptors?.drain()
        if (message.message === "stream") {
          const { name, text } = message.content
          this.#print(name as StreamName, String(text), message.parent)
        } else this.#publish(message.message, message.content, message.parent, message)
        this.#giveBack(message.credits)
        if (message.message === "execute_result") this.#remember(message.content)
        return
      case "comm": {
        const { type, content, ...extras } = message.message
        this.#comms.note(message.message)
        this.#publish(type, { ...content }, message.parent, extras)
        return
      }
      case "executed":
        this.#executed(message.id, message.content)
        return
      case "commHandled":
        this.#commHandled(message.id)
        return
      case "live":
        this.#language.update(message.values)
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

  /** Publishes what was printed, as far as the cell has not printed too much already. */
  #print(name: StreamName, text: string, parent = this.#lastCell): void {
    const id = parent?.msg_id ?? ""
    let limit = this.#limits.get(id)
    if (!limit) {
      limit = new OutputLimit()
      this.#limits.set(id, limit)
      const oldest = this.#limits.keys().next().value
      if (this.#limits.size > maxLimits && oldest !== undefined) this.#limits.delete(oldest)
    }
    for (const piece of limit.take(name, text)) this.#publish("stream", { ...piece }, parent)
  }

  /** Keeps the text of a result for the history. */
  #remember({ data, execution_count }: JsonObject): void {
    const text = (data as JsonObject | undefined)?.["text/plain"]
    if (typeof text === "string") this.#history.setOutput(Number(execution_count), text)
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
      const method = this.#language[call.method] as (...args: unknown[]) => Promise<unknown>
      const value = await method(...call.args)
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
    this.#history.flush()
    this.#interrupter.close()
    process.exit(0)
  }

  // ---- input

  #ask({ id, origin, prompt, password }: Extract<ToWorker, { type: "input" }>): void {
    const task = [...this.#shells.values()].find(({ running }) => running?.id === origin)?.running
    if (!task) return
    const { identities, header: parentHeader } = task.message
    const content = { prompt, password }
    const request = createMessage("input_request", this.#session, content, { identities, parentHeader })
    this.#asked.set(request.header.msg_id, { id, task: task.id })
    this.#stdin.send(serializeMessage(request, this.#data.connection.key))
  }

  #receiveInput(frames: Buffer[]): void {
    const message = parseMessage(frames, this.#data.connection.key)
    if (message instanceof WireFault) {
      log(message.toString())
      return
    }
    if (message.header.msg_type !== "input_reply") return
    // Some clients do not say what they answer; then it is the last question.
    const answered = message.parentHeader.msg_id ?? ""
    const msgId = this.#asked.has(answered) ? answered : [...this.#asked.keys()].at(-1)
    const question = msgId === undefined ? undefined : this.#asked.get(msgId)
    if (msgId === undefined || !question) return
    this.#asked.delete(msgId)
    this.#tell({ type: "input", id: question.id, value: String(message.content.value ?? "") })
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
    this.#history.flush()
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
  const { descriptors } = workerData as ServerData
  const target = descriptors ? descriptors.log : 2
  if (target !== undefined) writeSync(target, `cellgrad: ${text}\n`)
}

void new Server().start().catch((error: Error) => {
  log(`cannot start: ${error.message}`)
  process.exit(1)
})
