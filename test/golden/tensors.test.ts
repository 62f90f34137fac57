import { describe, expect, test } from "vitest"
import {
  add,
  atan2,
  bernoulli,
  cat,
  type DType,
  div,
  eq,
  floorDivide,
  fmod,
  lt,
  manualSeed,
  maximum,
  mul,
  multinomial,
  normal,
  ones,
  poisson,
  pow,
  rand,
  remainder,
  sub,
  type Tensor,
  tensor,
  where,
} from "../../src/index.js"
import { flat, golden, golds, type Numbers } from "./support.js"

describe("tensors print as PyTorch's do", () => {
  const gold = golden<{
    cases: { name: string; shape: number[]; dtype: DType; values: Numbers | null; text: string }[]
    formulas: Record<string, Numbers>
    leaf: string
    result: string
    scalar: string
  }>("printing")

  /** PyTorch's text with our words: names of dtypes, booleans, keywords. */
  const ours = (text: string) =>
    text
      .replaceAll("torch.", "")
      .replaceAll("True", "true")
      .replaceAll("False", "false")
      .replace(/size=\(([^)]*?),?\)/, "shape=[$1]")
      .replace("requires_grad=", "requiresGrad=")
      .replace(/grad_fn=<(\w+)Backward\d>/, (_, name: string) => `gradFn=${name.toLowerCase()}`)

  test.each(gold.cases)("$name", ({ name, shape, dtype, values, text }) => {
    const numbers = flat(values ?? (gold.formulas[name.replace(/, \w+$/, "")] as Numbers))
    // Our names of dtypes are shorter, so that one fits on the last line where PyTorch's does not.
    const joined = (printed: string) => printed.replace(/,\n {7}(?=dtype=)/, ", ")
    expect(joined(String(tensor(numbers, { dtype }).reshape(shape)))).toBe(joined(ours(text)))
  })

  test("a note that does not fit on the last line stands below", () => {
    const row = (length: number) =>
      tensor(
        Array.from({ length }, (_, i) => 10 + i),
        { dtype: "int32" },
      )
    expect(String(row(14)).split("\n")).toHaveLength(1)
    expect(String(row(17)).split("\n")).toEqual([
      "tensor([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26],",
      "       dtype=int32)",
    ])
  })

  test("what requires a gradient", () => {
    const x = tensor([1, 2.5], { requiresGrad: true })
    expect(String(x)).toBe(ours(gold.leaf))
    expect(String(x.exp())).toBe(ours(gold.result))
    expect(String(x.sum())).toBe(ours(gold.scalar))
  })
})

describe("dtypes meet as PyTorch's do", () => {
  const { rows } = golden<{ rows: [string, string, string, string][] }>("promotion")
  type Operation = (a: Tensor, b: Tensor | number) => Tensor
  const operations: Record<string, Operation> = {
    add,
    sub,
    mul,
    div,
    remainder,
    pow,
    floorDivide,
    fmod,
    atan2,
    maximum,
    eq,
    lt,
    where: (a, b) => where(tensor([true]), a, b),
    cat: (a, b) => cat([a.reshape(1), (b as Tensor).reshape(1)]),
  }
  const operand = (name: string): Tensor | number => {
    if (/^\d/.test(name)) return Number(name)
    return ones(name.endsWith("0") ? [] : [1], { dtype: name.replace(/0$/, "") as DType })
  }
  const found = (name: string, left: string, right: string): string => {
    try {
      return (operations[name] as Operation)(operand(left) as Tensor, operand(right)).dtype
    } catch {
      return "error"
    }
  }

  test.each(Object.keys(operations))("%s", (name) => {
    const own = rows.filter(([operation]) => operation === name)
    expect(own.length).toBeGreaterThan(40)
    // Arithmetic on booleans alone is an error here: what PyTorch makes of true + true is seldom meant.
    // With a number or another dtype they count as 0 and 1 here, where PyTorch's sub refuses them.
    const refused = (row: (typeof own)[number]) =>
      name === "sub" && row[3] === "error" && !(row[1].startsWith("bool") && row[2].startsWith("bool"))
    const compared = own.filter((row) => !refused(row))
    const wanted = compared.map(([, left, right, dtype]) => {
      const numbers = name !== "eq" && name !== "lt" && name !== "where" && name !== "cat"
      return [left, right, numbers && dtype === "bool" ? "error" : dtype]
    })
    expect(compared.map(([, left, right]) => [left, right, found(name, left, right)])).toEqual(wanted)
  })
})

describe("draws from given distributions are PyTorch's, bit for bit", () => {
  type Draw = { drawn: Numbers; next: Numbers }
  const { torch: _, inputs, ...gold } = golden<{ inputs: Record<string, Numbers> } & Record<string, Draw>>("draws")
  const [p, weights, mean, std] = ["p", "weights", "mean", "std"].map((name) => golds(inputs[name] as Numbers)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const rates = golds(inputs.rates as Numbers)
  const rows = weights.at(":24").reshape(3, 8).add(1)
  const draws: Record<string, () => Tensor> = {
    bernoulli: () => bernoulli(p),
    poissonSmall: () => poisson(rates.div(4)),
    poisson: () => poisson(rates),
    poissonDouble: () => poisson(rates.double().mul(50)),
    bernoulliDouble: () => bernoulli(p.double()),
    withReplacement: () => multinomial(weights, 40, { replacement: true }),
    rowsWithReplacement: () => multinomial(rows, 5, { replacement: true }),
    withoutReplacement: () => multinomial(weights, 20),
    rowsWithoutReplacement: () => multinomial(rows, 5),
    one: () => multinomial(weights, 1),
    doubleWithoutReplacement: () => multinomial(weights.double(), 20),
    normal: () => normal(mean, std),
    normalOfMeans: () => normal(mean, 0.5),
    normalOfDeviations: () => normal(2, std),
    normalOfNumbers: () => normal(2, 0.5, { shape: [3, 2] }),
    normalShort: () => normal(mean.at(":5"), std.at(":5")),
  }

  test.each(Object.keys(gold))("%s", (name) => {
    manualSeed(42)
    const drawn = (draws[name] as () => Tensor)()
    const { drawn: wanted, next } = gold[name] as Draw
    // Golden float32 numbers have nine digits, which are enough to tell every float32 from its neighbours.
    expect(Array.from(drawn.toTypedArray())).toEqual(flat(wanted).map(Math.fround))
    expect(rand([1]).toTypedArray()).toEqual(golds(next).toTypedArray())
  })
})
