import { describe, expect, it, test } from "vitest"
import {
  CellgradError,
  cat,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  nn,
  noGrad,
  ones,
  randn,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js"

const float64 = { dtype: "float64" } as const
/** What TypeScript would refuse. */
const wrong = (value: unknown) => value as never

/** All states that a layer gives, in one vector. */
function flat(result: [Tensor, Tensor] | [Tensor, [Tensor, Tensor]]): Tensor {
  const [y, state] = result
  return cat([y, ...(Array.isArray(state) ? state : [state])].map((x) => x.reshape(-1)))
}

describe("gradients of recurrent layers agree with central differences", () => {
  type Layer = nn.Module & ((x: Tensor) => [Tensor, Tensor] | [Tensor, [Tensor, Tensor]])
  const layers: Record<string, () => Layer> = {
    tanh: () => new nn.RNN(1, 2, float64),
    relu: () => new nn.RNN(1, 2, { ...float64, nonlinearity: "relu" }),
    gru: () => new nn.GRU(1, 2, float64),
    "gru, two directions": () => new nn.GRU(1, 1, { ...float64, bidirectional: true, bias: false }),
    lstm: () => new nn.LSTM(1, 2, float64),
    "lstm, two layers": () => new nn.LSTM(1, 1, { ...float64, numLayers: 2 }),
  }

  test.each(Object.entries(layers))("%s, of both orders", (_name, make) => {
    manualSeed(5)
    const layer = make()
    const x = randn([3, 2, 1], { ...float64, requiresGrad: true })
    const run = () => flat(layer(x))
    expect(gradcheck(run, [x, ...layer.parameters()])).toBe(true)
    expect(gradgradcheck(run, [x, ...layer.parameters()])).toBe(true)
  })

  test("states and packed sequences", () => {
    manualSeed(6)
    const layer = new nn.LSTM(1, 1, { ...float64, bidirectional: true })
    const [x, h, c] = [
      [3, 2, 1],
      [2, 2, 1],
      [2, 2, 1],
    ].map((shape) => randn(shape, { ...float64, requiresGrad: true })) as [Tensor, Tensor, Tensor]
    const run = () => {
      const [y, state] = layer(nn.packPaddedSequence(x, [3, 1]), [h, c])
      return flat([y.data, state])
    }
    expect(gradcheck(run, [x, h, c])).toBe(true)
    expect(gradgradcheck(run, [x, h, c])).toBe(true)
  })
})

describe("a layer is its cell, step by step", () => {
  /** Gives the cell the weights of a layer. */
  function cellOf<C extends nn.Module>(layer: nn.Module, cell: C): C {
    cell.loadStateDict(Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k.replace("_l0", ""), v])))
    return cell
  }

  test.each([1, 7, 33])("LSTM with %i samples", (samples) => {
    const layer = new nn.LSTM(5, 19)
    const cell = cellOf(layer, new nn.LSTMCell(5, 19))
    const x = randn([6, samples, 5])
    let state: [Tensor, Tensor] | null = null
    const steps: Tensor[] = []
    for (const step of x) {
      state = cell(step, state)
      steps.push(state[0])
    }
    const [y, [h, c]] = layer(x)
    const weigh = (z: Tensor) => z.sin().sum()
    expect(y.allclose(stack(steps), { rtol: 1e-5, atol: 1e-6 })).toBe(true)
    const [h0, c0] = state as unknown as [Tensor, Tensor]
    expect(h.squeeze(0).allclose(h0, { rtol: 1e-5, atol: 1e-6 })).toBe(true)
    expect(c.squeeze(0).allclose(c0, { rtol: 1e-5, atol: 1e-6 })).toBe(true)
    const fused = grad(weigh(y).add(weigh(c)), layer.parameters())
    const composed = grad(weigh(stack(steps)).add(weigh(c0)), cell.parameters())
    fused.forEach((g, i) => {
      expect(g.allclose(composed[i] as Tensor, { rtol: 1e-4, atol: 1e-4 })).toBe(true)
    })
  })

  test.each(["tanh", "relu", "gru"])("%s", (kind) => {
    const [layer, cell] =
      kind === "gru"
        ? [new nn.GRU(4, 18), new nn.GRUCell(4, 18)]
        : [new nn.RNN(4, 18, { nonlinearity: kind as "tanh" }), new nn.RNNCell(4, 18, { nonlinearity: kind as "tanh" })]
    cellOf(layer, cell)
    const x = randn([5, 9, 4])
    let state: Tensor | null = null
    const steps: Tensor[] = []
    for (const step of x) {
      state = cell(step, state)
      steps.push(state)
    }
    const [y] = layer(x)
    expect(y.allclose(stack(steps), { rtol: 1e-5, atol: 1e-6 })).toBe(true)
    const fused = grad(y.square().sum(), layer.parameters())
    const composed = grad(stack(steps).square().sum(), cell.parameters())
    fused.forEach((g, i) => {
      expect(g.allclose(composed[i] as Tensor, { rtol: 1e-4, atol: 1e-4 })).toBe(true)
    })
  })
})

