import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { dataLoader, readCsv, readJson, readTable, Table } from "../../src/data/index.js"

describe("files as they come", () => {
  test.each([
    ["UTF-8 with a byte order mark", Buffer.from("\ufeffname,x\nCafé,1\n")],
    ["UTF-16, the lower byte first", Buffer.from("\ufeffname,x\nCafé,1\n", "utf16le")],
    ["UTF-16, the higher byte first", Buffer.from("\ufeffname,x\nCafé,1\n", "utf16le").swap16()],
    ["Latin-1", Buffer.from("name,x\nCafé,1\n", "latin1")],
    ["line ends of old Macs", Buffer.from("name,x\rCafé,1\r")],
    ["line ends of Windows, none at the end", Buffer.from("name,x\r\nCafé,1")],
    ["bars for separators", Buffer.from("name|x\nCafé|1\n")],
    ["a separator in a quoted name", Buffer.from('name;"x"\nCafé;1\n')],
  ])("%s", (_, bytes) => {
    expect(readCsv(bytes).rows()).toEqual([{ name: "Café", x: 1 }])
  })

  test("an encoding that the bytes do not tell is given", () => {
    const bytes = Buffer.from([0x61, 0x0a, 0xcf, 0xd0, 0xc9, 0x0a]) // in KOI8-R
    expect(readCsv(bytes, { encoding: "koi8-r" }).column("a")).toEqual(["опи"])
    expect(() => readCsv(bytes, { encoding: "klingon" })).toThrow('such as "utf-8", "latin1" or "utf-16le"')
  })

  test("lines before the table and comments are left out", () => {
    const text = "Report of 2024\n\n# by hand\na,b\n1,2\n# more\n3,4\n"
    expect(readCsv(text, { skip: 2, comment: "#" }).rows()).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ])
    expect(() => readCsv("Report\n# by hand\na,b\n# more\n1\n", { skip: 1, comment: "#" })).toThrow("line 5")
    expect(readCsv("a\n1\n#", { comment: "#" }).numRows).toBe(1)
    expect(() => readCsv("# by hand\na,b\n1,2\n")).toThrow('{ comment: "#" }')
    expect(() => readCsv("Report\na,b\n1,2\n")).toThrow("{ skip: 1 }")
    expect(() => readCsv("a\n1", { skip: -1 })).toThrow("how many lines stand before the first one")
    expect(() => readCsv("a\n1", { skip: 9 })).toThrow("the text is empty")
  })

  test("what is no CSV is called by its name", async () => {
    expect(() => readCsv("<!DOCTYPE html>\n<title>404</title>")).toThrow("this is a web page")
    await expect(readTable(Buffer.from("PK\x03\x04\0\0xl/workbook.xml"))).rejects.toThrow("save the sheet as CSV")
    expect(() => readJson('{"data": [{"a": 1}]}')).toThrow("give that part to toTable()")
  })

  test("a table without rows, and one with no more than empty lines after it", () => {
    expect(readCsv("a,b\n").columns).toEqual(["a", "b"])
    expect(readCsv("a,b\n\n \n\r\n").numRows).toBe(0)
  })
})

describe("numbers", () => {
  test("with separated thousands", () => {
    const text = "city;people;share\nA;1.234.567;0,5\nB;-2.000;1.000,25\nC;7;NA\n"
    const table = readCsv(text, { decimal: ",", thousands: "." })
    expect(table.column("people")).toEqual([1234567, -2000, 7])
    expect(table.column("share")).toEqual([0.5, 1000.25, null])
    expect(readCsv('x\n"1,234.5"\n"12,345,678"\n9e2\n', { thousands: "," }).column("x")).toEqual([
      1234.5, 12345678, 900,
    ])
    expect(readCsv("x;y\n1 000;1\n", { thousands: " " }).column("x")).toEqual([1000])
    expect(() => readCsv("x\n1", { thousands: "." })).toThrow("not the decimal sign")
  })

  test("that stand as text say with which setting they are read", () => {
    const message = (text: string) => {
      try {
        dataLoader(readCsv(text), "y")
      } catch (error) {
        return String(error)
      }
      return ""
    }
    expect(message('x,y\n"1,234",1\n"56",2\n')).toContain('readCsv(…, { thousands: "," })')
    expect(message("x;y\n1,5;1\n2;2\n")).toContain('readCsv(…, { decimal: "," })')
    expect(message("x;y\n1,5;1\na;2\n")).toContain('oneHot("x")')
    expect(message("x;y\n1,5;1\na;2\n")).toContain('dataLoader: column "x" holds text')
  })

  test("infinite, missing in all the ways of pandas, and with a question mark", () => {
    const texts = ["inf", "-inf", "Infinity", "", "NA", "n/a", "#N/A", "<NA>", "NaN", "None", "NULL", "?"]
    const column = readCsv(`x,y\n${texts.map((text) => `${text},0`).join("\n")}\n`).column("x")
    expect(column.slice(0, 3)).toEqual([Infinity, -Infinity, Infinity])
    expect(column.slice(3)).toEqual(new Array(9).fill(null))
  })

  test("that are names stay text", () => {
    const table = readCsv("zip,x\n01234,1\n,2\n", { text: ["zip"] })
    expect(table.rows()).toEqual([
      { zip: "01234", x: 1 },
      { zip: null, x: 2 },
    ])
    expect(readCsv("flag\ntrue\n", { text: ["flag"] }).column("flag")).toEqual(["true"])
    expect(() => readCsv("zip\n1\n", { text: ["zup"] })).toThrow('did you mean "zip"?')
  })
})

