import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readCsv, readJson, Table, toCsv, toJson, writeCsv, writeJson } from "../../src/data/index.js"
import { datasets } from "../../src/index.js"

const people = () =>
  new Table({
    name: ["Ada", "Bo", "Cy", "Di", "Ed"],
    city: ["Oslo", "Bern", "Oslo", "Bern", "Rom"],
    age: [30, 40, 50, null, 20],
    member: [true, true, false, true, false],
  })

describe("groups", () => {
  test("are aggregated by statistics, of other columns, and by functions", () => {
    const table = people()
      .groupBy("city")
      .aggregate({
        age: "mean",
        n: "count",
        oldest: ["age", "max"],
        names: (group) => group.column("name").join("+"),
      })
    expect(table.rows()).toEqual([
      { city: "Oslo", age: 40, n: 2, oldest: 50, names: "Ada+Cy" },
      { city: "Bern", age: 40, n: 2, oldest: 40, names: "Bo+Di" },
      { city: "Rom", age: 20, n: 1, oldest: 20, names: "Ed" },
    ])
    const typed: (number | null)[] = table.column("age")
    const names: string[] = table.column("names")
    expect([typed.length, names.length]).toEqual([3, 3])
  })

  test("keep rows that miss a value apart by what else is in their keys", () => {
    const table = new Table({ a: [null, Number.NaN, null, 1], b: [1, 2, 1, null], n: [1, 2, 4, 8] })
    expect([...table.groupBy("a", "b")].map(([key, part]) => [key[1], part.column("n")])).toEqual([
      [1, [1, 4]],
      [2, [2]],
      [null, [8]],
    ])
    expect([...table.groupBy("b").values()].map((part) => part.column("n"))).toEqual([[1, 4], [2], [8]])
  })

  test("of several columns have tuples for keys", () => {
    const groups = people().groupBy("city", "member")
    expect([...groups.keys()]).toEqual([
      ["Oslo", true],
      ["Bern", true],
      ["Oslo", false],
      ["Rom", false],
    ])
    expect(groups.aggregate({ n: "count" }).column("n")).toEqual([1, 2, 1, 1])
    expect(String(groups)).toBe("4 groups by city, member")
  })

  test("know what they cannot do", () => {
    const groups = people().groupBy("city")
    // @ts-expect-error no such column
    expect(() => people().groupBy("town")).toThrow('groupBy: no column "town"')
    // @ts-expect-error no such statistic
    expect(() => groups.aggregate({ age: "avreage" })).toThrow("A statistic is one of")
    // @ts-expect-error no such statistic
    expect(() => groups.aggregate({ age: "medians" })).toThrow('did you mean "median"?')
    expect(() => groups.aggregate({ aeg: "mean" })).toThrow('did you mean "age"?')
    expect(() => people().select("name").statistic("name", "mean")).toThrow("no values that it could be computed from")
  })
})

describe("statistics of a column", () => {
  test("are those of its values", () => {
    const table = new Table({ x: [4, 1, null, 1, 10], t: ["b", "a", "b", null, "c"] })
    const all = (["count", "unique", "sum", "mean", "median", "min", "max", "first", "last", "mode"] as const).map(
      (wanted) => table.statistic("x", wanted),
    )
    expect(all).toEqual([4, 3, 16, 4, 2.5, 1, 10, 4, 10, 1])
    expect(table.statistic("x", "std")).toBeCloseTo(Math.sqrt((0 + 9 + 9 + 36) / 3), 12)
    expect(table.statistic("t", "mode")).toBe("b")
    expect(table.statistic("t", "max")).toBe("c")
    expect(table.valueCounts("t").rows()).toEqual([
      { value: "b", count: 2, share: 0.5 },
      { value: "a", count: 1, share: 0.25 },
      { value: "c", count: 1, share: 0.25 },
    ])
  })

  test("fill what is missing", () => {
    const filled = people().fillMissing({ age: "median" })
    expect(filled.column("age")).toEqual([30, 40, 50, 35, 20])
    const all: number[] = filled.column("age")
    expect(all.length).toBe(5)
    // In a column of text, it is a text like others.
    expect(new Table({ t: ["a", null] }).fillMissing({ t: "mean" }).column("t")).toEqual(["a", "mean"])
    // @ts-expect-error not a number
    people().fillMissing({ age: "middle" })
  })
})

