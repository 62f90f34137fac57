import { noGrad } from "../autograd/mode.js"
import type { DType } from "../native/dtype.js"
import type { Module } from "../nn/module.js"
import { zeros } from "../ops/creation.js"
import { Tensor } from "../tensor/tensor.js"
import { currentHost, type MimeBundle } from "./host.js"
import { escapeHtml, monospace, Rich } from "./html.js"
import * as messages from "./messages.js"
import { count } from "./numbers.js"
import { byteText } from "./tensor-card.js"

/** A layer in the tree: where it stands, what it is, what came out of it last, and what it learns. */
interface LayerRow {
  name: string
  /** How many modules it stands in, the model itself not counted. */
  depth: number
  /** It only holds others. */
  holder: boolean
  type: string
  output: string
  params: number
  frozen: boolean
}

const bytes: Record<DType, number> = { float32: 4, float64: 8, int32: 4, bool: 1 }

/**
 * A model as a table: each layer with its type, the shape of its last output, and its parameters with a bar that says where most of
 * them are.
 */
export function moduleTable(model: Module): MimeBundle {
  if (currentHost()?.terminal) return { "text/plain": tableText(model) }
  return { "text/html": tableHtml(model), "text/plain": model.toString() }
}

/**
 * Runs a model once on zeros of a shape, or on a tensor, and shows its layers with the shapes that come out. Nothing is learned or
 * recorded, and dropout is off.
 *
 * Shape: of the input with the batch dimension in front: [batch, features].
 *
 * Errors: whatever the model says of an input that does not fit.
 *
 * @example summary(new nn.Linear(10, 2), [32, 10])
 */
export function summary(model: Module, input: readonly number[] | Tensor): Rich {
  if (!(input instanceof Tensor) && !Array.isArray(input)) throw messages.badSummaryInput(input)
  const x = input instanceof Tensor ? input : zeros(input as readonly number[])
  const modes = model.modules().map((module) => [module, module.training] as const)
  model.eval()
  try {
    noGrad(() => model(x))
  } finally {
    for (const [module, training] of modes) module.training = training
  }
  const shape = `[${x.shape.join(", ")}]`
  return new Rich({ "text/html": tableHtml(model, shape), "text/plain": tableText(model, shape) })
}

function layerRows(model: Module): LayerRow[] {
  const rows: LayerRow[] = []
  const counted = new Set<Tensor>()
  const above: string[] = []
  for (const [path, module] of model.namedModules()) {
    while (above.length > 0 && !path.startsWith(`${above.at(-1)}.`)) above.pop()
    const [depth, parent] = [above.length, above.at(-1)]
    if (path !== "") above.push(path)
    const own = new Set(module.namedChildren().flatMap(([, child]) => child.parameters()))
    const parameters = module.parameters().filter((parameter) => !own.has(parameter) && !counted.has(parameter))
    for (const parameter of parameters) counted.add(parameter)
    const holder = module.namedChildren().length > 0 && parameters.length === 0
    // The model itself stands above the table.
    if (path === "" && holder) continue
    const extra = module.extraRepr().replaceAll("->", "→")
    const type = path === "" && module.namedChildren().length > 0 ? "own parameters" : module.constructor.name
    rows.push({
      name: path === "" ? "(model)" : parent === undefined ? path : path.slice(parent.length + 1),
      depth,
      holder,
      type: extra === "" ? type : `${type}(${extra})`,
      output: module.outputShape ? `[${module.outputShape.join(", ")}]` : "",
      params: parameters.reduce((sum, parameter) => sum + parameter.numel(), 0),
      frozen: parameters.length > 0 && parameters.every((parameter) => !parameter.requiresGrad),
    })
  }
  return rows
}

function totals(model: Module): string {
  const parameters = model.parameters()
  const sum = (list: readonly Tensor[]) => list.reduce((total, parameter) => total + parameter.numel(), 0)
  const size = parameters.reduce((total, parameter) => total + parameter.numel() * bytes[parameter.dtype], 0)
  const trainable = sum(parameters.filter((parameter) => parameter.requiresGrad))
  return `${count(sum(parameters))} parameters · ${count(trainable)} trainable · ${byteText(size)}`
}

function tableHtml(model: Module, input?: string): string {
  const rows = layerRows(model)
  const most = Math.max(1, ...rows.map(({ params }) => params))
  const withOutput = rows.some(({ output }) => output !== "")
  const border = "border:0;border-bottom:1px solid rgba(128,128,128,.3)"
  const cell = (tag: "td" | "th", text: string, style = "") =>
    `<${tag} style="text-align:left;padding:3px 12px;${border};${style}">${text}</${tag}>`
  const quiet = "opacity:.7;font-weight:600"
  const head = [
    cell("th", "layer", quiet),
    cell("th", "type", quiet),
    withOutput ? cell("th", "output shape", quiet) : "",
    cell("th", "parameters", `${quiet};text-align:right`),
  ]
  const lines = rows.map(({ name, depth, holder, type, output, params, frozen }) => {
    const share = ((100 * params) / most).toFixed(1)
    const bar = `background:linear-gradient(to left,rgba(61,122,191,.32) ${share}%,transparent ${share}%)`
    return `<tr style="background:transparent">${[
      cell("td", escapeHtml(name), `${monospace};padding-left:${12 + 18 * depth}px`),
      cell("td", escapeHtml(type), holder ? "opacity:.7" : ""),
      withOutput ? cell("td", escapeHtml(output), monospace) : "",
      cell(
        "td",
        params === 0 ? (holder ? "" : "–") : `${count(params)}${frozen ? " frozen" : ""}`,
        `text-align:right;min-width:110px;${bar}`,
      ),
    ].join("")}</tr>`
  })
  const title = `<b>${escapeHtml(model.constructor.name)}</b>${input ? ` <span style="opacity:.7">input ${input}</span>` : ""}`
  const table = `<table style="border-collapse:collapse;margin:4px 0;font-size:12px"><thead><tr>${head.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table>`
  return `<div style="font-size:12px"><div>${title}</div>${table}<div style="opacity:.8">${totals(model)}</div></div>`
}

function tableText(model: Module, input?: string): string {
  const header = ["layer", "type", "output shape", "parameters"]
  const rows = layerRows(model).map(({ name, depth, holder, type, output, params }) => [
    "  ".repeat(depth) + name,
    type,
    output,
    params === 0 ? (holder ? "" : "-") : count(params),
  ])
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((text, i) => (i === 3 ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))).join("  ")
  return [
    `${model.constructor.name}${input === undefined ? "" : `  input ${input}`}`,
    line(header),
    ...rows.map(line),
    totals(model),
  ].join("\n")
}
