import { noGrad } from "../../autograd/mode.js"
import type { Module } from "../../nn/module.js"
import { Tensor } from "../../tensor/tensor.js"
import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, round, short } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"

/** How activation statistics look. */
export interface ActivationsOptions {
  title?: string
  /** What was run: model, epoch. */
  subtitle?: string
  width?: number
}

/** What came out of one layer. */
interface LayerOutput {
  name: string
  type: string
  shape: readonly number[]
  values: ArrayLike<number>
}

/** Quantiles are taken of at most so many elements. */
const sampled = 50_000

/**
 * Runs a model once and draws what comes out of each layer: the middle half of the values as a bar, 98 % of them as a line, the median
 * as a stroke; beside it mean, deviation, and the share of zeros where there are many. Units that give zero for every sample are
 * named as dead.
 *
 * Nothing is learned or recorded, and dropout is off.
 *
 * Options: `title`, `subtitle`, `width`.
 *
 * Shape: `input` as the model takes it; the first dimension counts samples, the last one units.
 *
 * Errors: whatever the model says of an input that does not fit; a model none of whose layers gives a tensor.
 *
 * @example plot.activations(new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU()), zeros([4, 3])).text // "Activations by layer · 2 layers"
 */
export function activations(model: Module, input: Tensor, options: ActivationsOptions = {}): Chart {
  const call = "plot.activations"
  const { title = "Activations by layer", subtitle, width = 340 } = options
  if (typeof model?.namedModules !== "function") throw messages.notAModel(call, model)
  const outputs = collect(model, input)
  if (outputs.length === 0) throw messages.noLayerOutput(call)
  const rows = outputs.map((output, i) => ({ i, ...statistics(output) }))
  const names = outputs.map(({ name, type }) => (name === type ? type : `${name}  ${type}`))
  const y = {
    field: "i",
    type: "ordinal",
    sort: null,
    title: null,
    axis: {
      labelExpr: `${JSON.stringify(names)}[datum.value]`,
      labelColor: ink.text,
      labelLimit: 260,
      labelPadding: 10,
      grid: false,
    },
  }
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: "activation",
    scale: { zero: false, nice: true },
    axis: { grid: true, tickCount: 6 },
  })
  const dead = rows.reduce((sum, { dead }) => sum + dead, 0)
  const spec = {
    title: heading(
      title,
      subtitle,
      `input [${input.shape.join(", ")}]`,
      dead > 0 ? `${count(dead)} dead units` : undefined,
    ),
    width,
    height: { step: 26 },
    data: { values: rows },
    encoding: {
      y,
      tooltip: [
        { field: "shape", title: "output" },
        { field: "mean", title: "mean", format: ".3~g" },
        { field: "std", title: "deviation", format: ".3~g" },
        { field: "min", title: "smallest", format: ".3~g" },
        { field: "q50", title: "median", format: ".3~g" },
        { field: "max", title: "largest", format: ".3~g" },
        { field: "zero", title: "zeros", format: ".1%" },
      ],
    },
    layer: [
      {
        data: { values: [{ x: 0 }] },
        mark: { type: "rule", color: ink.axis, aria: false },
        encoding: { x: { ...x("x") }, y: { value: 0 }, y2: { value: { expr: "height" } }, tooltip: { value: null } },
      },
      {
        mark: { type: "rule", strokeWidth: 2, color: palette[0], opacity: 0.45 },
        encoding: { x: x("q01"), x2: { field: "q99" } },
      },
      {
        mark: { type: "bar", height: 11, cornerRadius: 2, color: palette[0] },
        encoding: { x: x("q25"), x2: { field: "q75" } },
      },
      { mark: { type: "tick", thickness: 2.5, size: 15, color: ink.text, opacity: 1 }, encoding: { x: x("q50") } },
      column(width + 14, "facts", ink.quiet),
      ...(dead > 0 ? [column(width + 190, "deadText", ink.alarm)] : []),
    ],
  }
  return new Chart(spec, `${title || "Activations"} · ${count(rows.length)} layer${rows.length === 1 ? "" : "s"}`)
}

/** A column of text to the right of the plot. */
function column(at: number, field: string, color: string) {
  return {
    mark: { type: "text", align: "left", baseline: "middle", fontSize: 11, color, aria: false },
    encoding: { x: { value: at }, text: { field } },
  }
}

/** Runs the model with a hook on each layer that holds no others. */
function collect(model: Module, input: Tensor): LayerOutput[] {
  const outputs: LayerOutput[] = []
  const leaves = model.namedModules().filter(([, module]) => module.namedChildren().length === 0)
  const removals = leaves.map(([path, module]) =>
    module.registerForwardHook((_, __, output) => {
      const value: unknown = Array.isArray(output) ? output[0] : output
      if (!(value instanceof Tensor)) return
      const type = module.constructor.name
      outputs.push({ name: path || type, type, shape: value.shape, values: value.toTypedArray() })
    }),
  )
  const modes = model.modules().map((module) => [module, module.training] as const)
  model.eval()
  try {
    noGrad(() => model(input))
  } finally {
    for (const remove of removals) remove()
    for (const [module, training] of modes) module.training = training
  }
  return outputs
}

function statistics({ shape, values }: LayerOutput) {
  const every = Math.max(1, Math.ceil(values.length / sampled))
  const kept: number[] = []
  let zeros = 0
  let missing = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value === 0) zeros++
    if (!Number.isFinite(value)) missing++
    else if (i % every === 0) kept.push(value)
  }
  const sorted = Float64Array.from(kept).sort()
  const quantile = (share: number) => round(sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN, 4)
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
  const std = Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length)
  const zero = zeros / Math.max(1, values.length)
  const dead = deadUnits(shape, values)
  const units = shape.at(-1) ?? 1
  const facts = [
    `μ ${short(mean, 2)}`,
    `σ ${short(std, 2)}`,
    zero >= 0.005 ? `${Math.round(100 * zero)} % zero` : "",
    missing > 0 ? `${count(missing)} NaN or infinite` : "",
  ]
  return {
    shape: `[${shape.join(", ")}]`,
    q01: quantile(0.01),
    q25: quantile(0.25),
    q50: quantile(0.5),
    q75: quantile(0.75),
    q99: quantile(0.99),
    min: quantile(0),
    max: quantile(1),
    mean: round(mean, 4),
    std: round(std, 4),
    zero: round(zero, 4),
    dead,
    facts: facts.filter((fact) => fact !== "").join("   "),
    deadText: dead > 0 ? `${count(dead)} of ${count(units)} dead` : "",
  }
}

/** How many units (places of the last dimension) give zero for every sample. */
function deadUnits(shape: readonly number[], values: ArrayLike<number>): number {
  const units = shape.at(-1) ?? 1
  if (shape.length < 2 || values.length / units < 8) return 0
  const alive = new Uint8Array(units)
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) alive[i % units] = 1
  return units - alive.reduce((sum, one) => sum + one, 0)
}
