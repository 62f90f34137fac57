import { describe, expect, test } from "vitest"
import { DataLoader, datasets, SeriesWindows, tensor } from "../../src/index.js"

describe("windows over a series", () => {
  test("show some steps and those that follow", () => {
    const windows = new SeriesWindows([1, 2, 3, 4, 5, 6], { length: 3, horizon: 2 })
    expect(windows.length).toBe(2)
    expect(windows.at(1).map((part) => part.tolist())).toEqual([
      [[2], [3], [4]],
      [[5], [6]],
    ])
    const [x, y] = new DataLoader(windows, { batchSize: 2 }).first()
    expect([x.shape, y.shape]).toEqual([
      [2, 3, 1],
      [2, 2, 1],
    ])
    expect(y.tolist()).toEqual([
      [[4], [5]],
      [[5], [6]],
    ])
  })

  test("keep several features, of a view as well, and step as told", () => {
    const series = tensor([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]).mT()
    const windows = new SeriesWindows(series, { length: 2, stride: 2 })
    expect(windows.length).toBe(2)
    const [x, y] = new DataLoader(windows, { batchSize: 2 }).first()
    expect(x.tolist()).toEqual([
      [
        [0, 5],
        [1, 6],
      ],
      [
        [2, 7],
        [3, 8],
      ],
    ])
    expect(y.tolist()).toEqual([[[2, 7]], [[4, 9]]])
    expect(windows.at(1)[0].tolist()).toEqual((x.tolist() as unknown[])[1])
  })

  test("of the weather have a place in a batch for each day", () => {
    const weather = datasets.seattleWeather().toTensor(["temp_max", "wind"])
    const windows = new SeriesWindows(weather, { length: 14 })
    expect(windows.length).toBe(1461 - 14)
    const [x] = new DataLoader(windows, { batchSize: 32, shuffle: true, seed: 1 }).first()
    expect(x.shape).toEqual([32, 14, 2])
  })

  test("say when a series is too short", () => {
    expect(() => new SeriesWindows([1, 2, 3], { length: 3 })).toThrow(
      "has 3 steps; a window and what follows it need 4",
    )
    expect(() => new SeriesWindows(tensor([[[1]]]), { length: 1 })).toThrow("[steps] or [steps, features]")
    expect(() => new SeriesWindows([1, 2], { length: 0 })).toThrow("length 0")
  })
})
