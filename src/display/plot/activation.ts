import { noGrad } from "../../autograd/mode.js"
import { tensor } from "../../ops/creation.js"
import type { Tensor } from "../../tensor/tensor.js"
import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { extent, isTensorLike, round } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"
import { niceDomain, spreadLabels } from "./scale.js"

const gaussCdf = (x: number) => 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const logistic = (x: number) => 1 / (1 + Math.exp(-x))

/** The activations that are drawn by name. */
const known = {
  identity: (x: number) => x,
  relu: (x: number) => Math.max(0, x),
  leakyRelu: (x: number) => (x > 0 ? x : 0.01 * x),
  elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x: number) => x * gaussCdf(x),
  silu: (x: number) => x * logistic(x),
  softplus: (x: number) => Math.log1p(Math.exp(x)),
  sigmoid: logistic,
  tanh: Math.tanh,
} as const

/** The name of an activation that is known by name. */
export type ActivationName = keyof typeof known

/** An activation: a name, a function of a number, or of a tensor (a layer is one). */
export type Activation = ActivationName | ((x: number) => number) | ((x: Tensor) => Tensor)

/** How activations are drawn. */
export interface ActivationOptions {
  title?: string
  subtitle?: string
  /** From where to where; default -5 to 5. */
  range?: readonly [number, number]
  /** Draws the derivative too; default true. */
  derivative?: boolean
  width?: number
  height?: number
}

const points = 161

/**
 * Draws an activation function with its derivative; several stand beside one another on the same axes.
 *
 * $f(x)$ as a full line, $f'(x) \approx (f(x + h) - f(x - h)) / 2h$ as a broken one.
 *
 * Options: `range`, `derivative`, `title`, `subtitle`, `width`, `height`.
 *
 * Shape: a function of tensors gets [161] and gives [161].
 *
 * Errors: a name that is not known; a function that does not give numbers.
 *
 * @example plot.activation("relu").text // "Activation · relu"
 */
export function activation(which: Activation | readonly Activation[], options: ActivationOptions = {}): Chart {
  const call = "plot.activation"
  const list = Array.isArray(which) ? (which as readonly Activation[]) : [which as Activation]
  const { range = [-5, 5], derivative = true } = options
  if (!(range[0] < range[1]))
    throw messages.badOption(call, "range", range, "range goes from a smaller to a larger number.")
  const curves = list.map((each, i) => sample(call, each, range, i))
  const single = curves.length === 1
  const {
    title = single ? (curves[0]?.name ?? "") : "Activations",
    width = single ? 340 : 150,
    height = single ? 220 : 120,
  } = options
  const values = curves.flatMap(({ y, slope }) => (derivative ? [...y, ...slope] : y))
  const domain = niceDomain(extent(values) ?? [0, 1], 5)
  const panel = (curve: (typeof curves)[number], i: number) => ({
    ...(single ? {} : { title: { text: curve.name, fontSize: 12, anchor: "start", frame: "group", offset: 6 } }),
    width,
    height,
    layer: panelLayers(curve, {
      domain,
      range,
      derivative,
      height,
      width,
      color: palette[i % palette.length] ?? palette[0],
      single,
    }),
  })
  const subtitle =
    options.subtitle ?? (derivative ? (single ? undefined : "the broken line is the derivative") : undefined)
  const spec = single
    ? { title: heading(title, subtitle), ...panel(curves[0] as (typeof curves)[number], 0) }
    : { title: heading(title, subtitle), columns: 3, spacing: 24, concat: curves.map(panel) }
  return new Chart(spec, `Activation · ${curves.map(({ name }) => name).join(", ")}`.slice(0, 150))
}

