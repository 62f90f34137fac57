import { describe, expect, it } from "vitest"
import type { CellUse, FoundCells } from "../../src/native/cells.js"
import { endOfCell, halvesOf, placeIn } from "../../src/native/cells.js"
import { makeView } from "../../src/native/layout.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { Storage } from "../../src/native/storage.js"
import { kernelBackend, kernels } from "./addon.js"

const reference = new ReferenceBackend()
const text = (content: string, separator = ",", decimal = ".") => ({
  bytes: Buffer.from(content),
  separator: separator.charCodeAt(0),
  decimal: decimal.charCodeAt(0),
})

/** What was found, with the cells that are no plain numbers as their texts. */
function readable({ bytes, ...rest }: ReturnType<typeof text>, { rows, columns, others, broken }: FoundCells) {
  if (broken >= 0) return { broken }
  const cells = columns.map((column) => {
    const halves = halvesOf(column)
    return Array.from(column, (value, row) => {
      if (!Number.isNaN(value)) return value
      const place = placeIn(halves, row)
      return bytes.toString("utf8", place, endOfCell({ bytes, ...rest }, place))
    })
  })
  return { rows, cells, others: [...others] }
}

const numbers = (count: number): CellUse[] => new Array<CellUse>(count).fill("number")

describe.skipIf(kernels === null)(`cells of a text, by ${kernels} and by the reference`, () => {
  // Some 2 MB: several parts of the text are read at once.
  const many = Array.from({ length: 40_000 }, (_, i) => `${i},${(i * 7) % 1000}.${i % 10},-${i}e-3,${i / 7}`)

  it.each([1, 2, 3])("finds the same numbers in all parts, with %i threads", (threads) => {
    const backend = kernelBackend(threads)
    const content = text(`${many.join("\n")}\n`)
    const found = readable(content, backend.scanCells(content, 0, numbers(4)))
    expect(found).toEqual(readable(content, reference.scanCells(content, 0, numbers(4))))
    expect(found.rows).toBe(40_000)
    expect([0, 1, 2].map((c) => found.cells?.[c]?.[30_001])).toEqual([30_001, 7.1, -30.001])
    expect(found.cells?.[3]?.filter((value, i) => value !== i / 7 && value !== String(i / 7))).toEqual([])
  })

  it("leaves out empty lines, wherever parts begin and end", () => {
    const backend = kernelBackend(2)
    const content = text(`\n\r\n${many.map((line, i) => line + (i % 3 ? "\n" : "\r\n  \n\n")).join("")}\n \n`)
    const found = readable(content, backend.scanCells(content, 0, numbers(4)))
    expect(found.rows).toBe(40_000)
    expect(found.cells?.[0]).toEqual(Array.from({ length: 40_000 }, (_, i) => i))
  })

  it("reads line breaks and separators within quotes as part of a cell", () => {
    const backend = kernelBackend(2)
    const content = text(`${many.map((line, i) => `${line},"${i}, ""\n"`).join("\n")}\n`)
    const uses: CellUse[] = ["number", "skip", "number", "skip", "place"]
    const found = backend.scanCells(content, 0, uses)
    expect(found.rows).toBe(40_000)
    expect(found.others).toEqual([0, 0, 0, 0, 0])
    expect(found.columns.map((column) => column.length)).toEqual([40_000, 0, 40_000, 0, 40_000])
    const place = found.columns[4]?.[39_999] as number
    expect(content.bytes.toString("utf8", place, endOfCell(content, place))).toBe('"39999, ""\n"')
  })

  it("tells where cells are that are no plain numbers", () => {
    const content = text('1,NA\n"2",3\n,4\n 5 ,0x6\n1e,--7\n1.2.3,8 8\n')
    const found = readable(content, kernelBackend(2).scanCells(content, 0, numbers(2)))
    expect(found).toEqual({
      rows: 6,
      cells: [
        [1, '"2"', "", 5, "1e", "1.2.3"],
        ["NA", 3, 4, "0x6", "--7", "8 8"],
      ],
      others: [4, 4],
    })
    expect(found).toEqual(readable(content, reference.scanCells(content, 0, numbers(2))))
  })

  it.each([
    ["too few cells", "1,2\n3\n4,5\n", 4],
    ["too many cells", "1,2\n3,4,5\n", 4],
    ["a quote that is never closed", '1,2\n3,"4\n5,6\n', 4],
  ])("tells where a record with %s begins", (_, content, place) => {
    expect(kernelBackend(2).scanCells(text(content), 0, numbers(2)).broken).toBe(place)
    expect(reference.scanCells(text(content), 0, numbers(2)).broken).toBe(place)
  })

  it("tells the first such record of a long text", () => {
    const lines = many.with(21_000, "1").with(35_000, "2")
    const place = lines.slice(0, 21_000).join("\n").length + 1
    expect(kernelBackend(3).scanCells(text(`${lines.join("\n")}\n`), 0, numbers(4)).broken).toBe(place)
  })

  it("takes the separator for one even where it is a space, and a comma before fractions", () => {
    const content = text("1,5 2\n -3,25\n4e1 \n", " ", ",")
    const found = readable(content, kernelBackend(1).scanCells(content, 0, numbers(2)))
    expect(found.cells).toEqual([
      [1.5, "", 40],
      [2, -3.25, ""],
    ])
    expect(found).toEqual(readable(content, reference.scanCells(content, 0, numbers(2))))
  })

  it("puts columns side by side, and says when a number is missing", () => {
    const columns = Array.from({ length: 3 }, (_, c) => Float64Array.from({ length: 20_001 }, (_, i) => i + c / 4))
    const out = makeView(new Storage("float32", new Float32Array(3 * 20_001)), [20_001, 3])
    expect(kernelBackend(2).columnsToRows(columns, out)).toBe(true)
    const expected = Float32Array.from({ length: 3 * 20_001 }, (_, i) => Math.floor(i / 3) + (i % 3) / 4)
    expect(out.storage.data).toEqual(expected)
    for (const row of [0, 20_000]) {
      const holed = columns.map((column) => column.slice())
      ;(holed[1] as Float64Array)[row] = Number.NaN
      expect(kernelBackend(2).columnsToRows(holed, out)).toBe(false)
      expect(reference.columnsToRows(holed, out)).toBe(false)
    }
  })
})
