import { describe, expect, test } from "vitest"
import {
  arange,
  BatchSampler,
  DataLoader,
  Generator,
  manualSeed,
  RandomSampler,
  rand,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} from "../../src/index.js"
import { golden } from "./support.js"

interface Rounds<Item> {
  rounds: Item[][]
  next: number
}
type Samplers = Record<string, Rounds<number>> & Record<`loader${string}`, Rounds<number[]>>

const gold = golden<Samplers>("samplers")
const data = { length: 10 }
const weights = [0, 1, 2.5, 0.1, 0, 4, 1e-3]
const own = () => ({ generator: new Generator(7) })

/** Two rounds after the seed, and what is left of the default stream. */
function rounds<Item>(make: () => Iterable<Item>): Rounds<Item> {
  manualSeed(42)
  const source = make()
  const found = [[...source], [...source]]
  return { rounds: found, next: rand([1]).item() }
}

describe("samplers give PyTorch's order", () => {
  const samplers: Record<string, () => Iterable<number>> = {
    random: () => new RandomSampler(data),
    randomOwn: () => new RandomSampler(data, own()),
    randomMany: () => new RandomSampler(data, { numSamples: 23 }),
    replacement: () => new RandomSampler(data, { replacement: true, numSamples: 70 }),
    subset: () => new SubsetRandomSampler([3, 1, 4, 15, 9, 2]),
    weighted: () => new WeightedRandomSampler(weights, 50),
    weightedOwn: () => new WeightedRandomSampler(weights, 20, own()),
  }
  test.each(Object.keys(samplers))("%s", (name) => {
    const found = rounds(samplers[name] as () => Iterable<number>)
    expect(found.rounds).toEqual(gold[name]?.rounds)
    expect(found.next).toBeCloseTo(gold[name]?.next as number, 7)
  })

  const loaders: Record<string, (dataset: TensorDataset<[ReturnType<typeof arange>]>) => Iterable<unknown>> = {
    loaderWeighted: (dataset) =>
      new DataLoader(dataset, { batchSize: 4, sampler: new WeightedRandomSampler(Array(10).fill(1), 10) }),
    loaderBatches: (dataset) =>
      new DataLoader(dataset, { batchSampler: new BatchSampler(new RandomSampler(dataset), 3, true) }),
  }
  test.each(Object.keys(loaders))("%s", (name) => {
    const found = rounds(() => loaders[name]?.(new TensorDataset(arange(10))) as Iterable<[ReturnType<typeof arange>]>)
    expect(found.rounds.map((round) => round.map(([x]) => x.tolist()))).toEqual(gold[name]?.rounds)
    expect(found.next).toBeCloseTo(gold[name]?.next as number, 7)
  })
})