function sample(call: string, which: Activation, [low, high]: readonly [number, number], index: number) {
  const step = (high - low) / (points - 1)
  const xs = Array.from({ length: points }, (_, i) => low + i * step)
  const name = typeof which === "string" ? which : which.name || layerName(which) || `f${index + 1}`
  if (typeof which === "string" && !(which in known))
    throw messages.unknownName(call, "name", which, Object.keys(known))
  const f = typeof which === "string" ? known[which] : which
  const h = step * 0.01
  const y = apply(call, f, xs)
  const right = apply(
    call,
    f,
    xs.map((x) => x + h),
  )
  const left = apply(
    call,
    f,
    xs.map((x) => x - h),
  )
  return { name, x: xs, y, slope: right.map((value, i) => (value - (left[i] ?? 0)) / (2 * h)) }
}

/** A layer is a function without a name, but its class has one. */
function layerName(f: object): string | undefined {
  const name = f.constructor.name
  return name.endsWith("Function") ? undefined : name
}

/** The values of a function that takes tensors or numbers; which of the two it takes is found by trying. */
function apply(call: string, f: (x: never) => unknown, xs: readonly number[]): number[] {
  const onTensors = f as (x: Tensor) => unknown
  try {
    // In float64, or the difference quotient would show the rounding of float32.
    const y = noGrad(() => onTensors(tensor([...xs], { dtype: "float64" })))
    if (isTensorLike(y) && y.shape.length === 1 && y.shape[0] === xs.length) return Array.from(y.toTypedArray(), Number)
  } catch {
    // A function of numbers may well throw when it is given a tensor.
  }
  const onNumbers = f as (x: number) => unknown
  return xs.map((x) => {
    const y = onNumbers(x)
    if (typeof y !== "number") throw messages.notANumber(call, `f(${x})`, y)
    return y
  })
}

interface PanelLook {
  domain: readonly [number, number]
  range: readonly [number, number]
  derivative: boolean
  width: number
  height: number
  color: string
  single: boolean
}

function panelLayers(curve: ReturnType<typeof sample>, look: PanelLook) {
  const { domain, range, derivative, height, width, color, single } = look
  const axis = { tickCount: single ? 6 : 4 }
  const x = { field: "x", type: "quantitative", title: null, axis, scale: { domain: range, nice: false } }
  const y = { field: "y", type: "quantitative", title: null, axis, scale: { domain, nice: false } }
  const values = (ys: readonly number[]) => ({
    values: curve.x.map((at, i) => ({ x: round(at), y: round(ys[i] ?? 0) })),
  })
  const place = (value: number) => height * (1 - (value - domain[0]) / (domain[1] - domain[0]))
  const names = [curve.name, ...(derivative ? [`${curve.name}′`] : [])]
  const ends = [curve.y, ...(derivative ? [curve.slope] : [])].map((ys) => place(ys.at(-1) ?? 0))
  const labels = spreadLabels(ends, 15, height)
  const zero = [
    ...(domain[0] < 0 && domain[1] > 0 ? [{ x: { value: 0 }, x2: { value: width }, y: { datum: 0 } }] : []),
    ...(range[0] < 0 && range[1] > 0 ? [{ x: { datum: 0 }, y: { value: 0 }, y2: { value: height } }] : []),
  ]
  return [
    { data: values(curve.y), mark: { type: "line", color, strokeWidth: 2.2, clip: true }, encoding: { x, y } },
    ...zero.map((encoding) => ({
      data: { values: [{}] },
      mark: { type: "rule", color: ink.axis, strokeWidth: 1, aria: false },
      encoding,
    })),
    ...(derivative
      ? [
          {
            data: values(curve.slope),
            mark: { type: "line", color, strokeWidth: 1.4, strokeDash: [4, 3], opacity: 0.85, clip: true },
            encoding: { x, y },
          },
        ]
      : []),
    ...(single
      ? [
          {
            data: { values: names.map((s, i) => ({ s, at: Math.round(labels[i] ?? 0) })) },
            mark: { type: "text", align: "left", baseline: "middle", dx: 8, fontSize: 12, fontWeight: 600, color },
            encoding: {
              x: { value: width },
              y: { field: "at", type: "quantitative", scale: null },
              text: { field: "s" },
            },
          },
        ]
      : []),
  ]
}
