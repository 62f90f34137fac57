import { Chart } from "../chart.js"
import { count, round, short } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"
import { namedGradients, type Weights } from "./weights.js"

/** How the gradient flow looks. */
export interface GradientFlowOptions {
  title?: string
  /** What was run: model, epoch, loss. */
  subtitle?: string
  /** Draws biases and other vectors too. */
  vectors?: boolean
  width?: number
}

/** The size of one parameter's gradient. */
interface Flow {
  name: string
  mean: number
  max: number
}

/**
 * Draws how large the gradients are from the first layer to the last: the mean and the largest of |∂loss/∂w| for each parameter, on
 * a logarithmic axis. Gradients that vanish or explode show as a slope.
 *
 * Formula: `mean |g|` and `max |g|` over the elements of each parameter's gradient.
 *
 * Options: `vectors`, `title`, `subtitle`, `width`.
 *
 * Errors: a model without weights; no parameter that has a gradient.
 *
 * @example
 * const layer = new nn.Linear(3, 2)
 * layer(ones([1, 3])).sum().backward()
 * plot.gradientFlow(layer).text // "Gradient flow · weight 1"
 */
export function gradientFlow(model: Weights, options: GradientFlowOptions = {}): Chart {
  const { title = "Gradient flow", subtitle, vectors = false, width = 380 } = options
  const flows = namedGradients("plot.gradientFlow", model, vectors).map(([name, gradient]) => measure(name, gradient))
  const drawn = flows.filter(({ mean }) => mean > 0)
  const broken = flows.length - drawn.length
  const low = Math.min(...drawn.map(({ mean }) => mean))
  const high = Math.max(...drawn.map(({ max }) => max))
  const domain =
    drawn.length > 0 ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 1e-9)] : [0.1, 1]
  const names = flows.map(({ name }) => name)
  const y = {
    field: "l",
    type: "nominal",
    sort: null,
    title: null,
    scale: { domain: names, paddingOuter: 0.6 },
    axis: { labelColor: ink.text, labelFontSize: 11, labelLimit: 240, grid: false, labelPadding: 8 },
  }
  const exponents = Math.max(1, Math.ceil(Math.log10((domain[1] ?? 1) / (domain[0] ?? 0.1)) / 8))
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: "|gradient|",
    scale: { type: "log", domain, nice: false },
    axis: { format: "~e", grid: true, values: powers(domain, exponents) },
  })
  const tooltip = [
    { field: "l", title: "parameter" },
    { field: "m", title: "mean", format: ".3~g" },
    { field: "x", title: "largest", format: ".3~g" },
  ]
  const first = drawn[0]
  const label = (field: "m" | "x", text: string, align: string, dx: number) => ({
    transform: [{ filter: `datum.l === ${JSON.stringify(first?.name ?? "")}` }],
    mark: {
      type: "text",
      align,
      dx,
      dy: -11,
      fontSize: 10,
      aria: false,
      color: field === "m" ? palette[0] : ink.quiet,
    },
    encoding: { x: x(field), text: { value: text } },
  })
  const spec = {
    title: heading(title, subtitle, broken > 0 ? `${count(broken)} all zero or not finite` : undefined),
    width,
    height: { step: 24 },
    data: {
      values: flows.map(({ name, mean, max }) => ({
        l: name,
        m: mean > 0 ? round(mean, 4) : null,
        x: round(max, 4),
        w: wordFor(mean),
      })),
    },
    encoding: { y },
    layer: [
      {
        transform: [{ filter: "datum.m != null" }],
        mark: { type: "rule", strokeWidth: 2, color: ink.axis, aria: false },
        encoding: { x: x("m"), x2: { field: "x" } },
      },
      {
        transform: [{ filter: "datum.m != null" }],
        mark: {
          type: "point",
          filled: false,
          fill: ink.paper,
          stroke: ink.quiet,
          strokeWidth: 1.5,
          size: 40,
          opacity: 1,
        },
        encoding: { x: x("x"), tooltip },
      },
      {
        transform: [{ filter: "datum.m != null" }],
        mark: { type: "point", size: 70, color: palette[0], opacity: 1 },
        encoding: { x: x("m"), tooltip },
      },
      label("m", "mean", "center", 0),
      label("x", "largest", "center", 0),
      ...(broken > 0
        ? [
            {
              transform: [{ filter: "datum.m == null" }],
              mark: { type: "text", align: "left", dx: 4, fontSize: 11, color: ink.alarm },
              encoding: { x: { value: 0 }, text: { field: "w" } },
            },
          ]
        : []),
    ],
  }
  const shown = flows.slice(0, 4).map(({ name, mean }) => `${name} ${short(mean, 3)}`)
  const rest = flows.length > 4 ? [`${flows.length - 4} more`] : []
  return new Chart(spec, [title || "Gradient flow", ...shown, ...rest].join(" · ").slice(0, 150))
}

function measure(name: string, gradient: { toTypedArray(): ArrayLike<number> }): Flow {
  const values = gradient.toTypedArray()
  let sum = 0
  let max = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number)
    sum += size
    if (size > max) max = size
  }
  const mean = sum / Math.max(1, values.length)
  return { name, mean: Number.isFinite(mean) ? mean : Number.NaN, max }
}

function wordFor(mean: number): string {
  return Number.isNaN(mean) ? "NaN or infinite" : "all zero"
}

/** Powers of ten within a domain, each `every` exponents one. */
function powers([low = 0.1, high = 1]: readonly number[], every: number): number[] {
  const [from, to] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))]
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => Number(`1e${from + i * every}`))
}
