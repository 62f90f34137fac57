import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { displayMetadata, jupyterDisplay } from "../../src/display/host.js"
import {
  DataLoader,
  datasets,
  F,
  type FitState,
  fitAsync,
  History,
  historyOf,
  load,
  manualSeed,
  metrics,
  nn,
  optim,
  plot,
  type Tensor,
  TensorDataset,
  tensor,
  fit as train,
} from "../../src/index.js"
import { FakeHost } from "../display/fake-host.js"

const quiet = { progress: false } as const
const classifier = () => new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 2))

function moons() {
  const { x, y } = datasets.moons(120, { seed: 1 })
  const held = datasets.moons(60, { seed: 2 })
  return {
    loader: new DataLoader(new TensorDataset(x, y), { batchSize: 32, shuffle: true }),
    validation: new DataLoader(new TensorDataset(held.x, held.y), { batchSize: 25 }),
  }
}

/** The loop as one writes it by hand. */
function byHand(epochs: number) {
  manualSeed(3)
  const { loader, validation } = moons()
  const model = classifier()
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 })
  const losses: { train: number[]; val: number[] } = { train: [], val: [] }
  for (let epoch = 0; epoch < epochs; epoch++) {
    let [sum, count] = [0, 0]
    for (const [x, y] of loader) {
      optimizer.zeroGrad()
      const loss = F.crossEntropy(model(x), y)
      loss.backward()
      optimizer.step()
      sum += loss.item() * x.size(0)
      count += x.size(0)
    }
    losses.train.push(sum / count)
    let [valSum, valCount] = [0, 0]
    for (const [x, y] of validation) {
      valSum += F.crossEntropy(model(x), y).item() * x.size(0)
      valCount += x.size(0)
    }
    losses.val.push(valSum / valCount)
  }
  return { ...losses, weights: model.stateDict() }
}

function trained(epochs: number, more: Partial<Parameters<typeof train<Tensor, Tensor>>[2]> = {}) {
  manualSeed(3)
  const { loader, validation } = moons()
  const model = classifier()
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 })
  const history = train(model, loader, { loss: F.crossEntropy, optimizer, epochs, validation, ...quiet, ...more })
  return { model, optimizer, history, loader, validation }
}