describe("recurrent layers", () => {
  test("are the same with and without a tape, and again after it", () => {
    const layer = new nn.GRU(3, 4, { numLayers: 2 })
    const x = randn([5, 2, 3])
    const recorded = layer(x)[0]
    const plain = noGrad(() => layer(x)[0])
    recorded.sum().backward()
    expect(plain.equal(recorded.detach())).toBe(true)
    expect(noGrad(() => layer(x)[0]).equal(plain)).toBe(true)
  })

  test("say what they are, and give their parameters by PyTorch's names", () => {
    const layer = new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, batchFirst: true, dropout: 0.1 })
    expect(String(layer)).toBe("LSTM(3 -> 4, numLayers: 2, batchFirst: true, dropout: 0.1, bidirectional: true)")
    expect(layer.weight_ih_l1_reverse?.shape).toEqual([16, 8])
    expect(Object.keys(layer.stateDict()).slice(0, 5)).toEqual([
      "weight_ih_l0",
      "weight_hh_l0",
      "bias_ih_l0",
      "bias_hh_l0",
      "weight_ih_l0_reverse",
    ])
  })

  test("a sequence without steps gives no output and the first state", () => {
    const [y, h] = new nn.GRU(3, 4)(zeros([0, 2, 3]), ones([1, 2, 4]))
    expect(y.shape).toEqual([0, 2, 4])
    expect(h.equal(ones([1, 2, 4]))).toBe(true)
  })
})

describe("packed sequences", () => {
  const a = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  const b = tensor([[7, 8]])

  test("come back as they were, in their order", () => {
    const padded = nn.padSequence([b, a], { batchFirst: true, paddingValue: -1 })
    expect(padded.tolist()).toEqual([
      [
        [7, 8],
        [-1, -1],
        [-1, -1],
      ],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ])
    const packed = nn.packPaddedSequence(padded, tensor([1, 3]), { batchFirst: true, enforceSorted: false })
    expect(packed.batchSizes).toEqual([2, 1, 1])
    expect(packed.data.tolist()).toEqual([
      [1, 2],
      [7, 8],
      [3, 4],
      [5, 6],
    ])
    const [again, lengths] = nn.padPackedSequence(packed, { batchFirst: true, paddingValue: -1 })
    expect(again.equal(padded)).toBe(true)
    expect(lengths.tolist()).toEqual([1, 3])
    expect(nn.padPackedSequence(packed, { totalLength: 5 })[0].shape).toEqual([5, 2, 2])
  })

  test("what stands in the padding changes nothing", () => {
    const layer = new nn.LSTM(2, 3, { bidirectional: true })
    const x = nn.padSequence([a, b])
    const y = nn.padSequence([a, b], { paddingValue: 99 })
    const [first, second] = [x, y].map((z) => layer(nn.packPaddedSequence(z, [3, 1]))[0].data) as [Tensor, Tensor]
    expect(first.equal(second)).toBe(true)
    const alone = layer(b.unsqueeze(1))[0] // [1, 1, 6]
    expect(
      nn
        .padPackedSequence(layer(nn.packPaddedSequence(x, [3, 1]))[0])[0]
        .at(0, 1)
        .allclose(alone.at(0, 0)),
    ).toBe(true)
  })
})

