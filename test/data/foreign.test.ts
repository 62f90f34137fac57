import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as arrow from "apache-arrow"
import * as aq from "arquero"
import { describe, expect, test } from "vitest"
import { dataLoader, toTable } from "../../src/index.js"
import { root } from "../requirements.js"
import { ifBuilt } from "./if-built.js"

const rows = [
  { x: 1, t: "a" },
  { x: 2, t: null },
  { x: 3, t: "c" },
]

describe("arquero", () => {
  test("tables come as they stand, filtered and sorted", () => {
    const table = aq.table({ x: [1, 2, 3], t: ["a", null, "c"] })
    expect(toTable(table).rows()).toEqual(rows)
    const changed = table.filter("d => d.x > 1").orderby(aq.desc("x"))
    expect(toTable(changed).column("x")).toEqual([3, 2])
    const [x, y] = dataLoader(aq.from([{ a: 1, b: 2, y: 3 }]), "y").first()
    expect([x.tolist(), y.tolist()]).toEqual([[[1, 2]], [[3]]])
  })
})

describe("Arrow", () => {
  test("tables keep their missing values, dates and large integers", () => {
    const table = new arrow.Table({
      x: arrow.vectorFromArray([1, null, 3], new arrow.Float64()),
      big: arrow.vectorFromArray([1n, 2n, 3n], new arrow.Int64()),
      flag: arrow.vectorFromArray([true, false, null], new arrow.Bool()),
      name: arrow.vectorFromArray(["a", null, "c"], new arrow.Utf8()),
    })
    expect(toTable(table).rows()).toEqual([
      { x: 1, big: 1, flag: true, name: "a" },
      { x: null, big: 2, flag: false, name: null },
      { x: 3, big: 3, flag: null, name: "c" },
    ])
  })

  test("files become tensors by their columns", () => {
    const bytes = readFileSync(join(root, "node_modules/vega-datasets/data/flights-200k.arrow"))
    const table = toTable<{ delay: number; distance: number; time: number }>(arrow.tableFromIPC(bytes))
    expect(table.numRows).toBe(200_000)
    const { x, y } = { x: table.toTensor(["distance", "time"]), y: table.toTensor(["delay"]) }
    expect([x.shape, y.shape]).toEqual([
      [200_000, 2],
      [200_000, 1],
    ])
    expect(x.at(7, 0).item()).toBe(table.row(7).distance)
  })
})

const polars = await ifBuilt("nodejs-polars", async () => (await import("nodejs-polars")).default)
const duckDb = await ifBuilt("DuckDB", () => import("@duckdb/node-api"))

describe.skipIf(polars === undefined)("polars", () => {
  const pl = polars as NonNullable<typeof polars>

  test("data frames keep numbers, text, truth, dates and missing values", () => {
    const frame = pl.DataFrame({
      x: [1, 2, 3],
      t: ["a", null, "c"],
      gap: [1.5, null, 3],
      ok: [true, false, null],
      day: [new Date(0), null, new Date(86_400_000)],
    })
    const table = toTable<Record<string, unknown>>(frame)
    expect(table.columns).toEqual(["x", "t", "gap", "ok", "day"])
    expect(table.select("x", "t").rows()).toEqual(rows)
    expect(table.column("gap")).toEqual([1.5, null, 3])
    expect(table.column("ok")).toEqual([true, false, null])
    expect(table.column("day")).toEqual([new Date(0), null, new Date(86_400_000)])
    expect(["x", "t", "gap", "ok", "day"].map((name) => table.type(name))).toEqual([
      "number",
      "string",
      "number",
      "boolean",
      "date",
    ])
  })

  test("whole numbers of every size, and categories", () => {
    const frame = pl.DataFrame([
      pl.Series("i64", [1n, 2n]),
      pl.Series("i8", [-1, 2], pl.Int8),
      pl.Series("f32", [0.5, 1.5], pl.Float32),
      pl.Series("c", ["b", "a"]).cast(pl.Categorical),
    ])
    expect(toTable(frame).rows()).toEqual([
      { i64: 1, i8: -1, f32: 0.5, c: "b" },
      { i64: 2, i8: 2, f32: 1.5, c: "a" },
    ])
    expect(toTable<{ i64: number }>(frame).toTensor(["i64"]).tolist()).toEqual([[1], [2]])
  })

  test("what polars read, filtered and grouped goes into a loader", () => {
    const frame = pl.readCSV(Buffer.from("a,b,y\n1,2,3\n4,5,6\n7,8,9\n")).filter(pl.col("a").gt(1))
    const [x, y] = dataLoader(frame, "y", { batchSize: 2 }).first()
    expect([x.tolist(), y.tolist()]).toEqual([
      [
        [4, 5],
        [7, 8],
      ],
      [[6], [9]],
    ])
    const means = pl
      .DataFrame({ k: ["u", "v", "u"], x: [1, 2, 3] })
      .groupBy("k")
      .agg(pl.col("x").mean())
      .sort("k")
    expect(toTable(means).rows()).toEqual([
      { k: "u", x: 2 },
      { k: "v", x: 2 },
    ])
  })

  test("a plan that has not been carried out says what is missing", () => {
    const plan = pl.DataFrame({ x: [1] }).lazy()
    expect(() => toTable(plan as never)).toThrow("collectSync() makes a table of it")
    expect(toTable(plan.collectSync()).rows()).toEqual([{ x: 1 }])
  })
})

