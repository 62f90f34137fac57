import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { jupyterDisplay, type MimeBundle } from "../../src/display/host.js"
import { BrailleCanvas } from "../../src/display/terminal/braille.js"
import { nn, plot, tensor, zeros } from "../../src/index.js"
import { FakeHost } from "./fake-host.js"

/** What the value is as text, in a terminal of 60 columns. */
function shown(value: object, color = false): string {
  const host = FakeHost.install()
  Object.assign(host, { terminal: { columns: 60, color } })
  const bundle = (value as { [jupyterDisplay](): MimeBundle })[jupyterDisplay]()
  expect(Object.keys(bundle)).toEqual(["text/plain"])
  return String(bundle["text/plain"])
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const uncolored = (text: string) => text.replace(/\x1b\[[\d;]*m/g, "")
const widest = (text: string) =>
  Math.max(
    ...uncolored(text)
      .split("\n")
      .map((line) => [...line].length),
  )

afterEach(() => FakeHost.remove())

test("braille letters hold two dots across and four down", () => {
  const canvas = new BrailleCanvas(2, 1)
  canvas.dot(0, 0, 0)
  canvas.dot(3, 3, 1)
  canvas.dot(9, 9, 1)
  expect(canvas.lines()).toEqual(["⠁⢀"])
  canvas.line(0, 0, 3, 3, 0)
  expect(canvas.lines()).toEqual(["⠑⢄"])
})

describe("in a terminal", () => {
  test("a loss curve is drawn in braille, falls from left to right, and names its series", () => {
    const text = shown(plot.lossCurve({ train: [4, 3, 2, 1, 0], val: [4, 4, 4, 4, 4] }))
    const lines = text.split("\n")
    expect(lines).toHaveLength(1 + 10 + 2)
    expect(lines[1]).toMatch(/^ *4 ┤⠉⠛⠫⠭⣉⡉⠉+$/)
    expect(lines[10]).toMatch(/^ *0 ┤ {30,}[⠈⠉⠑⠒⠢⠤⢄⣀⡀]+$/)
    expect(lines[12]).toMatch(/━━ train 0 {3}━━ val 4/)
    expect(widest(text)).toBeLessThanOrEqual(60)
  })

  test("colors stand only where they are wanted, and take no room", () => {
    const chart = plot.lossCurve({ train: [3, 2, 1] })
    expect(shown(chart)).not.toContain("\x1b")
    expect(shown(chart, true)).toContain("\x1b[34m")
    expect(uncolored(shown(chart, true))).toBe(shown(chart))
  })

  test("bars are as long as their values say, to an eighth of a letter", () => {
    const lines = shown(plot.bar({ a: 1, b: 0.5 })).split("\n")
    const size = (line = "") =>
      [...line].reduce(
        (sum, letter) => sum + Math.max(0, 8 - "█▉▊▋▌▍▎▏".indexOf(letter)) * Number("█▉▊▋▌▍▎▏".includes(letter)),
        0,
      )
    expect(size(lines[1])).toBe(size(lines[0]) / 2)
  })

  test("a matrix is shaded, in half blocks of color where there is color", () => {
    const grid = plot.heatmap([
      [0, 1],
      [1, 0],
    ])
    expect(shown(grid).split("\n").slice(1)).toEqual(["  ██", "██"])
    expect(uncolored(shown(grid, true)).split("\n")[1]).toBe("▀▀")
    expect(shown(plot.attention(zeros([2, 3, 5, 5]))).split("\n").length).toBeGreaterThan(5)
    expect(widest(shown(plot.heatmap(zeros([100, 400])), true))).toBeLessThanOrEqual(60)
  })

  test("a tensor stands with its facts below, a module as a table", () => {
    const x = tensor(Array.from({ length: 20 }, (_, i) => i))
    expect(shown(x)).toMatch(/^tensor\(\[[\s\S]*\]\)\nTensor\[20\] float32 {2}n=20 .*x∈\[0 [▁-█]{10} 19\]/)
    expect(shown(tensor([1, 2]))).toBe("tensor([1., 2.])")
    expect(shown(new nn.Sequential(new nn.Linear(2, 3)))).toMatch(
      /^Sequential\nlayer +type +output shape +parameters\n0 +Linear/,
    )
  })

  test("charts without a drawing of their own are a line, and none draws a picture", () => {
    expect(shown(plot.weights({ w: zeros([2, 2]) }))).toBe("Weights by layer · w")
  })
})

describe("console.log", () => {
  let wasTerminal: boolean
  beforeEach(() => {
    wasTerminal = process.stdout.isTTY
  })
  afterEach(() => {
    process.stdout.isTTY = wasTerminal
    delete process.env.NO_COLOR
  })

  test("draws on a terminal, without color where NO_COLOR says so, and says it in a line elsewhere", () => {
    const chart = plot.lossCurve({ train: [3, 2, 1] })
    process.stdout.isTTY = true
    process.env.NO_COLOR = "1"
    expect(inspect(chart)).toContain("┤")
    expect(inspect(chart)).not.toContain("\x1b")
    process.stdout.isTTY = false
    expect(inspect(chart)).toBe("Loss · train 1 (3 epochs)")
    process.stdout.isTTY = true
    // In a notebook the drawing stands beside it.
    FakeHost.install()
    expect(inspect(chart)).toBe("Loss · train 1 (3 epochs)")
  })
})
