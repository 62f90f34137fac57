import { expect, test } from "vitest"
import { arange, F, manualSeed, nn, optim, rand, randint, randn, stack, type Tensor } from "../../src/index.js"
import { golden } from "./support.js"

const gold = golden<{ cnn: number[]; lstm: number[]; gpt: number[] }>("training-models")

/** Trains for 200 steps and holds the loss of each to PyTorch's, to 4 decimals. */
function expectLosses(optimizer: optim.Optimizer, wanted: readonly number[], lossOf: (step: number) => Tensor): void {
  const losses = wanted.map((_, step) => {
    const loss = lossOf(step)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss.item()
  })
  expect(losses.length).toBe(200)
  const furthest = Math.max(...losses.map((loss, step) => Math.abs(loss - (wanted[step] as number))))
  expect(furthest).toBeLessThan(0.5e-4)
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2)
}

test("a convolutional network learns as in PyTorch", () => {
  manualSeed(42)
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(4, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(8 * 3 * 3, 4),
  )
  const x = randn([64, 1, 12, 12])
  const y = F.avgPool2d(x, 6).flatten(1).argmax(1)
  expectLosses(new optim.Adam(model.parameters(), { lr: 2e-3 }), gold.cnn, (step) => {
    const batch = [0, (step % 4) * 16, 16] as const
    return F.crossEntropy(model(x.narrow(...batch)), y.narrow(...batch))
  })
})

class Adder extends nn.Module {
  lstm = new nn.LSTM(2, 12, { batchFirst: true })
  head = new nn.Linear(12, 1)

  forward(x: Tensor): Tensor {
    const [states] = this.lstm(x) // [N, L, 12]
    return this.head(states.select(1, -1))
  }
}

test("an LSTM learns as in PyTorch", () => {
  manualSeed(42)
  const model = new Adder()
  const numbers = rand([32, 10])
  const marks = rand([32, 10]).gt(0.7).float()
  const x = stack([numbers, marks], 2)
  const y = numbers.mul(marks).sum(1, { keepdim: true })
  expectLosses(new optim.Adam(model.parameters(), { lr: 5e-3 }), gold.lstm, () => F.mseLoss(model(x), y))
})

class Block extends nn.Module {
  norm1: nn.LayerNorm
  norm2: nn.LayerNorm
  qkv: nn.Linear
  project: nn.Linear
  fc1: nn.Linear
  fc2: nn.Linear

  constructor(
    size: number,
    readonly heads: number,
  ) {
    super()
    this.norm1 = new nn.LayerNorm(size)
    this.norm2 = new nn.LayerNorm(size)
    this.qkv = new nn.Linear(size, 3 * size)
    this.project = new nn.Linear(size, size)
    this.fc1 = new nn.Linear(size, 4 * size)
    this.fc2 = new nn.Linear(4 * size, size)
  }

  forward(x: Tensor): Tensor {
    const { B, T, D } = x.dims("B T D")
    const [q, k, v] = this.qkv(this.norm1(x))
      .split(D, 2)
      .map((part) => part.reshape(B, T, this.heads, D / this.heads).transpose(1, 2)) as [Tensor, Tensor, Tensor]
    const attended = F.scaledDotProductAttention(q, k, v, { isCausal: true }) // [B, heads, T, D / heads]
    x = x.add(this.project(attended.transpose(1, 2).reshape(B, T, D)))
    return x.add(this.fc2(F.gelu(this.fc1(this.norm2(x)))))
  }
}

class GPT extends nn.Module {
  tokens = new nn.Embedding(11, 16)
  positions = new nn.Embedding(12, 16)
  blocks = new nn.Sequential(new Block(16, 2), new Block(16, 2))
  norm = new nn.LayerNorm(16)
  head = new nn.Linear(16, 11, { bias: false })

  forward(tokens: Tensor): Tensor {
    const x = this.tokens(tokens).add(this.positions(arange(tokens.size(1)))) // [B, T, 16]
    return this.head(this.norm(this.blocks(x)))
  }
}

test("a small GPT learns as in PyTorch", () => {
  manualSeed(42)
  const model = new GPT()
  const first = randint(0, 11, [8, 1])
  const step = randint(1, 6, [8, 1])
  const sequence = first.add(step.mul(arange(13))).remainder(11) // [8, 13]
  const [x, y] = [sequence.narrow(1, 0, 12), sequence.narrow(1, 1, 12)]
  expectLosses(new optim.AdamW(model.parameters(), { lr: 1.5e-3 }), gold.gpt, () =>
    F.crossEntropy(model(x).reshape(-1, 11), y.reshape(-1)),
  )
})
