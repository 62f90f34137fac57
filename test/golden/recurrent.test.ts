import { describe, expect, test } from "vitest"
import { cat, grad, linspace, manualSeed, nn, rand, randn, Tensor } from "../../src/index.js"
import { expectNear, golden, type Numbers } from "./support.js"

/** A layer or cell of nn by its name, on an input and first states drawn after it. */
interface Case {
  readonly name: string
  readonly sizes: readonly [number, number]
  readonly options: Record<string, unknown>
  readonly shapes: readonly number[][]
  /** The lengths of the sequences, where the input is packed. */
  readonly lengths: readonly number[] | null
  readonly training: boolean
  readonly names: readonly string[]
  readonly first: number
  readonly last: number
  readonly outputs: readonly Numbers[]
  readonly gradients: readonly Numbers[]
  readonly next: number
}

type State = Tensor | readonly Tensor[] | null
type Maker = new (...values: unknown[]) => nn.Module & ((x: Tensor | nn.PackedSequence, state: State) => unknown)

/** The tensors in what a layer gives, in order. */
function flat(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result]
  if (result instanceof nn.PackedSequence) return [result.data]
  return (result as readonly unknown[]).flatMap(flat)
}

const { layers } = golden<{ layers: Case[] }>("recurrent")
const title = ({ name, options, shapes, lengths }: Case) =>
  `${name} ${JSON.stringify(options)} ${JSON.stringify(shapes)}${lengths === null ? "" : ` packed ${lengths}`}`

describe("recurrent layers are PyTorch's", () => {
  test.each(layers.map((wanted) => [title(wanted), wanted] as const))("%s", (_title, wanted) => {
    const Layer = (nn as unknown as Record<string, Maker>)[wanted.name]
    if (Layer === undefined) throw new Error(`nn has no ${wanted.name}`)
    manualSeed(42)
    const layer = new Layer(...wanted.sizes, wanted.options).train(wanted.training)
    const named = layer.namedParameters()
    expect(named.map(([name]) => name)).toEqual(wanted.names)
    const [first, last] = [named[0]?.[1], named.at(-1)?.[1]] as [Tensor, Tensor]
    expect(first.detach().reshape(-1).at(0).item()).toBe(Math.fround(wanted.first))
    expect(last.detach().reshape(-1).at(-1).item()).toBe(Math.fround(wanted.last))

    const inputs = wanted.shapes.map((shape) => randn(shape, { requiresGrad: true }))
    const [x, ...states] = inputs as [Tensor, ...Tensor[]]
    const batchFirst = wanted.options.batchFirst === true
    const input =
      wanted.lengths === null ? x : nn.packPaddedSequence(x, wanted.lengths, { batchFirst, enforceSorted: false })
    const outputs = flat(layer(input, states.length === 2 ? states : (states[0] ?? null)))
    expect(outputs.length).toBe(wanted.outputs.length)
    outputs.forEach((output, i) => {
      expectNear(output.detach(), wanted.outputs[i] as Numbers, { relative: 1e-5, absolute: 3e-7 })
    })
    const joined = cat(outputs.map((output) => output.reshape(-1)))
    const found = grad(joined.mul(linspace(-1, 2, joined.numel())).sum(), [...inputs, ...named.map(([, p]) => p)])
    found.forEach((gradient, i) => {
      // Sums over all steps, in which gradients of different signs nearly cancel.
      expectNear(gradient, wanted.gradients[i] as Numbers, { relative: 1e-5, absolute: 3e-6 })
    })
    expect(rand([1]).item()).toBe(Math.fround(wanted.next)) // dropout drew as much
  })
})
