import { expect, test } from "vitest"
import {
  cat,
  DataLoader,
  manualSeed,
  nn,
  optim,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  TensorDataset,
  zeros,
} from "../../src/index.js"
import { golden } from "./support.js"

interface Training {
  readonly losses: number[]
  readonly norms: number[]
  readonly next: number
}
const gold = golden<Record<"regression" | "classifier" | "translator", Training>>("trainings")

/** 200 steps over shuffled batches, as in scripts/golden/trainings.py, each held to PyTorch's loss to four decimals. */
function expectTraining(
  wanted: Training,
  model: nn.Module & ((x: Tensor) => Tensor),
  data: Iterable<readonly [Tensor, Tensor]>,
  criterion: (input: Tensor, target: Tensor) => Tensor,
  optimizer: Pick<optim.SGD, "step" | "zeroGrad">,
  { schedule, clip }: { schedule?: optim.Scheduler; clip?: number } = {},
): void {
  const [losses, norms]: [number[], number[]] = [[], []]
  while (losses.length < 200) {
    for (const [x, y] of data) {
      const loss = criterion(model(x), y)
      optimizer.zeroGrad()
      loss.backward()
      if (clip !== undefined) norms.push(nn.utils.clipGradNorm_(model.parameters(), clip).item())
      optimizer.step()
      schedule?.step()
      losses.push(loss.item())
      if (losses.length === 200) break
    }
  }
  const apart = (a: readonly number[], b: readonly number[]) => a.map((x, i) => Math.abs(x - (b[i] as number)))
  expect(losses.length).toBe(wanted.losses.length)
  expect(Math.max(...apart(losses, wanted.losses))).toBeLessThan(5e-5)
  expect(norms.length).toBe(wanted.norms.length)
  expect(Math.max(0, ...apart(norms, wanted.norms))).toBeLessThan(2e-3) // of gradients, which differ more than losses do
  expect(rand([1]).item()).toBe(Math.fround(wanted.next))
}

test("a regression: layer norm, GELU, dropout, smooth L1, AdamW, one cycle, clipping", () => {
  manualSeed(42)
  const x = randn([96, 8])
  const y = x
    .narrow(1, 0, 3)
    .sum(1, { keepdim: true })
    .sin()
    .add(randn([96, 1]).mul(0.1))
  const model = new nn.Sequential(
    new nn.Linear(8, 32),
    new nn.LayerNorm(32),
    new nn.GELU(),
    new nn.Linear(32, 32),
    new nn.SiLU(),
    new nn.Dropout(0.1),
    new nn.Linear(32, 1),
  )
  const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-2 })
  const schedule = new optim.OneCycleLR(optimizer, { maxLr: 1e-2, totalSteps: 200 })
  const data = new DataLoader(new TensorDataset(x, y), { batchSize: 32, shuffle: true })
  expectTraining(gold.regression, model, data, new nn.SmoothL1Loss(), optimizer, { schedule, clip: 1 })
})

test("a classifier: batch norm, dropout, smoothed cross-entropy, Nesterov's momentum, warm-up and cosine", () => {
  manualSeed(7)
  const x = randn([100, 6])
  const y = x
    .select(1, 0)
    .gt(0)
    .int()
    .add(x.select(1, 1).mul(x.select(1, 2)).gt(0).int().mul(2))
  const model = new nn.Sequential(
    new nn.Linear(6, 24),
    new nn.BatchNorm1d(24),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(24, 24),
    new nn.ELU(),
    new nn.Linear(24, 4),
  )
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4 })
  const schedule = new optim.SequentialLR(optimizer, {
    schedulers: [
      new optim.LinearLR(optimizer, { startFactor: 0.1, totalIters: 20 }),
      new optim.CosineAnnealingLR(optimizer, { tMax: 180 }),
    ],
    milestones: [20],
  })
  const data = new DataLoader(new TensorDataset(x, y), { batchSize: 25, shuffle: true })
  const criterion = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 })
  expectTraining(gold.classifier, model, data, criterion, optimizer, { schedule })
})

class Turner extends nn.Module {
  embedding = new nn.Embedding(6, 16, { paddingIdx: 0 })
  transformer = new nn.Transformer({
    dModel: 16,
    nHead: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    dimFeedforward: 32,
    dropout: 0.1,
    batchFirst: true,
  })
  head = new nn.Linear(16, 6)

  forward(batch: Tensor): Tensor {
    const [source, target] = [batch.select(1, 0), batch.select(1, 1)]
    const tgtMask = nn.Transformer.generateSquareSubsequentMask(target.size(1))
    const y = this.transformer(this.embedding(source), this.embedding(target), { tgtMask }) // [N, T, 16]
    return this.head(y).transpose(1, 2) // [N, 6, T]
  }
}

test("a transformer that learns to turn sequences around, with dropout, Adam and clipping", () => {
  manualSeed(3)
  const tokens = randint(1, 6, [48, 5])
  const turned = tokens.flip(1)
  const shifted = cat([zeros([48, 1], { dtype: "int32" }), turned.narrow(1, 0, 4)], 1)
  const model = new Turner()
  const optimizer = new optim.Adam(model.parameters(), { lr: 5e-3, betas: [0.9, 0.98] })
  const data = new DataLoader(new TensorDataset(stack([tokens, shifted], 1), turned), { batchSize: 16, shuffle: true })
  expectTraining(gold.translator, model, data, new nn.CrossEntropyLoss(), optimizer, { clip: 0.5 })
})
