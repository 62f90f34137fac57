import { describe, expect, test, vi } from "vitest"
import { OutputStreams } from "../../kernel/streams.js"

function record() {
  const pieces: [name: string, text: string][] = []
  const streams = new OutputStreams({ sink: (name, text) => pieces.push([name, text]) })
  return { streams, pieces, text: () => pieces.map(([, text]) => text).join("") }
}

describe("OutputStreams", () => {
  test("passes a few lines on at once, since a long computation may follow", () => {
    const { streams, pieces } = record()
    streams.write("stdout", "Epoch 1\n")
    streams.write("stdout", "loss 0.5\n")
    streams.write("stderr", "a warning\n")
    expect(pieces).toEqual([
      ["stdout", "Epoch 1\n"],
      ["stdout", "loss 0.5\n"],
      ["stderr", "a warning\n"],
    ])
  })

  test("gathers a flood into few pieces and loses nothing", () => {
    const { streams, pieces, text } = record()
    const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`)
    for (const line of lines) streams.write("stdout", line)
    streams.flush()
    expect(text()).toBe(lines.join(""))
    expect(pieces.length).toBeLessThan(100)
  })

  test("passes the rest of a flood on when the loop is free again", async () => {
    const { streams, text } = record()
    for (let i = 0; i < 1000; i++) streams.write("stdout", "x")
    expect(text().length).toBeLessThan(1000)
    await vi.waitFor(() => expect(text().length).toBe(1000))
  })

  test("keeps the order of the two streams", () => {
    const { streams, pieces } = record()
    for (let i = 0; i < 200; i++) streams.write(i % 2 ? "stderr" : "stdout", `${i} `)
    streams.flush()
    expect(pieces.map(([, text]) => text).join("")).toBe(Array.from({ length: 200 }, (_, i) => `${i} `).join(""))
    for (const [name, text] of pieces) {
      for (const number of text.trim().split(" ")) expect(Number(number) % 2 ? "stderr" : "stdout").toBe(name)
    }
  })

  test("takes the place of process.stdout and of console, bytes split inside a character included", () => {
    const { write } = process.stdout
    const errorWrite = process.stderr.write
    const methods = { ...console }
    const { streams, pieces, text } = record()
    try {
      streams.capture()
      let called = false
      process.stdout.write(new Uint8Array([0xe2, 0x82]))
      process.stdout.write(new Uint8Array([0xac]), () => {
        called = true
      })
      console.log("%s is %d", "six", 6)
      console.error({ a: 1 })
      streams.flush()
      expect(called).toBe(true)
    } finally {
      process.stdout.write = write
      process.stderr.write = errorWrite
      Object.assign(console, methods)
    }
    expect(text()).toBe("€six is 6\n{ a: 1 }\n")
    expect(pieces.at(-1)).toEqual(["stderr", "{ a: 1 }\n"])
  })
})
