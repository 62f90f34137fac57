import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { CellScope, type CellText, cellModule, hubName } from "./cell-scope.js"
import { completionOf, fittingCompletions, type LspCompletion, maxResolved } from "./complete.js"
import { conditionsIn, tensorCondition } from "./conditions.js"
import { cellDiagnostics, type LspDiagnostic } from "./diagnostics.js"
import {
  fixOfAction,
  fixOfChoice,
  fixOfDecorator,
  fixOfImport,
  fixOfRelated,
  fixOfSpelling,
  type LspCodeAction,
  unknownName,
} from "./fixes.js"
import { fixOfHabit } from "./habits.js"
import { callHover, cellHover, type LspHover, type LspSignatureHelp } from "./hover.js"
import { jsxNames } from "./jsx.js"
import type { Completions, Diagnostic, Hover, Language } from "./language.js"
import { notebookProject, type Project } from "./language-project.js"
import { layerSizeMismatches } from "./layer-sizes.js"
import { type FileChange, LocalFiles } from "./local-files.js"
import { LanguageUnavailable, LspClient } from "./lsp.js"
import { isInstalled, npmImports, npmSpecifier, typesEntry } from "./npm-packages.js"
import { positionAt } from "./positions.js"
import { compilerOptions } from "./tsconfig.js"

export interface LanguageOptions {
  /** The notebook's folder: imports of cells resolve from here. */
  readonly cwd: string
  readonly log?: (text: string) => void
  /** Waits with the server until the first question; else it starts, and warms up, in the background at once. */
  readonly lazy?: boolean
}

interface TextPosition {
  readonly textDocument: { readonly uri: string }
  readonly position: { readonly line: number; readonly character: number }
}

/** The type of a variable that does not say it. */
interface LspInlayHint {
  readonly position: TextPosition["position"]
  readonly label: string | readonly { readonly value: string }[]
}

const askName = "cellgrad-ask"
/** Where a name is looked for that a cell uses without saying whose it is. */
const namespaces = ["nn", "optim", "F", "datasets"]
/** Of how many errors a cell's fixes are looked for. */
const maxExplained = 5
const maxRestarts = 1
/** With fewer free modules than this a cell that ends makes more; it costs a few milliseconds. */
const scarce = 2
/** So many free modules are enough for a notebook that runs in one go. */
const plenty = 16
/** How long nobody must have asked for modules to be made ahead. */
const quietMs = 150
const fileChangeTypes: Record<FileChange, number> = { created: 1, changed: 2, deleted: 3 }

/** Starts TypeScript 7's language server for the cells of one notebook; this returns at once. */
export function startLanguage(options: LanguageOptions): Language {
  return new LanguageServer(options)
}

/**
 * The cells of a notebook as documents of a language server: each in a module of its own, where it is checked and stays
 * when it ran; and one more document, which is rewritten for each question (completion, hover).
 */
class LanguageServer implements Language {
  readonly #cwd: string
  readonly #log: (text: string) => void
  readonly #npmTypes: Record<string, string> = {}
  #project: Project
  readonly #scope: CellScope
  readonly #files = new LocalFiles()
  /** Every open document and its text, to open them again should the server die. */
  readonly #documents = new Map<string, string>()
  #started: Promise<LspClient> | undefined
  #version = 1
  #restarts = 0
  #closed = false
  #members: Promise<ReadonlyMap<string, string>> | undefined
  #ahead: NodeJS.Timeout | undefined
  /** When the last question came. */
  #asked = 0
  // Requests are answered from the newest text, so a document is not rewritten before its last answer is there.
  #checking: Promise<unknown> = Promise.resolve()
  #asking: Promise<unknown> = Promise.resolve()

  constructor({ cwd, log, lazy = false }: LanguageOptions) {
    this.#cwd = cwd
    this.#log = log ?? (() => {})
    this.#project = notebookProject(cwd)
    this.#scope = new CellScope(jsxNames(compilerOptions(cwd)))
    if (!lazy) this.#client().catch(() => {})
  }

