// Reading a CSV file of a million rows and eleven columns into a tensor: ours, polars, DuckDB, d3-dsv, and in Python pandas
// where it is installed and NumPy's loadtxt.
import { spawn } from "node:child_process"
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { readCsv, tensor } from "../../dist/src/index.js"

const rows = 1_000_000
const columns = 11
const require = createRequire(import.meta.url)
const { csvParse, autoType } = require("d3-dsv")

/** Numbers with four decimals, always the same. */
function writeTable(path) {
  const file = openSync(path, "w")
  let state = 1
  writeSync(file, `${Array.from({ length: columns }, (_, i) => `x${i}`).join(",")}\n`)
  for (let start = 0; start < rows; start += 10_000) {
    const lines = Array.from({ length: 10_000 }, () =>
      Array.from({ length: columns }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return ((state / 2 ** 32) * 200 - 100).toFixed(4)
      }).join(","),
    )
    writeSync(file, `${lines.join("\n")}\n`)
  }
  closeSync(file)
}

/** The columns that another library read, side by side. */
function interleaved(read) {
  const out = new Float32Array(read.length * read[0].length)
  read.forEach((column, j) => {
    for (let i = 0; i < column.length; i++) out[i * read.length + j] = column[i]
  })
  return tensor(out).reshape(-1, read.length)
}

const libraries = {
  cellgrad: (path) => readCsv(path).toTensor(),
  ...ifInstalled("nodejs-polars", (polars) => (path) => {
    const frame = polars.readCSV(path)
    return interleaved(frame.columns.map((name) => frame.getColumn(name).toTypedArray()))
  }),
  ...ifInstalled("@duckdb/node-api", ({ DuckDBInstance }) => async (path) => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect()
    const result = await connection.runAndReadAll(`FROM read_csv('${path.replaceAll("'", "''")}')`)
    return interleaved(result.getColumnsJS())
  }),
  "d3-dsv": (path) => {
    const table = csvParse(readFileSync(path, "utf8"), autoType)
    const out = new Float32Array(table.length * table.columns.length)
    table.forEach((row, i) => {
      table.columns.forEach((name, j) => {
        out[i * table.columns.length + j] = row[name]
      })
    })
    return tensor(out).reshape(table.length, -1)
  },
}

/** A library under its name, or nothing where it has no binary. */
function ifInstalled(name, use) {
  try {
    return { [name]: use(require(name)) }
  } catch (error) {
    console.log(`csv: ${name} is left out: ${error.message.split("\n")[0]}`)
    return {}
  }
}

/** Milliseconds of each library, `repeats` times; `python` is left out where there is none. */
export async function measureCsv(repeats, python) {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-csv-"))
  try {
    const path = join(folder, "table.csv")
    writeTable(path)
    const found = []
    for (const [library, read] of Object.entries(libraries)) {
      await read(path) // a warm-up
      for (let repeat = 0; repeat < repeats; repeat++) {
        const begin = performance.now()
        const { shape } = await read(path)
        found.push({ row: "csv", library, value: performance.now() - begin })
        if (shape.join() !== `${rows},${columns}`) throw new Error(`${library} read [${shape}]`)
      }
    }
    if (existsSync(python)) {
      const script = join(dirname(fileURLToPath(import.meta.url)), "read_csv.py")
      const child = spawn(python, [script, path, String(repeats)], { stdio: ["ignore", "pipe", "inherit"] })
      let output = ""
      for await (const chunk of child.stdout) output += chunk
      for (const [library, values] of Object.entries(JSON.parse(output)))
        for (const value of values) found.push({ row: "csv", library, value })
    }
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}
