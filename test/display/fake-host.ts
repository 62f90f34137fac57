import { type Host, hostSymbol, type MimeBundle } from "../../src/display/host.js"

/** What a notebook would have been sent. */
export interface Shown {
  data: MimeBundle
  displayId: string | undefined
  update: boolean
  metadata: Record<string, unknown>
}

/** A notebook that writes down what it is shown; `endCell()` is the end of the running cell. */
export class FakeHost implements Host {
  readonly shown: Shown[] = []
  readonly cleared: boolean[] = []
  #flushes: (() => void)[] = []

  static install(): FakeHost {
    const host = new FakeHost()
    ;(globalThis as { [hostSymbol]?: Host })[hostSymbol] = host
    return host
  }

  static remove(): void {
    delete (globalThis as { [hostSymbol]?: Host })[hostSymbol]
  }

  display(
    data: MimeBundle,
    options: { displayId?: string; update?: boolean; metadata?: Record<string, unknown> },
  ): void {
    const { displayId, update = false, metadata = {} } = options
    this.shown.push({ data, displayId, update, metadata })
  }

  clearOutput(wait: boolean): void {
    this.cleared.push(wait)
  }

  onCellEnd(flush: () => void): void {
    this.#flushes.push(flush)
  }

  endCell(): void {
    for (const flush of this.#flushes.splice(0)) flush()
  }
}
