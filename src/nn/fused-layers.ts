import type { LinearActivation } from "../native/backend.js"
import { convolutionBlock } from "../ops/convolution-block.js"
import { linear } from "../ops/matmul.js"
import { CellgradError } from "../tensor/errors.js"
import type { Tensor } from "../tensor/tensor.js"
import { Sigmoid, Tanh } from "./activations.js"
import { Conv2d } from "./convolution.js"
import { Linear } from "./linear.js"
import { Module } from "./module.js"
import { MaxPool2d } from "./pooling.js"
import { ReLU } from "./rectifiers.js"

/** What several layers of a row gave, computed at once. */
export interface FusedOutput {
  readonly output: Tensor
  /** How many layers that were. */
  readonly count: number
}

/**
 * Computes layers that follow each other in one operation where there is one that gives the same numbers: a linear layer
 * with its activation, a convolution with its rectifier and pooling. Null where there is none, or where somebody watches
 * what one of the layers gives.
 */
export function fuseLayers(layers: readonly unknown[], first: number, x: Tensor): FusedOutput | null {
  const layer = layers[first]
  const next = layers[first + 1]
  if (!(next instanceof Module) || !(layer instanceof Module) || layer.isWatched || next.isWatched) return null
  try {
    if (isPlain(layer, Linear)) return fuseLinear(layer, next, x)
    if (isPlain(layer, Conv2d) && isPlain(next, ReLU)) return fuseConvolution(layer, next, layers[first + 2], x)
  } catch (error) {
    if (!(error instanceof CellgradError)) throw error
    // The layers one by one fail too, and their error names the one that does.
  }
  return null
}

/** Whether a module computes what its class does, and nothing of its own. */
function isPlain<M extends Module>(module: unknown, type: abstract new (...args: never[]) => M): module is M {
  return module instanceof type && module.forward === type.prototype.forward
}

function fuseLinear(layer: Linear, next: Module, x: Tensor): FusedOutput | null {
  const activation: LinearActivation = isPlain(next, ReLU)
    ? "relu"
    : isPlain(next, Tanh)
      ? "tanh"
      : isPlain(next, Sigmoid)
        ? "sigmoid"
        : "none"
  if (activation === "none") return null
  const output = linear(x, layer.weight, layer.bias, activation)
  layer.noteOutput(output.shape)
  next.noteOutput(output.shape)
  return { output, count: 2 }
}

function fuseConvolution(layer: Conv2d, next: ReLU, third: unknown, x: Tensor): FusedOutput | null {
  if (layer.paddingMode !== "zeros") return null
  const pool = isPlain(third, MaxPool2d) && !third.isWatched ? third : null
  const output = convolutionBlock(x, layer.weight, layer.bias, layer, pool)
  const shape = pool === null ? output.shape : layer.outputShapeOf(x.shape)
  layer.noteOutput(shape)
  next.noteOutput(shape)
  pool?.noteOutput(output.shape)
  return { output, count: pool === null ? 2 : 3 }
}