describe("dates", () => {
  const utc = (text: string) => new Date(text)

  test("as ISO writes them", () => {
    const text = [
      "t,x",
      "2024-02-29,1",
      "2024-02-29 18:30,2",
      "2024-02-29T18:30:05.25Z,3",
      "2024-02-29T18:30:05+02:00,4",
      ",5",
      "",
    ].join("\n")
    const table = readCsv(text, { dates: ["t"] })
    expect(table.column("t")).toEqual([
      utc("2024-02-29T00:00:00Z"),
      utc("2024-02-29T18:30:00Z"),
      utc("2024-02-29T18:30:05.250Z"),
      utc("2024-02-29T16:30:05Z"),
      null,
    ])
    expect(table.type("t")).toBe("date")
    expect(table.sortBy("t", { descending: true }).column("x")[0]).toBe(3)
  })

  test("in a form that is given", () => {
    const read = (day: string, pattern: string) =>
      readCsv<{ d: Date }>(`d\n${day}\n`, { dates: { d: pattern } }).row(0).d
    expect(read("29.2.2024", "DD.MM.YYYY")).toEqual(utc("2024-02-29T00:00:00Z"))
    expect(read("12/31/99 23:05", "MM/DD/YY hh:mm")).toEqual(utc("1999-12-31T23:05:00Z"))
    expect(read("20240229", "YYYYMMDD")).toEqual(utc("2024-02-29T00:00:00Z"))
  })

  test("that are none are named", () => {
    expect(() => readCsv("d\n2024-02-28\n2024-02-30\n", { dates: ["d"] })).toThrowErrorMatchingInlineSnapshot(`
      [ColumnError: readCsv: column "d" holds "2024-02-30"
        d  "2024-02-30"  in row 1
      This is no date in the form that was given, YYYY-MM-DD if none was.
      hint: say how they are written: readCsv(…, { dates: { d: "DD/MM/YYYY" } }).]
    `)
    expect(() => readCsv("d\n31/12/2024\n", { dates: ["d"] })).toThrow('{ dates: { d: "DD/MM/YYYY" } }')
    expect(() => readCsv("d\n1\n", { dates: ["day"] })).toThrow('no column "day"')
    expect(() => readCsv("d\n1\n", { dates: { d: "DD/MM" } })).toThrow("A pattern has YYYY")
  })
})

test("a wide table prints its first columns and its last", () => {
  const wide = new Table(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`column${i}`, [i, 2 * i]])))
  const [names, first, second, size] = String(wide).split("\n")
  expect(names).toMatch(/^column0 {2}column1 .* … {2}column59$/)
  expect(first).toMatch(/^ {6}0 .* … {8}59$/)
  expect([names, first, second].every((line) => (line as string).length <= 120)).toBe(true)
  expect(size).toBe("2 rows × 60 columns")
})

test("files are read with the same settings through readTable", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-messy-"))
  try {
    writeFileSync(join(folder, "t.csv"), Buffer.from("Größe;d\n1.000,5;1.2.2024\n", "latin1"))
    const options = { decimal: ",", thousands: ".", dates: { d: "DD.MM.YYYY" } } as const
    const table = await readTable(join(folder, "t.csv"), options)
    expect(table.rows()).toEqual([{ Größe: 1000.5, d: new Date("2024-02-01T00:00:00Z") }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