describe.skipIf(duckDb === undefined)("DuckDB", () => {
  async function connect() {
    const instance = await (duckDb as NonNullable<typeof duckDb>).DuckDBInstance.create(":memory:")
    return await instance.connect()
  }

  test("what a query gives keeps its types and its missing values", async () => {
    const connection = await connect()
    const result = await connection.runAndReadAll(`
      SELECT * FROM (VALUES
        (1, 'a', 1.5::DOUBLE, true, 12345678901::BIGINT, 1.25::DECIMAL(9, 2), DATE '2024-02-29'),
        (2, NULL, NULL, NULL, 2, 2.50, NULL)) AS t(x, t, gap, ok, big, price, day)`)
    const table = toTable<Record<string, unknown>>(result)
    expect(table.rows()).toEqual([
      { x: 1, t: "a", gap: 1.5, ok: true, big: 12345678901, price: 1.25, day: new Date("2024-02-29") },
      { x: 2, t: null, gap: null, ok: null, big: 2, price: 2.5, day: null },
    ])
    expect(table.toTensor(["x", "big"], { dtype: "float64" }).tolist()).toEqual([
      [1, 12345678901],
      [2, 2],
    ])
  })

  test("counts and sums are numbers, and go into a loader", async () => {
    const connection = await connect()
    const result = await connection.runAndReadAll(
      "SELECT i % 2 AS k, count(*) AS n, sum(i) AS y FROM range(5) AS r(i) GROUP BY k ORDER BY k",
    )
    expect(
      toTable<{ n: number }>(result)
        .map(({ n }) => ({ double: n * 2 }))
        .column("double"),
    ).toEqual([6, 4])
    const [x, y] = dataLoader(result, "y", { batchSize: 2 }).first()
    expect([x.tolist(), y.tolist()]).toEqual([
      [
        [0, 3],
        [1, 2],
      ],
      [[6], [4]],
    ])
  })

  test("a query without rows is a table with columns; two columns of one name are told apart", async () => {
    const connection = await connect()
    const empty = toTable(await connection.runAndReadAll("SELECT 1 AS a, 'x' AS b WHERE false"))
    expect([empty.columns, empty.numRows]).toEqual([["a", "b"], 0])
    expect(toTable(await connection.runAndReadAll("SELECT 1 AS a, 2 AS a")).row(0)).toEqual({ a: 1, "a:1": 2 })
  })

  test("a result that has not been read says what is missing", async () => {
    const connection = await connect()
    const unread = await connection.run("SELECT 1 AS a")
    expect(() => toTable(unread as never)).toThrow("await connection.runAndReadAll(sql)")
    expect(() => toTable(connection.runAndReadAll("SELECT 1 AS a") as never)).toThrow("write await before it")
  })
})
