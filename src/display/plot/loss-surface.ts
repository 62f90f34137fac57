import { noGrad } from "../../autograd/mode.js"
import type { Module } from "../../nn/module.js"
import { tensor } from "../../ops/creation.js"
import { Generator } from "../../tensor/random.js"
import type { Tensor } from "../../tensor/tensor.js"
import { Chart } from "../chart.js"
import { colorScale } from "../color-scale.js"
import * as messages from "../messages.js"
import { count, extent, missingText, round, short } from "../numbers.js"
import { dataUrl, type Pixels } from "../png.js"
import { ink } from "../theme.js"
import { contour } from "./contour.js"
import { heading } from "./heading.js"
import { niceDomain } from "./scale.js"

/** How a loss surface is computed and looks. */
export interface LossSurfaceOptions {
  /** How far each direction is followed, in lengths of the weights themselves. Default: 1. */
  span?: number
  /** In how many steps each direction is sampled; the model is run the square of it. Default: 21. */
  steps?: number
  /** Of the two random directions. Default: 0. */
  seed?: number
  /** Colours and contours by the logarithm of the loss; default when the largest is 10 times the smallest. */
  log?: boolean
  title?: string
  subtitle?: string
  size?: number
}

/**
 * Draws the loss around the weights that a model has now, along two random directions in the space of all weights. Wide bowls and
 * sharp valleys are seen here. The weights are put back when it is done, also after an error.
 *
 * Formula: `loss(θ + a·d₁ + b·d₂)` for a, b in [-span, span]. The directions are normal random numbers, each row (filter) of them
 * as long as the row of weights it belongs to; vectors such as biases are not moved.
 *
 * Options: `span`, `steps`, `seed`, `log`, `title`, `subtitle`, `size`.
 *
 * Errors: a loss that is not one number; a model without weights; a loss that is nowhere finite.
 *
 * Source: Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018.
 *
 * @example
 * const layer = new nn.Linear(2, 1)
 * const [x, y] = [ones([4, 2]), zeros([4, 1])]
 * plot.lossSurface(layer, () => F.mseLoss(layer(x), y), { steps: 5 }).text.slice(0, 12) // "Loss surface"
 */
