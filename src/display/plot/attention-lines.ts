import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, round, type TensorLike } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { type AttentionChoice, type Maps, readAttention, titled } from "./attention-weights.js"
import { heading } from "./heading.js"

/** How attention lines look. */
export interface AttentionLinesOptions extends AttentionChoice {
  title?: string
  subtitle?: string
  /** Weights below this are not drawn; default 2 % of the largest. */
  threshold?: number
}

/** Fine lines that nobody tells apart are not worth sending: the strongest of them are kept. */
const drawnLines = 2000
const longestText = 60
const mostHeads = 12
const longestName = 12

/**
 * Draws attention as lines from each query token (left) to the key tokens that it looks at (right), stronger where more is taken.
 * One panel for each head; under the pointer, a token shows its own lines only.
 *
 * Options: `tokens`, `keyTokens`, `layer`, `head`, `threshold`, `title`, `subtitle`.
 *
 * Shape: [T, S], [heads, T, S], or [layers, heads, T, S] with `layer` (default the last one).
 *
 * Errors: as for `plot.attention`; more than 60 tokens or 12 heads.
 *
 * Source: the head view of Vig, "A Multiscale Visualization of Attention in the Transformer Model", 2019.
 *
 * @example plot.attentionLines([[1, 0], [0.5, 0.5]], { tokens: ["The", "cat"] }).text // "Attention lines · 2 queries × 2 keys · 3 lines"
 */
export function attentionLines(weights: Iterable<unknown> | TensorLike, options: AttentionLinesOptions = {}): Chart {
  const call = "plot.attentionLines"
  const all = readAttention(call, weights, options)
  const choice = all.maps.layers > 1 ? { ...options, layer: all.maps.layers - 1 } : options
  const { maps, tokens, range } = all.maps.layers > 1 ? readAttention(call, weights, choice) : all
  const { heads, rows, columns } = maps
  if (Math.max(rows, columns) > longestText || heads > mostHeads)
    throw messages.tooManyLines(call, Math.max(rows, columns), heads)
  const highest = Math.max(range[1], 1e-9)
  const lines = linesOf(maps, options.threshold ?? 0.02 * highest)

  const step = Math.max(rows, columns) > 30 ? 13 : 17
  const height = step * Math.max(rows, columns)
  const text = (names: readonly string[]) =>
    6.2 * Math.min(longestName, Math.max(1, ...names.map((name) => name.length)))
  const width = heads === 1 ? 220 : 90
  const spacing = 20
  const panelWidth = width + text(tokens.queries) + text(tokens.keys) + spacing
  const fitting = Math.max(1, Math.floor((860 + spacing) / panelWidth))
  const across = Math.ceil(heads / Math.ceil(heads / fitting))
  const panel = {
    width,
    height,
    layer: [
      {
        mark: { type: "rule", strokeCap: "round", aria: false },
        encoding: {
          x: { value: 6 },
          x2: { value: width - 6 },
          y: { field: "a", type: "quantitative", scale: null, axis: null },
          y2: { field: "b" },
          strokeWidth: {
            field: "w",
            type: "quantitative",
            scale: { domain: [0, highest], range: [0.4, heads === 1 ? 5 : 3.5] },
            legend: null,
          },
          opacity: {
            condition: {
              param: "token",
              field: "w",
              type: "quantitative",
              scale: { domain: [0, highest], range: [0.05, 1] },
              legend: null,
            },
            value: 0.02,
          },
          color: { field: "h", type: "ordinal", legend: null, scale: headColors(maps) },
          tooltip: tooltip(heads),
        },
      },
      names("q", tokens.queries, { rows, height, x: 0, align: "right" }),
      names("k", tokens.keys, { rows: columns, height, x: width, align: "left" }),
      handles(tokens.queries, { rows, height, x: 0, align: "right" }),
    ],
  }
  const head = { field: "h", type: "ordinal", title: null, header: { labelExpr: "'head ' + datum.value" } }
  const title = options.title ?? titled("Attention lines", choice)
  const spec = {
    title: heading(title, options.subtitle, heads > 1 ? undefined : "from query to key"),
    params: [
      { name: "queries", value: tokens.queries },
      { name: "keys", value: tokens.keys },
    ],
    data: {
      values: lines.map(({ h, q, k, w }) => ({ h, q, k, w, a: yOf(q, rows, height), b: yOf(k, columns, height) })),
    },
    transform: [
      { calculate: "queries[datum.q]", as: "query" },
      { calculate: "keys[datum.k]", as: "key" },
    ],
    ...(heads === 1
      ? panel
      : {
          facet: head,
          columns: across,
          spacing,
          spec: panel,
        }),
    config: { axis: { grid: false } },
  }
  const size = `${count(rows)} ${rows === 1 ? "query" : "queries"} × ${count(columns)} ${columns === 1 ? "key" : "keys"}`
  const facts = [
    ...(heads > 1 ? [`${heads} heads`] : []),
    size,
    `${count(lines.length)} line${lines.length === 1 ? "" : "s"}`,
  ]
  return new Chart(spec, [(title || "Attention lines").slice(0, 80), ...facts].join(" · "))
}

