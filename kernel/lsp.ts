import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { MessageConnection } from "vscode-jsonrpc/node"

/** How long a request may take before the server counts as hung and is stopped, in milliseconds. */
const hungAfter = 30_000

/** The answer when types cannot be looked up because the language server is missing, died too often, or hangs. */
export class LanguageUnavailable extends Error {
  override readonly name = "LanguageUnavailable"
}

export interface LspOptions {
  readonly cwd: string
  /** Receives what the server says on stderr, line by line as it comes. */
  readonly log?: (text: string) => void
  /** Called once when the server ends without being asked to. */
  readonly onDeath: (reason: string) => void
}

/** Path of TypeScript 7's native executable, which holds compiler and language server. */
export function typescriptExecutable(): string {
  const require = createRequire(import.meta.url)
  const name = `@typescript/typescript-${process.platform}-${process.arch}`
  try {
    // The platform's package is a dependency of `typescript`, so it is looked up from there: pnpm hoists nothing.
    const fromTypescript = createRequire(require.resolve("typescript/package.json"))
    const folder = dirname(fromTypescript.resolve(`${name}/package.json`))
    const path = join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc")
    if (existsSync(path)) return path
  } catch {
    // Falls through to the message below, which says what to do.
  }
  throw new LanguageUnavailable(`TypeScript's native package ${name} is not installed; run npm install typescript@7`)
}

/** One running language server: a child process that speaks LSP over its stdin and stdout. */
export class LspClient {
  readonly #process: ChildProcess
  readonly #connection: MessageConnection
  #alive = true
  #closing = false

  private constructor(process: ChildProcess, connection: MessageConnection) {
    this.#process = process
    this.#connection = connection
  }

  /** Starts the server and shakes hands; documents can be opened once this resolves. */
  static async start({ cwd, log, onDeath }: LspOptions): Promise<LspClient> {
    const path = typescriptExecutable()
    // The server ends when its stdin closes, so it never outlives us, not even after SIGKILL.
    const child = spawn(path, ["--lsp", "--stdio"], { cwd, stdio: ["pipe", "pipe", "pipe"], windowsHide: true })
    let failed: Error | undefined
    child.once("error", (error) => {
      failed = error
    })
    child.stderr.setEncoding("utf8")
    child.stderr.on("data", (text: string) => log?.(text))
    child.stdin.on("error", () => {})
    // Loaded while the server starts.
    const rpc = await import("vscode-jsonrpc/node")
    const connection = rpc.createMessageConnection(
      new rpc.StreamMessageReader(child.stdout),
      new rpc.StreamMessageWriter(child.stdin),
    )
    const client = new LspClient(child, connection)
    const died = (reason: string) => {
      if (!client.#alive) return
      client.#alive = false
      connection.dispose()
      if (!client.#closing) onDeath(reason)
    }
    child.once("error", (error) => died(error.message))
    child.once("exit", (code, signal) => died(`it ended with ${signal ?? `code ${code}`}`))
    if (failed) died(failed.message)
    else if (child.exitCode !== null || child.signalCode !== null) died("it ended as soon as it began")
    connection.onError(() => {})
    connection.onRequest((method, params) => answer(method, params))
    connection.onNotification(() => {})
    connection.listen()
    const rootUri = pathToFileURL(cwd).href
    await client.request("initialize", {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "notebook" }],
      capabilities: {
        workspace: { configuration: true },
        textDocument: {
          completion: { completionItem: {} },
          hover: { contentFormat: ["markdown"] },
          signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
          diagnostic: { relatedInformation: true },
          publishDiagnostics: { relatedInformation: true },
          codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } },
        },
      },
    })
    client.notify("initialized", {})
    return client
  }

  get alive(): boolean {
    return this.#alive
  }

  notify(method: string, params: unknown): void {
    if (!this.#alive) return
    try {
      this.#connection.sendNotification(method, params).catch(() => {})
    } catch {
      // The server is just ending; onDeath will say so.
    }
  }

  /** Sends a request; rejects with LanguageUnavailable when the server dies or hangs meanwhile. */
  async request<Result>(method: string, params: unknown): Promise<Result> {
    if (!this.#alive) throw new LanguageUnavailable("the language server is not running")
    let timer: NodeJS.Timeout | undefined
    const hung = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#process.kill("SIGKILL")
        reject(new LanguageUnavailable(`the language server did not answer ${method} in ${hungAfter / 1000} s`))
      }, hungAfter)
      timer.unref()
    })
    try {
      return await Promise.race([this.#connection.sendRequest<Result>(method, params), hung])
    } catch (error) {
      if (this.#alive) throw error
      throw new LanguageUnavailable("the language server ended")
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the server: first politely by closing its input, then by a signal. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()))
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 500)
    await ended
    clearTimeout(timer)
  }

  /** Lets the process end although the server runs; its closed stdin then ends the server too. */
  unref(): void {
    this.#process.unref()
    for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) {
      ;(stream as unknown as { unref?: () => void } | null)?.unref?.()
    }
  }
}

/** What the server asks of an editor. We only have preferences: never offer names that would need a new import. */
function answer(method: string, params: unknown): unknown {
  if (method !== "workspace/configuration") return null
  const items = (params as { items?: readonly unknown[] } | undefined)?.items ?? []
  const inlayHints = { variableTypes: { enabled: true, suppressWhenTypeMatchesName: false } }
  return items.map(() => ({ suggest: { autoImports: false }, inlayHints, preferences: {} }))
}
