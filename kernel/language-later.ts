import type { Language } from "./language.js"

/** A language that is loaded by the first call of `load`: what is asked of it before then waits. */
export class LaterLanguage implements Language {
  readonly #loaded: Promise<Language>
  #load: (language: Promise<Language>) => void = () => {}

  constructor() {
    this.#loaded = new Promise((resolve) => {
      this.#load = resolve
    })
  }

  /** Gives it the language to hand questions on to. */
  load(language: Promise<Language>): void {
    this.#load(language)
  }

  check: Language["check"] = async (...values) => (await this.#loaded).check(...values)
  explain: Language["explain"] = async (...values) => (await this.#loaded).explain(...values)
  commit: Language["commit"] = async (...values) => (await this.#loaded).commit(...values)
  complete: Language["complete"] = async (...values) => (await this.#loaded).complete(...values)
  hover: Language["hover"] = async (...values) => (await this.#loaded).hover(...values)
  close: Language["close"] = async () => (await this.#loaded).close()
}
