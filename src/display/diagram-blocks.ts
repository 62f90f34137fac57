import type { Module } from "../nn/module.js"
import { Chart } from "./chart.js"
import { textWidth } from "./fonts.js"
import { count } from "./numbers.js"
import { heading } from "./plot/heading.js"
import { ink } from "./theme.js"

/** A layer as a block, or a module that holds others as a frame around theirs. */
interface Block {
  name: string
  type: string
  output: string
  params: number
  /** How many like it follow one another, drawn as one. */
  times: number
  inner: readonly Block[]
}

/** Where a block or frame stands. */
interface Placed extends Omit<Block, "inner"> {
  x: number
  y: number
  x2: number
  y2: number
  frame: boolean
}

const blockHeight = 30
const arrow = 16
const inset = 12
const frameHead = 22

/** A model as a stack of its layers: name and type, what came out last, how many numbers they learn. */
export function drawBlocks(model: Module, { title, subtitle }: { title?: string; subtitle?: string }): Chart {
  const name = model.constructor.name
  const blocks = blocksOf(model)
  const own = blocks.length > 0 ? blocks : [blockOf("", model)]
  const width = Math.max(240, widest(own, 0) + 2 * inset)
  const placed: Placed[] = []
  const arrows: { x: number; y: number; y2: number }[] = []
  const height = place(own, { x: 0, y: 0, x2: width }, placed, arrows)
  const learned = model.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0)
  const at = (field: string) => ({ field, type: "quantitative", scale: null, axis: null })
  const layers = placed.filter(({ frame }) => !frame)
  const frames = placed.filter(({ frame }) => frame)
  const middle = (block: Placed) => (block.y + block.y2) / 2
  const text = (values: readonly object[], align: string, style: object) => ({
    data: { values },
    mark: { type: "text", align, baseline: "middle", fontSize: 11, ...style },
    encoding: { x: at("x"), y: at("y"), text: { field: "t" } },
  })
  const rects = (values: readonly Placed[], mark: object, fill: object) => ({
    data: {
      values: values.map(({ x, y, x2, y2, type, name, output, params }) => ({
        x,
        y,
        x2,
        y2,
        k: kindOf(type),
        t: type,
        n: name,
        o: output,
        p: params,
      })),
    },
    mark: { type: "rect", cornerRadius: 5, opacity: 1, aria: false, ...mark },
    encoding: {
      x: at("x"),
      y: at("y"),
      x2: { field: "x2" },
      y2: { field: "y2" },
      ...fill,
      tooltip: [
        { field: "n", title: "name" },
        { field: "t", title: "type" },
        { field: "o", title: "output" },
        { field: "p", title: "parameters", format: "," },
      ],
    },
  })
  const kinds = Object.entries(kindColors)
  const fill = {
    fill: {
      field: "k",
      type: "nominal",
      legend: null,
      scale: { domain: kinds.map(([kind]) => kind), range: kinds.map(([, color]) => color) },
    },
  }
  const facts = placed.map((block) => ({
    x: width + 14,
    y: block.frame ? block.y + frameHead / 2 : middle(block),
    t: [block.output, !block.frame && block.params > 0 ? count(block.params) : ""]
      .filter((part) => part !== "")
      .join("   "),
  }))
  const spec = {
    title: heading(title ?? name, subtitle, `${count(learned)} parameters`),
    width,
    height,
    layer: [
      rects(frames, { stroke: ink.axis, strokeWidth: 1 }, { fill: { value: "#f6f8fa" } }),
      rects(layers, { stroke: ink.paper, strokeWidth: 0 }, fill),
      {
        data: { values: arrows },
        mark: { type: "rule", color: ink.quiet, strokeWidth: 1.2, aria: false },
        encoding: { x: at("x"), y: at("y"), y2: { field: "y2" } },
      },
      {
        data: { values: arrows },
        mark: {
          type: "point",
          shape: "triangle-down",
          size: 34,
          color: ink.quiet,
          opacity: 1,
          aria: false,
          yOffset: -2,
        },
        encoding: { x: at("x"), y: at("y2") },
      },
      text(
        layers.map((block) => ({ x: block.x + 10, y: middle(block), t: labelOf(block) })),
        "left",
        { color: ink.text },
      ),
      text(
        frames.map((block) => ({ x: block.x + 10, y: block.y + frameHead / 2 + 1, t: labelOf(block) })),
        "left",
        { color: ink.quiet, fontSize: 10.5 },
      ),
      text(
        facts.filter(({ t }) => t !== ""),
        "left",
        { color: ink.quiet, fontSize: 10.5 },
      ),
    ],
  }
  return new Chart(spec, `${title || name} · ${count(countLayers(own))} layers · ${count(learned)} parameters`)
}

const kindColors = {
  learned: "#d6e4f0",
  attention: "#fbe3cc",
  embedding: "#dcefe9",
  norm: "#ece4f5",
  other: "#eceff3",
} as const

function kindOf(type: string): keyof typeof kindColors {
  if (/attention/i.test(type)) return "attention"
  if (/embedding|position/i.test(type)) return "embedding"
  if (/norm/i.test(type)) return "norm"
  return /linear|conv|rnn|lstm|gru/i.test(type) ? "learned" : "other"
}

function blocksOf(model: Module): Block[] {
  const found: Block[] = []
  for (const [name, child] of model.namedChildren()) {
    const block = blockOf(name, child)
    const last = found.at(-1)
    // Twelve like layers are one that is said to come twelve times.
    if (last && block.inner.length > 0 && sameInside(last, block))
      found[found.length - 1] = { ...last, times: last.times + 1 }
    else found.push(block)
  }
  return found
}

function blockOf(name: string, module: Module): Block {
  const extra = module.extraRepr().replaceAll("->", "›")
  const type = module.constructor.name
  return {
    name,
    type: extra === "" ? type : `${type}(${extra})`,
    output: module.outputShape ? `[${module.outputShape.join(", ")}]` : "",
    params: module.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0),
    times: 1,
    inner: blocksOf(module),
  }
}

function sameInside(a: Block, b: Block): boolean {
  return (
    a.type === b.type &&
    a.params === b.params &&
    a.inner.length === b.inner.length &&
    a.inner.every((inner, i) => sameInside(inner, b.inner[i] as Block))
  )
}

function labelOf({ name, type, times }: Pick<Block, "name" | "type" | "times">): string {
  const label = name === "" ? type : `${name}  ${type}`
  return times > 1 ? `${label}   × ${times}` : label
}

function widest(blocks: readonly Block[], depth: number): number {
  return Math.max(
    0,
    ...blocks.map((block) =>
      Math.max(textWidth(labelOf(block), 11) + 26 + 2 * inset * depth, widest(block.inner, depth + 1)),
    ),
  )
}

function countLayers(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { inner, times }) => sum + times * (inner.length > 0 ? countLayers(inner) : 1), 0)
}

/** Puts blocks below one another; returns where the last one ends. */
function place(
  blocks: readonly Block[],
  { x, y, x2 }: { x: number; y: number; x2: number },
  placed: Placed[],
  arrows: { x: number; y: number; y2: number }[],
): number {
  let top = y
  blocks.forEach(({ inner, ...block }, i) => {
    if (i > 0) {
      arrows.push({ x: x + 30, y: top, y2: top + arrow - 1 })
      top += arrow
    }
    const frame = inner.length > 0
    const own: Placed = { ...block, x, x2, y: top, y2: top + blockHeight, frame }
    placed.push(own)
    if (frame) own.y2 = place(inner, { x: x + inset, y: top + frameHead, x2: x2 - inset }, placed, arrows) + inset
    top = own.y2
  })
  return top
}
