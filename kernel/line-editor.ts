import { graphemes } from "./text-width.js"

/** A key as node:readline's `emitKeypressEvents` reports it. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean
  readonly meta?: boolean
  readonly shift?: boolean
}

/** What a key asks of the prompt beyond a change of the text. */
export type EditorEvent = "submit" | "cancel" | "end" | "complete" | "search" | "clear-screen" | undefined

export interface LineEditorOptions {
  /** Earlier entries, oldest first. */
  readonly history: readonly string[]
  /** Whether Enter runs this text; if not, what the next line starts with. */
  readonly accept: (text: string) => { readonly run: boolean; readonly indent: string }
}

/** The text of one prompt, over as many lines as it needs, and what each key does to it. It knows no terminal. */
export class LineEditor {
  text = ""
  cursor = 0
  readonly #history: readonly string[]
  readonly #accept: LineEditorOptions["accept"]
  /** The place in the history; its length means the text being written. */
  #place: number
  #draft = ""
  #killed = ""
  #pasting = false

  constructor({ history, accept }: LineEditorOptions) {
    this.#history = history
    this.#accept = accept
    this.#place = history.length
  }

  /** Applies one key. */
  press(input: string | undefined, key: Key): EditorEvent {
    if (key.name === "paste-start") this.#pasting = true
    else if (key.name === "paste-end") this.#pasting = false
    else if (this.#pasting) this.#paste(input ?? key.sequence ?? "")
    else if (key.ctrl) return this.#control(key.name)
    else if (key.meta && key.name !== undefined) this.#meta(key.name)
    else return this.#plain(input, key)
    return undefined
  }

  /** Puts text in place of the stretch from `start` to the cursor. */
  replace(start: number, text: string): void {
    this.text = this.text.slice(0, start) + text + this.text.slice(this.cursor)
    this.cursor = start + text.length
  }

  insert(text: string): void {
    this.replace(this.cursor, text)
  }

  #plain(input: string | undefined, key: Key): EditorEvent {
    switch (key.name) {
      case "return":
      case "enter":
        return this.#enter()
      case "tab":
        if (!/^\s*$/.test(this.#lineBefore())) return "complete"
        this.insert("  ")
        break
      case "backspace":
        this.#backspace()
        break
      case "delete":
        this.#delete(this.#next(this.cursor))
        break
      case "left":
        this.cursor = this.#previous(this.cursor)
        break
      case "right":
        this.cursor = this.#next(this.cursor)
        break
      case "up":
        this.#up()
        break
      case "down":
        this.#down()
        break
      case "home":
        this.cursor = this.#lineStart()
        break
      case "end":
        this.cursor = this.#lineEnd()
        break
      default:
        if (input !== undefined && !isControl(input)) this.#type(input)
    }
    return undefined
  }

  #control(name: string | undefined): EditorEvent {
    switch (name) {
      case "c":
        return "cancel"
      case "d":
        if (this.text === "") return "end"
        this.#delete(this.#next(this.cursor))
        break
      case "l":
        return "clear-screen"
      case "r":
        return "search"
      case "a":
        this.cursor = this.#lineStart()
        break
      case "e":
        this.cursor = this.#lineEnd()
        break
      case "b":
        this.cursor = this.#previous(this.cursor)
        break
      case "f":
        this.cursor = this.#next(this.cursor)
        break
      case "p":
        this.#up()
        break
      case "n":
        this.#down()
        break
      case "h":
        this.#backspace()
        break
      case "j":
        return this.#enter()
      case "k":
        this.#kill(this.cursor, this.cursor === this.#lineEnd() ? this.cursor + 1 : this.#lineEnd())
        break
      case "u":
        this.#kill(this.#lineStart(), this.cursor)
        break
      case "w":
      case "backspace":
        this.#kill(this.#wordStart(), this.cursor)
        break
      case "y":
        this.insert(this.#killed)
        break
      case "left":
        this.cursor = this.#wordStart()
        break
      case "right":
        this.cursor = this.#wordEnd()
        break
    }
    return undefined
  }

  #meta(name: string): void {
    if (name === "b" || name === "left") this.cursor = this.#wordStart()
    else if (name === "f" || name === "right") this.cursor = this.#wordEnd()
    else if (name === "d") this.#kill(this.cursor, this.#wordEnd())
    else if (name === "backspace") this.#kill(this.#wordStart(), this.cursor)
    else if (name === "return" || name === "enter") this.insert("\n")
  }

  #enter(): EditorEvent {
    // In the middle of a text Enter breaks the line; what stands after the cursor is not run by surprise.
    const atEnd = this.text.slice(this.cursor).trim() === ""
    const { run, indent } = this.#accept(this.text)
    if (run && (atEnd || !this.text.includes("\n"))) {
      this.cursor = this.text.length
      return "submit"
    }
    this.insert(`\n${atEnd ? indent : (/^\s*/.exec(this.#lineBefore())?.[0] ?? "")}`)
    return undefined
  }

