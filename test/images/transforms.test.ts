import { describe, expect, test } from "vitest"
import {
  arange,
  DataLoader,
  datasets,
  F,
  MappedDataset,
  manualSeed,
  ones,
  rand,
  TensorDataset,
  tensor,
  transforms,
  zeros,
} from "../../src/index.js"

describe("transforms", () => {
  const image = arange(24).reshape(2, 3, 4).to("float32")

  test("cut, mirror, turn and surround", () => {
    expect(transforms.centerCrop([1, 2])(image).tolist()).toEqual([[[5, 6]], [[17, 18]]])
    expect(transforms.randomHorizontalFlip(1)(image).at(0, 0).tolist()).toEqual([3, 2, 1, 0])
    expect(transforms.randomVerticalFlip(1)(image).at(0, "...", 0).tolist()).toEqual([8, 4, 0])
    expect(transforms.randomHorizontalFlip(0)(image)).toBe(image)
    expect(transforms.pad(1, 9)(image).shape).toEqual([2, 5, 6])
    const square = arange(9).reshape(1, 3, 3).to("float32")
    expect(transforms.rotate(90, { mode: "nearest" })(square).tolist()).toEqual([
      [
        [2, 5, 8],
        [1, 4, 7],
        [0, 3, 6],
      ],
    ])
    expect(transforms.rotate(45, { fill: 7 })(square).at(0, 0, 0).item()).toBeGreaterThan(1)
  })

  test("set brightness and channels", () => {
    const [mean, std] = [
      [0.5, 0.25],
      [0.5, 0.5],
    ]
    expect(
      transforms
        .normalize(
          mean,
          std,
        )(ones([2, 1, 1]))
        .tolist(),
    ).toEqual([[[1]], [[1.5]]])
    expect(
      transforms
        .grayscale()(tensor([[[1]], [[0]], [[0]]]))
        .item(),
    ).toBeCloseTo(0.2989, 6)
    expect(transforms.grayscale(3)(ones([3, 2, 2])).shape).toEqual([3, 2, 2])
  })

  test("resize the shorter side, and let gradients through", () => {
    expect(transforms.resize(6)(image).shape).toEqual([2, 6, 8])
    const x = rand([1, 4, 4], { requiresGrad: true })
    transforms.resize(2)(x).sum().backward()
    expect(x.grad?.sum().item()).toBeCloseTo(4, 5)
    expect(transforms.resize(2)(rand([5, 1, 4, 4])).shape).toEqual([5, 1, 2, 2])
  })

  test("at random stay within their limits, and follow the seed", () => {
    const crop = transforms.randomCrop(2)
    const seen = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const part = crop(image)
      const first = part.at(0, 0, 0).item()
      expect(part.tolist()).toEqual(
        [0, 12].map((c) => [
          [first + c, first + c + 1],
          [first + c + 4, first + c + 5],
        ]),
      )
      seen.add(String(first))
    }
    expect([...seen].sort()).toEqual(["0", "1", "2", "4", "5", "6"])
    const augment = transforms.compose(
      transforms.randomRotation(30),
      transforms.randomAffine({ degrees: 5, translate: [0.2, 0.2], scale: [0.8, 1.2], shear: 10 }),
    )
    manualSeed(1)
    const first = augment(image).tolist()
    expect(augment(image).tolist()).not.toEqual(first)
    manualSeed(1)
    expect(augment(image).tolist()).toEqual(first)
  })

  test("work on the samples of a dataset as they come", () => {
    const { images, labels } = datasets.digits({ count: 20, seed: 1 })
    const augment = transforms.compose(transforms.randomCrop(28, { padding: 2 }), transforms.normalize([0.1], [0.3]))
    const dataset = new MappedDataset(new TensorDataset(images, labels), ([x, y]) => [augment(x), y] as const)
    const [x, y] = new DataLoader(dataset, { batchSize: 5 }).first()
    expect([x.shape, y.shape, y.dtype]).toEqual([[5, 1, 28, 28], [5], "int32"])
    expect(F.crossEntropy(x.reshape(5, -1).narrow(1, 0, 10), y).item()).toBeGreaterThan(0)
  })

  const faults: Record<string, () => unknown> = {
    "a part larger than the picture": () => transforms.centerCrop(5)(image),
    "a random part larger than the picture": () => transforms.randomCrop(5)(image),
    "channels last": () => transforms.grayscale()(zeros([28, 28, 3])),
    "a row": () => transforms.normalize([0], [1])(zeros([4])),
    "more means than channels": () => transforms.normalize([0, 0, 0], [1, 1, 1])(image),
    "a deviation of 0": () => transforms.normalize([0], [0]),
    "a size of 0": () => transforms.resize(0)(image),
    "a mode that is none": () => transforms.resize(2, { mode: "bicubic" as never })(image),
    "a scale of 0": () => transforms.affine({ scale: 0 })(image),
    "a step that is no function": () => transforms.compose("flip" as never),
  }
  test.each(Object.keys(faults))("refuse %s", (name) => {
    expect(faults[name]).toThrowErrorMatchingSnapshot()
  })
})
