import { describe, expect, test } from "vitest"
import { ColumnError, Table, toTable } from "../../src/data/index.js"
import { tensor } from "../../src/index.js"

const people = () =>
  Table.from([
    { name: "Ada", height: 1.65, city: "London", member: true },
    { name: "Bo", height: null, city: "Oslo", member: false },
    { name: "Cy", height: 1.85, city: "Oslo", member: true },
    { name: "Di", height: Number.NaN, city: "Bern", member: false },
  ])

describe("a table", () => {
  test("is taken apart and put together without changing", () => {
    const table = people()
    const other = table
      .select("name", "height")
      .rename({ height: "size" })
      .withColumn("initial", (row) => row.name[0])
    expect(other.columns).toEqual(["name", "size", "initial"])
    expect(other.drop("size").row(2)).toEqual({ name: "Cy", initial: "C" })
    expect(table.columns).toEqual(["name", "height", "city", "member"])
    expect(table.filter((row) => row.city === "Oslo").column("name")).toEqual(["Bo", "Cy"])
    expect(table.map((row) => ({ upper: row.name.toUpperCase() })).column("upper")).toEqual(["ADA", "BO", "CY", "DI"])
    expect(table.tail(1).column("name")).toEqual(["Di"])
    expect(table.sortBy("height", { descending: true }).column("name")).toEqual(["Cy", "Ada", "Bo", "Di"])
    expect([...table.groupBy("city")].map(([city, part]) => [city, part.numRows])).toEqual([
      ["London", 1],
      ["Oslo", 2],
      ["Bern", 1],
    ])
    expect([...table].length).toBe(4)
  })

  test("keeps the order of columns whose names are numbers", () => {
    expect(toTable([{ b: 1, "2020": 2, a: 3 }].map((row) => new Map(Object.entries(row)))).columns).toEqual([])
    const table = Table.from([{ b: 1, a: 3 }]).withColumn("2020", [5])
    expect(table.columns).toEqual(["b", "a", "2020"])
    expect(table.select("2020", "b").columns).toEqual(["2020", "b"])
  })

  test("counts, drops and fills missing values; NaN is one", () => {
    const table = people()
    expect(table.missing("height")).toBe(2)
    expect(table.dropMissing().numRows).toBe(2)
    expect(table.dropMissing("name").numRows).toBe(4)
    expect(table.fillMissing({ height: 1.7 }).column("height")).toEqual([1.65, 1.7, 1.85, 1.7])
    const texts = new Table({ t: ["a", null, "b", "b"], n: [1, null, 1, 4] })
    expect(texts.fillMissing({ t: "mode", n: "median" }).row(1)).toEqual({ t: "b", n: 1 })
    expect(texts.fillMissing({ t: "none" }).column("t")).toEqual(["a", "none", "b", "b"])
    const height: number[] = table.dropMissing("height").column("height")
    expect(height).toEqual([1.65, 1.85])
  })

  test("describes its columns", () => {
    const [, height, city] = people().describe().rows()
    expect(height).toMatchObject({ column: "height", type: "number", count: 2, missing: 2, min: 1.65, max: 1.85 })
    expect(height?.mean).toBeCloseTo(1.75)
    expect(height?.std).toBeCloseTo(Math.sqrt(0.02))
    expect(city).toMatchObject({ column: "city", type: "string", count: 4, missing: 0, mean: null })
  })

  test("becomes a tensor, row by row", () => {
    const table = new Table({ a: [1, 2, 3], b: [true, false, true] })
    expect(table.toTensor().tolist()).toEqual([
      [1, 1],
      [2, 0],
      [3, 1],
    ])
    expect(table.toTensor(["b"], { dtype: "int32" }).tolist()).toEqual([[1], [0], [1]])
  })

  test("is standardised, others on the same scale, and back", () => {
    const train = new Table({ x: [1, 2, 3, 4], c: [5, 5, 5, 5], name: ["a", "b", "c", "d"] })
    const { table, scaler } = train.standardize()
    const x = table.column("x")
    expect(x.reduce((a, b) => a + b)).toBeCloseTo(0)
    expect(x.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1)
    expect(table.column("c")).toEqual([0, 0, 0, 0])
    expect(table.column("name")).toEqual(["a", "b", "c", "d"])
    const val = scaler.transform(new Table({ x: [2.5], c: [6], name: ["z"] }))
    expect(val.row(0)).toEqual({ x: 0, c: 1, name: "z" })
    expect(scaler.inverse("x", 0)).toBe(2.5)
    const back = scaler.inverse("x", tensor([x])).tolist() as number[][]
    expect(back[0]?.map((value) => value.toFixed(5))).toEqual(["1.00000", "2.00000", "3.00000", "4.00000"])
    expect(() => scaler.inverse("y", [1])).toThrow('no column "y"')
  })

  test("turns categories into columns of 0 and 1, in sorted order", () => {
    const table = people().oneHot("city")
    expect(table.columns).toEqual(["name", "height", "member", "city_Bern", "city_London", "city_Oslo"])
    expect(table.column("city_Oslo")).toEqual([0, 1, 1, 0])
  })

  test("is split the same way for the same seed, and no row is lost", () => {
    const table = new Table({ x: Array.from({ length: 10 }, (_, i) => i) })
    const [train, val] = table.trainTestSplit({ testSize: 0.25, seed: 3 })
    expect([train.numRows, val.numRows]).toEqual([7, 3])
    expect([...train.column("x"), ...val.column("x")].sort((a, b) => a - b)).toEqual(table.column("x"))
    expect(table.trainTestSplit({ testSize: 0.25, seed: 3 })[1].column("x")).toEqual(val.column("x"))
    expect(() => table.trainTestSplit({ testSize: 2 })).toThrow("between 0 and 1")
  })

  test("is split with each category in the same share", () => {
    const kinds = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? "rare" : i % 2 === 0 ? "a" : null))
    const table = new Table({ kind: kinds, x: kinds.map((_, i) => i) })
    for (let seed = 0; seed < 5; seed++) {
      const [train, val] = table.trainTestSplit({ testSize: 0.2, seed, stratify: "kind" })
      expect([train.numRows, val.numRows]).toEqual([80, 20])
      expect(val.filter((row) => row.kind === "rare").numRows).toBe(2)
      expect(val.filter((row) => row.kind === "a").numRows).toBe(8)
      expect([...train.column("x"), ...val.column("x")].sort((i, j) => i - j)).toEqual(table.column("x"))
    }
    const again = () => table.trainTestSplit({ seed: 1, stratify: "kind" })[1].column("x")
    expect(again()).toEqual(again())
    expect(again()).not.toEqual([...again()].sort((i, j) => i - j))
    const few = new Table({ kind: ["a", "a", "b", "b", "c"], x: [1, 2, 3, 4, 5] })
    expect(few.trainTestSplit({ testSize: 0.5, seed: 1, stratify: "kind" }).map((part) => part.numRows)).toEqual([2, 3])
    expect(() => few.trainTestSplit({ stratify: "kinds" as "kind" })).toThrow('did you mean "kind"?')
  })

  test("prints in aligned columns", () => {
    expect(String(people())).toBe(
      [
        "name  height  city    member",
        "Ada     1.65  London  true",
        "Bo         —  Oslo    false",
        "Cy      1.85  Oslo    true",
        "Di         —  Bern    false",
        "4 rows × 4 columns",
      ].join("\n"),
    )
    expect(String(Table.from([]))).toBe("0 rows × 0 columns")
    expect(String(new Table({ x: Array.from({ length: 50 }, (_, i) => i) })).split("\n").length).toBe(13)
  })
})

