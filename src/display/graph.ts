import { writeFileSync } from "node:fs"
import { extname } from "node:path"
import type { Node } from "../autograd/node.js"
import { Tensor } from "../tensor/tensor.js"
import { textWidth } from "./fonts.js"
import { jupyterDisplay, type MimeBundle } from "./host.js"
import * as messages from "./messages.js"
import { short } from "./numbers.js"
import { svgToPng } from "./rasterize.js"

/** How a graph of the tape looks. */
export interface GraphOptions {
  /** Names the parameters: a model, or tensors by name. */
  names?: { namedParameters(): Iterable<readonly [string, Tensor]> } | Readonly<Record<string, Tensor>>
  /** Draws from left to right (the default) or from top to bottom. */
  direction?: "right" | "down"
}

/** An operation, or a tensor that none has computed. */
interface Vertex {
  id: string
  kind: "operation" | "parameter" | "input"
  label: string
}

interface Edge {
  from: string
  to: string
  label: string
}

/** More operations than this are no picture any more: those nearest to the result are drawn. */
const mostVertices = 250
const textLines = 40

/**
 * Shows how a tensor was computed: the operations on the tape, with the parameters and inputs they began with and the shapes that went
 * from one to the next. Draw it before `backward()`, which lets go of the tape.
 *
 * Options: `names` (a model, or tensors by name), `direction`.
 *
 * Errors: a tensor that no recorded operation has computed; a tape that a backward pass has let go of.
 *
 * @example
 * const layer = new nn.Linear(3, 1)
 * graph(layer(ones([2, 3])).sum(), { names: layer }).text.split("\n")[0] // "sum → []"
 */
export function graph(result: Tensor, options: GraphOptions = {}): TapeGraph {
  if (!(result instanceof Tensor)) throw messages.notATape(result)
  if (result.node === null) throw messages.noTape(result.requiresGrad)
  if (result.node.inputs.length === 0) throw messages.tapeReleased()
  const names = options.names
  if (options.direction !== undefined && options.direction !== "right" && options.direction !== "down")
    throw messages.unknownName("graph", "direction", String(options.direction), ["right", "down"])
  const entries =
    names === undefined
      ? []
      : "namedParameters" in names && typeof names.namedParameters === "function"
        ? [...(names.namedParameters() as Iterable<readonly [string, Tensor]>)]
        : Object.entries(names as Record<string, Tensor>)
  return new TapeGraph(result, new Map(entries.map(([name, value]) => [value, name])), options.direction ?? "right")
}

/** The operations that computed a tensor, as a picture that graphviz lays out and as text. */
export class TapeGraph {
  /** The graph in graphviz's language. */
  readonly dot: string
  /** The operations as an indented list, the last one first. */
  readonly text: string
  #svg: Promise<string> | undefined

  constructor(result: Tensor, names: ReadonlyMap<Tensor, string>, direction: "right" | "down") {
    const { vertices, edges, cut } = walk(result, names)
    this.dot = dotOf(vertices, edges, direction, result)
    this.text = textOf(result, names, cut)
  }

  /** The picture as an SVG document; graphviz is loaded on first use. */
  toSVG(): Promise<string> {
    this.#svg ??= layOut(this.dot)
    return this.#svg
  }

  /** The picture as PNG, `scale` pixels for each CSS pixel. */
  async toPNG({ scale = 2 }: { scale?: number } = {}): Promise<Uint8Array> {
    return svgToPng(await this.toSVG(), scale).png
  }

  /**
   * Writes the picture to a file; the ending says how.
   *
   * Errors: an ending other than `.png`, `.svg` or `.dot`.
   */
  async save(file: string): Promise<void> {
    const ending = extname(file).toLowerCase()
    if (ending === ".png") writeFileSync(file, await this.toPNG())
    else if (ending === ".svg") writeFileSync(file, await this.toSVG())
    else if (ending === ".dot") writeFileSync(file, this.dot)
    else throw messages.unknownGraphEnding(file)
  }

  async [jupyterDisplay](): Promise<MimeBundle> {
    const { png, width, height } = svgToPng(await this.toSVG())
    const data = Buffer.from(png).toString("base64")
    // In HTML, because the size of a picture alone stands in metadata, which is read before the promise is settled.
    const wide = `<div style="overflow-x:auto"><img src="data:image/png;base64,${data}" width="${width}" height="${height}" style="max-width:none" alt="${this.#alt()}"></div>`
    return { "text/html": wide, "text/plain": this.text }
  }

  #alt(): string {
    return `Graph of operations: ${this.text.split("\n").length} lines`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.text
  }
}

