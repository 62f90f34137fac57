import { noGrad } from "../autograd/mode.js"
import { Linear } from "../nn/linear.js"
import type { Module } from "../nn/module.js"
import type { Tensor } from "../tensor/tensor.js"
import type { Chart } from "./chart.js"
import { drawBlocks } from "./diagram-blocks.js"
import { drawNeurons } from "./diagram-neurons.js"
import * as messages from "./messages.js"

/** How a diagram looks. */
export interface DiagramOptions {
  title?: string
  subtitle?: string
  /** Names of the inputs and outputs, in a network whose units are drawn. */
  inputs?: readonly string[]
  outputs?: readonly string[]
  /** `"neurons"` draws each unit with its weights, `"blocks"` each layer; default what can be read. */
  kind?: "neurons" | "blocks"
}

/** A network is drawn unit by unit up to so many in a layer, and in all. */
const mostInLayer = 16
const mostUnits = 64

/**
 * Draws a network: a small one of linear layers as units and weighted connections (blue below zero, orange above, stronger where the
 * weight is larger), any other as a stack of its layers with what they give and learn.
 *
 * Options: `kind`, `inputs`, `outputs`, `title`, `subtitle`.
 *
 * Errors: a value that is no module; names that are not as many as the units; units of a network that is not a chain of linear
 * layers.
 *
 * @example diagram(new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1))).text // "Sequential · 2 → 3 → 1 units"
 */
export function diagram(model: Module, options: DiagramOptions = {}): Chart {
  if (typeof model?.namedModules !== "function") throw messages.notAModel("diagram", model)
  if (options.kind !== undefined && options.kind !== "neurons" && options.kind !== "blocks")
    throw messages.unknownName("diagram", "kind", String(options.kind), ["neurons", "blocks"])
  const chain = linearChain(model)
  const units = chain ? [chain[0]?.inFeatures ?? 0, ...chain.map(({ outFeatures }) => outFeatures)] : []
  const small = units.length > 0 && Math.max(...units) <= mostInLayer && units.reduce((a, b) => a + b, 0) <= mostUnits
  if (options.kind === "neurons" && !chain) throw messages.noChain(model.constructor.name)
  if (chain && (options.kind === "neurons" || (options.kind === undefined && small))) {
    const parts = noGrad(() => chain.map((layer) => readLayer(model, layer)))
    return drawNeurons(model.constructor.name, units, parts, options)
  }
  return drawBlocks(model, options)
}

/** The linear layers in order, when each takes what the one before gives and nothing else learns. */
function linearChain(model: Module): Linear[] | undefined {
  const layers = model.modules().filter((module) => module instanceof Linear)
  const learned = layers.flatMap((layer) => layer.parameters())
  if (layers.length === 0 || learned.length !== model.parameters().length) return undefined
  const fits = layers.every((layer, i) => i === 0 || layers[i - 1]?.outFeatures === layer.inFeatures)
  return fits ? layers : undefined
}

function readLayer(model: Module, layer: Linear) {
  const name = model.namedModules().find(([, module]) => module === layer)?.[0] ?? ""
  const numbers = (tensor: Tensor | null | undefined) => (tensor ? Array.from(tensor.toTypedArray()) : [])
  return { name: name || "Linear", weight: numbers(layer.weight), bias: numbers(layer.bias) }
}
