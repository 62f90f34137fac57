import type { Language } from "./language.js"

/** A language that is loaded by the first question, or by the first call of `start` before it; questions wait for it. */
export class LaterLanguage implements Language {
  readonly #load: () => Promise<Language>
  #loaded: Promise<Language> | undefined
  #closed = false

  constructor(load: () => Promise<Language>) {
    this.#load = load
  }

  /** Begins to load the language, once. When that fails, questions say so. */
  start(): void {
    if (!this.#closed) void this.#language().catch(() => {})
  }

  #language(): Promise<Language> {
    this.#loaded ??= this.#load()
    return this.#loaded
  }

  check: Language["check"] = async (...values) => (await this.#language()).check(...values)
  explain: Language["explain"] = async (...values) => (await this.#language()).explain(...values)
  commit: Language["commit"] = async (...values) => (await this.#language()).commit(...values)
  complete: Language["complete"] = async (...values) => (await this.#language()).complete(...values)
  hover: Language["hover"] = async (...values) => (await this.#language()).hover(...values)
  close: Language["close"] = async () => {
    this.#closed = true
    await (await this.#loaded)?.close()
  }
}
