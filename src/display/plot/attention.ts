import { Chart } from "../chart.js"
import { type ColorScale, colorScale } from "../color-scale.js"
import * as messages from "../messages.js"
import { count, extent, leftOut, round, type TensorLike } from "../numbers.js"
import { drawTextGrid } from "../terminal/grid.js"
import { ink } from "../theme.js"
import { type AttentionChoice, type Maps, readAttention, titled } from "./attention-weights.js"
import { heading } from "./heading.js"

/** How attention maps look. */
export interface AttentionOptions extends AttentionChoice {
  title?: string
  subtitle?: string
}

/** More cells than this are neither told apart nor sent cheaply: neighbours become their mean. */
const drawnCells = 10_000

/**
 * Draws attention weights as small maps, heads across and layers down: how much each query (row) takes from each key (column).
 *
 * Options: `tokens`, `keyTokens`, `layer`, `head` (one map, large), `title`, `subtitle`.
 *
 * Shape: [T, S], [heads, T, S] or [layers, heads, T, S]; a tensor, nested arrays, or an array with one tensor for each layer. NaN
 * is an empty cell.
 *
 * Errors: another rank; tokens that are not as many as the queries or keys; a layer or head that is not there; nothing to draw.
 *
 * @example plot.attention([[1, 0], [0.5, 0.5]], { tokens: ["The", "cat"] }).text // "Attention · 2 queries × 2 keys"
 */
export function attention(weights: Iterable<unknown> | TensorLike, options: AttentionOptions = {}): Chart {
  const call = "plot.attention"
  const { maps: full, tokens, range } = readAttention(call, weights, options)
  if (full.heads > 16 || full.layers > 24) throw messages.tooManyPanels(call, full.layers, full.heads)
  const maps = pool(full)
  const { layers, heads, rows, columns, block } = maps
  const firsts = (list: readonly string[]) => list.filter((_, i) => i % block === 0)
  const names = { queries: firsts(tokens.queries), keys: firsts(tokens.keys) }
  // The means of blocks reach less far than single weights do; the scale begins at 0, where nothing is taken.
  const [low, high] = extent(maps.data) ?? range
  const scale = colorScale(Math.min(0, low), high)

  const title = options.title ?? titled("Attention", options)
  const note = block > 1 ? `each cell is the mean of ${block} × ${block} tokens` : undefined
  const head = heading(title, options.subtitle, note, leftOut(full.data))
  const spec = {
    title: head,
    params: [
      { name: "queries", value: names.queries },
      { name: "keys", value: names.keys },
    ],
    data: { values: [{ w: rounded(maps.data, high) }] },
    transform: [
      { flatten: ["w"] },
      { window: [{ op: "row_number", as: "i" }] },
      {
        calculate: `floor((datum.i - 1) / ${heads * rows * columns})${maps.firstLayer ? ` + ${maps.firstLayer}` : ""}`,
        as: "l",
      },
      {
        calculate: `floor((datum.i - 1) / ${rows * columns}) % ${heads}${maps.firstHead ? ` + ${maps.firstHead}` : ""}`,
        as: "h",
      },
      { calculate: `floor((datum.i - 1) / ${columns}) % ${rows}`, as: "q" },
      { calculate: `(datum.i - 1) % ${columns}`, as: "k" },
      { calculate: "queries[datum.q]", as: "query" },
      { calculate: "keys[datum.k]", as: "key" },
      { filter: "isValid(datum.w)" },
    ],
    ...panels(maps, names, scale),
    config: { axis: { grid: false }, axisX: { domain: false, ticks: false } },
  }
  const size = `${count(full.rows)} ${full.rows === 1 ? "query" : "queries"} × ${count(full.columns)} ${full.columns === 1 ? "key" : "keys"}`
  const facts = [
    ...(layers > 1 ? [`${layers} layers`] : []),
    ...(full.rank > 2 && options.head === undefined ? [`${heads} head${heads === 1 ? "" : "s"}`] : []),
    size,
  ]
  const text = [(title || "Attention").slice(0, 90), ...facts].join(" · ")
  return new Chart(spec, text, (terminal) => {
    // All maps beside and below one another, a column and a row apart.
    const [wide, high] = [heads * (columns + 1) - 1, layers * (rows + 1) - 1]
    const all = new Array<number>(wide * high).fill(low)
    maps.data.forEach((value, i) => {
      const [map, q, k] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns]
      all[(Math.floor(map / heads) * (rows + 1) + q) * wide + (map % heads) * (columns + 1) + k] = value
    })
    return drawTextGrid({ rows: high, columns: wide, data: all }, scale, terminal, text)
  })
}

