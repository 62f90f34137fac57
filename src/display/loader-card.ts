import { defaultGenerator } from "../tensor/random.js"
import { Tensor } from "../tensor/tensor.js"
import type { MimeBundle } from "./host.js"
import { escapeHtml } from "./html.js"
import { count } from "./numbers.js"
import { tensorCard } from "./tensor-card.js"

/** What the card reads of a loader. */
export interface ViewedLoader {
  readonly length: number
  readonly batchSize: number
  readonly shuffle: boolean
  readonly dataset: { readonly length: number }
  first(): unknown
  toString(): string
}

/** A loader as a card: how many batches there are, and what is in one. Random numbers drawn for the look are given back. */
export function loaderCard(loader: ViewedLoader): MimeBundle {
  const facts = [
    `${count(loader.length)} batch${loader.length === 1 ? "" : "es"} of ${count(loader.batchSize)}`,
    `${count(loader.dataset.length)} samples`,
    ...(loader.shuffle ? ["shuffled"] : []),
  ]
  const title = `<b>${escapeHtml((loader as object).constructor.name)}</b> <span style="opacity:.7">${facts.join(" · ")}</span>`
  const parts = previewed(loader).map(
    ([name, html]) =>
      `<div style="display:flex;gap:10px;margin-top:4px"><div style="opacity:.7;min-width:24px">${escapeHtml(name)}</div><div>${html}</div></div>`,
  )
  return {
    "text/html": `<div style="font-size:12px"><div>${title}</div>${parts.join("")}</div>`,
    "text/plain": loader.toString(),
  }
}

/** The tensors of the first batch by name: x and y of a pair, the keys of an object. */
function previewed(loader: ViewedLoader): [name: string, html: string][] {
  const state = defaultGenerator.getState()
  try {
    return named(loader.first()).flatMap(([name, value]): [string, string][] =>
      value instanceof Tensor ? [[name, String(tensorCard(value)["text/html"])]] : [],
    )
  } catch (error) {
    return [
      [
        "",
        `<span style="opacity:.7">its first batch cannot be made: ${escapeHtml(error instanceof Error ? error.message : error)}</span>`,
      ],
    ]
  } finally {
    defaultGenerator.setState(state)
  }
}

function named(batch: unknown): [string, unknown][] {
  if (batch instanceof Tensor) return [["x", batch]]
  if (Array.isArray(batch))
    return batch.map((part, i) => [batch.length === 2 ? (i === 0 ? "x" : "y") : String(i), part])
  return typeof batch === "object" && batch !== null ? Object.entries(batch) : []
}
