import { Chart } from "./chart.js"
import * as messages from "./messages.js"
import { count, round } from "./numbers.js"
import { heading } from "./plot/heading.js"
import { ink, palette } from "./theme.js"

/** The numbers of a linear layer: weight [out, in] row by row, and bias [out] or nothing. */
export interface LayerNumbers {
  name: string
  weight: readonly number[]
  bias: readonly number[]
}

const gap = 130
const radius = 9

/** A chain of linear layers as units in columns, joined by lines that show the weights. */
export function drawNeurons(
  name: string,
  units: readonly number[],
  layers: readonly LayerNumbers[],
  options: { title?: string; subtitle?: string; inputs?: readonly string[]; outputs?: readonly string[] },
): Chart {
  const { inputs, outputs, title = name, subtitle } = options
  for (const [role, names, size] of [
    ["inputs", inputs, units[0] ?? 0],
    ["outputs", outputs, units.at(-1) ?? 0],
  ] as const) {
    if (names && names.length !== size)
      throw messages.lengthsDiffer("diagram", [
        [`options.${role}`, names.length],
        ["units", size],
      ])
  }
  const most = Math.max(...units)
  const height = Math.max(120, most * 30)
  const step = height / most
  const x = (column: number) => radius + column * gap
  const y = (column: number, i: number) => height / 2 + (i - ((units[column] ?? 1) - 1) / 2) * Math.min(step, 44)
  const largest = Math.max(1e-9, ...layers.flatMap(({ weight }) => weight.map(Math.abs)))
  const lines = layers.flatMap(({ name, weight }, l) =>
    weight.map((w, i) => {
      const [from, to] = [i % (units[l] ?? 1), Math.floor(i / (units[l] ?? 1))]
      return {
        x: x(l),
        y: y(l, from),
        x2: x(l + 1),
        y2: y(l + 1, to),
        w: round(w, 4),
        a: round(Math.abs(w) / largest, 3),
        n: `${name}.weight[${to}, ${from}]`,
      }
    }),
  )
  const dots = units.flatMap((size, column) =>
    Array.from({ length: size }, (_, i) => {
      const layer = layers[column - 1]
      const bias = layer?.bias[i]
      const label = column === 0 ? `input ${inputs?.[i] ?? i}` : `${layer?.name} unit ${i}`
      return { x: x(column), y: y(column, i), n: label, ...(bias === undefined ? {} : { b: round(bias, 4) }) }
    }),
  )
  const place = (field: string) => ({ field, type: "quantitative", scale: null, axis: null })
  const text = (values: readonly object[], align: string, style: object = {}) => ({
    data: { values },
    mark: { type: "text", align, baseline: "middle", fontSize: 11, color: ink.text, ...style },
    encoding: { x: place("x"), y: place("y"), text: { field: "t" } },
  })
  const ends = [
    text(
      (inputs ?? []).map((t, i) => ({ x: x(0) - radius - 7, y: y(0, i), t })),
      "right",
    ),
    text(
      (outputs ?? []).map((t, i) => ({ x: x(units.length - 1) + radius + 7, y: y(units.length - 1, i), t })),
      "left",
    ),
  ]
  const captions = units.map((size, column) => ({
    x: x(column),
    y: height + 16,
    t: column === 0 ? `${size} in` : `${layers[column - 1]?.name} · ${size}`,
  }))
  const spec = {
    title: heading(title, subtitle, "blue below zero, orange above"),
    width: x(units.length - 1) + radius,
    height: height + 24,
    layer: [
      {
        data: { values: lines },
        mark: { type: "rule", aria: false, strokeCap: "round" },
        encoding: {
          x: place("x"),
          y: place("y"),
          x2: { field: "x2" },
          y2: { field: "y2" },
          color: { condition: { test: "datum.w < 0", value: palette[0] }, value: palette[1] },
          opacity: { field: "a", type: "quantitative", scale: { domain: [0, 1], range: [0.06, 0.95] }, legend: null },
          strokeWidth: { field: "a", type: "quantitative", scale: { domain: [0, 1], range: [0.5, 4] }, legend: null },
          tooltip: [
            { field: "n", title: "connection" },
            { field: "w", title: "weight" },
          ],
        },
      },
      {
        data: { values: dots },
        mark: {
          type: "point",
          size: 4 * radius * radius,
          filled: false,
          fill: ink.paper,
          stroke: ink.text,
          strokeWidth: 1.4,
          opacity: 1,
          aria: false,
        },
        encoding: {
          x: place("x"),
          y: place("y"),
          tooltip: [
            { field: "n", title: "unit" },
            { field: "b", title: "bias" },
          ],
        },
      },
      ...(inputs ? [ends[0]] : []),
      ...(outputs ? [ends[1]] : []),
      text(captions, "center", { color: ink.quiet, fontSize: 10.5 }),
    ],
  }
  return new Chart(spec, `${title || name} · ${units.map(count).join(" → ")} units`)
}