interface Line {
  h: number
  q: number
  k: number
  w: number | null
}

function linesOf({ heads, rows, columns, data, firstHead }: Maps, threshold: number): Line[] {
  const lines: Line[] = []
  for (let i = 0; i < heads * rows * columns; i++) {
    const w = data[i] as number
    if (!(w >= threshold) || w === 0) continue
    lines.push({
      h: firstHead + Math.floor(i / (rows * columns)),
      q: Math.floor(i / columns) % rows,
      k: i % columns,
      w: round(w, 3),
    })
  }
  if (lines.length <= drawnLines) return lines
  return lines.sort((a, b) => (b.w ?? 0) - (a.w ?? 0)).slice(0, drawnLines)
}

/** The middle of a token's line of text, in pixels. */
function yOf(index: number, tokens: number, height: number): number {
  return Math.round(((index + 0.5) * height) / tokens)
}

interface Side {
  rows: number
  height: number
  x: number
  align: "left" | "right"
}

/** The tokens of one side. */
function names(field: "q" | "k", tokens: readonly string[], { rows, height, x, align }: Side) {
  const cut = (name: string) => (name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name)
  return {
    data: { values: tokens.map((name, i) => ({ [field]: i, n: cut(name), y: yOf(i, rows, height) })) },
    mark: { type: "text", align, baseline: "middle", fontSize: rows > 30 ? 9.5 : 11, color: ink.text, aria: false },
    encoding: {
      x: { value: x },
      y: { field: "y", type: "quantitative", scale: null, axis: null },
      text: { field: "n" },
    },
  }
}

/** What is under the pointer at a query's token, larger than its letters: it shows the lines of this token alone. */
function handles(tokens: readonly string[], { rows, height, x }: Side) {
  return {
    data: { values: tokens.map((_, q) => ({ q, y: yOf(q, rows, height) })) },
    params: [{ name: "token", select: { type: "point", fields: ["q"], on: "pointerover", clear: "pointerout" } }],
    mark: { type: "point", shape: "square", size: (height / rows) ** 2, opacity: 0, cursor: "pointer", aria: false },
    encoding: {
      x: { value: x - height / rows / 2 },
      y: { field: "y", type: "quantitative", scale: null, axis: null },
    },
  }
}

function tooltip(heads: number) {
  return [
    ...(heads > 1 ? [{ field: "h", title: "head" }] : []),
    { field: "query", title: "query" },
    { field: "key", title: "key" },
    { field: "w", title: "weight", format: ".3~g" },
  ]
}

function headColors({ heads, firstHead }: Maps) {
  const domain = Array.from({ length: heads }, (_, h) => firstHead + h)
  return { domain, range: domain.map((h) => palette[h % palette.length]) }
}