  #type(input: string): void {
    // A bracket that closes a block steps back to the block's own column.
    if (/^[}\])]$/.test(input) && /^\s* {2}$/.test(this.#lineBefore()) && this.#lineStart() > 0) {
      this.#delete(this.cursor - 2)
    }
    this.insert(input)
  }

  #paste(input: string): void {
    this.insert(input.replace(/\r\n?/g, "\n").replace(/\t/g, "  "))
  }

  #backspace(): void {
    const before = this.#lineBefore()
    const indent = /^(?: {2})+$/.test(before)
    this.#delete(indent ? this.cursor - 2 : this.#previous(this.cursor))
  }

  /** Deletes what stands between the cursor and `to`, on either side. */
  #delete(to: number): void {
    const [start, end] = to < this.cursor ? [to, this.cursor] : [this.cursor, to]
    this.text = this.text.slice(0, start) + this.text.slice(end)
    this.cursor = start
  }

  #kill(start: number, end: number): void {
    this.#killed = this.text.slice(start, end)
    this.text = this.text.slice(0, start) + this.text.slice(end)
    this.cursor = start
  }

  #up(): void {
    const start = this.#lineStart()
    if (start === 0) this.#recall(this.#place - 1)
    else this.cursor = this.#inLine(start - 1, this.cursor - start)
  }

  #down(): void {
    const end = this.#lineEnd()
    if (end === this.text.length) this.#recall(this.#place + 1)
    else this.cursor = this.#inLine(end + 1, this.cursor - this.#lineStart())
  }

  /** The offset `column` units into the line that `offset` stands in. */
  #inLine(offset: number, column: number): number {
    const start = this.text.lastIndexOf("\n", offset - 1) + 1
    const found = this.text.indexOf("\n", offset)
    return Math.min(start + column, found < 0 ? this.text.length : found)
  }

  #recall(place: number): void {
    if (place < 0 || place > this.#history.length) return
    if (this.#place === this.#history.length) this.#draft = this.text
    this.#place = place
    this.text = this.#history[place] ?? this.#draft
    this.cursor = this.text.length
  }

  #lineStart(): number {
    return this.text.lastIndexOf("\n", this.cursor - 1) + 1
  }

  #lineEnd(): number {
    const end = this.text.indexOf("\n", this.cursor)
    return end < 0 ? this.text.length : end
  }

  #lineBefore(): string {
    return this.text.slice(this.#lineStart(), this.cursor)
  }

  #previous(offset: number): number {
    return offset - (graphemes(this.text.slice(0, offset)).at(-1)?.length ?? 0)
  }

  #next(offset: number): number {
    return offset + (graphemes(this.text.slice(offset))[0]?.length ?? 0)
  }

  #wordStart(): number {
    return (
      this.cursor -
      (/(?:[\p{L}\p{N}_$]+[^\p{L}\p{N}_$]*|[^\p{L}\p{N}_$]+)$/u.exec(this.text.slice(0, this.cursor))?.[0].length ?? 0)
    )
  }

  #wordEnd(): number {
    return (
      this.cursor +
      (/^(?:[^\p{L}\p{N}_$]*[\p{L}\p{N}_$]+|[^\p{L}\p{N}_$]+)/u.exec(this.text.slice(this.cursor))?.[0].length ?? 0)
    )
  }
}

function isControl(input: string): boolean {
  const code = input.codePointAt(0) ?? 0
  return code < 32 || code === 127
}
