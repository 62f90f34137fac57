import { describe, expect, test } from "vitest"
import { manualSeed, rand, tensor, transforms } from "../../src/index.js"
import { expectNear, golden, type Numbers } from "./support.js"

interface Gold {
  x: Numbers[]
  resized: { size: [number, number]; smooth: Numbers; plain: Numbers; nearest: Numbers }[]
  affine: { options: Parameters<typeof transforms.affine>[0]; bilinear: Numbers; nearest: Numbers }[]
  random: Numbers[]
  next: number[]
}

describe("pictures are those of PyTorch", () => {
  const gold = golden<Gold>("images")
  const x = tensor(gold.x as number[][][])
  const near = { relative: 1e-5, absolute: 1e-6 }

  test.each(gold.resized)("resized to $size", ({ size, smooth, plain, nearest }) => {
    expectNear(transforms.resize(size)(x), smooth, near)
    expectNear(transforms.resize(size, { antialias: false })(x), plain, near)
    expectNear(transforms.resize(size, { mode: "nearest" })(x), nearest, near)
  })

  test.each(gold.affine)("turned by $options.angle, scaled by $options.scale", ({ options, bilinear, nearest }) => {
    expectNear(transforms.affine(options)(x), bilinear, near)
    expectNear(transforms.affine({ ...options, mode: "nearest" })(x), nearest, near)
  })

  test("cut and mirrored at random", () => {
    manualSeed(5)
    const augment = transforms.compose(transforms.randomCrop([5, 4], { padding: 2 }), transforms.randomHorizontalFlip())
    for (const wanted of gold.random) expectNear(augment(x), wanted, near)
    expect(rand([1]).item()).toBeCloseTo(gold.next[0] as number, 7)
  })
})