describe("fit", () => {
  test("gives the numbers of the loop that one writes by hand", () => {
    const hand = byHand(4)
    const { history, model } = trained(4)
    expect(history.train).toEqual(hand.train)
    expect(history.val).toEqual(hand.val)
    for (const [name, value] of Object.entries(model.stateDict()))
      expect(value.tolist()).toEqual(hand.weights[name]?.tolist())
    expect(history.steps.length).toBe(16)
    expect(history.lr).toEqual([0.02, 0.02, 0.02, 0.02])
    expect(model.training).toBe(true)
  })

  test("measures the validation set as a whole, and its losses can be drawn", () => {
    const { history, model } = trained(25, { metrics: { accuracy: metrics.accuracy } })
    const held = datasets.moons(60, { seed: 2 })
    expect(history.metrics.accuracy?.at(-1)).toBe(metrics.accuracy(held.y, model(held.x)))
    expect(history.metrics.accuracy?.at(-1)).toBeGreaterThan(0.8)
    expect(plot.lossCurve(history).text).toMatch(/^Loss · train .* · val .* \(25 epochs\)$/)
    expect(String(history)).toMatch(/^History\(25 epochs, train .*, val .*, accuracy .*, best in epoch \d+\)$/)
  })

  test("gives a history that a notebook shows as a chart", () => {
    const { history } = trained(2)
    const look = history[jupyterDisplay]()
    expect(Object.keys(look)).toEqual(["application/vnd.vegalite.v5+json", "image/png", "text/plain"])
    expect(look["text/plain"]).toBe(String(history))
    expect(history[displayMetadata]["image/png"]).toBeDefined()
    const empty = new History()
    expect([empty[jupyterDisplay](), empty[displayMetadata]]).toEqual([{ "text/plain": "History(0 epochs)" }, {}])
    const unvalidated = train(new nn.Linear(1, 1), [[tensor([[1]]), tensor([[2]])]], {
      loss: F.mseLoss,
      optimizer: new optim.SGD(new nn.Linear(1, 1).parameters(), { lr: 0.1 }),
      ...quiet,
    })
    expect(plot.lossCurve(unvalidated).text).toMatch(/^Loss · train \S+ \(1 epoch\)$/)
  })

  test("stops when nothing gets better, with the best values in the model", () => {
    const { model, history, validation } = trained(60, { earlyStopping: { patience: 3, minDelta: 0.02 } })
    expect(history.stoppedEarly).toBe(true)
    const best = history.best as { epoch: number; value: number }
    expect(history.epochs).toBe(best.epoch + 3)
    expect(history.epochs).toBeLessThan(60)
    expect(history.val[best.epoch - 1]).toBe(best.value)
    const losses = [...validation].map(([x, y]) => F.crossEntropy(model(x), y).item() * x.size(0))
    expect(losses.reduce((a, b) => a + b) / 60).toBeCloseTo(best.value, 6)
  })

  test("fills its bar when it stops early, and says so", async () => {
    const host = FakeHost.install()
    try {
      trained(60, { earlyStopping: { patience: 3, minDelta: 0.02 }, progress: true })
      const shown = host.shown.at(-1)?.data
      expect(shown?.["text/plain"]).toMatch(
        /^fit {2}100% {2}━{24} {2}(\d+)\/\1 .* {2}stopped early, best in epoch \d+$/,
      )
      expect(shown?.["text/html"]).not.toContain("<b")
      const stop = { onBatchEnd: (state: FitState) => state.step === 6 && state.stop() }
      trained(10, { callbacks: stop, progress: true })
      expect(host.shown.at(-1)?.data["text/plain"]).toMatch(/^fit {2}100% .* {2}6\/6 /)
    } finally {
      FakeHost.remove()
    }
  })

  test("takes a first number after a NaN for an improvement", () => {
    const values = [Number.NaN, 3, 2, 4, 5]
    const { history } = trained(5, {
      metrics: { error: () => values.shift() as number },
      monitor: "error",
      mode: "min",
      earlyStopping: 2,
    })
    expect([history.best?.epoch, history.epochs]).toEqual([3, 5])
  })

  test("goes on with a history whose best values were not kept", () => {
    const { model, history, loader, validation, optimizer } = trained(3)
    for (const group of optimizer.paramGroups) group.lr = 5 // nothing gets better from here
    const options = { loss: F.crossEntropy, optimizer, validation, history, earlyStopping: 1, ...quiet }
    train(model, loader, { ...options, epochs: 4 })
    expect(history.stoppedEarly).toBe(true)
    expect(() => history.restoreBest(model)).toThrow()
    train(model, loader, { loss: F.crossEntropy, optimizer, validation, history, epochs: 1, ...quiet })
    expect(history.stoppedEarly).toBe(false)
  })

  test("saves the best values to a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-fit-"))
    try {
      const checkpoint = join(folder, "best.safetensors")
      const { model } = trained(5, {
        checkpoint,
        bestWeights: true,
        monitor: "accuracy",
        metrics: { accuracy: metrics.accuracy },
      })
      const saved = load(checkpoint)
      for (const [name, value] of Object.entries(model.stateDict()))
        expect(saved[name]?.tolist()).toEqual(value.tolist())
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("shortens gradients, and follows a schedule", () => {
    const before = classifier()
    const optimizer = new optim.SGD(before.parameters(), { lr: 1 })
    const start = before.parameters().map((parameter) => parameter.detach().clone())
    const x = tensor([[100, -50]])
    const y = tensor([1], { dtype: "int32" })
    train(before, [[x, y]], { loss: F.crossEntropy, optimizer, clipGradNorm: 0.01, ...quiet })
    const moved = before.parameters().map((parameter, i) =>
      parameter
        .sub(start[i] as Tensor)
        .square()
        .sum()
        .item(),
    )
    expect(Math.sqrt(moved.reduce((a, b) => a + b))).toBeLessThan(0.0101)
    const { history, optimizer: adam } = trained(1)
    expect(history.lr).toEqual([0.02])
    const scheduler = new optim.StepLR(adam, { stepSize: 1, gamma: 0.5 })
    const { model, loader } = trained(1)
    const rates = train(model, loader, { loss: F.crossEntropy, optimizer: adam, epochs: 3, scheduler, ...quiet }).lr
    expect(rates).toEqual([0.02, 0.01, 0.005])
    const perBatch = { scheduler: new optim.StepLR(adam, { stepSize: 4, gamma: 0.5 }), every: "batch" } as const
    train(model, loader, { loss: F.crossEntropy, optimizer: adam, epochs: 2, scheduler: perBatch, ...quiet })
    expect(adam.paramGroups[0]?.lr).toBeCloseTo(0.0025 / 4, 10)
  })

  test("tells callbacks where it is, which can end it", () => {
    const events: string[] = []
    const epochs: number[] = []
    const callbacks = [
      { onStart: () => events.push("start"), onEnd: () => events.push("end") },
      (state: FitState) => {
        epochs.push(state.epoch)
        expect(state.loss).toBe(state.history.train.at(-1))
        expect(state.valLoss).toBe(state.history.val.at(-1))
        if (state.epoch === 2) state.stop()
      },
    ]
    trained(10, { callbacks })
    expect([events, epochs]).toEqual([
      ["start", "end"],
      [1, 2],
    ])
    const { history } = trained(10, { callbacks: { onBatchEnd: (state) => state.step === 6 && state.stop() } })
    expect([history.steps.length, history.epochs]).toEqual([6, 2])
  })

  test("goes on with a history", () => {
    const { model, history, loader, validation, optimizer } = trained(2)
    const again = train(model, loader, { loss: F.crossEntropy, optimizer, epochs: 3, validation, history, ...quiet })
    expect(again).toBe(history)
    expect([history.epochs, history.val.length, history.steps.length]).toEqual([5, 5, 20])
  })

  test("leaves model and history usable when it is torn out", () => {
    manualSeed(3)
    const { loader } = moons()
    const model = classifier()
    const optimizer = new optim.Adam(model.parameters())
    const boom = () => {
      throw new Error("interrupted")
    }
    const callbacks = { onBatchEnd: ({ step }: FitState) => step === 6 && boom() }
    expect(() => train(model, loader, { loss: F.crossEntropy, optimizer, epochs: 9, callbacks, ...quiet })).toThrow(
      "interrupted",
    )
    const history = historyOf(model) as History
    expect([history.epochs, history.steps.length]).toEqual([1, 6])
    train(model, loader, { loss: F.crossEntropy, optimizer, epochs: 1, history, ...quiet })
    expect(history.epochs).toBe(2)
    expect(historyOf(classifier())).toBeUndefined()
  })
})

