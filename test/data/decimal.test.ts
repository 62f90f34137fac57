import { describe, expect, test } from "vitest"
import { readCsv } from "../../src/data/index.js"
import { Generator } from "../../src/index.js"

/** The numbers that readCsv makes of these texts, beside what JavaScript makes of them. */
function expectExact(texts: readonly string[]): void {
  const found = readCsv<{ x: number }>(`x\n${texts.join("\n")}\n`).column("x")
  const faults = texts
    .map((text, i) => ({ text, found: found[i], wanted: Number(text) }))
    .filter(({ found, wanted }) => !Object.is(found, wanted))
  expect(faults).toEqual([])
}

describe("readCsv reads every number to the last bit", () => {
  test("at the edges", () => {
    expectExact([
      "0",
      "-0",
      "1",
      "-1",
      "+7",
      "1.",
      ".5",
      "-.5",
      "00012",
      "0.1",
      "1e5",
      "1E-5",
      "1.5e+3",
      "1e22",
      "1e23",
    ])
    expectExact([
      "9007199254740991",
      "9007199254740992",
      "9007199254740993",
      "9007199254740994.5",
      "9007199254740993e3",
    ])
    expectExact(["1e-400", "1e400", "-1e400", "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e-22"])
    expectExact(["0.000000000000000000000001", "123456789012345678901234567890", "0.30000000000000004", "1e00005"])
    expectExact(["9007199254740992.5", "9007199254740993.0", "4503599627370496.5", "4503599627370497.5"])
    expectExact(["Infinity", "-Infinity", "+Infinity"])
  })

  test("for numbers of all lengths and sizes", () => {
    const generator = new Generator(4)
    const uniform = new Float64Array(8_000)
    generator.uniformFloat64(uniform, -1, 1)
    const texts: string[] = []
    uniform.forEach((value, i) => {
      texts.push(String(value), String(value * 10 ** ((i % 40) - 20)), value.toFixed(i % 20))
      texts.push(value.toPrecision(1 + (i % 20)), (value * 1e6).toExponential(i % 20))
    })
    expectExact(texts)
  })

  test("half way between two float64, where the even one is nearest", () => {
    const texts: string[] = []
    for (let i = 0; i < 200; i++) {
      const low = 2n ** 53n + BigInt(2 * i)
      texts.push(
        `${low + 1n}`,
        `${low + 1n}.0`,
        `${low + 1n}.000000001`,
        `${low}.9999999`,
        `${low + 1n}`.replace(/(...)$/, ".$1"),
      )
    }
    expectExact(texts)
  })
})
