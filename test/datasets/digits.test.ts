import { describe, expect, test } from "vitest"
import { DataLoader, datasets, F, manualSeed, nn, noGrad, optim, TensorDataset } from "../../src/index.js"

describe("digits", () => {
  test("are pictures of numbers from 0 to 1 with their classes, each as often", () => {
    const { images, labels, classes } = datasets.digits({ count: 100, size: 20, seed: 1 })
    expect([images.shape, labels.shape, labels.dtype]).toEqual([[100, 1, 20, 20], [100], "int32"])
    expect([images.min().item(), images.max().item()]).toEqual([0, 1])
    const counts = new Array(10).fill(0)
    for (const label of labels.toTypedArray()) counts[label]++
    expect(counts).toEqual(new Array(10).fill(10))
    expect(classes[7]).toBe("7")
    // Ink covers some of each picture, and not much of it.
    const ink = Array.from(images.mean([1, 2, 3]).toTypedArray())
    expect(Math.min(...ink)).toBeGreaterThan(0.02)
    expect(Math.max(...ink)).toBeLessThan(0.4)
  })

  test("are the same for the same seed, and others for another", () => {
    const pictures = (seed?: number) => datasets.digits({ count: 20, ...(seed === undefined ? {} : { seed }) }).images
    expect(pictures(5).tolist()).toEqual(pictures(5).tolist())
    expect(pictures(5).tolist()).not.toEqual(pictures(6).tolist())
    manualSeed(3)
    const first = pictures().tolist()
    expect(pictures().tolist()).not.toEqual(first)
    manualSeed(3)
    expect(pictures().tolist()).toEqual(first)
  })

  test("can be learned, but not by looking at a few", () => {
    manualSeed(0)
    const size = 14
    const train = datasets.digits({ count: 2000, size, seed: 1 })
    const held = datasets.digits({ count: 400, size, seed: 2 })
    const model = new nn.Sequential(
      new nn.Flatten(),
      new nn.Linear(size * size, 64),
      new nn.ReLU(),
      new nn.Linear(64, 10),
    )
    const accuracy = () => noGrad(() => model(held.images).argmax(1).eq(held.labels).to("float32").mean().item())
    const optimizer = new optim.Adam(model.parameters(), { lr: 3e-3 })
    const loader = new DataLoader(new TensorDataset(train.images, train.labels), { batchSize: 50, shuffle: true })
    const afterwards: number[] = []
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const [x, y] of loader) {
        optimizer.zeroGrad()
        F.crossEntropy(model(x), y).backward()
        optimizer.step()
      }
      afterwards.push(accuracy())
    }
    expect(afterwards[7]).toBeGreaterThan(0.93)
    expect(afterwards[0]).toBeLessThan(0.93)
  })

  test("say what they do not take", () => {
    expect(() => datasets.digits({ count: 0 })).toThrow("digits: count 0")
    expect(() => datasets.digits({ size: 4 })).toThrow("at least 8")
    expect(() => datasets.digits({ variety: 2 })).toThrow("from 0 to 1")
  })
})

describe("made-up data", () => {
  test("follows the law that it states", () => {
    const { x, y, weight, bias } = datasets.regression(400, { features: 3, noise: 0.01, seed: 4 })
    const predicted = x.matmul(weight.unsqueeze(1)).add(bias)
    expect(predicted.sub(y).abs().max().item()).toBeLessThan(0.05)
  })

  test("has its classes where it says", () => {
    const { x, y } = datasets.classification(3000, { features: 6, classes: 3, separation: 3, seed: 1 })
    for (let label = 0; label < 3; label++) {
      const rows = x.indexSelect(0, y.eq(label).to("int32").argsort(0, { descending: true }).narrow(0, 0, 1000))
      expect(rows.mean(0).norm().item()).toBeCloseTo(3, 0)
    }
  })

  test("lies on circles and on a roll", () => {
    const { x, y } = datasets.circles(100, { noise: 0, factor: 0.3 })
    const radius = x.square().sum(1).sqrt().toTypedArray()
    y.toTypedArray().forEach((label, i) => {
      expect(radius[i]).toBeCloseTo(label === 0 ? 1 : 0.3, 5)
    })
    const roll = datasets.swissRoll(50, { noise: 0, seed: 1 })
    const points = roll.x.tolist() as [number, number, number][]
    points.forEach(([a, , c], i) => {
      expect(Math.hypot(a, c)).toBeCloseTo(roll.t.at(i).item(), 4)
    })
  })
})

describe("names", () => {
  test("are real, and each comes once", () => {
    const counts = (["cities", "airports", "movies"] as const).map((kind) => datasets.words(kind).length)
    expect(counts).toEqual([18931, 3237, 3167])
    const cities = datasets.words()
    expect(new Set(cities).size).toBe(cities.length)
    expect(datasets.corpus("movies").split("\n")[0]).toBe("The Land Girls")
    expect(() => datasets.words("rivers" as never)).toThrow("cities, airports, movies")
  })
})
