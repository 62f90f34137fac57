import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readCsv, readJson } from "../../src/data/index.js"

describe("readCsv", () => {
  test("finds types, missing values and the separator", () => {
    const table = readCsv("name;x;ok\r\nAda;1.5;true\r\nBo;NA;false\r\nCy;-2e3;\r\n")
    expect(table.rows()).toEqual([
      { name: "Ada", x: 1.5, ok: true },
      { name: "Bo", x: null, ok: false },
      { name: "Cy", x: -2000, ok: null },
    ])
  })

  test("understands quotes, line breaks in them, and a byte order mark", () => {
    const table = readCsv('\ufeffa,b\n"1, 2","say ""hi""\nthere"\n"3, 4",x')
    expect(table.columns).toEqual(["a", "b"])
    expect(table.row(0)).toEqual({ a: "1, 2", b: 'say "hi"\nthere' })
  })

  test("names columns that have none, or the same", () => {
    expect(readCsv("x,,x\n1,2,3").columns).toEqual(["x", "column2", "x_2"])
    expect(readCsv("1,2\n3,4", { header: false }).columns).toEqual(["column1", "column2"])
    expect(readCsv("a\tb\n1\t2").column("b")).toEqual([2])
  })

  test("tells texts apart, however many there are and however often they come", () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => {
      const kind = i % 5
      return kind === 0
        ? `city ${i % 3}`
        : kind === 1
          ? `item ${i}`
          : kind === 2
            ? "é".repeat(1 + (i % 40))
            : kind === 3
              ? ""
              : `"${i % 7}, ""x"""`
    })
    const column = readCsv(`t,n\n${texts.map((text, i) => `${text},${i}`).join("\n")}\n`).column("t")
    const wanted = texts.map((text) => {
      if (text === "") return null
      return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
    })
    expect(column).toEqual(wanted)
  })

  test("keeps what only looks like a number as text", () => {
    expect(readCsv("code\n007\n12a").column("code")).toEqual(["007", "12a"])
    expect(readCsv("x\n0x10").column("x")).toEqual(["0x10"])
  })

  test("takes commas for the decimal sign when it is told to", () => {
    const text = "x;y;z\n1,5;1.5;-2,25e1\n-,5;2;12345678901234567,5\n;3;1\n"
    const table = readCsv(text, { decimal: "," })
    expect(table.column("x")).toEqual([1.5, -0.5, null])
    expect(table.column("y")).toEqual(["1.5", "2", "3"])
    expect(table.column("z")).toEqual([-22.5, Number("12345678901234567.5"), 1])
    expect(readCsv(text).column("x")).toEqual(["1,5", "-,5", null])
    expect(() => readCsv("x,y\n1,2", { decimal: "," })).toThrow('"." or ",", and not the separator')
  })

  test("says where a text is broken", () => {
    expect(() => readCsv("a,b\n1,2\n3")).toThrow("readCsv: line 3\nThis line has 1 value, but there are 2 columns.")
    expect(() => readCsv('a,b\n1,"2')).toThrow("line 2\nA quote is opened here and never closed.")
    expect(() => readCsv("\n")).toThrow("the text is empty")
    expect(() => readCsv("a,b\n1,2", { separator: ",," })).toThrow("It is one character")
    expect(() => readCsv("a1b\n1", { separator: "1" })).toThrow("that is in no number")
  })

  test("reads files, and says which it cannot", () => {
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-read-"))
    try {
      writeFileSync(join(folder, "t.csv"), "a,b\n1,2\n")
      expect(readCsv(join(folder, "t.csv")).row(0)).toEqual({ a: 1, b: 2 })
      expect(() => readCsv(folder)).toThrow("This is a folder.")
      expect(() => readCsv("no-such.csv")).toThrow("There is no such file")
      expect(() => readCsv("https://example.org/t.csv")).toThrow(
        'await readTable("https://example.org/t.csv") fetches it',
      )
      expect(() => readCsv(Promise.resolve("") as never)).toThrow("write await before it")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("readJson", () => {
  test("reads rows, columns and lines", () => {
    const wanted = [
      { x: 1, y: "a" },
      { x: 2, y: null },
    ]
    expect(readJson(JSON.stringify(wanted)).rows()).toEqual(wanted)
    expect(readJson('[{"x": 1, "y": "a"}, {"x": 2}]').rows()).toEqual(wanted)
    expect(readJson('{"x": [1, 2], "y": ["a", null]}').rows()).toEqual(wanted)
    expect(readJson('{"x": 1, "y": "a"}\n{"x": 2, "y": null}\n').rows()).toEqual(wanted)
  })

  test("says what is wrong", () => {
    expect(() => readJson("[{]")).toThrow("this is no JSON")
    expect(() => readJson('{"a": 1}')).toThrow("must be an array of objects")
    expect(() => readJson("[1, 2]")).toThrow("A table is")
    expect(() => readJson("missing.json")).toThrow("There is no such file")
  })
})
