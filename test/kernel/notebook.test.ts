import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { IopubEvent } from "../../kernel/client.js"
import { type CodeCell, checkNotebook, NotebookError, readNotebook, writeNotebook } from "../../kernel/notebook.js"
import { OutputCollector } from "../../kernel/outputs.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-notebook-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: "cellgrad", language: "typescript", display_name: "TypeScript" },
    custom: { kept: 1 },
  },
  cells: [
    {
      cell_type: "markdown",
      id: "m1",
      metadata: {},
      source: ["# One\n", "two"],
      attachments: { a: { "image/png": "x" } },
    },
    {
      cell_type: "code",
      id: "c1",
      metadata: { tags: ["t"] },
      source: ["1\n", "2"],
      execution_count: 7,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] },
        {
          output_type: "display_data",
          data: { "text/html": ["<b>\n", "</b>"], "application/json": ["kept", "apart"], "image/png": "iVBORw" },
          metadata: {},
        },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["x", "y"] },
      ],
    },
  ],
}

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(NotebookError)
    expect((error as Error).message).not.toContain("\n")
    return (error as Error).message
  }
  return "no error"
}

describe("notebook files", () => {
  test("what is read and written again is the same file", () => {
    const path = join(folder, "same.ipynb")
    writeFileSync(path, JSON.stringify(file))
    const notebook = readNotebook(path)
    expect(notebook.cells[0]?.source).toBe("# One\ntwo")
    writeNotebook(path, notebook)
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(file)
    expect(readdirSync(folder)).toEqual(["same.ipynb"])
  })

  test("cells without an id, or with one that is taken, get their own", () => {
    const cell = { cell_type: "raw", source: "", metadata: {} }
    const { cells, nbformat_minor } = checkNotebook(
      { nbformat: 4, nbformat_minor: 2, cells: [cell, { ...cell, id: "a" }, { ...cell, id: "a" }] },
      "x",
    )
    expect(new Set(cells.map(({ id }) => id)).size).toBe(3)
    expect(cells[1]?.id).toBe("a")
    for (const { id } of cells) expect(id).toMatch(/^[a-zA-Z0-9-_]{1,64}$/)
    expect(nbformat_minor).toBe(5)
  })

  test.each([
    ["a list", [], "it is not a JSON object"],
    ["an old format", { nbformat: 3, worksheets: [] }, "format 3; format 4 is needed"],
    ["no format", { cells: [] }, "no nbformat number; format 4 is needed"],
    ["no cells", { nbformat: 4 }, "it has no list of cells"],
    [
      "a Python notebook",
      { ...file, metadata: { kernelspec: { language: "python" } } },
      "its language is python, not typescript",
    ],
    [
      "Python by language_info",
      { ...file, metadata: { language_info: { name: "Python" } } },
      "its language is python, not typescript",
    ],
    ["a cell that is none", { ...file, cells: [null] }, "cell 1 is not an object"],
    [
      "a cell of unknown type",
      { ...file, cells: [{ cell_type: "heading", source: "" }] },
      'cell 1 has the unknown type "heading"',
    ],
    ["a cell without source", { ...file, cells: [{ cell_type: "code" }] }, "cell 1 has no source"],
    [
      "a broken output",
      { ...file, cells: [{ cell_type: "code", source: "", outputs: [{}] }] },
      "cell 1 has an output of unknown type",
    ],
  ])("%s is refused in one line", (_name, json, message) => {
    expect(messageOf(() => checkNotebook(json, "x.ipynb"))).toBe(`x.ipynb is not a notebook we can run: ${message}`)
  })

  test("a missing file, a folder and broken JSON are refused in one line", () => {
    const path = join(folder, "broken.ipynb")
    writeFileSync(path, '{"cells": [\n\n')
    expect(messageOf(() => readNotebook(path))).toMatch(/broken\.ipynb is not a notebook: .*JSON/)
    expect(messageOf(() => readNotebook(join(folder, "no.ipynb")))).toMatch(/no\.ipynb does not exist$/)
    expect(messageOf(() => readNotebook(folder))).toMatch(/^cannot read .*: EISDIR$/)
  })
})

describe("the outputs of a cell", () => {
  const newCell = (): CodeCell => ({
    cell_type: "code",
    id: "c",
    source: "",
    metadata: {},
    execution_count: null,
    outputs: [],
  })
  const event = (type: string, content: object) => ({ type, content, parent: "p" }) as IopubEvent
  const stream = (name: string, text: string) => event("stream", { name, text })
  const show = (text: string, id?: string, type = "display_data") =>
    event(type, { data: { "text/plain": text }, metadata: {}, transient: id === undefined ? {} : { display_id: id } })
  const textsOf = (cell: CodeCell) =>
    cell.outputs.map((output) =>
      output.output_type === "stream"
        ? `${output.name}: ${output.text}`
        : output.output_type === "error"
          ? output.ename
          : output.data["text/plain"],
    )
  const collect = (...events: IopubEvent[]) => {
    const cell = newCell()
    const collector = new OutputCollector()
    for (const event of events) collector.add(cell, event)
    return cell
  }

  test("streams are joined while they are the same one", () => {
    const cell = collect(stream("stdout", "a"), stream("stdout", "b\n"), stream("stderr", "c"), stream("stdout", "d"))
    expect(textsOf(cell)).toEqual(["stdout: ab\n", "stderr: c", "stdout: d"])
  })

  test("an update changes all that was shown under its id, in any cell, and adds nothing", () => {
    const [one, two] = [newCell(), newCell()]
    const collector = new OutputCollector()
    collector.add(one, show("first", "id"))
    collector.add(one, show("other", "id-2"))
    collector.add(two, show("again", "id"))
    collector.add(two, show("new", "id", "update_display_data"))
    collector.add(two, show("nobody", "unknown", "update_display_data"))
    expect([textsOf(one), textsOf(two)]).toEqual([["new", "other"], ["new"]])
  })

  test("clear_output empties at once, or with the next output", () => {
    expect(textsOf(collect(show("a"), event("clear_output", { wait: false })))).toEqual([])
    expect(textsOf(collect(show("a"), event("clear_output", { wait: true })))).toEqual(["a"])
    expect(textsOf(collect(show("a"), event("clear_output", { wait: true }), stream("stdout", "b")))).toEqual([
      "stdout: b",
    ])
  })

  test("results, errors and the count are kept as nbformat has them", () => {
    const cell = collect(
      event("execute_input", { code: "", execution_count: 4 }),
      event("execute_result", { data: { "text/plain": "1" }, metadata: {}, execution_count: 4 }),
      event("error", { ename: "E", evalue: "v", traceback: ["t"] }),
      event("status", { execution_state: "idle" }),
    )
    expect(cell.execution_count).toBe(4)
    expect(cell.outputs).toEqual([
      { output_type: "execute_result", data: { "text/plain": "1" }, metadata: {}, execution_count: 4 },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
    ])
  })
})
