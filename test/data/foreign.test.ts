import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as arrow from "apache-arrow"
import * as aq from "arquero"
import { describe, expect, test } from "vitest"
import { dataLoader, toTable } from "../../src/index.js"
import { root } from "../requirements.js"

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

// polars and DuckDB bring binaries of their own; what stands here has the methods of theirs that we call.
describe("stand-ins for", () => {
  test("a polars data frame, by its columns", () => {
    const columns: Record<string, unknown[]> = { x: [1, 2, 3], t: ["a", null, "c"] }
    const frame = {
      columns: Object.keys(columns),
      getColumn: (name: string) => ({ toArray: () => columns[name] }),
      toRecords: () => {
        throw new Error("the columns are there")
      },
    }
    expect(toTable(frame).rows()).toEqual(rows)
  })

  test("the result of a DuckDB query", () => {
    expect(toTable({ getRowObjectsJS: () => rows }).rows()).toEqual(rows)
  })
})
