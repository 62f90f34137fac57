import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encode } from "fast-png"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { decodeImage, encodeImage, rand, readImage, type Tensor, tensor, writeImage, zeros } from "../../src/index.js"
import { decodePng } from "../display/decode-png.js"
import { root } from "../requirements.js"

const sample = join(root, "node_modules/vega-datasets/data/ffox.png")
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cellgrad-images-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

const largestDifference = (a: Tensor, b: Tensor) => a.sub(b).abs().max().item()

describe("PNG", () => {
  test("pictures give the pixels that another decoder gives", async () => {
    const image = await readImage(sample)
    const { width, height, pixels } = decodePng(readFileSync(sample))
    expect(image.shape).toEqual([4, height, width])
    for (const [x, y] of [
      [50, 50],
      [10, 30],
      [99, 0],
      [70, 80],
    ] as const) {
      const wanted = [0, 1, 2, 3].map((c) => (pixels[4 * (y * width + x) + c] as number) / 255)
      const found = [0, 1, 2, 3].map((c) => image.at(c, y, x).item())
      found.forEach((value, c) => {
        expect(value).toBeCloseTo(wanted[c] as number, 6)
      })
    }
    expect((await readImage(sample, { channels: "rgb" })).shape).toEqual([3, height, width])
    const gray = await readImage(sample, { channels: "gray" })
    expect(gray.at(0, 50, 50).item()).toBeCloseTo(
      0.299 * image.at(0, 50, 50).item() + 0.587 * image.at(1, 50, 50).item() + 0.114 * image.at(2, 50, 50).item(),
      6,
    )
  })

  test.each([1, 3, 4])("pictures of %i channels are written and read back", async (channels) => {
    const image = rand([channels, 6, 9]).mul(255).round().div(255)
    const bytes = await encodeImage(image)
    expect(largestDifference(await decodeImage(bytes), image)).toBeLessThan(1e-6)
    await writeImage(image, join(folder, "x.png"))
    expect(largestDifference(await readImage(join(folder, "x.png")), image)).toBeLessThan(1e-6)
  })

  test("values out of range are cut, views are read as they look", async () => {
    const image = tensor([[[-1, 0.5, 2]]]).expand(3, 1, 3)
    expect((await decodeImage(await encodeImage(image))).select(0, 1).tolist()).toEqual([
      [0, Math.fround(128 / 255), 1],
    ])
  })

  test("of few bits, of sixteen, and with a palette", async () => {
    const base = { width: 3, height: 2, channels: 1 } as const
    const sixteen = encode({ ...base, depth: 16, data: Uint16Array.of(0, 65535, 32768, 1, 2, 3) })
    expect((await decodeImage(sixteen)).at(0, 0, 2).item()).toBeCloseTo(32768 / 65535, 6)
    const bits = encode({ ...base, depth: 1, data: Uint8Array.of(0b10100000, 0b01000000) })
    expect((await decodeImage(bits)).tolist()).toEqual([
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
    ])
    const palette: [number, number, number][] = [
      [255, 0, 0],
      [0, 0, 255],
    ]
    const indexed = encode({ ...base, depth: 8, palette, data: Uint8Array.of(0, 1, 0, 1, 1, 0) })
    expect((await decodeImage(indexed)).select(0, 2).tolist()).toEqual([
      [0, 1, 0],
      [1, 1, 0],
    ])
  })
})

describe("JPEG", () => {
  const smooth = tensor([[[0, 1]], [[0.5, 0.5]], [[1, 0]]])

  test("pictures come back nearly as they were", async () => {
    const image = smooth.repeat(1, 16, 8)
    const bytes = await encodeImage(image, { format: "jpeg", quality: 95 })
    expect([bytes[0], bytes[1]]).toEqual([0xff, 0xd8])
    const gradient = tensor(Array.from({ length: 16 }, (_, i) => i / 15))
      .reshape(1, 1, 16)
      .expand(3, 16, 16)
    const back = await decodeImage(await encodeImage(gradient, { format: "jpeg", quality: 95 }))
    expect(back.shape).toEqual([3, 16, 16])
    expect(largestDifference(back, gradient)).toBeLessThan(0.03)
    await writeImage(rand([1, 8, 8]), join(folder, "g.jpg"))
    expect((await readImage(join(folder, "g.jpg"), { channels: "gray" })).shape).toEqual([1, 8, 8])
  })
})

describe("pictures that cannot be read or written say why", () => {
  const cases: Record<string, () => Promise<unknown>> = {
    "a text": () => decodeImage(Buffer.from("hello")),
    "a PNG that is cut off": () => decodeImage(readFileSync(sample).subarray(0, 300)),
    "a JPEG that is cut off": async () =>
      decodeImage((await encodeImage(zeros([3, 8, 8]), { format: "jpeg" })).subarray(0, 60)),
    "channels that are none": () => readImage(sample, { channels: "cmyk" as never }),
    "a tensor of another shape": () => encodeImage(zeros([8, 8])),
    "channels last": () => encodeImage(zeros([8, 8, 3])),
    "an ending that is none": () => writeImage(zeros([1, 2, 2]), "x.gif"),
    "a quality of 0": () => encodeImage(zeros([1, 2, 2]), { format: "jpeg", quality: 0 }),
  }
  test.each(Object.keys(cases))("%s", async (name) => {
    await expect(cases[name]?.()).rejects.toThrowErrorMatchingSnapshot()
  })

  test("a file that is not there", async () => {
    await expect(readImage("no-such.png")).rejects.toThrow("There is no such file")
    await expect(writeImage(zeros([1, 2, 2]), "no-such-folder/x.png")).rejects.toThrow("The folder of this file")
  })
})

test("a picture at a web address", async () => {
  writeFileSync(join(folder, "w.png"), await encodeImage(zeros([1, 3, 4])))
  const server = createServer((_, response) => response.end(readFileSync(join(folder, "w.png"))))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    const { port } = server.address() as AddressInfo
    expect((await readImage(`http://127.0.0.1:${port}/w`)).shape).toEqual([1, 3, 4])
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
