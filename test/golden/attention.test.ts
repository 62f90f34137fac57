import { describe, expect, test } from "vitest"
import { F, grad, linspace, manualSeed, nn, rand, type Tensor } from "../../src/index.js"
import { expectNear, golden, golds, type Numbers } from "./support.js"

interface Case {
  readonly y: Numbers
  readonly gradients: Record<string, Numbers>
}

interface LayerCase extends Case {
  readonly state: Record<string, Numbers> | null
  readonly next: number
}

const gold = golden<{
  functional: {
    q: Numbers
    k: Numbers
    v: Numbers
    allowed: Numbers
    added: Numbers
    cases: Record<string, { y: Numbers; gradients: Numbers[] }>
  }
  query: Numbers
  memory: Numbers
  causal: Numbers
  perHead: Numbers
  padding: Numbers
  multihead: Record<string, LayerCase & { weights: Numbers | null }>
  encoder: Record<string, LayerCase & { stackNames: string[]; stacked: Numbers }>
}>("attention")

// Some gradients, such as that of the bias of the keys, are 0 but for rounding: hence the absolute tolerance.
const near = { relative: 1e-5, absolute: 2e-6 }

const causal = golds(gold.causal)
const padding = golds(gold.padding)
const perHead = golds(gold.perHead)

/** The gradients of the same crooked sum as in scripts/golden. */
function gradients(inputs: readonly Tensor[], y: Tensor): Tensor[] {
  const dy = linspace(-1, 2, y.numel()).reshape(y.shape)
  return grad(y.mul(dy).sum(), inputs)
}

function expectGradients(names: readonly string[], inputs: readonly Tensor[], y: Tensor, wanted: Case): void {
  expect(names).toEqual(Object.keys(wanted.gradients))
  gradients(inputs, y).forEach((found, i) => {
    expectNear(found, wanted.gradients[names[i] as string] as Numbers, near)
  })
}

function expectState(layer: nn.Module, wanted: LayerCase["state"]): void {
  if (wanted === null) return
  const state = layer.stateDict()
  expect(Object.keys(state)).toEqual(Object.keys(wanted))
  for (const [name, value] of Object.entries(state))
    expectNear(value, wanted[name] as Numbers, { relative: 6e-8, absolute: 0 })
}

describe("scaled dot-product attention", () => {
  const { q, k, v, allowed, added, cases } = gold.functional
  const options = {
    plain: {},
    bool: { mask: golds(allowed) },
    added: { mask: golds(added) },
    causal: { isCausal: true },
  }

  test.each(Object.keys(options) as (keyof typeof options)[])("%s", (name) => {
    const wanted = cases[name] as { y: Numbers; gradients: Numbers[] }
    const inputs = [q, k, v].map((x) => golds(x, { requiresGrad: true })) as [Tensor, Tensor, Tensor]
    const y = F.scaledDotProductAttention(...inputs, options[name])
    expectNear(y, wanted.y, near)
    gradients(inputs, y).forEach((found, i) => {
      expectNear(found, wanted.gradients[i] as Numbers, near)
    })
  })
})

describe("multi-head attention", () => {
  const cases: Record<
    string,
    [settings: nn.MultiheadAttentionOptions, key: Numbers, options: nn.MultiheadAttentionForwardOptions]
  > = {
    self: [{}, gold.query, {}],
    cross: [{}, gold.memory, {}],
    noBias: [{ bias: false }, gold.query, {}],
    batchFirst: [{ batchFirst: true }, gold.query, {}],
    causal: [{}, gold.query, { attnMask: causal }],
    padding: [{}, gold.query, { keyPaddingMask: padding }],
    both: [{}, gold.query, { attnMask: causal, keyPaddingMask: padding }],
    perHead: [{}, gold.query, { attnMask: perHead }],
    everyHead: [{}, gold.query, { averageAttnWeights: false }],
    noWeights: [{}, gold.query, { needWeights: false }],
  }

  test.each(Object.entries(cases))("%s", (name, [settings, keyNumbers, options]) => {
    const wanted = gold.multihead[name] as (typeof gold.multihead)[string]
    manualSeed(42)
    const layer = new nn.MultiheadAttention(8, 2, settings)
    expect(rand([1]).item()).toBe(Math.fround(wanted.next))
    expectState(layer, wanted.state)
    const [query, key] = [gold.query, keyNumbers].map((numbers) => {
      const x = golds(numbers)
      const ordered = settings.batchFirst ? x.transpose(0, 1).clone() : x
      ordered.requiresGrad = true
      return ordered
    }) as [Tensor, Tensor]
    const [y, weights] = layer(query, key, key, options)
    expectNear(y.contiguous(), wanted.y, near)
    if (wanted.weights === null) expect(weights).toBeNull()
    else expectNear(weights as Tensor, wanted.weights, near)
    const named = layer.namedParameters()
    const inputs = [query, key, ...named.map(([, parameter]) => parameter)]
    expectGradients(["query", "key", ...named.map(([path]) => path)], inputs, y, wanted)
  })
})

describe("transformer encoder", () => {
  const cases: Record<
    string,
    [settings: nn.TransformerEncoderLayerOptions, options: nn.TransformerEncoderLayerForwardOptions]
  > = {
    relu: [{}, {}],
    gelu: [{ activation: "gelu" }, { srcMask: causal }],
    normFirst: [{ normFirst: true }, { srcKeyPaddingMask: padding }],
  }

  test.each(Object.entries(cases))("%s", (name, [settings, options]) => {
    const wanted = gold.encoder[name] as (typeof gold.encoder)[string]
    manualSeed(42)
    const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 6, dropout: 0, ...settings })
    expectState(layer, wanted.state)
    const x = golds(gold.query, { requiresGrad: true })
    const y = layer(x, options)
    expectNear(y, wanted.y, near)
    const named = layer.namedParameters()
    const inputs = [x, ...named.map(([, parameter]) => parameter)]
    expectGradients(["x", ...named.map(([path]) => path)], inputs, y, wanted)

    const stack = new nn.TransformerEncoder(layer, 2)
    expect(Object.keys(stack.stateDict())).toEqual(wanted.stackNames)
    expect(rand([1]).item()).toBe(Math.fround(wanted.next)) // copying draws nothing
    const { srcMask = null, srcKeyPaddingMask = null } = options
    expectNear(stack(x.detach(), { mask: srcMask, srcKeyPaddingMask }), wanted.stacked, near)
  })
})