/** Goes from the result back to what it began with. */
function walk(result: Tensor, names: ReadonlyMap<Tensor, string>) {
  const vertices: Vertex[] = []
  const edges: Edge[] = []
  const ids = new Map<Node | Tensor, string>()
  const waiting: Node[] = []
  let cut = false
  const idOf = (tensor: Tensor): string | undefined => {
    const key = tensor.node ?? tensor
    const known = ids.get(key)
    if (known !== undefined) return known
    if (vertices.length >= mostVertices) {
      cut = true
      return undefined
    }
    const id = `v${ids.size}`
    ids.set(key, id)
    if (tensor.node) {
      vertices.push({ id, kind: "operation", label: tensor.node.operation })
      waiting.push(tensor.node)
    } else vertices.push({ id, kind: tensor.requiresGrad ? "parameter" : "input", label: leafText(tensor, names) })
    return id
  }
  idOf(result)
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    const to = ids.get(node) as string
    for (const input of node.inputs) {
      const from = idOf(input)
      if (from !== undefined) edges.push({ from, to, label: input.node ? shapeText(input) : "" })
    }
  }
  return { vertices, edges, cut }
}

function shapeText(tensor: Tensor): string {
  return `[${tensor.shape.join(", ")}]`
}

function leafText(tensor: Tensor, names: ReadonlyMap<Tensor, string>): string {
  const name = names.get(tensor) ?? (tensor.requiresGrad ? "parameter" : tensor.ndim === 0 ? "" : "input")
  const value = tensor.ndim === 0 ? short(Number(tensor.toTypedArray()[0])) : shapeText(tensor)
  return `${name} ${value}`.trim()
}

const looks = {
  operation: { fillcolor: "#eef3f8", color: "#8fa9c6" },
  parameter: { fillcolor: "#fdf0e2", color: "#E8730C" },
  input: { fillcolor: "#ffffff", color: "#9aa5b1" },
} as const

function dotOf(
  vertices: readonly Vertex[],
  edges: readonly Edge[],
  direction: "right" | "down",
  result: Tensor,
): string {
  const box = (label: string, look: { fillcolor: string; color: string }) => {
    // Graphviz does not know our font, so it is told how wide the text is, in inches of 72 points.
    const width = (textWidth(label, 12) + 20) / 72
    return `label=${quoted(label)} width=${width.toFixed(3)} fillcolor="${look.fillcolor}" color="${look.color}"`
  }
  const value = result.count === 1 ? short(Number(result.toTypedArray()[0])) : shapeText(result)
  return [
    "digraph {",
    `  rankdir=${direction === "right" ? "LR" : "TB"} nodesep=0.16 ranksep=0.36 bgcolor="white" pad=0.1`,
    '  node [shape=box style="rounded,filled" height=0.34 fixedsize=true fontname="Inter" fontsize=12 fontcolor="#1f2933" penwidth=1.2]',
    '  edge [color="#8b98a8" arrowsize=0.6 fontname="Inter" fontsize=9 fontcolor="#6b7785"]',
    ...vertices.map(({ id, kind, label }) => `  ${id} [${box(label, looks[kind])}]`),
    ...edges.map(
      ({ from, to, label }) => `  ${from} -> ${to}${label === "" ? "" : ` [label=${quoted(` ${label} `)}]`}`,
    ),
    `  result [${box(value, { fillcolor: "#e3f4ee", color: "#1F9E89" })}]`,
    "  v0 -> result",
    "}",
  ].join("\n")
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`
}

let graphviz: Promise<{ renderString(dot: string, options: { format: string }): string }> | undefined

/** Graphviz's layout as SVG, in CSS pixels. */
async function layOut(dot: string): Promise<string> {
  graphviz ??= import("@viz-js/viz").then(({ instance }) => instance())
  const svg = (await graphviz).renderString(dot, { format: "svg" })
  return svg
    .slice(svg.indexOf("<svg"))
    .replace(/(width|height)="([\d.]+)pt"/g, (_, side, size) => `${side}="${Math.ceil(Number(size))}px"`)
}

/** The operations as an indented list, the last one first; one that is used twice is listed once. */
function textOf(result: Tensor, names: ReadonlyMap<Tensor, string>, cut: boolean): string {
  const lines: string[] = []
  const seen = new Set<Node>()
  const stack: [tensor: Tensor, depth: number][] = [[result, 0]]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [tensor, depth] = next
    if (lines.length === textLines) {
      lines.push("…")
      break
    }
    const indent = "  ".repeat(Math.min(depth, 20))
    if (!tensor.node) lines.push(`${indent}${leafText(tensor, names)}`)
    else if (seen.has(tensor.node)) lines.push(`${indent}${tensor.node.operation} (above)`)
    else {
      seen.add(tensor.node)
      lines.push(`${indent}${tensor.node.operation} → ${shapeText(tensor)}`)
      for (const input of tensor.node.inputs.toReversed()) stack.push([input, depth + 1])
    }
  }
  if (cut) lines.push(`(the picture shows the ${mostVertices} nearest)`)
  return lines.join("\n")
}
