import { emitKeypressEvents } from "node:readline"
import { EditorScreen, type ScreenOptions } from "./editor-screen.js"
import { HistorySearch } from "./history-search.js"
import { isComplete } from "./is-complete.js"
import type { Completion, Completions } from "./language.js"
import { type Key, LineEditor } from "./line-editor.js"
import { truncate } from "./terminal.js"
import { textWidth } from "./text-width.js"

export interface PromptOptions extends ScreenOptions {
  readonly input: NodeJS.ReadableStream
  readonly history: readonly string[]
  readonly complete: (text: string, cursor: number) => Promise<Completions>
}

/** What was typed at a prompt: a text, or that the user left by Ctrl-D. */
export type Answer = { readonly text: string } | "cancelled" | "ended"

interface Question {
  readonly prompt: string
  readonly continuation: string
  /** A cell may go on over many lines; an answer to a program is one line, and may be secret. */
  readonly kind: "cell" | "line" | "password"
}

const maxListed = 60
/** So many proposals are shown with their types. */
const maxDescribed = 12

/** Reads texts from a terminal, key by key. What is typed before it is asked for waits for its turn. */
export class Prompt {
  readonly #options: PromptOptions
  readonly #screen: EditorScreen
  readonly #waiting: [input: string | undefined, key: Key][] = []
  #wake: (() => void) | undefined
  #draw: (() => void) | undefined
  #ended = false

  constructor(options: PromptOptions) {
    this.#options = options
    this.#screen = new EditorScreen(options)
    emitKeypressEvents(options.input)
    options.input.on("keypress", (input: string | undefined, key: Key) => {
      this.#waiting.push([input, key])
      this.#wake?.()
    })
    options.input.on("end", () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  /** Asks for one text. */
  async read({ prompt, continuation, kind }: Question): Promise<Answer> {
    const editor = new LineEditor({
      history: kind === "cell" ? this.#options.history : [],
      accept: kind === "cell" ? acceptCell : () => ({ run: true, indent: "" }),
    })
    const draw = (below?: readonly string[]) => {
      const text = kind === "password" ? "•".repeat(editor.text.length) : editor.text
      const picture = { text, cursor: editor.cursor, prompt, continuation, code: kind === "cell" }
      this.#screen.draw(below ? { ...picture, below } : picture)
    }
    draw()
    this.#draw = draw
    for (;;) {
      const pressed = await this.#nextKey()
      const event = pressed === undefined ? "end" : editor.press(...pressed)
      if (event === "complete" && kind === "cell") {
        draw(await this.#complete(editor))
        continue
      }
      if (event === "search" && kind === "cell") {
        if (await this.#search(editor, draw)) {
          this.#draw = undefined
          this.#screen.finish()
          return { text: editor.text }
        }
        continue
      }
      if (event === "clear-screen") this.#screen.clear()
      // Keys that came in one piece, as from a paste, are drawn once.
      if (this.#waiting.length === 0 || event !== undefined) draw()
      if (event === "submit" || event === "cancel" || event === "end") {
        this.#draw = undefined
        this.#screen.finish()
      }
      if (event === "submit") return { text: editor.text }
      if (event === "cancel") return "cancelled"
      if (event === "end") return "ended"
    }
  }

  /** Looks through the history for what is typed; true when what was found is to be run at once. */
  async #search(editor: LineEditor, draw: (below?: readonly string[]) => void): Promise<boolean> {
    const { text, cursor } = editor
    const search = new HistorySearch(this.#options.history)
    for (;;) {
      editor.text = search.found ?? text
      editor.cursor = search.found === undefined ? cursor : search.offset
      const missing = search.query !== "" && search.found === undefined ? "  (nothing found)" : ""
      draw([`search backwards: ${search.query}${missing}`])
      const pressed = await this.#nextKey()
      const end = pressed === undefined ? "cancel" : search.press(...pressed)
      if (end === undefined) continue
      if (end === "cancel") Object.assign(editor, { text, cursor })
      else editor.cursor = editor.text.length
      draw()
      return end === "run"
    }
  }

  /** Prints something while a text may be being written: above it, and the text stays. */
  printAbove(print: () => void): void {
    if (this.#draw) this.#screen.erase()
    print()
    this.#draw?.()
  }

  async #nextKey(): Promise<[input: string | undefined, key: Key] | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#ended) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift()
  }

  /** Completes as far as there is no choice; what there is to choose from comes back as lines to show. */
  async #complete(editor: LineEditor): Promise<string[]> {
    const { text, cursor } = editor
    const { items, start } = await this.#options.complete(text, cursor).catch(() => ({ items: [], start: cursor }))
    const words = items.map((item) => item.text)
    const common = commonStart(words)
    const typed = text.slice(start, cursor)
    const further = common.length > typed.length || (words.length === 1 && common !== typed)
    if (words.length > 0 && further && common.toLowerCase().startsWith(typed.toLowerCase())) {
      editor.replace(start, common)
      if (words.length > 1) return []
    }
    if (words.length === 1) {
      editor.replace(start, common)
      return []
    }
    const width = this.#options.output.columns ?? 80
    return items.length <= maxDescribed ? described(items, width) : columns(words, width)
  }
}

/** Few proposals, one a line, each with its type. */
function described(items: readonly Completion[], width: number): string[] {
  const column = Math.max(...items.map(({ text }) => textWidth(text)), 0) + 2
  return items.map(({ text, signature, type }) =>
    truncate(`${text}${" ".repeat(column - textWidth(text))}${signature ?? type}`, width - 1),
  )
}

function acceptCell(text: string): { run: boolean; indent: string } {
  if (isCommand(text)) return { run: true, indent: "" }
  const { status, indent } = isComplete(text)
  return { run: status !== "incomplete", indent }
}

/** Whether a line is a command of the prompt, like `.help`; `.5` is a number. */
export function isCommand(text: string): boolean {
  return /^\s*\.[a-z]+(\s|$)/.test(text)
}

function commonStart(words: readonly string[]): string {
  const [first = ""] = words
  let length = first.length
  for (const word of words) {
    while (!word.startsWith(first.slice(0, length))) length--
  }
  return first.slice(0, length)
}

/** Words in columns, read downwards as in a directory listing. */
function columns(words: readonly string[], width: number): string[] {
  const listed = words.slice(0, maxListed)
  const cell = Math.max(...listed.map(textWidth), 0) + 2
  const across = Math.max(1, Math.floor(width / cell))
  const down = Math.ceil(listed.length / across)
  const lines = Array.from({ length: down }, (_, row) =>
    listed
      .filter((_, index) => index % down === row)
      .map((word) => word + " ".repeat(cell - textWidth(word)))
      .join("")
      .trimEnd(),
  )
  return words.length > listed.length ? [...lines, `… and ${words.length - listed.length} more`] : lines
}
