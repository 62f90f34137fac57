// biome-ignore-all lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
import { encode } from "fast-png"
import { describe, expect, test } from "vitest"
import { encodeSixel } from "../../kernel/sixel.js"
import { imageDrawer, imageProtocol } from "../../kernel/terminal-images.js"
import { TerminalOutput } from "../../kernel/terminal-output.js"
import { decodePng } from "../display/decode-png.js"

describe("which pictures a terminal shows", () => {
  test.each([
    [{ KITTY_WINDOW_ID: "1", TERM: "xterm-kitty" }, "kitty"],
    [{ TERM_PROGRAM: "ghostty", TERM: "xterm-ghostty" }, "kitty"],
    [{ TERM_PROGRAM: "iTerm.app" }, "iterm"],
    [{ TERM: "foot" }, "sixel"],
    [{ TERM: "xterm-256color" }, undefined],
    [{ KITTY_WINDOW_ID: "1", TMUX: "/tmp/tmux" }, undefined],
    [{ TERM: "xterm-256color", CELLGRAD_IMAGES: "sixel" }, "sixel"],
    [{ KITTY_WINDOW_ID: "1", CELLGRAD_IMAGES: "off" }, undefined],
  ])("%o", (env, protocol) => {
    expect(imageProtocol(env)).toBe(protocol)
  })
})

/** A picture of two colors, with a transparent corner. */
function flag(width: number, height: number): Uint8Array {
  const data = new Uint8Array(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    const left = i % width < width / 2
    data.set(left ? [200, 0, 0, 255] : [0, 0, 255, i < width ? 0 : 255], 4 * i)
  }
  return encode({ width, height, data, channels: 4 })
}

describe("kitty", () => {
  test("is sent the PNG in pieces, as wide as it is meant to be, and no wider than the terminal", async () => {
    const draw = await imageDrawer("kitty")
    const png = Buffer.from(Array.from({ length: 8000 }, (_, i) => (i < 33 ? (flag(400, 20)[i] as number) : i * 7)))
    const sent = draw(png, 200, 80)
    const pieces = [...sent.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)]
    expect(pieces.map(([, keys]) => keys)).toEqual(["a=T,f=100,q=2,c=25,m=1", "m=1", "m=0"])
    expect(Buffer.from(pieces.map(([, , piece]) => piece).join(""), "base64").equals(png)).toBe(true)
    expect(draw(png, undefined, 10)).toContain("c=10,")
  })
})

describe("iTerm2", () => {
  test("is sent the PNG in one", async () => {
    const png = flag(64, 8)
    const sent = (await imageDrawer("iterm"))(png, 32, 80)
    const [, keys, body = ""] = /^\x1b\]1337;File=([^:]*):([^\x07]*)\x07$/.exec(sent) ?? []
    expect(keys).toBe("inline=1;preserveAspectRatio=1;width=4")
    expect(decodePng(Buffer.from(body, "base64"))).toMatchObject({ width: 64, height: 8 })
  })
})

/** The colors of the pixels of a picture in sixels. */
function decodeSixel(text: string): { width: number; height: number; pixels: string[][] } {
  const [, size = "", body = ""] = /^\x1bPq"1;1;([\d;]+)([\s\S]*)\x1b\\$/.exec(text) ?? []
  const [width = 0, height = 0] = size.split(";").map(Number)
  const palette: string[] = []
  const pixels = Array.from({ length: height }, () => Array<string>(width).fill(""))
  let [x, top, color] = [0, 0, ""]
  for (const [token] of body.matchAll(/#\d+;2;\d+;\d+;\d+|#\d+|!\d+.|[?-~]|\$|-/g)) {
    const defined = /^#(\d+);2;(.*)/.exec(token)
    if (defined) palette[Number(defined[1])] = defined[2] as string
    else if (token.startsWith("#")) color = palette[Number(token.slice(1))] as string
    else if (token === "$") x = 0
    else if (token === "-") [x, top] = [0, top + 6]
    else {
      const count = token.startsWith("!") ? Number(token.slice(1, -1)) : 1
      const bits = (token.at(-1) as string).charCodeAt(0) - 63
      for (let n = 0; n < count; n++, x++) {
        for (let y = 0; y < 6; y++) {
          const row = pixels[top + y]
          if (bits & (1 << y) && row) row[x] = color
        }
      }
    }
  }
  return { width, height, pixels }
}

describe("sixels", () => {
  test("decoded again are the picture at the size it is meant to have, on white", async () => {
    const draw = await imageDrawer("sixel")
    const { width, height, pixels } = decodeSixel(draw(flag(40, 26), 20, 80))
    expect([width, height]).toEqual([20, 13])
    expect(pixels[5]?.slice(0, 10)).toEqual(Array(10).fill("78;0;0"))
    expect(pixels[12]?.slice(10)).toEqual(Array(10).fill("0;0;100"))
    expect(pixels[0]?.at(-1)).toBe("50;50;100") // half of its four pixels are transparent
    expect(pixels.flat()).not.toContain("")
  })

  test("of more colors than a palette has are told apart more coarsely", () => {
    const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i % 3 === 0 ? i / 48 : i % 3 === 1 ? i % 256 : 90))
    const text = encodeSixel({ width: 64, height: 64, channels: 3, depth: 8, data }, 64)
    const { pixels } = decodeSixel(text)
    const colors = new Set(pixels.flat())
    expect(colors.size).toBeGreaterThan(30)
    expect(colors.size).toBeLessThanOrEqual(255)
    const far = pixels.flat().map((color, i) => Math.abs(Number(color.split(";")[0]) * 2.55 - (data[3 * i] as number)))
    expect(Math.max(...far)).toBeLessThan(40)
  })

  test("of grey, and of 16 bits", () => {
    const grey = { width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(65535, 0) }
    expect(decodeSixel(encodeSixel(grey, 2)).pixels).toEqual([["100;100;100", "0;0;0"]])
  })
})

test("the session shows pictures of values and displays, and text for what is updated in place", async () => {
  let shown = ""
  const drawImage = await imageDrawer("kitty")
  const write = (text: string) => {
    shown += text
  }
  const columns = () => 80
  const output = new TerminalOutput({
    write,
    writeError: write,
    color: true,
    overwrite: true,
    columns,
    drawImage,
    ask: async () => "",
  })
  const chart = {
    data: { "image/png": Buffer.from(flag(80, 8)).toString("base64"), "text/plain": "a chart" },
    metadata: {},
  }
  output.result(chart)
  output.display(chart, {})
  expect(shown.match(/\x1b_G/g)).toHaveLength(2)
  expect(shown).not.toContain("a chart")
  output.display(chart, { displayId: "live" })
  expect(shown.match(/\x1b_G/g)).toHaveLength(2)
  expect(shown).toContain("a chart")
  expect(output.terminal.images).toBe(true)
})
