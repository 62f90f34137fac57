import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { datasets } from "../../src/index.js"
import { cifarPickle } from "./cifar-pickle.js"

/** An IDX file of bytes, as MNIST's authors describe it. */
function idx(shape: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i)
  })
  return Buffer.concat([header, bytes])
}

/** Bytes that differ from place to place. */
const bytes = (count: number, step: number) => Uint8Array.from({ length: count }, (_, i) => (i * step) % 256)

const images = idx([3, 4, 5], bytes(60, 7))
const labels = idx([3], Uint8Array.of(7, 0, 9))

/** A file of CIFAR-10's binary version: two pictures. */
const cifarBatch = (label: number) =>
  Buffer.concat([Buffer.of(label), bytes(3072, 3), Buffer.of(label + 1), bytes(3072, 5)])

/** The archive, made by tar itself. */
function cifarArchive(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-cifar-"))
  try {
    mkdirSync(join(folder, "cifar-10-batches-bin"))
    const file = (name: string, content: Uint8Array | string) =>
      writeFileSync(join(folder, "cifar-10-batches-bin", name), content)
    file("data_batch_2.bin", cifarBatch(4))
    file("data_batch_1.bin", cifarBatch(2))
    file("test_batch.bin", cifarBatch(6))
    file("readme.html", "<p>")
    return gzipSync(execFileSync("tar", ["-c", "cifar-10-batches-bin"], { cwd: folder }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let files: Map<string, Buffer>
let served: string[]
let server: Server
let mirror: string
let root: string

beforeAll(async () => {
  files = new Map([
    ["train-images-idx3-ubyte.gz", gzipSync(images)],
    ["train-labels-idx1-ubyte.gz", gzipSync(labels)],
    ["t10k-images-idx3-ubyte.gz", gzipSync(idx([1, 4, 5], bytes(20, 2)))],
    ["t10k-labels-idx1-ubyte.gz", gzipSync(idx([1], Uint8Array.of(5)))],
    ["cifar-10-binary.tar.gz", cifarArchive()],
    ["poem.txt", Buffer.from("Über allen Gipfeln\nist Ruh\n")],
  ])
  server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1)
    served.push(name)
    const content = files.get(name)
    if (content === undefined) response.writeHead(404).end()
    else response.writeHead(200, { "content-length": content.length }).end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
let printed: string[]
beforeEach(() => {
  served = []
  printed = []
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)))
  root = mkdtempSync(join(tmpdir(), "cellgrad-data-"))
  return () => {
    vi.restoreAllMocks()
    rmSync(root, { recursive: true })
  }
})

describe("MNIST's files", () => {
  test("are downloaded once, and read as pictures and labels", async () => {
    const seen: string[] = []
    const onProgress = ({ file, done, total }: { file: string; done: number; total: number | undefined }) => {
      if (done === total) seen.push(file)
    }
    const options = { root, mirrors: [mirror], onProgress }
    for (let round = 0; round < 2; round++) {
      const train = await datasets.mnist(options)
      expect([train.images.shape, train.labels.tolist()]).toEqual([
        [3, 1, 4, 5],
        [7, 0, 9],
      ])
      expect(train.images.at(1, 0, 0, 0).item()).toBeCloseTo(((20 * 7) % 256) / 255, 6)
    }
    expect(served).toEqual(["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"])
    expect(seen).toEqual(served)
    expect(printed).toEqual([])
    const held = await datasets.mnist({ ...options, train: false })
    expect(held.images.shape).toEqual([1, 1, 4, 5])
    expect(readdirSync(join(root, "mnist")).length).toBe(4)
  })

  test("come from the next mirror when one has none", async () => {
    const { labels: found } = await datasets.fashionMnist({ root, mirrors: [`${mirror}/none/`, mirror] })
    expect(found.tolist()).toEqual([7, 0, 9])
    expect(served[0]).toBe("none/train-images-idx3-ubyte.gz")
    expect(printed.at(-1)).toBe(
      `fashionMnist: downloading ${mirror}/train-labels-idx1-ubyte.gz into ${join(root, "fashion-mnist")}`,
    )
  })

  test("may have been put there by hand, packed or not", async () => {
    mkdirSync(join(root, "mnist"))
    writeFileSync(join(root, "mnist/train-images-idx3-ubyte"), images)
    writeFileSync(join(root, "mnist/train-labels-idx1-ubyte"), labels)
    expect((await datasets.mnist({ root, download: false })).labels.tolist()).toEqual([7, 0, 9])
  })

  test("are taken from where PyTorch has put them", async () => {
    for (const [folder, load] of [
      ["MNIST/raw", datasets.mnist],
      ["FashionMNIST/raw", datasets.fashionMnist],
    ] as const) {
      mkdirSync(join(root, folder), { recursive: true })
      writeFileSync(join(root, folder, "train-images-idx3-ubyte"), images)
      writeFileSync(join(root, folder, "train-labels-idx1-ubyte"), labels)
      expect((await load({ root, download: false })).labels.tolist()).toEqual([7, 0, 9])
    }
  })

  test("that are not to be had: says where to put them", async () => {
    await expect(datasets.mnist({ root, download: false })).rejects.toThrow(
      `mnist: train-images-idx3-ubyte.gz\nThe file is not there.\nhint: put it into ${join(root, "mnist")} (it is at https://ossci`,
    )
    const offline = datasets.mnist({ root, mirrors: [`${mirror}/none`] })
    await expect(offline).rejects.toThrow("could not be downloaded")
    await expect(offline).rejects.toThrow("the server answered 404")
    await expect(offline).rejects.toThrow("datasets.digits() draws digits")
    expect(existsSync(join(root, "mnist"))).toBe(false)
  })

  test("that are others than their authors published are not used", async () => {
    mkdirSync(join(root, "mnist"))
    writeFileSync(join(root, "mnist/train-images-idx3-ubyte.gz"), gzipSync(images))
    await expect(datasets.mnist({ root, download: false })).rejects.toThrow("MD5 f68b3c2dcbeaaa9fbdd348bbdeb94873")
  })

  test.each([
    ["train-images-idx3-ubyte", Buffer.from("no picture"), "does not begin with two zeros"],
    ["train-images-idx3-ubyte", images.subarray(0, 40), "promises 60 bytes ([3, 4, 5]), and 24 follow"],
    ["train-images-idx3-ubyte", images.subarray(0, 9), "ends within its header"],
    ["train-images-idx3-ubyte", Buffer.of(0, 0, 13, 1, 0, 0, 0, 0), "this file has type 13"],
    ["train-labels-idx1-ubyte", idx([2], Uint8Array.of(1, 2)), "3 pictures and 2 labels"],
  ])("that are broken say how: %s, case %#", async (name, content, message) => {
    mkdirSync(join(root, "mnist"))
    writeFileSync(join(root, "mnist/train-images-idx3-ubyte"), images)
    writeFileSync(join(root, "mnist/train-labels-idx1-ubyte"), labels)
    writeFileSync(join(root, "mnist", name), content)
    await expect(datasets.mnist({ root, download: false })).rejects.toThrow(message)
  })
})

describe("CIFAR-10's archive", () => {
  test("is read in the order of its batches", async () => {
    const options = { root, mirrors: [mirror] }
    const { images: pictures, labels: found, classes } = await datasets.cifar10(options)
    expect([pictures.shape, found.tolist(), classes[2]]).toEqual([[4, 3, 32, 32], [2, 3, 4, 5], "bird"])
    expect(pictures.at(1, 2, 31, 31).item()).toBeCloseTo(((3071 * 5) % 256) / 255, 6)
    expect((await datasets.cifar10({ ...options, train: false })).labels.tolist()).toEqual([6, 7])
    expect(served).toEqual(["cifar-10-binary.tar.gz"])
  })

  test("for Python is taken from where PyTorch has put it, unpacked or not", async () => {
    const folder = join(root, "cifar-10-batches-py")
    mkdirSync(folder)
    const planes = bytes(2 * 3072, 3)
    writeFileSync(join(folder, "data_batch_2"), cifarPickle(planes, [4, 5]))
    writeFileSync(
      join(folder, "data_batch_1"),
      cifarPickle(
        planes.map((byte) => 255 - byte),
        [2, 3],
      ),
    )
    writeFileSync(join(folder, "test_batch"), cifarPickle(planes.subarray(0, 3072), [9]))
    writeFileSync(join(folder, "batches.meta"), "no pictures")
    const look = async () => {
      const { images: pictures, labels: found } = await datasets.cifar10({ root, mirrors: [] })
      expect([pictures.shape, found.tolist()]).toEqual([
        [4, 3, 32, 32],
        [2, 3, 4, 5],
      ])
      expect(pictures.at(3, 2, 31, 31).item()).toBeCloseTo(((6143 * 3) % 256) / 255, 6)
      expect(pictures.at(0, 0, 0, 1).item()).toBeCloseTo(252 / 255, 6)
      expect((await datasets.cifar10({ root, mirrors: [], train: false })).labels.tolist()).toEqual([9])
    }
    await look()
    const packed = gzipSync(execFileSync("tar", ["-c", "cifar-10-batches-py"], { cwd: root }))
    rmSync(folder, { recursive: true })
    writeFileSync(join(root, "cifar-10-python.tar.gz"), packed)
    await look()
    await expect(datasets.cifar10({ root })).rejects.toThrow("MD5 c58f30108f718f92721af3b95e74349a")
    expect(served).toEqual([])
  })

  test.each([
    ["code", Buffer.from("\x80\x02cos\nsystem\nU\x02ls\x85R.", "latin1"), "names os system"],
    ["another type", cifarPickle(bytes(3072, 1), [1], "f4"), "must be one of bytes"],
    ["too few pictures", cifarPickle(bytes(3072, 1), [1, 2]), "there are 3072 for 2 labels"],
    ["no labels", Buffer.from([0x80, 2, 0x7d, 0x2e]), "must hold a dictionary with data"],
    ["a file cut off", cifarPickle(bytes(3072, 1), [1]).subarray(0, 2000), "ends too early"],
  ])("for Python with %s is refused", async (_, content, message) => {
    mkdirSync(join(root, "cifar-10-batches-py"))
    writeFileSync(join(root, "cifar-10-batches-py/data_batch_1"), content)
    await expect(datasets.cifar10({ root, mirrors: [] })).rejects.toThrow(message)
  })

  test("that is broken says so", async () => {
    mkdirSync(join(root, "cifar-10"))
    const put = (content: Buffer) => writeFileSync(join(root, "cifar-10/cifar-10-binary.tar"), content)
    put(Buffer.alloc(2048))
    await expect(datasets.cifar10({ root, mirrors: [] })).rejects.toThrow("no tar archive with files in it")
    put(Buffer.alloc(2048, "x"))
    await expect(datasets.cifar10({ root, mirrors: [] })).rejects.toThrow("broken or cut off")
    rmSync(join(root, "cifar-10/cifar-10-binary.tar"))
    writeFileSync(join(root, "cifar-10/cifar-10-binary.tar.gz"), "no gzip")
    await expect(datasets.cifar10({ root, mirrors: [] })).rejects.toThrow("The gzip data is broken")
  })
})

describe("a text", () => {
  test("is kept", async () => {
    for (let round = 0; round < 2; round++)
      expect(await datasets.textFile(`${mirror}/poem.txt`, { root })).toContain("Über allen Gipfeln")
    expect(served).toEqual(["poem.txt"])
    await expect(datasets.textFile(`${mirror}/other.txt`, { root })).rejects.toThrow("the server answered 404")
  })
})
