import { Chart } from "../chart.js"
import { colorScale } from "../color-scale.js"
import { count, round, short, type TensorLike } from "../numbers.js"
import { ink } from "../theme.js"
import { type AttentionChoice, type Maps, readAttention } from "./attention-weights.js"
import { heading } from "./heading.js"

/** How the entropy of attention looks. */
export interface AttentionEntropyOptions extends Pick<AttentionChoice, "layer"> {
  title?: string
  subtitle?: string
  width?: number
}

/**
 * Draws how widely each head spreads its attention: the entropy of its weights in bits, mean over the queries. 0 is a head that looks
 * at one token only; log₂ of the number of keys is one that looks at all alike.
 *
 * Formula: `H = -Σ_k a_qk log₂ a_qk`, mean over q.
 *
 * Options: `layer`, `title`, `subtitle`, `width`.
 *
 * Shape: [T, S], [heads, T, S] or [layers, heads, T, S].
 *
 * Errors: as for `plot.attention`.
 *
 * @example plot.attentionEntropy([[1, 0], [0.5, 0.5]]).text // "Attention entropy · 1 head · 0.5 bits"
 */
export function attentionEntropy(
  weights: Iterable<unknown> | TensorLike,
  options: AttentionEntropyOptions = {},
): Chart {
  const { title = "Attention entropy", subtitle, width = 360 } = options
  const { maps } = readAttention("plot.attentionEntropy", weights, options)
  const { layers, heads, columns, firstLayer } = maps
  const most = Math.log2(Math.max(2, columns))
  const rows = entropies(maps).map((bits, i) => ({
    l: firstLayer + Math.floor(i / heads),
    h: i % heads,
    e: round(bits, 4),
  }))
  const dots = Array.from({ length: layers }, (_, l) => stacked(rows.slice(l * heads, (l + 1) * heads), width / most))
  const steps = dots.map((list) => dotSize + 12 + dotSize * (Math.max(...list) - Math.min(...list)))
  const middles = steps.map((step, l) => {
    const above = steps.slice(0, l).reduce((sum, height) => sum + height, 0)
    const [top, bottom] = [Math.min(...(dots[l] ?? [0])), Math.max(...(dots[l] ?? [0]))]
    return above + step / 2 - (dotSize * (top + bottom)) / 2
  })
  const height = steps.reduce((sum, step) => sum + step, 0)
  const at = { field: "at", type: "quantitative", scale: null, axis: null }
  const x = {
    field: "e",
    type: "quantitative",
    title: "entropy in bits",
    scale: { domain: [0, round(most, 4)], nice: false },
    axis: { grid: true, tickCount: 6 },
  }
  const ramp = colorScale(0, 1).colors.slice(2)
  const spec = {
    title: heading(title, subtitle, `0 = one token, ${short(most, 3)} = all ${count(columns)} alike`),
    width,
    height,
    data: {
      values: rows.map((row, i) => ({
        ...row,
        at: (middles[row.l - firstLayer] ?? 0) + dotSize * (dots.flat()[i] ?? 0),
      })),
    },
    layer: [
      {
        data: { values: middles.map((middle, l) => ({ at: middle, n: `layer ${firstLayer + l}` })) },
        mark: { type: "text", align: "right", baseline: "middle", fontSize: 11, color: ink.text },
        encoding: { x: { value: -10 }, y: at, text: { field: "n" } },
      },
      {
        mark: { type: "point", size: dotSize * dotSize, opacity: 1, stroke: ink.paper, strokeWidth: 1 },
        encoding: {
          x,
          y: at,
          fill: { field: "e", type: "quantitative", scale: { domain: [0, most], range: ramp }, legend: null },
          tooltip: [
            { field: "l", title: "layer" },
            { field: "h", title: "head" },
            { field: "e", title: "bits", format: ".3~g" },
          ],
        },
      },
      {
        mark: { type: "text", fontSize: 10, fontWeight: 600, baseline: "middle", aria: false },
        encoding: {
          x,
          y: at,
          text: { field: "h" },
          color: { condition: { test: `datum.e > ${round(0.3 * most, 3)}`, value: ink.paper }, value: ink.text },
        },
      },
    ],
  }
  const mean = rows.reduce((sum, { e }) => sum + (e ?? 0), 0) / rows.length
  const facts = [
    ...(layers > 1 ? [`${layers} layers`] : []),
    `${heads} head${heads === 1 ? "" : "s"}`,
    `${short(mean, 3)} bits${rows.length > 1 ? " on average" : ""}`,
  ]
  return new Chart(spec, [title || "Attention entropy", ...facts].join(" · "))
}

const dotSize = 17

/** By how many dots each stands above or below its line, so that none covers another. */
function stacked(dots: readonly { e: number | null }[], scale: number): number[] {
  const levels = dots.map(() => 0)
  const order = dots.map((_, i) => i).sort((a, b) => (dots[a]?.e ?? 0) - (dots[b]?.e ?? 0))
  order.forEach((i, k) => {
    const near = order.slice(0, k).filter((j) => ((dots[i]?.e ?? 0) - (dots[j]?.e ?? 0)) * scale < dotSize)
    const taken = new Set(near.map((j) => levels[j]))
    levels[i] = [0, -1, 1, -2, 2, -3, 3].find((level) => !taken.has(level)) ?? 0
  })
  return levels
}

/** The entropy of each map, mean over its queries that have weights. */
function entropies({ layers, heads, rows, columns, data }: Maps): number[] {
  return Array.from({ length: layers * heads }, (_, map) => {
    let total = 0
    let kept = 0
    for (let q = 0; q < rows; q++) {
      const start = (map * rows + q) * columns
      let [sum, weighted] = [0, 0]
      for (let k = 0; k < columns; k++) {
        const weight = data[start + k] as number
        if (!(weight > 0)) continue
        sum += weight
        weighted += weight * Math.log2(weight)
      }
      if (sum === 0) continue
      // Weights that do not sum to one (dropout) are taken in proportion.
      total += Math.log2(sum) - weighted / sum
      kept++
    }
    return total / kept
  })
}
