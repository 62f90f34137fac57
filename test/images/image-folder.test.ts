import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { DataLoader, full, ImageFolder, randomSplit, type Tensor, transforms, writeImage } from "../../src/index.js"

let root: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cellgrad-folder-"))
  for (const [name, files] of Object.entries({
    dog: ["b.png", "a.jpg"],
    cat: ["1.png", "2.png", "3.PNG"],
    empty: [],
  })) {
    mkdirSync(join(root, name))
    for (const file of files) {
      const image = full([3, 6, name === "dog" ? 8 : 10], name === "dog" ? 0 : 1)
      await writeImage(image, join(root, name, file), { format: file.endsWith("jpg") ? "jpeg" : "png" })
    }
  }
  writeFileSync(join(root, "cat", "notes.txt"), "no picture")
  writeFileSync(join(root, "readme.md"), "no class")
})
afterAll(() => rmSync(root, { recursive: true }))

describe("a folder of pictures", () => {
  const pets = () => new ImageFolder(root, { transform: transforms.resize([4, 4]) })

  test("has a class for each folder", async () => {
    const folder = pets()
    expect([folder.classes, folder.length, String(folder)]).toEqual([
      ["cat", "dog"],
      5,
      "ImageFolder(5 pictures, 2 classes)",
    ])
    const [image, label] = await folder.at(3)
    expect([image.shape, label.item(), label.dtype]).toEqual([[3, 4, 4], 1, "int32"])
    expect((await new ImageFolder(root, { channels: "gray" }).at(0))[0].shape).toEqual([1, 6, 10])
  })

  test("is gone through in batches of one size", async () => {
    const seen: number[] = []
    for await (const [x, y] of new DataLoader(pets(), { batchSize: 2, shuffle: true, seed: 1 })) {
      expect(x.shape.slice(1)).toEqual([3, 4, 4])
      // White cats and black dogs.
      x.mean([1, 2, 3])
        .toTypedArray()
        .forEach((brightness, i) => {
          expect(brightness).toBeCloseTo(1 - y.at(i).item(), 1)
        })
      seen.push(...y.toTypedArray())
    }
    expect(seen.sort()).toEqual([0, 0, 0, 1, 1])
  })

  test("is read ahead of the loop, as far as told and no further", async () => {
    let made = 0
    const transform = (image: Tensor) => {
      made++
      return transforms.resize([4, 4])(image)
    }
    const loader = new DataLoader(new ImageFolder(root, { transform }), { batchSize: 1, prefetch: 2 })
    const ahead: number[] = []
    let used = 0
    for await (const _ of loader) {
      used++
      // The loop waits for something else, and meanwhile pictures come in.
      await vi.waitFor(() => expect(made).toBe(Math.min(5, used + 2)))
      ahead.push(made - used)
    }
    expect(ahead).toEqual([2, 2, 2, 1, 0])
  })

  test("is split", async () => {
    const [train] = randomSplit(pets(), [4, 1], { seed: 1 })
    if (train === undefined) throw new Error("no part")
    let count = 0
    for await (const [x] of new DataLoader(train, { batchSize: 3 })) count += x.size(0)
    expect(count).toBe(4)
  })

  test("says when there is none", async () => {
    expect(() => new ImageFolder(join(root, "cat"))).toThrow("It holds no folder with .png or .jpg files in it")
    expect(() => new ImageFolder(join(root, "birds"))).toThrow("There is no such file")
    await expect(pets().at(9)).rejects.toThrow("from 0 to 4")
    expect(() => [...new DataLoader(pets())]).toThrow("come with for await")
  })
})