describe("joins", () => {
  const cities = () => new Table({ city: ["Oslo", "Bern", "Paris"], country: ["NO", "CH", "FR"] })

  test("keep what they are told to", () => {
    const inner = people().join(cities(), "city")
    expect(inner.column("name")).toEqual(["Ada", "Bo", "Cy", "Di"])
    const countries: string[] = inner.column("country")
    expect(countries).toEqual(["NO", "CH", "NO", "CH"])
    const left = people().join(cities(), "city", { how: "left" })
    const orNull: (string | null)[] = left.column("country")
    expect(orNull).toEqual(["NO", "CH", "NO", "CH", null])
    const outer = people().join(cities(), "city", { how: "outer" })
    expect(outer.row(5)).toEqual({ name: null, city: "Paris", age: null, member: null, country: "FR" })
    expect(outer.row(4)).toEqual({ name: "Ed", city: "Rom", age: 20, member: false, country: null })
  })

  test("match several columns, every pair, and never a missing value", () => {
    const a = new Table({ k: [1, 1, null], l: ["x", "y", "x"], a: [1, 2, 3] })
    const b = new Table({ k: [1, 1, null], l: ["x", "x", "x"], b: [7, 8, 9] })
    expect(a.join(b, ["k", "l"]).rows()).toEqual([
      { k: 1, l: "x", a: 1, b: 7 },
      { k: 1, l: "x", a: 1, b: 8 },
    ])
  })

  test("say which column is in the way", () => {
    // @ts-expect-error the other table has no such column
    expect(() => people().join(cities(), "name")).toThrow('join (the other table): no column "name"')
    expect(() => people().join(cities().rename({ country: "age" }), "city")).toThrow(
      'there would be two columns "age"\nEach name stands for one column.\nhint: rename it',
    )
    // @ts-expect-error no such kind
    expect(() => people().join(cities(), "city", { how: "cross" })).toThrow('"inner", "left" or "outer"')
  })
})

describe("rows", () => {
  test("of several tables stand below one another", () => {
    const table = new Table({ x: [1, 2], y: ["a", "b"] })
    const other = new Table({ y: ["c"], x: [3] })
    expect(table.concat(other, table).column("x")).toEqual([1, 2, 3, 1, 2])
    expect(() => table.concat(new Table({ x: [1], z: ["a"] }) as never)).toThrow("tables with different columns")
  })

  test("are sorted by several columns", () => {
    const sorted = people().sortBy(["city", "name"], { descending: true })
    expect(sorted.column("name")).toEqual(["Ed", "Cy", "Ada", "Di", "Bo"])
  })

  test("are sampled without repetition", () => {
    const table = new Table({ x: Array.from({ length: 20 }, (_, i) => i) })
    const some = table.sample(10, { seed: 1 }).column("x")
    expect(new Set(some).size).toBe(10)
    expect(table.sample(10, { seed: 1 }).column("x")).toEqual(some)
    expect(() => table.sample(21)).toThrow("from 0 to 20")
  })
})

describe("categories", () => {
  test("are coded as those of another table", () => {
    const table = people()
    expect(table.categories("city")).toEqual(["Bern", "Oslo", "Rom"])
    expect(table.codes("city").tolist()).toEqual([1, 0, 1, 0, 2])
    const few = new Table({ city: ["Rom", "Rom"] })
    expect(few.codes("city", table.categories("city")).tolist()).toEqual([2, 2])
    expect(few.oneHot("city", { categories: table.categories("city") }).columns).toEqual([
      "city_Bern",
      "city_Oslo",
      "city_Rom",
    ])
    expect(() => table.codes("city", ["Bern", "Oslo"])).toThrowErrorMatchingInlineSnapshot(`
      [ColumnError: codes: column "city" holds "Rom"
        city  "Rom"  in row 4
      The categories are "Bern", "Oslo".
      hint: categories that are taken from the training rows must contain all that occurs later.]
    `)
    expect(() => table.codes("age")).toThrow("A class has a number; a missing value has none.")
  })

  test("numbers are brought between 0 and 1", () => {
    const { table, scaler } = new Table({ x: [2, 4, 6], c: [1, 1, 1] }).normalize()
    expect(table.rows()).toEqual([
      { x: 0, c: 0 },
      { x: 0.5, c: 0 },
      { x: 1, c: 0 },
    ])
    expect(scaler.transform(new Table({ x: [8], c: [2] })).row(0)).toEqual({ x: 1.5, c: 1 })
    expect(scaler.inverse("x", [0, 1])).toEqual([2, 6])
  })
})

