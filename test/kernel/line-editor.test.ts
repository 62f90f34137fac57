import { emitKeypressEvents } from "node:readline"
import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { layOut } from "../../kernel/editor-screen.js"
import { isComplete } from "../../kernel/is-complete.js"
import { type EditorEvent, type Key, LineEditor } from "../../kernel/line-editor.js"
import { graphemes, textWidth } from "../../kernel/text-width.js"

const up = "\x1b[A"
const down = "\x1b[B"
const right = "\x1b[C"
const left = "\x1b[D"

function accept(text: string) {
  const { status, indent } = isComplete(text)
  return { run: status !== "incomplete", indent }
}

/** Types bytes as a terminal sends them; says the events that were not undefined. */
function type(typed: string, { history = [] as string[], editor = new LineEditor({ history, accept }) } = {}) {
  const stream = new PassThrough()
  emitKeypressEvents(stream)
  const events: EditorEvent[] = []
  stream.on("keypress", (input: string | undefined, key: Key) => {
    const event = editor.press(input, key)
    if (event) events.push(event)
  })
  // Escape sequences are split from what follows by the stream's own parser; one write is enough.
  stream.emit("data", Buffer.from(typed))
  return { editor, events, text: editor.text, cursor: editor.cursor }
}

/** The text with a bar where the cursor is. */
function shown({ text, cursor }: { text: string; cursor: number }): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

describe("LineEditor", () => {
  it.each([
    ["inserts at the cursor", `ac${left}b`, "ab|c"],
    ["moves by whole characters", `a👩‍👩‍👧b${left}${left}x`, "ax|👩‍👩‍👧b"],
    ["deletes whole characters", "e\u0301👍🏽\x7f", "e\u0301|"],
    ["moves to the ends of a line", `abc\x01x\x05y`, "xabcy|"],
    ["kills to the end and yanks", `one two\x01\x0b\x19\x19`, "one twoone two|"],
    ["kills a word", "one two\x17", "one |"],
    ["moves by words", "one two\x1bb\x1bbx", "x|one two"],
    ["deletes forwards", `abc\x01\x1b[3~`, "|bc"],
    ["opens an indented line in an unfinished block", "if (x) {\ra()", "if (x) {\n  a()|"],
    ["steps back for a closing bracket", "if (x) {\ra()\r}", "if (x) {\n  a()\n}|"],
    ["takes two columns of indentation back at once", "if (x) {\r\x7f", "if (x) {\n|"],
    ["keeps a pasted text as it is", "\x1b[200~if (a) {\r\tb\r}\x1b[201~", "if (a) {\n  b\n}|"],
    ["moves between lines", `[12,\r345${up}x`, "[12x|,\n345"],
    ["indents with Tab at the start of a line", "[\r\t1", "[\n    1|"],
    ["leaves control characters out", "a\x00\x1cb", "ab|"],
  ])("%s", (_, typed, expected) => {
    expect(shown(type(typed))).toBe(expected)
  })

  it("submits what is complete or can never be", () => {
    expect(type("1 + 1\r").events).toEqual(["submit"])
    expect(type("1 +\r2\r").events).toEqual(["submit"])
    expect(type("1 +* 2\r").events).toEqual(["submit"])
    expect(type("f(\r").events).toEqual([])
  })

  it("breaks the line when Enter comes in the middle of several lines", () => {
    const { events, editor } = type(`[1,\r2]${up}\r`)
    expect(events).toEqual([])
    expect(editor.text).toBe("[1\n,\n2]")
  })

  it("asks to complete, to cancel, to end, to clear", () => {
    expect(type("ma\t").events).toEqual(["complete"])
    expect(type("x\x03").events).toEqual(["cancel"])
    expect(type("\x04").events).toEqual(["end"])
    expect(type("x\x04").events).toEqual([])
    expect(type("\x0c").events).toEqual(["clear-screen"])
  })

  it("walks through the history and comes back to what was being written", () => {
    const history = ["first", "two\nlines"]
    expect(type(`dr${up}`, { history }).text).toBe("two\nlines")
    expect(type(`dr${up}${up}${up}`, { history }).text).toBe("first")
    expect(type(`dr${up}${up}${up}${up}${down}${down}`, { history }).text).toBe("dr")
  })

  it("survives any bytes", () => {
    let seed = 1
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647
      return seed % n
    }
    const keys = [
      up,
      down,
      left,
      right,
      "\r",
      "\t",
      "\x7f",
      "a",
      "{",
      "}",
      "😀",
      "\x0b",
      "\x15",
      "\x17",
      "\x19",
      "\x1b[3~",
    ]
    const editor = new LineEditor({ history: ["old\nentry"], accept })
    for (let i = 0; i < 500; i++) {
      type(keys[random(keys.length)] ?? "", { editor })
      expect(editor.cursor).toBeGreaterThanOrEqual(0)
      expect(editor.cursor).toBeLessThanOrEqual(editor.text.length)
    }
  })
})

describe("layOut", () => {
  const picture = { prompt: "1> ", continuation: ".. " }
  it("places the cursor in lines that wrap", () => {
    expect(layOut({ ...picture, text: "abcdefgh", cursor: 8 }, 8, false)).toEqual({
      rows: ["1> abcde", "fgh"],
      row: 1,
      column: 3,
    })
  })
  it("opens a row when the last one is full", () => {
    expect(layOut({ ...picture, text: "abcde", cursor: 5 }, 8, false)).toEqual({
      rows: ["1> abcde", ""],
      row: 1,
      column: 0,
    })
  })
  it("draws further lines after the continuation", () => {
    expect(layOut({ ...picture, text: "[1,\n2]", cursor: 4 }, 40, false)).toEqual({
      rows: ["1> [1,", ".. 2]"],
      row: 1,
      column: 3,
    })
  })
  it("counts wide characters twice and shows control characters as boxes", () => {
    expect(layOut({ ...picture, text: "日本\u0007", cursor: 2 }, 40, false)).toEqual({
      rows: ["1> 日本□"],
      row: 0,
      column: 7,
    })
  })
  it("colours without changing the places", () => {
    const { rows, column } = layOut({ ...picture, text: "const x = 'a'", cursor: 13 }, 40, true)
    expect(rows[0]).toContain("\x1b[35m")
    expect(column).toBe(16)
  })
})

describe("text width", () => {
  it("counts what people see", () => {
    expect(graphemes("a👩‍👩‍👧e\u0301")).toEqual(["a", "👩‍👩‍👧", "e\u0301"])
    expect(textWidth("abc")).toBe(3)
    expect(textWidth("日本")).toBe(4)
    expect(textWidth("👩‍👩‍👧")).toBe(2)
    expect(textWidth("e\u0301")).toBe(1)
  })
})
