import { describe, expect, test } from "vitest"
import {
  arange,
  DataLoader,
  dataLoader,
  datasets,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randn,
  randomSplit,
  type Tensor,
  TensorDataset,
} from "../../src/index.js"
import { expectNear, golden, type Numbers } from "./support.js"

class FeedForwardNN extends nn.Module {
  fc1: nn.Linear
  fc2: nn.Linear
  fc3: nn.Linear

  constructor(inputDim = 10, hiddenDim = 64) {
    super()
    this.fc1 = new nn.Linear(inputDim, hiddenDim)
    this.fc2 = new nn.Linear(hiddenDim, hiddenDim)
    this.fc3 = new nn.Linear(hiddenDim, 1)
  }

  forward(x: Tensor): Tensor {
    x = this.fc1(x).relu() // [batch, hidden]
    x = this.fc2(x).relu() // [batch, hidden]
    return this.fc3(x) // [batch, 1]
  }
}

test("300 steps of a feed-forward network have PyTorch's losses", () => {
  const gold = golden<{ y: Numbers; initialSums: Record<string, number>; losses: number[] }>("feed-forward")
  manualSeed(42)
  const model = new FeedForwardNN()
  const x = randn([32, 10])
  const y = x
    .narrow(1, 0, 3)
    .sum(1, { keepdim: true })
    .sin()
    .add(randn([32, 1]).mul(0.1))
  expectNear(y, gold.y, { absolute: 1e-6 })
  for (const [name, value] of Object.entries(model.stateDict()))
    expect(value.double().sum().item(), name).toBeCloseTo(gold.initialSums[name] as number, 10)
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const criterion = new nn.MSELoss()
  const losses: number[] = []
  for (let step = 0; step < 300; step++) {
    const loss = criterion(model(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    if (step % 10 === 0) losses.push(loss.item())
  }
  expectNear(losses, gold.losses, { relative: 1e-3, absolute: 1e-6 })
  expectNear(losses.slice(0, 10), gold.losses.slice(0, 10), { relative: 1e-5 })
})

describe("a loader's order is PyTorch's", () => {
  type Orders = { epochs: number[][][]; next: number }
  const gold = golden<{ shuffled: Orders; plain: Orders; own: Orders; split: number[][] }>("loader")
  const loaders = {
    shuffled: () => new DataLoader(new TensorDataset(arange(10)), { batchSize: 3, shuffle: true }),
    plain: () => new DataLoader(new TensorDataset(arange(10)), { batchSize: 4, dropLast: true }),
    own: () =>
      new DataLoader(new TensorDataset(arange(10)), { batchSize: 3, shuffle: true, generator: new Generator(1) }),
  }

  test.each(["shuffled", "plain", "own"] as const)("%s, and what it leaves of the stream", (name) => {
    manualSeed(42)
    const loader = loaders[name]()
    const epochs = [0, 1].map(() => Array.from(loader, ([x]) => x.tolist()))
    expect(epochs).toEqual(gold[name].epochs)
    expect(rand([1]).item()).toBe(Math.fround(gold[name].next))
  })

  test("randomSplit", () => {
    manualSeed(42)
    const parts = randomSplit(new TensorDataset(arange(10)), [0.55, 0.45])
    expect(parts.map((part) => Array.from(part.indices))).toEqual(gold.split)
  })
})

test("the cars notebook prints PyTorch's losses", () => {
  type Cars = {
    rows: number
    valRows: number
    mean: number[]
    std: number[]
    firstInputs: Numbers
    firstWeights: Numbers
    losses: [number, number][]
  }
  const gold = golden<Cars>("cars")
  manualSeed(42)
  const table = datasets
    .cars()
    .dropMissing()
    .withColumn("Model_year", (car) => new Date(car.Year).getUTCFullYear())
    .withColumn("Power_per_lb", (car) => car.Horsepower / car.Weight_in_lbs)
    .oneHot("Origin")
    .drop("Name", "Year")
    .rename({ Miles_per_Gallon: "target" })
  const [trainTable, valTable] = table.trainTestSplit({ testSize: 0.2, seed: 42 })
  const { table: train, scaler } = trainTable.standardize()
  const val = scaler.transform(valTable)
  expect([train.numRows, val.numRows]).toEqual([gold.rows, gold.valRows])
  const scales = new Map(scaler.scales.map((scale) => [scale.column, scale]))
  const inGoldenOrder = [
    "target",
    "Cylinders",
    "Displacement",
    "Horsepower",
    "Weight_in_lbs",
    "Acceleration",
    "Model_year",
    "Power_per_lb",
    "Origin_Europe",
    "Origin_Japan",
    "Origin_USA",
  ]
  const near = { relative: 1e-12, absolute: 0 }
  expectNear(
    inGoldenOrder.map((name) => scales.get(name)?.mean as number),
    gold.mean,
    near,
  )
  expectNear(
    inGoldenOrder.map((name) => scales.get(name)?.std as number),
    gold.std,
    near,
  )

  const loader = dataLoader(train, "target", { batchSize: 32, shuffle: true })
  const valLoader = dataLoader(val, "target", { batchSize: val.numRows })
  expectNear(loader.first()[0].narrow(0, 0, 3), gold.firstInputs, { relative: 1e-6 })
  const model = new FeedForwardNN(10, 64)
  expectNear(model.fc1.weight.detach().narrow(0, 0, 2), gold.firstWeights, { relative: 6e-9, absolute: 0 })
  const criterion = new nn.MSELoss()
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 })
  const losses = gold.losses.map(() => {
    let sum = 0
    for (const [x, y] of loader) {
      const loss = criterion(model(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      sum += loss.item() * y.size(0)
    }
    let valSum = 0
    noGrad(() => {
      for (const [x, y] of valLoader) valSum += criterion(model(x), y).item() * y.size(0)
    })
    return [sum / train.numRows, valSum / val.numRows]
  })
  const fourDecimals = (pairs: number[][]) => pairs.map((pair) => pair.map((loss) => loss.toFixed(4)))
  expect(fourDecimals(losses)).toEqual(fourDecimals(gold.losses))
})
