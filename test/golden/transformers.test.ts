import { describe, expect, test } from "vitest"
import { cat, gradcheck, nn, ones, type Tensor, tensor } from "../../src/index.js"
import { crookedSum, expectLayer, type LayerCase, type LayerCaseOptions } from "./layer-case.js"
import { expectNear, golden, golds, type Numbers } from "./support.js"

const [size, heads, length] = [4, 2, 4] as const
const causal = ones([length, length]).triu(1).gt(0)
const padding = tensor([
  [false, false, true, false],
  [false, true, false, true],
])
const memoryPadding = tensor([
  [false, false, true],
  [false, false, false],
])
const memoryMask = tensor([
  [0, 0.5, -1],
  [0, 0.5, -1],
  [0, 0.5, -1],
  [1, 0, 0],
])

/** Calls attention with one input as all three, or with each its own; output and weights in one. */
function attend(options: nn.MultiheadAttentionForwardOptions = {}): LayerCaseOptions {
  return {
    run: (layer, [q, k = q, v = q]) => {
      const [output, weights] = (layer as nn.MultiheadAttention)(q as Tensor, k as Tensor, v as Tensor, options)
      return cat([output.reshape([-1]), (weights as Tensor).reshape([-1])])
    },
    float32: small,
  }
}

/** Sums of many small parts, some of which cancel: what is near 0 has lost digits on the way. */
const small = { absolute: 5e-6 }

/** Calls a layer with options after its inputs. */
function withOptions(options: object): LayerCaseOptions {
  const run: LayerCaseOptions["run"] = (layer, inputs) => (layer as (...xs: unknown[]) => Tensor)(...inputs, options)
  return { run, float32: small, secondOrder: false }
}

/** While elements are dropped at random, differences mean nothing. */
const atRandom: LayerCaseOptions = { differences: false, float32: small }

const encoder = (options: nn.TransformerEncoderLayerOptions = {}) =>
  new nn.TransformerEncoderLayer(size, heads, { dimFeedforward: 3, dropout: 0, ...options })
const decoder = (options: nn.TransformerDecoderLayerOptions = {}) =>
  new nn.TransformerDecoderLayer(size, heads, { dimFeedforward: 3, dropout: 0, ...options })
const whole = (options: nn.TransformerOptions = {}) =>
  new nn.Transformer({
    dModel: size,
    nHead: heads,
    numEncoderLayers: 1,
    numDecoderLayers: 2,
    dimFeedforward: 3,
    dropout: 0,
    ...options,
  })

const cases: Record<string, [make: () => nn.Module, options?: LayerCaseOptions]> = {
  attentionSizes: [() => new nn.MultiheadAttention(size, heads, { kdim: 5, vdim: 6 }), attend()],
  attentionBiasKv: [
    () => new nn.MultiheadAttention(size, heads, { addBiasKv: true }),
    attend({ attnMask: causal, keyPaddingMask: padding }),
  ],
  attentionZero: [
    () => new nn.MultiheadAttention(size, heads, { addZeroAttn: true, addBiasKv: true, bias: false }),
    attend(),
  ],
  attentionDropout: [
    () => new nn.MultiheadAttention(size, heads, { dropout: 0.4 }),
    { ...attend(), differences: false },
  ],
  encoderNoBias: [() => encoder({ bias: false, layerNormEps: 1e-3 }), withOptions({})],
  encoderDropout: [() => encoder({ dropout: 0.3 }), atRandom],
  encoderDropoutBatch: [() => encoder({ dropout: 0.3, batchFirst: true }), atRandom],
  encoderDropoutFirst: [
    () => encoder({ dropout: 0.3, normFirst: true, activation: "gelu" }),
    { ...withOptions({ isCausal: true }), differences: false },
  ],
  decoder: [() => decoder(), withOptions({ tgtMask: causal, memoryMask, memoryKeyPaddingMask: memoryPadding })],
  decoderFirst: [() => decoder({ normFirst: true, activation: "gelu" }), withOptions({ tgtKeyPaddingMask: padding })],
  decoderDropout: [() => decoder({ dropout: 0.2 }), atRandom],
  transformer: [() => whole(), withOptions({ tgtMask: nn.Transformer.generateSquareSubsequentMask(length) })],
  transformerFirst: [
    () => whole({ normFirst: true, bias: false, activation: "gelu" }),
    withOptions({ srcKeyPaddingMask: memoryPadding }),
  ],
  transformerDropout: [() => whole({ dropout: 0.1, batchFirst: true }), atRandom],
}

describe("transformers are PyTorch's: start, output, gradients, and what is dropped", () => {
  const { torch: _, ...gold } = golden<Record<string, LayerCase>>("transformers") as Record<string, LayerCase | string>
  test.each(Object.keys(cases))("%s", (name) => {
    const [make, options] = cases[name] as (typeof cases)[string]
    expectLayer(gold[name] as LayerCase, make, options)
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(cases)).toEqual(Object.keys(gold))
  })
})

test("rotary positions are turns in the complex plane", () => {
  const gold = golden<Record<"x" | "neighbours" | "halves", Numbers>>("positions")
  const x = golds(gold.x).double()
  const near = { relative: 1e-12, absolute: 1e-14 }
  expectNear(new nn.RotaryEmbedding(6)(x), gold.neighbours, near)
  expectNear(new nn.RotaryEmbedding(6, { pairs: "halves" })(x), gold.halves, near)
  const late = new nn.RotaryEmbedding(6)(x.narrow(1, 3, 2), { offset: 3 })
  expectNear(late, golds(gold.neighbours, { dtype: "float64" }).narrow(1, 3, 2).tolist() as Numbers, near)
  x.requiresGrad = true
  expect(gradcheck((input) => crookedSum(new nn.RotaryEmbedding(6)(input)), [x])).toBe(true)
})
