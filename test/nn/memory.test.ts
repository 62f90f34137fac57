import { expect, test } from "vitest"
import { currentBackend, F, nn, optim, randint, randn, type Tensor } from "../../src/index.js"

class LastState extends nn.Module {
  lstm = new nn.LSTM(32, 32, { batchFirst: true })
  head = new nn.Linear(32, 4)

  forward(x: Tensor): Tensor {
    return this.head(this.lstm(x)[0].select(1, -1))
  }
}

class Attending extends nn.Module {
  norm = new nn.LayerNorm(32)
  qkv = new nn.Linear(32, 96)
  head = new nn.Linear(32, 4)

  forward(x: Tensor): Tensor {
    const [q, k, v] = this.qkv(this.norm(x)).split(32, 2) as [Tensor, Tensor, Tensor]
    return this.head(F.gelu(F.scaledDotProductAttention(q, k, v, { isCausal: true })).mean(1))
  }
}

const models: Record<string, [model: () => nn.Module & ((x: Tensor) => Tensor), shape: number[]]> = {
  convolution: [
    () =>
      new nn.Sequential(
        new nn.Conv2d(1, 8, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(8, 8, 3),
        new nn.Tanh(),
        new nn.AdaptiveAvgPool2d(1),
        new nn.Flatten(),
        new nn.Linear(8, 4),
      ),
    [16, 1, 28, 28],
  ],
  "recurrent layers": [() => new LastState(), [16, 16, 32]],
  attention: [() => new Attending(), [16, 32, 32]],
}

const slow = currentBackend().name === "reference"
if (slow) console.log("skipping the memory tests of layers: on plain TypeScript their steps take minutes")

test.skipIf(slow).each(Object.entries(models))(
  "hundreds of training steps with %s do not grow, in a loop that never yields",
  (_name, [make, shape]) => {
    const model = make()
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
    const [x, y] = [randn(shape), randint(0, 4, [16])]
    const rss: number[] = []
    for (let step = 0; step < 1600; step++) {
      optimizer.zeroGrad()
      F.crossEntropy(model(x), y).backward()
      optimizer.step()
      if (step % 200 === 199) rss.push(process.memoryUsage.rss() / 2 ** 20)
    }
    // The WebAssembly memory grows for some 400 steps, until it sweeps, and moves by up to 75 MB on a busy machine. From then on, the
    // largest activation kept of each step (gates, queries with keys and values, or maps) would be 131 MB over 1,000 steps at least.
    const settled = rss.slice(2)
    expect(Math.max(...settled) - Math.min(...settled)).toBeLessThan(100)
  },
)
