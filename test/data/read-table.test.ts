import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readTable, Table, toParquet, toTable, writeParquet, writeTable } from "../../src/index.js"
import { root } from "../requirements.js"
import { ifBuilt } from "./if-built.js"

const sample = (name: string) => join(root, "node_modules/vega-datasets/data", name)
const rows = [
  { x: 1, t: "a" },
  { x: 2.5, t: null },
]
const contents: Record<string, string> = {
  "t.csv": "x,t\n1,a\n2.5,\n",
  "t.tsv": "x\tt\n1\ta\n2.5\t\n",
  "t.json": JSON.stringify(rows),
  "t.jsonl": rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cellgrad-read-table-"))
  for (const [name, text] of Object.entries(contents)) {
    writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("readTable", () => {
  test.each(Object.keys(contents))("reads %s from a file, packed, by URL, as text and as bytes", async (name) => {
    const text = contents[name] as string
    const path = join(folder, name)
    const sources = [path, `${path}.gz`, pathToFileURL(path), text, Buffer.from(text), gzipSync(text)]
    for (const source of sources) expect((await readTable(source)).rows()).toEqual(rows)
  })

  test("passes the options of the format on", async () => {
    expect((await readTable("1|2\n3|4", { separator: "|", header: false })).columns).toEqual(["column1", "column2"])
    expect((await readTable("x\ty\n1\t2", { format: "tsv" })).row(0)).toEqual({ x: 1, y: 2 })
  })

  test("says what it cannot read", async () => {
    await expect(readTable("no-such.parquet")).rejects.toThrow("There is no such file")
    await expect(readTable(5 as never)).rejects.toThrow("a file's path, a web address, the text itself, or bytes")
    await expect(readTable("a\n1", { format: "xlsx" as never })).rejects.toThrow('"csv", "tsv", "json"')
    await expect(readTable(Buffer.from("PAR1 nothing else"))).rejects.toThrow("no Parquet file that can be read")
    await expect(readTable(Buffer.from([0x1f, 0x8b, 8, 0, 0]))).rejects.toThrow("the gzip data is broken")
    await expect(readTable("a\n1", { format: "parquet" })).rejects.toThrow("no Parquet file that can be read")
  })
})

describe("a Parquet file", () => {
  const file = sample("flights-3m.parquet")

  test("is read by columns and rows, across row groups", async () => {
    const table = await readTable(file, { columns: ["distance", "origin", "date"], start: 272_720, end: 272_735 })
    expect(table.columns).toEqual(["distance", "origin", "date"])
    expect(table.numRows).toBe(15)
    expect(table.type("distance")).toBe("number")
    expect(table.missing("origin")).toBe(0)
    expect(table.column("origin").every((code) => /^[A-Z0-9]{3}$/.test(String(code)))).toBe(true)
    expect(table.column("date")[0]).toBeInstanceOf(Date)
    const first = await readTable(file, { columns: ["distance"], start: 272_700, end: 272_728 })
    expect(first.column("distance").slice(20)).toEqual(table.column("distance").slice(0, 8))
    expect(table.toTensor(["distance"]).shape).toEqual([15, 1])
  })

  test("names a column that it does not have", async () => {
    await expect(readTable(file, { columns: ["distnace"] })).rejects.toThrow('did you mean "distance"?')
  })
})

describe("a web address", () => {
  let server: Server
  let base: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      const name = (request.url ?? "").slice(1).replace(/\?.*/, "")
      if (name === "broken.csv") {
        response.writeHead(200, { "content-length": 1000 })
        response.write("x\n1\n")
        setTimeout(() => response.destroy(), 20)
      } else if (contents[name] === undefined) response.writeHead(404).end("no")
      else response.writeHead(200).end(contents[name])
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test.each(Object.keys(contents))("gives %s", async (name) => {
    expect((await readTable(`${base}/${name}`)).rows()).toEqual(rows)
    expect((await readTable(new URL(`${base}/${name}?version=2`))).rows()).toEqual(rows)
  })

  test("that cannot be reached says why, and what to do", async () => {
    await expect(readTable(`${base}/none.csv`)).rejects.toThrow("the server answered 404")
    await expect(readTable(`${base}/broken.csv`)).rejects.toThrow(/the connection (broke|ended) after 4/)
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    await expect(readTable(`http://127.0.0.1:${port}/t.csv`)).rejects.toThrow(
      "the server refused the connection.\nhint: with no network, put the file on this machine and give its path.",
    )
  })
})

test("a sample table is the same in every format it comes in", async () => {
  const text = readFileSync(sample("unemployment.tsv"), "utf8")
  expect((await readTable(sample("unemployment.tsv"))).rows()).toEqual((await readTable(text)).rows())
})

describe("what is written is read back", () => {
  const day = (text: string) => new Date(text)
  const table = new Table({
    n: [1, -2, null, 4],
    x: [0.1, null, Number.NaN, -1e300],
    t: ["a", "", null, "ü\n, ☃"],
    ok: [true, false, null, true],
    day: [day("2024-02-29"), null, day("1969-12-31T23:59:59.999Z"), day("2100-01-01")],
    big: [2 ** 40, -(2 ** 53), 0, 1],
    none: [null, null, null, null],
  })
  const rows = table.rows().map((row) => ({ ...row, x: Number.isNaN(row.x) ? null : row.x }))
  const wide = new Table({ x: Float64Array.from({ length: 250_000 }, (_, i) => i / 7), i: new Int32Array(250_000) })

  test("as Parquet, with types, missing values and several groups of rows", async () => {
    const bytes = await toParquet(table)
    expect((await readTable(bytes)).rows()).toEqual(rows)
    const back = await readTable<{ x: number; i: number }>(await toParquet(wide))
    expect(back.toTensor().toTypedArray()).toEqual(wide.toTensor().toTypedArray())
    expect((await readTable(await toParquet(new Table({ x: [] as number[] })))).numRows).toBe(0)
    await expect(toParquet(new Table({ m: [1, "a"] }))).rejects.toThrow('column "m" holds values of several kinds')
  })

  test("by DuckDB and polars too", async () => {
    const path = join(folder, "written.parquet")
    await writeParquet(table.drop("none"), path)
    const duckDb = await ifBuilt("DuckDB", () => import("@duckdb/node-api"))
    if (duckDb !== undefined) {
      const connection = await (await duckDb.DuckDBInstance.create(":memory:")).connect()
      const result = await connection.runAndReadAll(`SELECT * FROM '${path}'`)
      expect(toTable(result).rows()).toEqual(rows.map(({ none: _, ...row }) => row))
      expect(result.columnTypes().map(String)).toEqual([
        "INTEGER",
        "DOUBLE",
        "VARCHAR",
        "BOOLEAN",
        "TIMESTAMP",
        "DOUBLE",
      ])
    }
    const polars = await ifBuilt("nodejs-polars", async () => (await import("nodejs-polars")).default)
    if (polars !== undefined)
      expect(toTable(polars.readParquet(path)).rows()).toEqual(rows.map(({ none: _, ...row }) => row))
  })

  test.each(["t.csv", "t.tsv", "t.json", "t.jsonl", "t.parquet", "t.csv.gz", "t.jsonl.gz"])("as %s", async (name) => {
    const path = join(folder, `written-${name}`)
    const plain = table.select("n", "x", "ok", "big")
    await writeTable(plain, path)
    expect((await readTable(path)).rows()).toEqual(rows.map(({ n, x, ok, big }) => ({ n, x, ok, big })))
  })

  test("and what cannot be written says so", async () => {
    await expect(writeTable(table, join(folder, "t.xlsx"))).rejects.toThrow('"csv", "tsv", "json"')
    await expect(writeTable(table, join(folder, "no", "t.csv"))).rejects.toThrow("folder of this file does not exist")
    await expect(writeParquet(table, folder)).rejects.toThrow("The file cannot be written")
  })
})