/** Fewer cells where there are too many: blocks of neighbouring tokens become their mean, and NaN where one of them is. */
function pool(maps: Maps): Maps {
  const { layers, heads, rows, columns, data } = maps
  const after = (block: number) => ({ rows: Math.ceil(rows / block), columns: Math.ceil(columns / block) })
  let block = 1
  while (layers * heads * after(block).rows * after(block).columns > drawnCells) block++
  if (block === 1) return maps
  const small = after(block)
  const size = layers * heads * small.rows * small.columns
  const sums = new Float64Array(size)
  const counts = new Uint32Array(size)
  data.forEach((value, i) => {
    const map = Math.floor(i / (rows * columns))
    const row = Math.floor((Math.floor(i / columns) % rows) / block)
    const to = (map * small.rows + row) * small.columns + Math.floor((i % columns) / block)
    sums[to] = (sums[to] ?? 0) + value
    counts[to] = (counts[to] ?? 0) + 1
  })
  return { ...maps, ...small, block, data: Array.from(sums, (sum, i) => sum / (counts[i] ?? 1)) }
}

/** Three digits of the largest weight: more is not seen, and would be most of what is sent. */
function rounded(data: readonly number[], high: number): (number | null)[] {
  const digits = Math.min(20, Math.max(3, 2 - Math.floor(Math.log10(high > 0 ? high : 1))))
  return data.map((value) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : null))
}

/** The maps beside and below one another, with the tokens at the outer edges only. */
function panels(maps: Maps, names: { queries: readonly string[]; keys: readonly string[] }, scale: ColorScale) {
  const { layers, heads, rows, columns } = maps
  const across = layers > 1 || heads <= 6 ? heads : Math.ceil(heads / Math.ceil(heads / 6))
  const gap = across > 8 ? 6 : 14
  const room = 640 - labelWidth(names.queries) - gap * (across - 1)
  const widest = layers * heads > 1 ? 176 : columns > 12 ? 420 : 300
  const width = Math.max(36, Math.min(widest, Math.floor(room / across), Math.max(60, columns * 34)))
  const step = width / columns
  const height = Math.round(Math.max(24, Math.min(2 * width, rows * step)))
  const single = layers * heads === 1
  const tooltip = [
    ...(layers > 1 ? [{ field: "l", title: "layer" }] : []),
    ...(heads > 1 ? [{ field: "h", title: "head" }] : []),
    { field: "query", title: "query" },
    { field: "key", title: "key" },
    { field: "w", title: "weight", format: ".3~g" },
  ]
  const map = {
    width,
    height,
    mark: { type: "rect", aria: false, stroke: ink.paper, strokeWidth: step > 12 ? 1 : step > 5 ? 0.5 : 0 },
    encoding: {
      x: { field: "k", type: "ordinal", title: "key", axis: tokenAxis("keys", names.keys, step) },
      y: { field: "q", type: "ordinal", title: "query", axis: tokenAxis("queries", names.queries, height / rows) },
      color: {
        field: "w",
        type: "quantitative",
        title: "weight",
        scale: { domain: scale.domain.map((value) => round(value, 3)), range: scale.colors },
        legend: { gradientLength: Math.max(60, Math.min(140, height)), gradientThickness: 10, tickCount: 4 },
      },
      tooltip,
    },
  }
  if (single) return map
  const header = (word: string) => ({ header: { labelExpr: `'${word} ' + datum.value` } })
  const head = { field: "h", type: "ordinal", title: null, ...header("head") }
  const layer = { field: "l", type: "ordinal", title: null, ...header("layer") }
  if (layers === 1) return { facet: head, columns: across, spacing: gap, spec: map }
  return { facet: { column: head, row: layer }, spacing: gap, spec: map }
}

/** Longer tokens are cut in the labels; the tooltip has them whole. */
const labelLength = 13

function labelWidth(names: readonly string[]): number {
  return 6 * Math.min(labelLength, Math.max(1, ...names.map((name) => name.length)))
}

/** Tokens along an edge; only every second, third … where there is no room for all. */
function tokenAxis(list: "keys" | "queries", names: readonly string[], step: number) {
  const room = Math.ceil(9 / step)
  // Positions are counted in round numbers.
  const every = names[1] === "1" ? roundUp(room) : room
  const slanted = list === "keys" && labelWidth(names) > step * every
  const label = `truncate(${list}[datum.value], ${labelLength})`
  return {
    labelExpr: every > 1 ? `datum.value % ${every} ? '' : ${label}` : label,
    labelFontSize: step * every < 12 ? 9 : 10,
    labelOverlap: false,
    labelPadding: 3,
    titlePadding: 6,
    ...(list === "keys" ? { labelAngle: slanted ? -60 : 0 } : {}),
    ...(slanted ? { labelAlign: "right", labelBaseline: "middle" } : {}),
  }
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10)
}
