import { describe, expect, test } from "vitest"
import { F, manualSeed, nn, ones, rand, randn, type Tensor, tensor, zeros } from "../../src/index.js"

describe("scaled dot-product attention", () => {
  test("refuses what does not fit", () => {
    const x = zeros([2, 4])
    expect(() => F.scaledDotProductAttention(x, zeros([2, 3]), x)).toThrow("Query and key must have the same last size")
    expect(() => F.scaledDotProductAttention(x, x, zeros([3, 4]))).toThrow("[..., S, e]")
    expect(() => F.scaledDotProductAttention(zeros([4]), x, x)).toThrow("scaledDotProductAttention: [4]")
    expect(() => F.scaledDotProductAttention(x, x, x, { mask: zeros([3, 2]) })).toThrow("must broadcast to the scores")
    expect(() => F.scaledDotProductAttention(x, x, x, { mask: zeros([2, 2]), isCausal: true })).toThrow("not both")
    expect(() => F.scaledDotProductAttention(x, x, null as never)).toThrow("takes tensors")
    expect(() => F.scaledDotProductAttention(x, x, x, { mask: zeros([2, 2]).int() })).toThrow("mask.ne(0)")
  })

  test("a mask and the causal one can be joined as the error says", () => {
    const [q, k, v] = [randn([3, 2]), randn([3, 2]), randn([3, 2])] as [Tensor, Tensor, Tensor]
    const mask = ones([3, 3]).gt(0).tril().gt(0)
    const joined = F.scaledDotProductAttention(q, k, v, { mask })
    expect(joined.equal(F.scaledDotProductAttention(q, k, v, { isCausal: true }))).toBe(true)
    const wide = F.scaledDotProductAttention(q, k, v, { mask: zeros([3, 3], { dtype: "float64" }) })
    expect(wide.dtype).toBe("float32")
  })

  test("a query that may look at nothing gives zeros, and no NaN in the gradients", () => {
    const x = ones([2, 3], { requiresGrad: true })
    const mask = tensor([
      [true, false],
      [false, false],
    ])
    const y = F.scaledDotProductAttention(x, x, x, { mask })
    expect(y.tolist()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ])
    y.sum().backward()
    expect((x.grad as Tensor).isnan().any().item()).toBe(0)
  })
})

describe("multi-head attention", () => {
  test("refuses what does not fit", () => {
    expect(() => new nn.MultiheadAttention(10, 3)).toThrow("embedDim (10) must be divisible by numHeads (3)")
    expect(() => new nn.MultiheadAttention(8, 0)).toThrow("numHeads must be a whole number of at least 1")
    expect(() => new nn.MultiheadAttention(8, 2, { dropout: 2 })).toThrow("dropout must lie between 0 and 1")
    const layer = new nn.MultiheadAttention(8, 2)
    const x = zeros([5, 3, 8])
    expect(() => layer(zeros([5, 3, 7]), x, x)).toThrow("The last size must be embedDim (8)")
    expect(() => layer(x, x, zeros([4, 3, 8]))).toThrow("[S, N, 8]")
    expect(() => layer(x, zeros([5, 4, 8]), zeros([5, 4, 8]))).toThrow("batchFirst: true")
    expect(() => layer(x, x, x, { attnMask: zeros([3, 5]) })).toThrow("attnMask must be [5, 5] or [6, 5, 5]")
    expect(() => layer(x, x, x, { attnMask: zeros([5, 5]).int() })).toThrow("mask.ne(0)")
    expect(() => layer(x, x, x, { keyPaddingMask: zeros([5, 3]) })).toThrow("keyPaddingMask must be [3, 5]")
    expect(() => layer(x, x, x, { attnMask: zeros([3, 5]) })).toThrow("in MultiheadAttention(8, 2 heads)")
  })

  test("a sequence without a batch", () => {
    const layer = new nn.MultiheadAttention(8, 2, { batchFirst: true })
    const x = randn([5, 8])
    const [y, weights] = layer(x, x, x, { keyPaddingMask: tensor([false, false, false, false, true]) })
    expect(y.shape).toEqual([5, 8])
    expect((weights as Tensor).shape).toEqual([5, 5])
    expect((weights as Tensor).at(":", -1).abs().max().item()).toBe(0)
    expect(layer(x, x, x, { averageAttnWeights: false })[1]?.shape).toEqual([2, 5, 5])
  })

  test("drops weights while training only", () => {
    manualSeed(1)
    const layer = new nn.MultiheadAttention(8, 2, { dropout: 0.5 })
    const x = randn([9, 1, 8])
    expect((layer(x, x, x)[1] as Tensor).eq(0).any().item()).toBe(1)
    layer.eval()
    expect((layer(x, x, x)[1] as Tensor).sum(-1).allclose(ones([1, 9]))).toBe(true)
  })
})

describe("transformer encoder", () => {
  test("layers are copies that learn on their own", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 3 })
    const encoder = new nn.TransformerEncoder(layer.eval(), 2)
    expect(encoder.parameters().length).toBe(2 * layer.parameters().length)
    expect(encoder.layers[1]?.training).toBe(false)
    encoder(rand([3, 2, 4]))
      .sum()
      .backward()
    expect(layer.linear1.weight.grad).toBeNull()
    expect(encoder.layers[0]?.linear1.weight.grad).not.toBeNull()
    expect(() => new nn.TransformerEncoder("layer" as never, 2)).toThrow("must be an nn.TransformerEncoderLayer")
    expect(() => new nn.TransformerEncoder(layer, 0)).toThrow("numLayers")
    expect(() => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as never })).toThrow('"relu" or "gelu"')
  })

  test("a causal mask keeps the past from the future", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 3, dropout: 0, batchFirst: true })
    const x = randn([1, 3, 4])
    const srcMask = ones([3, 3]).triu(1).gt(0)
    const changed = x.clone()
    changed.narrow(1, 2, 1).fill_(5)
    const [before, after] = [x, changed].map((input) => layer(input, { srcMask }).narrow(1, 0, 2)) as [Tensor, Tensor]
    expect(before.allclose(after)).toBe(true)
  })
})

describe("positional encoding", () => {
  test("adds the same waves to every sequence of a batch", () => {
    const first = new nn.PositionalEncoding(5, { maxLen: 7 })(zeros([7, 2, 5])) // an odd size too
    const second = new nn.PositionalEncoding(5, { maxLen: 7, batchFirst: true })(zeros([2, 7, 5]))
    expect(first.transpose(0, 1).equal(second)).toBe(true)
    expect(first.at(3, 1, 2).item()).toBeCloseTo(Math.sin(3 / 10000 ** (2 / 5)), 6)
    expect(first.at(3, 1, 3).item()).toBeCloseTo(Math.cos(3 / 10000 ** (2 / 5)), 6)
  })

  test("learns and saves nothing, and refuses what does not fit", () => {
    const layer = new nn.PositionalEncoding(4, { maxLen: 3 })
    expect(layer.stateDict()).toEqual({})
    expect(() => layer(3 as never)).toThrow("takes a tensor")
    expect(() => layer(zeros([4, 4]))).toThrow("S at most maxLen (3)")
    expect(() => layer(zeros([2, 2, 5]))).toThrow("dModel = 4")
    expect(() => new nn.PositionalEncoding(0)).toThrow("dModel")
  })
})