describe("what is written is read back", () => {
  const table = new Table({
    x: [1.5, null, -3e-7],
    text: ['say "hi"', "a, b", "two\nlines "],
    ok: [true, null, false],
  })

  test("as CSV and TSV", () => {
    expect(toCsv(table)).toBe('x,text,ok\n1.5,"say ""hi""",true\n,"a, b",\n-3e-7,"two\nlines ",false\n')
    for (const separator of [",", "\t", ";", "|"])
      expect(readCsv(toCsv(table, { separator }), { separator }).rows()).toEqual(table.rows())
    expect(toCsv(new Table({ "a,b": [new Date(0)] }))).toBe('"a,b"\n1970-01-01T00:00:00.000Z\n')
  })

  test("as JSON and JSON Lines", () => {
    expect(readJson(toJson(table)).rows()).toEqual(table.rows())
    expect(readJson(toJson(table, { lines: true })).rows()).toEqual(table.rows())
    expect(toJson(new Table({ n: [1n, Number.NaN] }), { lines: true })).toBe('{"n":1}\n{"n":null}\n')
  })

  test("in files", () => {
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-write-"))
    try {
      writeCsv(table, join(folder, "t.csv"))
      writeJson(table, join(folder, "t.jsonl"), { lines: true })
      expect(readCsv(join(folder, "t.csv")).rows()).toEqual(table.rows())
      expect(readFileSync(join(folder, "t.jsonl"), "utf8").split("\n").length).toBe(4)
      expect(() => writeCsv(table, join(folder, "no/t.csv"))).toThrow("The folder of this file does not exist")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("for a table of the package", () => {
    const cars = datasets.cars()
    expect(readCsv(toCsv(cars)).rows()).toEqual(cars.rows())
  })
})

describe("wide and long", () => {
  const wide = () => new Table({ city: ["Oslo", "Bern"], y2023: [1, 3], y2024: [2, null] })

  test("a wide table becomes long, and wide again", () => {
    const long = wide().unpivot(["y2023", "y2024"], { name: "year", value: "n" })
    expect(long.rows()).toEqual([
      { city: "Oslo", year: "y2023", n: 1 },
      { city: "Oslo", year: "y2024", n: 2 },
      { city: "Bern", year: "y2023", n: 3 },
      { city: "Bern", year: "y2024", n: null },
    ])
    const years: ("y2023" | "y2024")[] = long.column("year")
    const numbers: (number | null)[] = long.column("n")
    expect([years.length, numbers.length]).toEqual([4, 4])
    expect(long.pivot("year", "n").rows()).toEqual(wide().rows())
  })

  test("what a combination lacks is missing, and what it has more than once needs a statistic", () => {
    const long = new Table({ k: [1, 2, 1, 1], t: ["b", "a", "a", "b"], x: [1, 2, 3, 5] })
    expect(long.pivot("t", "x", { statistic: "mean" }).rows()).toEqual([
      { k: 1, a: 3, b: 3 },
      { k: 2, a: 2, b: null },
    ])
    expect(() => long.pivot("t", "x")).toThrow('{ statistic: "mean" }')
    expect(new Table({ t: ["b", "a"], x: [1, 2] }).pivot("t", "x").rows()).toEqual([{ a: 2, b: 1 }])
  })

  test("names that are not there, or there already", () => {
    expect(() => wide().unpivot(["y2025" as "y2024"])).toThrow('did you mean "y2023"?')
    expect(() => wide().unpivot(["y2023"], { value: "city" })).toThrow('two columns "city"')
    expect(() => wide().unpivot([])).toThrow("At least one column becomes rows")
    expect(() => wide().pivot("town" as "city", "y2023")).toThrow('no column "town"')
    expect(() => new Table({ a: [1], t: ["a"], x: [2] }).pivot("t", "x")).toThrow('two columns "a"')
  })
})
