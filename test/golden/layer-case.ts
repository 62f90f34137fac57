import { expect } from "vitest"
import {
  type DType,
  grad,
  gradcheck,
  gradgradcheck,
  linspace,
  manualSeed,
  type nn,
  rand,
  type Tensor,
  tensor,
} from "../../src/index.js"
import { expectNear, flat, golds, type Numbers } from "./support.js"

/** A layer as PyTorch made and ran it: see scripts/golden/modules.py. */
export interface LayerCase {
  readonly inputs: readonly Numbers[]
  readonly state: Record<string, Numbers>
  readonly next: number
  readonly y: Numbers
  readonly gradients: Record<string, Numbers>
  readonly buffers?: Record<string, Numbers>
  readonly eval?: Numbers
}

export interface LayerCaseOptions {
  /** Which inputs are whole numbers, by position. */
  readonly wholeNumbers?: readonly number[]
  /** What is called instead of the layer itself. */
  readonly run?: (layer: nn.Module, inputs: Tensor[]) => Tensor
  /** False where central differences cannot confirm the gradients, such as of a layer that changes its own weights. */
  readonly differences?: boolean
  /** False for what is put together from layers whose second derivatives are tested on their own. */
  readonly secondOrder?: boolean
  /** State that is computed from what was drawn, whose last bit depends on the order of a sum. */
  readonly computed?: readonly string[]
  /** Looser for float32, where a case says why. */
  readonly float32?: { readonly relative?: number; readonly absolute?: number }
}

/** The numbers are those of float64, so they are exact for float32 as well, which is held to its own precision. */
const nearness = {
  float32: { relative: 1e-5, absolute: 2e-6 },
  float64: { relative: 1e-10, absolute: 1e-12 },
} as const

/** The gradients of the same crooked sum as in scripts/golden. */
export function gradientsOf(inputs: readonly Tensor[], y: Tensor): (Tensor | null)[] {
  return grad(crookedSum(y), inputs, { allowUnused: true })
}

/** A sum in which every element counts differently. */
export function crookedSum(y: Tensor): Tensor {
  return y.mul(linspace(-1, 2, y.numel(), { dtype: y.dtype }).reshape(y.shape)).sum()
}

/** A layer as it starts after manualSeed(42): its state is PyTorch's bit for bit, and so is the next random number. */
export function startedLike<M extends nn.Module>(
  gold: Pick<LayerCase, "state" | "next">,
  make: () => M,
  computed: readonly string[] = [],
): M {
  manualSeed(42)
  const layer = make()
  expect(rand([1]).item(), "the next random number").toBe(Math.fround(gold.next))
  const state = layer.stateDict()
  expect(Object.keys(state)).toEqual(Object.keys(gold.state))
  for (const [name, value] of Object.entries(state)) {
    const wanted = gold.state[name] as Numbers
    if (computed.includes(name)) expectNear(value, wanted, { relative: 2e-7, absolute: 0 })
    else expect(Array.from(value.toTypedArray()), name).toEqual(flat(wanted).map(Math.fround))
  }
  return layer
}

/** Holds a layer to a golden case in both types, and its gradients to central differences. */
export function expectLayer(gold: LayerCase, make: () => nn.Module, options: LayerCaseOptions = {}): void {
  const { wholeNumbers = [], run = (layer, inputs) => (layer as (...xs: Tensor[]) => Tensor)(...inputs) } = options
  for (const dtype of ["float32", "float64"] as const) {
    const near = dtype === "float32" ? { ...nearness.float32, ...options.float32 } : nearness.float64
    const layer = startedLike(gold, make, options.computed).to(dtype)
    const inputs = gold.inputs.map((numbers, i) => inputOf(numbers, wholeNumbers.includes(i) ? "int32" : dtype))
    const named = [
      ...inputs.flatMap((x, i) => (x.requiresGrad ? [[String(i), x] as const] : [])),
      ...layer.namedParameters(),
    ]
    const y = run(layer, inputs)
    expect(y.dtype).toBe(dtype)
    expectNear(y.detach(), gold.y, near)
    expect(named.map(([name]) => name)).toEqual(Object.keys(gold.gradients))
    const found = gradientsOf(
      named.map(([, x]) => x),
      y,
    )
    named.forEach(([name, x], i) => {
      expect(found[i] === null ? x.shape : found[i]?.shape, name).toEqual(x.shape)
      expectNear(found[i] ?? x.detach().mul(0), gold.gradients[name] as Numbers, near)
    })
    for (const [name, value] of Object.entries(gold.buffers ?? {}))
      expectNear(layer.getBuffer(name).detach(), value, near)
    if (gold.eval !== undefined) expectNear(run(layer.eval(), inputs).detach(), gold.eval, near)
    layer.train()
    if (dtype === "float64" && options.differences !== false) {
      const values = named.map(([, x]) => x)
      expect(gradcheck(() => crookedSum(run(layer, inputs)), values, { atol: 1e-6 })).toBe(true)
      const variables = inputs.filter((x) => x.requiresGrad)
      if (variables.length > 0 && options.secondOrder !== false)
        expect(gradgradcheck(() => run(layer, inputs), variables, { atol: 1e-5 })).toBe(true)
    }
  }
}

function inputOf(numbers: Numbers, dtype: DType): Tensor {
  if (dtype === "int32") return tensor(numbers as number[], { dtype })
  const x = golds(numbers).to(dtype).detach() // by way of float32, whose nine digits they are
  x.requiresGrad = true
  return x
}