const badSamples: Record<string, () => unknown> = {
  "LSTM: features": () => new nn.LSTM(3, 4)(zeros([5, 2, 7])),
  "LSTM: features in the middle": () => new nn.LSTM(3, 4, { batchFirst: true })(zeros([2, 3, 5])),
  "LSTM: numbers without a feature": () => new nn.LSTM(1, 4, { batchFirst: true })(zeros([32, 10])),
  "LSTM: one sequence of numbers": () => new nn.LSTM(1, 4)(zeros([10])),
  "LSTM: images": () => new nn.LSTM(28, 4)(zeros([2, 1, 28, 28])),
  "LSTM: state is no pair": () => new nn.LSTM(3, 4)(zeros([5, 2, 3]), wrong(zeros([1, 2, 4]))),
  "LSTM: state batch first": () =>
    new nn.LSTM(3, 4, { batchFirst: true })(zeros([2, 5, 3]), [zeros([2, 1, 4]), zeros([2, 1, 4])]),
  "LSTM: state without a batch": () => new nn.LSTM(3, 4)(zeros([5, 2, 3]), [zeros([1, 4]), zeros([1, 4])]),
  "LSTM: cell of another size": () => new nn.LSTM(3, 4)(zeros([5, 2, 3]), [zeros([1, 2, 4]), zeros([1, 2, 5])]),
  "LSTM: float64": () => new nn.LSTM(3, 4)(zeros([5, 2, 3], { dtype: "float64" })),
  "LSTM: an array": () => new nn.LSTM(3, 4)(wrong([[1, 2, 3]])),
  "LSTM: hidden size": () => new nn.LSTM(3, 0),
  "LSTM: dropout": () => new nn.LSTM(3, 4, { dropout: 1.5 }),
  "GRU: state of a direction missing": () =>
    new nn.GRU(3, 4, { bidirectional: true })(zeros([5, 2, 3]), zeros([1, 2, 4])),
  "RNN: nonlinearity": () => new nn.RNN(3, 4, { nonlinearity: wrong("sigmoid") }),
  "RNN: packed features": () => new nn.RNN(3, 4)(nn.packPaddedSequence(zeros([2, 1, 5]), [2])),
  "LSTMCell: a sequence": () => new nn.LSTMCell(3, 4)(zeros([5, 2, 3])),
  "GRUCell: state": () => new nn.GRUCell(3, 4)(zeros([2, 3]), zeros([3, 4])),
  "packPaddedSequence: not sorted": () => nn.packPaddedSequence(zeros([5, 2, 3]), [2, 5]),
  "packPaddedSequence: too long": () => nn.packPaddedSequence(zeros([5, 2, 3]), [6, 2]),
  "packPaddedSequence: a length missing": () => nn.packPaddedSequence(zeros([5, 2, 3]), [5]),
  "packPaddedSequence: a vector": () => nn.packPaddedSequence(zeros([5]), [5]),
  "padPackedSequence: too short": () =>
    nn.padPackedSequence(nn.packPaddedSequence(zeros([5, 1, 3]), [5]), { totalLength: 4 }),
  "padSequence: nothing": () => nn.padSequence([]),
  "padSequence: other features": () => nn.padSequence([zeros([2, 3]), zeros([2, 4])]),
}

describe("messages of bad calls", () => {
  it.each(Object.entries(badSamples))("%s", (_, call) => {
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CellgradError)
    expect(`${(error as CellgradError).name}: ${(error as CellgradError).message}`).toMatchSnapshot()
  })
})
