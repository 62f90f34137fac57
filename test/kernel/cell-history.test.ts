import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { CellHistory, historyFolder } from "../../kernel/cell-history.js"

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellgrad-history-"))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A session that ran these cells. */
function session(...cells: string[]): CellHistory {
  const history = new CellHistory(folder)
  for (const [i, code] of cells.entries()) history.add(i + 1, code)
  history.flush()
  return history
}

describe("tail", () => {
  test("goes back over sessions, the newest last, with absolute numbers", () => {
    session("a = 1", "a + 1")
    session("b = 2")
    const history = session("c = 3")
    const tail = (n: number) => history.find({ hist_access_type: "tail", n })
    expect(tail(3)).toEqual([
      [1, 2, "a + 1"],
      [2, 1, "b = 2"],
      [3, 1, "c = 3"],
    ])
    expect(tail(0)).toEqual([])
    expect(tail(100)).toHaveLength(4)
  })

  test("sees earlier sessions before this one has run anything", () => {
    session("a = 1")
    expect(new CellHistory(folder).find({ hist_access_type: "tail", n: 5 })).toEqual([[1, 1, "a = 1"]])
  })

  test("with outputs, those of earlier sessions too", () => {
    const first = session("6 * 7", "let x")
    first.setOutput(1, "42")
    first.flush()
    const found = session().find({ hist_access_type: "tail", n: 5, output: true })
    expect(found).toEqual([
      [1, 1, ["6 * 7", null]],
      [1, 2, ["let x", null]],
    ])
    const third = session("1")
    third.setOutput(1, "1")
    third.flush()
    expect(session().find({ hist_access_type: "tail", n: 1, output: true })).toEqual([[2, 1, ["1", "1"]]])
  })
})

describe("range", () => {
  test("takes lines of this session, an absolute or a relative one", () => {
    session("a1", "a2", "a3")
    session("b1")
    const history = session("c1", "c2", "c3")
    const range = (session: number, start: number, stop?: number) =>
      history.find({ hist_access_type: "range", session, start, ...(stop === undefined ? {} : { stop }) })
    expect(range(0, 2, 3)).toEqual([[0, 2, "c2"]])
    expect(range(1, 1, 3)).toEqual([
      [1, 1, "a1"],
      [1, 2, "a2"],
    ])
    expect(range(-1, 1)).toEqual([[2, 1, "b1"]])
    expect(range(99, 1)).toEqual([])
  })
})

describe("search", () => {
  test("matches the whole cell by * and ?, over all sessions; unique keeps the newest of equals", () => {
    session("const net = 1", "plot(net)")
    const history = session("plot(net)", "pl?t", "plot(\nnet)")
    const search = (pattern: string, more = {}) =>
      history.find({ hist_access_type: "search", pattern, n: 10, ...more }).map((entry) => (entry as unknown[])[2])
    expect(search("plot*")).toEqual(["plot(net)", "plot(net)", "plot(\nnet)"])
    expect(search("plot*", { unique: true })).toEqual(["plot(net)", "plot(\nnet)"])
    expect(search("*net*", { n: 1 })).toEqual(["plot(\nnet)"])
    expect(search("pl?t")).toEqual(["pl?t"])
    expect(search("plot")).toEqual([])
  })
})

describe("the files", () => {
  test("are one a session, written by that session alone, also when several begin at once", () => {
    const [one, two] = [new CellHistory(folder), new CellHistory(folder)]
    one.add(1, "one")
    two.add(1, "two")
    one.add(2, "one again")
    one.flush()
    two.flush()
    expect(readdirSync(folder).sort()).toEqual(["000001.jsonl", "000002.jsonl"])
    expect(readFileSync(join(folder, "000002.jsonl"), "utf8")).toBe('{"line":1,"code":"two"}\n')
  })

  test("that are cut off or damaged cost only the damaged line", () => {
    session("kept")
    appendFileSync(join(folder, "000001.jsonl"), '{"line": 2, "co')
    writeFileSync(join(folder, "000002.jsonl"), '\u0000\u0001\n[]\nnull\n{"line":1,"code":"after"}\n')
    expect(session("now").find({ hist_access_type: "tail", n: 9 })).toEqual([
      [1, 1, "kept"],
      [2, 1, "after"],
      [3, 1, "now"],
    ])
  })

  test("are bounded: the oldest sessions go, and one session writes only so much", () => {
    for (let number = 1; number <= 510; number++)
      writeFileSync(join(folder, `${String(number).padStart(6, "0")}.jsonl`), "")
    const history = session("x".repeat(3 << 20), "y".repeat(3 << 20))
    expect(readdirSync(folder)).toHaveLength(501)
    expect(existsSync(join(folder, "000010.jsonl"))).toBe(false)
    expect(readFileSync(join(folder, "000511.jsonl"), "utf8").length).toBeLessThan(4 << 20)
    expect(history.find({ hist_access_type: "tail", n: 9 })).toHaveLength(2)
  })

  test("in a folder that cannot be written to cost nothing but the memory of it", () => {
    writeFileSync(join(folder, "file"), "")
    const history = new CellHistory(join(folder, "file", "below"))
    history.add(1, "1")
    history.flush()
    expect(history.find({ hist_access_type: "tail", n: 9 })).toEqual([[0, 1, "1"]])
  })

  test("stand in the state folder of the user, or where CELLGRAD_HISTORY says", () => {
    expect(historyFolder({ XDG_STATE_HOME: "/s" })).toBe(join("/s", "cellgrad", "notebook-history"))
    expect(historyFolder({ CELLGRAD_HISTORY: "/h" })).toBe("/h")
    expect(historyFolder({ CELLGRAD_HISTORY: "off" })).toBeUndefined()
  })
})
