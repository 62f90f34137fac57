import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { type Channel, endpointOf } from "../../../kernel/connection.js"
import { type KernelProcess, launchKernel } from "../../../kernel/launch.js"
import { createMessage, type JsonObject, type Message } from "../../../kernel/messages.js"
import { kernelArgv } from "../../../kernel/package.js"
import { parseMessage, serializeMessage, WireFault } from "../../../kernel/wire.js"
import { DealerSocket, ReqSocket, SubSocket } from "../../../kernel/zmtp-client.js"

/** What goes with a message beside its content. */
export interface SendOptions {
  readonly channel?: "shell" | "control" | "stdin"
  readonly metadata?: JsonObject
  readonly buffers?: readonly Buffer[]
  readonly subshellId?: string
  readonly parent?: Message
}

/** A request with all that came of it until the kernel was idle again. */
export interface Exchange {
  readonly id: string
  readonly reply: Message | undefined
  readonly iopub: readonly Message[]
}

/** A raw client of one kernel: it sends any message and keeps every message that comes back. */
export class Conversation {
  readonly process: KernelProcess
  readonly session: string = randomUUID()
  readonly replies: Message[] = []
  readonly iopub: Message[] = []
  readonly questions: Message[] = []
  readonly #sockets: { shell: DealerSocket; control: DealerSocket; stdin: DealerSocket }
  readonly #sub: SubSocket
  readonly #heartbeat: ReqSocket
  #onBeat: (beat: string) => void = () => {}
  #wake: () => void = () => {}

  private constructor(process: KernelProcess) {
    this.process = process
    const keep = (list: Message[]) => (frames: Buffer[]) => {
      const message = parseMessage(frames, process.connection.key)
      if (message instanceof WireFault) throw new Error(message.toString())
      list.push(message)
      this.#wake()
    }
    const dealer = (list: Message[]) => new DealerSocket(keep(list), this.session)
    this.#sockets = { shell: dealer(this.replies), control: dealer(this.replies), stdin: dealer(this.questions) }
    this.#sub = new SubSocket(keep(this.iopub))
    this.#heartbeat = new ReqSocket((frames) => this.#onBeat(String(frames.at(-1))))
  }

  /** Starts a kernel in a folder and connects to each of its channels. */
  static async start(cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Conversation> {
    const argv = kernelArgv()
    const conversation = new Conversation(await launchKernel({ argv, cwd, env: { ...process.env, ...env } }))
    const endpoint = (channel: Channel) => endpointOf(conversation.process.connection, channel)
    const { shell, control, stdin } = conversation.#sockets
    await Promise.all([
      shell.connect(endpoint("shell")),
      control.connect(endpoint("control")),
      stdin.connect(endpoint("stdin")),
      conversation.#sub.connect(endpoint("iopub")),
      conversation.#heartbeat.connect(endpoint("hb")),
    ])
    conversation.#sub.subscribe("")
    await conversation.until(() => conversation.iopub.some(({ header }) => header.msg_type === "iopub_welcome"))
    return conversation
  }

  /** Sends a message and gives its id. */
  send(type: string, content: JsonObject, options: SendOptions = {}): string {
    const { channel = "shell", metadata = {}, buffers = [], subshellId, parent } = options
    const message = createMessage(type, this.session, content, {
      metadata,
      buffers,
      ...(parent ? { parentHeader: parent.header } : {}),
    })
    const header = subshellId === undefined ? message.header : { ...message.header, subshell_id: subshellId }
    this.#sockets[channel].send(serializeMessage({ ...message, header }, this.process.connection.key))
    return header.msg_id
  }

  /** Sends a message and waits until the kernel has answered it and is idle again. */
  async ask(type: string, content: JsonObject, options: SendOptions = {}): Promise<Exchange> {
    return this.answered(this.send(type, content, options), type.endsWith("_request"))
  }

  /** What came of the message of this id, once the kernel is idle again. */
  async answered(id: string, hasReply = true): Promise<Exchange> {
    const isIdle = ({ header, content }: Message) => header.msg_type === "status" && content.execution_state === "idle"
    const reply = () => this.replies.find(({ parentHeader }) => parentHeader.msg_id === id)
    await this.until(() => this.of(id).some(isIdle) && (!hasReply || reply() !== undefined))
    return { id, reply: reply(), iopub: this.of(id) }
  }

  /** Runs a cell. */
  execute(code: string, content: JsonObject = {}, options: SendOptions = {}): Promise<Exchange> {
    return this.ask("execute_request", { code, silent: false, store_history: true, ...content }, options)
  }

  /** Everything broadcast so far for the message of this id. */
  of(id: string): Message[] {
    return this.iopub.filter(({ parentHeader }) => parentHeader.msg_id === id)
  }

  /** The text of a stream so far for the message of this id. */
  text(id: string, name: "stdout" | "stderr" = "stdout"): string {
    const streams = this.of(id).filter(({ header, content }) => header.msg_type === "stream" && content.name === name)
    return streams.map(({ content }) => String(content.text)).join("")
  }

  /** Sends bytes to the heartbeat and gives what comes back. */
  beat(text: string): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      this.#onBeat = resolve
    })
    this.#heartbeat.send([text])
    return answer
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean, ms = 10_000): Promise<void> {
    const end = performance.now() + ms
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited ${ms} ms in vain; broadcast so far:\n${this.#log()}`)
      await Promise.race([sleep(100), new Promise<void>((resolve) => (this.#wake = resolve))])
    }
  }

  #log(): string {
    return this.iopub
      .slice(-20)
      .map(({ header, content }) => `${header.msg_type} ${JSON.stringify(content).slice(0, 300)}`)
      .join("\n")
  }

  async close(): Promise<void> {
    this.send("shutdown_request", { restart: false }, { channel: "control" })
    const killing = setTimeout(() => this.process.kill(), 3_000)
    await this.process.exited
    clearTimeout(killing)
    for (const socket of [...Object.values(this.#sockets), this.#sub, this.#heartbeat]) socket.close()
  }
}

/** The types of messages, without the two that frame all others. */
export function types(messages: readonly Message[]): string[] {
  return messages.map(({ header }) => header.msg_type).filter((type) => type !== "status")
}

/** The contents of the messages of one type. */
export function contents(messages: readonly Message[], type: string): JsonObject[] {
  return messages.filter(({ header }) => header.msg_type === type).map(({ content }) => content)
}