describe("fitAsync", () => {
  test("gives the numbers of fit, over batches that are waited for, and lets timers fire", async () => {
    const hand = byHand(3)
    manualSeed(3)
    const { loader, validation } = moons()
    const model = classifier()
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 })
    let ticks = 0
    const timer = setInterval(() => ticks++, 0)
    const history = await fitAsync(model, loader, { loss: F.crossEntropy, optimizer, epochs: 3, validation, ...quiet })
    clearInterval(timer)
    expect(history.val).toEqual(hand.val)
    expect(ticks).toBeGreaterThan(0)
  })

  test("takes what only comes asynchronously", async () => {
    const model = new nn.Linear(1, 1)
    async function* batches() {
      for (let i = 0; i < 3; i++) yield [tensor([[i]]), tensor([[2 * i]])] as const
    }
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 })
    const history = await fitAsync(model, batches(), { loss: F.mseLoss, optimizer, ...quiet })
    expect(history.steps.length).toBe(3)
  })
})

describe("bad input", () => {
  const x = tensor([[1, 2]])
  const y = tensor([1], { dtype: "int32" })
  const run =
    (options: object, batches: unknown = [[x, y]]) =>
    () => {
      const model = classifier()
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
      return train(model, batches as never, { loss: F.crossEntropy, optimizer, ...quiet, ...options })
    }
  const cases: Record<string, () => unknown> = {
    "no loss": run({ loss: undefined }),
    "no optimizer": run({ optimizer: "adam" }),
    "no epochs": run({ epochs: 0 }),
    "a norm of 0": run({ clipGradNorm: 0 }),
    "no patience": run({ earlyStopping: 0 }),
    "a value that is not there to watch": run({ monitor: "val" }),
    "batches that are no pairs": run({}, [x]),
    "no batches": run({}, []),
    "a loss of many elements": run({ loss: (output: Tensor) => output }),
    "a loss that is NaN": run({ loss: (output: Tensor) => output.sum().mul(Number.NaN) }),
    "an asynchronous validation set": run({ validation: (async function* () {})() }),
    "best values that were not kept": () => new History().restoreBest(classifier()),
  }
  test.each(Object.keys(cases))("%s", (name) => {
    expect(cases[name]).toThrowErrorMatchingSnapshot()
  })
})