  check(code: string, _cell: number): Promise<readonly Diagnostic[]> {
    this.#asked = performance.now()
    const run = this.#checking.then(() =>
      this.#retry(async (client) => {
        this.#noticeFiles(client, code)
        const name = this.#writeCell(client, this.#scope.next, this.#scope.cellText(code))
        const found = await this.#diagnose(client, name)
        const diagnostics = cellDiagnostics(code, found, {
          relaxed: this.#project.relaxed,
          cellOf: (slot) => this.#scope.cellOf(slot),
        })
        return [...diagnostics, ...(await this.#tensorConditions(client, name, code)), ...layerSizeMismatches(code)]
      }),
    )
    this.#checking = run.catch(() => {})
    return run
  }

  /** The conditions of a cell that is open as a document which are tensors. */
  async #tensorConditions(client: LspClient, name: string, code: string): Promise<Diagnostic[]> {
    const found: Diagnostic[] = []
    for (const condition of conditionsIn(code)) {
      const { line, column } = positionAt(code, condition.method)
      const at = { textDocument: { uri: this.#uri(name) }, position: { line: line + 1, character: column } }
      const hover = await client.request<LspHover | null>("textDocument/hover", at).catch(() => null)
      if (hover && /=> Tensor\b|\): Tensor\b/.test(cellHover(hover)?.text ?? ""))
        found.push(tensorCondition(code, condition))
    }
    return found
  }

  async explain(code: string, diagnostics: readonly Diagnostic[]): Promise<readonly Diagnostic[]> {
    if (diagnostics.some(unknownName)) this.#members ??= this.#learnMembers()
    const members = await this.#members?.catch(() => undefined)
    return this.#ask(code, 0, { all: false }, (client, at) =>
      Promise.all(
        diagnostics.map(async (diagnostic, i) => {
          const fix = i < maxExplained ? await this.#fix(client, at, code, diagnostic, members) : undefined
          return fix === undefined ? diagnostic : { ...diagnostic, fix }
        }),
      ),
    )
  }

  async #fix(
    client: LspClient,
    at: TextPosition,
    code: string,
    diagnostic: Diagnostic,
    members: ReadonlyMap<string, string> | undefined,
  ): Promise<string | undefined> {
    const habit = fixOfHabit(code, diagnostic) ?? fixOfDecorator(diagnostic)
    if (habit !== undefined) return habit
    const { textDocument } = at
    const place = ({ line, column }: Diagnostic["start"]) => ({ line: line + 1, character: column })
    const range = { start: place(diagnostic.start), end: place(diagnostic.end) }
    const diagnostics = [{ range, severity: 1, code: diagnostic.code, source: "ts", message: diagnostic.message }]
    const [action] =
      (await client
        .request<readonly LspCodeAction[] | null>("textDocument/codeAction", {
          textDocument,
          range,
          context: { diagnostics, only: ["quickfix"] },
        })
        .catch(() => null)) ?? []
    if (action) return fixOfAction(action)
    const name = unknownName(diagnostic)
    return (
      (name === undefined ? undefined : (members?.get(name) ?? fixOfImport(name))) ??
      fixOfSpelling(code, diagnostic) ??
      fixOfChoice(code, diagnostic) ??
      fixOfRelated(diagnostic)
    )
  }

  commit(code: string, cell: number): Promise<void> {
    const run = this.#checking.then(async () => {
      // Without a server the texts are kept all the same: it may come back.
      const client = await this.#started?.catch(() => undefined)
      const slot = this.#scope.next
      const own = this.#scope.commit(code, cell)
      if (own === undefined) return
      const name = this.#writeCell(client, slot, own)
      // The server takes one changed text at a time into its program, several make it build a new one; so it is asked now.
      if (client) await this.#learnTypes(client, slot, name, own.text).catch(() => {})
      this.#scope.release(slot)
      if (this.#scope.free.length < scarce) this.#makeRoom(client)
      if (client) this.#makeAhead(client)
    })
    this.#checking = run
    return run
  }

  /** Asks for the types of a cell's variables. */
  async #learnTypes(client: LspClient, slot: number, name: string, text: string): Promise<void> {
    const lines = text.split("\n")
    const hints = await client.request<readonly LspInlayHint[] | null>("textDocument/inlayHint", {
      textDocument: { uri: this.#uri(name) },
      range: { start: { line: 1, character: 0 }, end: { line: lines.length, character: 0 } },
    })
    // A comment on a variable is kept for those who ask what it is.
    if (text.includes("/**")) return
    for (const { position, label } of hints ?? []) {
      const variable = /[\p{ID_Continue}$]+$/u.exec((lines[position.line] ?? "").slice(0, position.character))?.[0]
      const type = typeof label === "string" ? label : label.map(({ value }) => value).join("")
      if (variable !== undefined) this.#scope.learnType(variable, slot, type.replace(/^: /, ""))
    }
  }

  /** Writes a cell into its module; one with JSX beside it, since that is another language. Says where the text is. */
  #writeCell(client: LspClient | undefined, slot: number, { text, isJsx }: CellText): string {
    const module = cellModule(slot)
    if (!isJsx) {
      this.#write(client, module, text)
      return module
    }
    this.#write(client, `${module}-jsx.tsx`, text)
    this.#write(client, module, `export * from "./${module}-jsx"\n`)
    return `${module}-jsx.tsx`
  }

  /** One more free module at least. */
  #makeRoom(client: LspClient | undefined): void {
    const freed = this.#scope.freeDead()
    const made = freed.length === 0 ? [this.#scope.makeModule()] : freed
    // The hub first: with the module it makes one change of the program.
    this.#write(client, hubName, this.#scope.hub())
    const empty = this.#scope.cellText("").text
    for (const slot of made) this.#write(client, cellModule(slot), empty)
  }

  /** Makes modules for the cells to come while nobody asks anything. */
  #makeAhead(client: LspClient): void {
    clearTimeout(this.#ahead)
    if (this.#scope.free.length >= plenty) return
    this.#ahead = setTimeout(
      () => {
        this.#checking = this.#checking.then(async () => {
          if (!client.alive) return
          this.#makeRoom(client)
          await this.#diagnose(client, hubName).catch(() => {})
          this.#makeAhead(client)
        })
      },
      performance.now() - this.#asked < quietMs ? quietMs : 0,
    ).unref()
  }

  async #diagnose(client: LspClient, name: string): Promise<readonly LspDiagnostic[]> {
    const report = await client.request<{ items?: readonly LspDiagnostic[] }>("textDocument/diagnostic", {
      textDocument: { uri: this.#uri(name) },
    })
    return report.items ?? []
  }

  complete(code: string, offset: number): Promise<Completions> {
    return this.#ask(code, offset, { all: true }, async (client, at) => {
      const found = await client.request<{ items?: LspCompletion[] } | LspCompletion[] | null>(
        "textDocument/completion",
        at,
      )
      const items = Array.isArray(found) ? found : (found?.items ?? [])
      const { proposals, start } = fittingCompletions(items, code, offset)
      const details = await Promise.all(
        proposals
          .slice(0, maxResolved)
          .map(({ item }) => client.request<LspCompletion>("completionItem/resolve", item).catch(() => undefined)),
      )
      return { items: proposals.map((one, index) => completionOf(one, details[index]?.detail)), start, end: offset }
    })
  }

  hover(code: string, offset: number): Promise<Hover | undefined> {
    return this.#ask(code, offset, { all: false }, async (client, at) => {
      const found = await client.request<LspHover | null>("textDocument/hover", at)
      const hover = found ? cellHover(found) : undefined
      if (hover) return hover
      // Inside the brackets of a call it is the call that one wants to know about.
      const help = await client.request<LspSignatureHelp | null>("textDocument/signatureHelp", at)
      return help ? callHover(help) : undefined
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#ahead)
    const client = await this.#started?.catch(() => undefined)
    await client?.close()
  }

  #ask<T>(
    code: string,
    offset: number,
    { all }: { all: boolean },
    question: (client: LspClient, at: TextPosition) => Promise<T>,
  ): Promise<T> {
    this.#asked = performance.now()
    const run = this.#asking.then(() =>
      this.#retry((client) => {
        this.#noticeFiles(client, code)
        const { text, isJsx } = this.#scope.cellText(code, { all })
        const name = isJsx ? `${askName}-jsx.tsx` : askName
        this.#write(client, name, text)
        const { line, column } = positionAt(code, offset)
        const position = { line: line + 1, character: column }
        return question(client, { textDocument: { uri: this.#uri(name) }, position })
      }),
    )
    this.#asking = run.catch(() => {})
    return run
  }

  /** Does something with the server; when it dies underneath, once more with its successor. */
  async #retry<T>(action: (client: LspClient) => Promise<T>): Promise<T> {
    const before = this.#client()
    const client = await before
    try {
      return await action(client)
    } catch (error) {
      if (client.alive || this.#closed || this.#started === before) throw error
      return action(await this.#client())
    }
  }

  #client(): Promise<LspClient> {
    if (this.#closed) return Promise.reject(new LanguageUnavailable("the language server was closed"))
    this.#started ??= this.#start()
    return this.#started
  }

  async #start(): Promise<LspClient> {
    const client = await LspClient.start({
      cwd: this.#cwd,
      log: this.#log,
      onDeath: (reason) => this.#died(reason),
    })
    if (this.#closed) {
      await client.close()
      throw new LanguageUnavailable("the language server was closed")
    }
    for (const { name, languageId, text } of this.#project.documents) {
      client.notify("textDocument/didOpen", {
        textDocument: { uri: this.#uri(name), languageId, version: 1, text },
      })
    }
    if (this.#documents.size === 0) {
      this.#documents.set(hubName, this.#scope.hub())
      this.#documents.set(cellModule(this.#scope.next), this.#scope.cellText("").text)
    }
    for (const [name, text] of this.#documents) this.#open(client, name, text)
    await this.#learnRuntime(client)
    this.#makeAhead(client)
    return client
  }

  /** Asks what the runtime exports. It is the server's first work, and loads all that later checks need. */
  async #learnRuntime(client: LspClient): Promise<void> {
    this.#write(client, askName, 'import {  } from "cellgrad"\n')
    const found = await client.request<{ items?: LspCompletion[] } | LspCompletion[] | null>(
      "textDocument/completion",
      { textDocument: { uri: this.#uri(askName) }, position: { line: 0, character: 9 } },
    )
    const items = Array.isArray(found) ? found : (found?.items ?? [])
    // The one keyword offered here is `type`, for `import { type X }`.
    this.#scope.runtimeNames = items.filter(({ kind }) => kind !== 14).map(({ label }) => label)
  }

  /** The names in the runtime's namespaces: `Linear` is `nn.Linear`. */
  async #learnMembers(): Promise<ReadonlyMap<string, string>> {
    const members = new Map<string, string>()
    for (const namespace of namespaces) {
      if (!this.#scope.runtimeNames.has(namespace)) continue
      const { items } = await this.complete(`${namespace}.`, namespace.length + 1)
      for (const { text } of items) if (!members.has(text)) members.set(text, `${namespace}.${text}`)
    }
    return members
  }

  /** Tells the server which files beside the notebook changed since it last looked. */
  #noticeFiles(client: LspClient, code: string): void {
    this.#noticePackages(client, code)
    this.#files.follow(code, this.#cwd)
    const changes = [...this.#files.changes()].map(([path, change]) => ({
      uri: pathToFileURL(path).href,
      type: fileChangeTypes[change],
    }))
    if (changes.length > 0) client.notify("workspace/didChangeWatchedFiles", { changes })
  }

  /** Tells the server where the types of packages are that cells import by `npm:`. */
  #noticePackages(client: LspClient, code: string): void {
    const known = Object.keys(this.#npmTypes).length
    for (const name of npmImports(code)) {
      const specifier = npmSpecifier(name)
      if (!specifier || this.#npmTypes[name] !== undefined || !isInstalled(specifier)) continue
      const entry = typesEntry(specifier)
      if (existsSync(entry)) this.#npmTypes[name] = entry
    }
    if (Object.keys(this.#npmTypes).length === known) return
    this.#project = notebookProject(this.#cwd, this.#npmTypes)
    const config = this.#project.documents.find(({ name }) => name === "tsconfig.json")
    client.notify("textDocument/didChange", {
      textDocument: { uri: this.#uri("tsconfig.json"), version: ++this.#version },
      contentChanges: [{ text: config?.text ?? "" }],
    })
  }

  #died(reason: string): void {
    if (this.#closed) return
    this.#log(`The language server stopped: ${reason}.`)
    if (this.#restarts >= maxRestarts) {
      this.#started = Promise.reject(new LanguageUnavailable(`the language server stopped twice: ${reason}`))
    } else {
      this.#restarts++
      this.#started = this.#start()
    }
    this.#started.catch(() => {})
  }

  /** Makes a document hold a text, opening it if need be; without a client only for the server's successor. */
  #write(client: LspClient | undefined, name: string, text: string): void {
    const known = this.#documents.get(name)
    this.#documents.set(name, text)
    if (!client || known === text) return
    if (known === undefined) this.#open(client, name, text)
    else {
      client.notify("textDocument/didChange", {
        textDocument: { uri: this.#uri(name), version: ++this.#version },
        contentChanges: [{ text }],
      })
    }
  }

  #open(client: LspClient, name: string, text: string): void {
    const languageId = name.endsWith(".tsx") ? "typescriptreact" : "typescript"
    client.notify("textDocument/didOpen", {
      textDocument: { uri: this.#uri(name), languageId, version: ++this.#version, text },
    })
  }

  #uri(name: string): string {
    const file = /\.(json|tsx?)$/.test(name) ? name : `${name}.ts`
    return pathToFileURL(join(this.#cwd, file)).href
  }
}
