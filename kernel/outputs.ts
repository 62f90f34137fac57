import type { IopubEvent } from "./client.js"
import type { JsonObject } from "./messages.js"
import type { CodeCell, Output } from "./notebook.js"

/** Puts what a kernel broadcasts into the outputs of cells, as notebook front ends do. */
export class OutputCollector {
  readonly #byDisplayId = new Map<string, Extract<Output, { data: JsonObject }>[]>()
  readonly #clearOnNext = new Set<CodeCell>()

  /** Applies one event to the cell that it belongs to. */
  add(cell: CodeCell, event: IopubEvent): void {
    switch (event.type) {
      case "execute_input":
        cell.execution_count = event.content.execution_count
        return
      case "stream":
        this.#addStream(cell, event.content)
        return
      case "display_data": {
        const { data, metadata, transient } = event.content
        this.#show(cell, { output_type: "display_data", data, metadata: metadata ?? {} }, transient?.display_id)
        return
      }
      case "execute_result": {
        const { data, metadata, transient, execution_count } = event.content
        const output: Output = { output_type: "execute_result", data, metadata: metadata ?? {}, execution_count }
        this.#show(cell, output, transient?.display_id)
        return
      }
      case "update_display_data": {
        // An update changes every output that was shown under its id, in whatever cell, and adds none.
        for (const output of this.#byDisplayId.get(event.content.transient?.display_id ?? "") ?? []) {
          output.data = event.content.data
          output.metadata = event.content.metadata ?? {}
        }
        return
      }
      case "clear_output":
        if (event.content.wait) this.#clearOnNext.add(cell)
        else this.#clear(cell)
        return
      case "error": {
        const { ename, evalue, traceback } = event.content
        this.#clearIfAsked(cell)
        cell.outputs.push({ output_type: "error", ename, evalue, traceback })
      }
    }
  }

  #addStream(cell: CodeCell, { name, text }: { name: string; text: string }): void {
    this.#clearIfAsked(cell)
    const last = cell.outputs.at(-1)
    if (last?.output_type === "stream" && last.name === name) last.text += text
    else cell.outputs.push({ output_type: "stream", name, text })
  }

  #show(cell: CodeCell, output: Extract<Output, { data: JsonObject }>, displayId: string | undefined): void {
    this.#clearIfAsked(cell)
    cell.outputs.push(output)
    if (displayId === undefined) return
    const shown = this.#byDisplayId.get(displayId) ?? []
    // Showing under a known id also refreshes what stands there already.
    for (const earlier of shown) Object.assign(earlier, { data: output.data, metadata: output.metadata })
    this.#byDisplayId.set(displayId, [...shown, output])
  }

  #clearIfAsked(cell: CodeCell): void {
    if (this.#clearOnNext.has(cell)) this.#clear(cell)
  }

  #clear(cell: CodeCell): void {
    this.#clearOnNext.delete(cell)
    for (const [id, shown] of this.#byDisplayId) {
      const left = shown.filter((output) => !cell.outputs.includes(output))
      if (left.length < shown.length) this.#byDisplayId.set(id, left)
    }
    cell.outputs = []
  }
}