export function lossSurface(
  model: Module,
  loss: () => number | { item(): number },
  options: LossSurfaceOptions = {},
): Chart {
  const call = "plot.lossSurface"
  const { span = 1, steps = 21, seed = 0, title = "Loss surface", subtitle, size = 300 } = options
  if (typeof model?.namedParameters !== "function") throw messages.notAModel(call, model)
  if (typeof loss !== "function") throw messages.notALoss(call, loss)
  if (!Number.isInteger(steps) || steps < 3 || steps > 101)
    throw messages.badOption(call, "steps", steps, "steps is a whole number from 3 to 101.")
  if (!(span > 0)) throw messages.badOption(call, "span", span, "span is a number above 0.")
  const weights = model.parameters().filter((parameter) => parameter.ndim >= 2 && parameter.dtype !== "int32")
  if (weights.length === 0) throw messages.nothingToDraw(call, "model")
  const here = evaluate(call, loss)
  const surface = sample(call, weights, loss, { span, steps, seed })
  const range = extent(surface)
  if (!range) throw messages.nothingToDraw(call, "loss")
  const log = options.log ?? (range[0] > 0 && range[1] > 10 * range[0])
  const shown = log ? surface.map((value) => (value > 0 ? Math.log10(value) : Number.NaN)) : surface
  const [low, high] = extent(shown) ?? [0, 1]
  const scale = colorScale(0, 1)
  const share = (value: number) => (value - low) / (high - low || 1)
  const levels = levelsBetween(log ? [10 ** low, 10 ** high] : [low, high], log)
  const place = (t: number) => round(-span + (2 * span * t) / (steps - 1), 4)
  const lines = levels.flatMap((level) =>
    contour(shown, steps, steps, log ? Math.log10(level) : level).map((s) => ({
      x: place(s.x),
      y: place(steps - 1 - s.y),
      x2: place(s.x2),
      y2: place(steps - 1 - s.y2),
      v: short(level, 3),
    })),
  )
  const labels = contourLabels(lines, span)
  const axis = { domain: false, ticks: false, grid: false, tickCount: 5 }
  const position = (field: string, name: string) => ({
    field,
    type: "quantitative",
    title: name,
    axis,
    scale: { domain: [-span, span], nice: false },
  })
  const both = { x: position("x", "first direction"), y: position("y", "second direction") }
  const spec = {
    title: heading(
      title,
      subtitle,
      `${log ? "logarithmic, " : ""}${steps} × ${steps} runs`,
      missingText(surface.filter((v) => !Number.isFinite(v)).length),
    ),
    width: size,
    height: size,
    layer: [
      {
        data: { values: [{ u: picture(shown, steps, (value) => scale.color(share(value))) }] },
        mark: { type: "image", width: size, height: size, align: "left", baseline: "top", aspect: false, aria: false },
        encoding: { x: { value: 0 }, y: { value: 0 }, url: { field: "u", type: "nominal" } },
      },
      {
        data: { values: lines },
        mark: { type: "rule", color: ink.text, opacity: 0.45, strokeWidth: 1, strokeCap: "round", aria: false },
        encoding: { ...both, x2: { field: "x2" }, y2: { field: "y2" } },
      },
      {
        data: { values: labels },
        mark: {
          type: "text",
          fontSize: 9.5,
          color: ink.text,
          stroke: ink.paper,
          strokeWidth: 2.5,
          strokeOpacity: 0.75,
          aria: false,
        },
        encoding: { ...both, text: { field: "v" } },
      },
      {
        data: { values: labels },
        mark: { type: "text", fontSize: 9.5, color: ink.text, aria: false },
        encoding: { ...both, text: { field: "v" } },
      },
      {
        data: { values: [{ x: 0, y: 0 }] },
        mark: { type: "point", filled: false, fill: ink.paper, stroke: ink.text, strokeWidth: 2, size: 60, opacity: 1 },
        encoding: both,
      },
      {
        data: { values: [{ x: 0, y: 0, v: `loss ${short(here, 3)}` }] },
        mark: {
          type: "text",
          align: "left",
          dx: 9,
          dy: -9,
          fontSize: 11,
          fontWeight: 600,
          color: ink.text,
          stroke: ink.paper,
          strokeWidth: 3,
          strokeOpacity: 0.8,
          aria: false,
        },
        encoding: { ...both, text: { field: "v" } },
      },
      {
        data: { values: [{ x: 0, y: 0, v: `loss ${short(here, 3)}` }] },
        mark: { type: "text", align: "left", dx: 9, dy: -9, fontSize: 11, fontWeight: 600, color: ink.text },
        encoding: { ...both, text: { field: "v" } },
      },
    ],
  }
  const facts = [
    `here ${short(here, 3)}`,
    `from ${short(range[0], 3)} to ${short(range[1], 3)}`,
    `${count(steps * steps)} runs`,
  ]
  return new Chart(spec, [title || "Loss surface", ...facts].join(" · "))
}

function evaluate(call: string, loss: () => number | { item(): number }): number {
  const value: unknown = noGrad(() => loss())
  if (typeof value === "number") return value
  if (typeof value === "object" && value !== null && "item" in value && typeof value.item === "function") {
    return Number(value.item())
  }
  throw messages.notALoss(call, value)
}

/** The losses on the grid, from the top left: the first direction to the right, the second one up. */
function sample(
  call: string,
  weights: readonly Tensor[],
  loss: () => number | { item(): number },
  { span, steps, seed }: { span: number; steps: number; seed: number },
): number[] {
  const generator = new Generator(seed)
  const home = weights.map((weight) => Float64Array.from(weight.toTypedArray()))
  const [first, second] = [0, 1].map(() =>
    weights.map((weight, i) => direction(generator, weight, home[i] ?? new Float64Array())),
  )
  const at = (t: number) => -span + (2 * span * t) / (steps - 1)
  const move = (a: number, b: number) =>
    weights.forEach((weight, k) => {
      const [u, v, from] = [first?.[k], second?.[k], home[k]]
      if (!u || !v || !from) return
      const moved = from.map((value, i) => value + a * (u[i] as number) + b * (v[i] as number))
      noGrad(() => weight.copy_(tensor(moved, { dtype: "float64" }).reshape(weight.shape)))
    })
  try {
    return Array.from({ length: steps * steps }, (_, i) => {
      move(at(i % steps), at(steps - 1 - Math.floor(i / steps)))
      return evaluate(call, loss)
    })
  } finally {
    move(0, 0)
  }
}