test("a table stands wherever one of fewer or of any columns is asked for", () => {
  const rowsOf = (table: Table) => table.numRows
  const heightsOf = (table: Table<{ height: number | null }>) => table.column("height").length
  expect(rowsOf(people())).toBe(4)
  expect(rowsOf(people().oneHot("city").drop("name"))).toBe(4)
  expect(heightsOf(people())).toBe(4)
  // @ts-expect-error the column is gone
  expect(() => heightsOf(people().drop("height"))).toThrow(ColumnError)
  // @ts-expect-error a name is no number
  const wrong: Table<{ name: number }> = people()
  expect(wrong.numRows).toBe(4)
})

describe("a mistake with a table is met with its name", () => {
  test("a column that is not there", () => {
    // @ts-expect-error no such column
    expect(() => people().column("hieght")).toThrowErrorMatchingInlineSnapshot(`
      [ColumnError: column: no column "hieght"
      The columns are "name", "height", "city", "member".
      hint: did you mean "height"?]
    `)
    // @ts-expect-error no such column
    expect(() => people().drop("x")).toThrow(ColumnError)
  })

  test("missing values in a tensor", () => {
    expect(() => people().toTensor(["height"])).toThrowErrorMatchingInlineSnapshot(`
      [ColumnError: toTensor: column "height" has missing values
        height  2 of 4 rows missing  the first in row 1
      A tensor holds numbers only; null, undefined and NaN have no place in it.
      hint: leave those rows out with dropMissing(), or fill them: fillMissing({ height: 0 }).]
    `)
  })

  test("text in a tensor", () => {
    expect(() => people().toTensor(["city"])).toThrowErrorMatchingInlineSnapshot(`
      [ColumnError: toTensor: column "city" holds text
        city  "London"  in row 0
      A tensor holds numbers and booleans only.
      hint: drop("city"), or turn categories into columns of 0 and 1: oneHot("city").]
    `)
    expect(() => new Table({ n: ["1", "2"] }).toTensor()).toThrow('withColumn("n", (row) => Number(row.n))')
    expect(() => new Table({ day: [new Date(0)] }).toTensor()).toThrow("row.day.getUTCFullYear()")
  })

  test("columns of different length, no rows, rows that are not there", () => {
    expect(() => new Table({ a: [1, 2], b: [1] })).toThrow("columns of different length")
    expect(() => new Table([{ a: 1 }] as never)).toThrow("Table.from(rows) makes one")
    expect(() => new Table({ a: 5 } as never)).toThrow('Table: column "a" is 5')
    expect(() => new Table(null as never)).toThrow("an object of columns")
    expect(() => people().withColumn("x", [1])).toThrow("columns of different length")
    expect(() => new Table({ a: [] as number[] }).trainTestSplit()).toThrow("0 rows")
    expect(() => people().row(4)).toThrow("from 0 to 3")
    expect(() => people().rename({ name: "city" })).toThrow('two columns "city"')
  })
})

describe("tables by the methods that they have", () => {
  const rows = [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ]
  test.each([
    ["an array of objects", rows],
    ["an object of columns", { x: [1, 3], y: new Float32Array([2, 4]) }],
    ["objects()", { objects: () => rows }],
    ["toRecords()", { toRecords: () => rows }],
    ["toArray()", { toArray: () => rows.map((row) => ({ toJSON: () => row })) }],
  ])("%s", (_name, source) => {
    expect(
      toTable<{ x: number; y: number }>(source as typeof rows)
        .toTensor()
        .tolist(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  test.each([null, 5, "a,b", [1, 2], { x: 1 }, {}, Promise.resolve([])])("%s is none", (source) => {
    expect(() => toTable(source as never)).toThrow("A table is a Table, an array of objects")
  })
})
