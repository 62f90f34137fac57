import { expect, test } from "vitest"
import { defaultGenerator, Generator, manualSeed } from "../../src/tensor/random.js"

const draw = (generator: Generator, n = 5) => {
  const out = new Float32Array(n)
  generator.uniformFloat32(out)
  return Array.from(out)
}

test("a seed repeats the stream, also the normal number that was kept back", () => {
  const normals = (n: number) => {
    const out = new Float32Array(n)
    defaultGenerator.normalFloat32(out)
    return Array.from(out)
  }
  manualSeed(7)
  const first = normals(3) // an odd number: the fourth waits
  manualSeed(7)
  expect(normals(3)).toEqual(first)
  expect(normals(1)).not.toEqual(first.slice(0, 1))
})

test("generators do not disturb each other", () => {
  const [a, b] = [new Generator(1), new Generator(1)]
  draw(new Generator(2))
  draw(defaultGenerator)
  expect(draw(a)).toEqual(draw(b))
})

test("a generator goes back to a state, also with a normal number kept back", () => {
  const generator = new Generator(7)
  const draw = (from: Generator) => {
    const numbers = new Float64Array(3)
    from.normalFloat64(numbers, 0, 1)
    return Array.from(numbers)
  }
  draw(generator) // an odd number: the fourth waits
  const state = generator.getState()
  const first = draw(generator)
  draw(generator)
  expect(draw(generator.setState(state))).toEqual(first)
  expect(draw(new Generator(1).setState(state))).toEqual(first)
})

test("numbers lie in their range and spread over it", () => {
  const generator = new Generator(3)
  const uniform = new Float64Array(20_000)
  generator.uniformFloat64(uniform, -2, 6)
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2)
  expect(Math.max(...uniform)).toBeLessThan(6)
  expect(uniform.reduce((a, b) => a + b) / uniform.length).toBeCloseTo(2, 1)
  const whole = new Int32Array(20_000)
  generator.randint(whole, -3, 3)
  expect(new Set(whole)).toEqual(new Set([-3, -2, -1, 0, 1, 2]))
  const wide = new Int32Array(1000)
  generator.randint(wide, -(2 ** 31), 2 ** 31)
  expect(wide.filter((number) => number < 0).length).toBeGreaterThan(400)
  const order = new Int32Array(1000)
  generator.permutation(order)
  expect(new Set(order).size).toBe(1000)
})

test("nothing to fill is no mistake; a seed that is no whole number is one", () => {
  const generator = new Generator(1)
  generator.normalFloat32(new Float32Array(0))
  generator.permutation(new Int32Array(0))
  expect(() => manualSeed(0.5)).toThrow("whole number")
  expect(() => manualSeed("42" as never)).toThrow("whole number")
  expect(() => manualSeed(Number.NaN)).toThrow("whole number")
})