/** Random numbers, each row as long as the row of weights. */
function direction(generator: Generator, weight: Tensor, home: Float64Array): Float64Array {
  const out = new Float64Array(home.length)
  generator.normalFloat64(out)
  const width = home.length / (weight.shape[0] ?? 1)
  for (let start = 0; start < home.length; start += width) {
    const [row, own] = [out.subarray(start, start + width), home.subarray(start, start + width)]
    const factor = length(own) / (length(row) || 1)
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) * factor
  }
  return out
}

function length(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
}

/** About eight round levels; with `log` the same number to each power of ten. */
function levelsBetween([low, high]: readonly [number, number], log: boolean): number[] {
  if (!log) {
    const [from, to] = niceDomain([low, high], 9)
    const rough = (high - low) / 9
    const power = 10 ** Math.floor(Math.log10(rough || 1))
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
    return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) =>
      Number((from + i * step).toPrecision(8)),
    ).filter((level) => level > low && level < high)
  }
  const decades = Math.log10(high / low)
  const factors = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5]
  const from = Math.floor(Math.log10(low))
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => 10 ** (from + i))
    .flatMap((power) => factors.map((factor) => Number((factor * power).toPrecision(3))))
    .filter((level) => level > low && level < high)
}

type Place = { x: number; y: number; v: string }

/** One label for each level, on the segment of it that is farthest from the other labels and from the edges. */
function contourLabels(lines: readonly { x: number | null; y: number | null; v: string }[], span: number): Place[] {
  const placed: Place[] = [{ x: 0.25 * span, y: 0.08 * span, v: "" }]
  const levels = new Map<string, Place[]>()
  for (const { x, y, v } of lines) {
    if (x === null || y === null || Math.max(Math.abs(x), Math.abs(y)) > 0.92 * span) continue
    const known = levels.get(v)
    if (known) known.push({ x, y, v })
    else levels.set(v, [{ x, y, v }])
  }
  for (const candidates of levels.values()) {
    // A label is three times as wide as it is high, and near the middle it is read best.
    const room = ({ x, y }: Place) =>
      Math.min(...placed.map((other) => Math.hypot((x - other.x) / 2, y - other.y))) - 0.12 * Math.hypot(x, y)
    const best = candidates.reduce((a, b) => (room(b) > room(a) ? b : a))
    if (room(best) > 0.02 * span) placed.push(best)
  }
  return placed.slice(1)
}

/** The grid as a smooth picture: between the samples it is interpolated. */
function picture(
  values: readonly number[],
  steps: number,
  color: (value: number) => readonly [number, number, number],
): string {
  const fine = (steps - 1) * Math.max(1, Math.round(160 / steps)) + 1
  const data = new Uint8Array(fine * fine * 3)
  for (let r = 0; r < fine; r++) {
    for (let c = 0; c < fine; c++) {
      const [x, y] = [(c * (steps - 1)) / (fine - 1), (r * (steps - 1)) / (fine - 1)]
      const [x0, y0] = [Math.min(steps - 2, Math.floor(x)), Math.min(steps - 2, Math.floor(y))]
      const at = (i: number, j: number) => values[(y0 + j) * steps + x0 + i] ?? Number.NaN
      const top = at(0, 0) + (at(1, 0) - at(0, 0)) * (x - x0)
      const bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * (x - x0)
      data.set(color(top + (bottom - top) * (y - y0)), (r * fine + c) * 3)
    }
  }
  const pixels: Pixels = { width: fine, height: fine, channels: 3, data }
  return dataUrl(pixels)
}
