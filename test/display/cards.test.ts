import { describe, expect, test } from "vitest"
import { jupyterDisplay, type MimeBundle } from "../../src/display/host.js"
import {
  DataLoader,
  dataLoader,
  F,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  Table,
  TensorDataset,
  zeros,
} from "../../src/index.js"
import { keepHtml } from "./gallery.js"

const bundleOf = (value: object) => (value as { [jupyterDisplay](): MimeBundle })[jupyterDisplay]()
const text = (html: unknown) =>
  String(html)
    .replace(/<\/(td|th|div|summary)>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&ensp;", " ")
    .replace(/ +/g, " ")

function thrownBy(work: () => unknown): object {
  try {
    work()
  } catch (error) {
    return error as object
  }
  throw new Error("nothing was thrown")
}

describe("an error's card", () => {
  test("lines up the operands and marks the sizes that do not fit", () => {
    const error = thrownBy(() => zeros([32, 10]).matmul(zeros([64, 1])))
    const { "text/html": html, "text/plain": plain } = bundleOf(error)
    keepHtml("errors", "shapes", String(html))
    expect(text(html)).toMatch(
      /ShapeError matmul: \[32, 10\] @ \[64, 1\].*left \[32, 10\] last size 10 right \[64, 1\] first size 64/,
    )
    expect(String(html)).toMatch(/\[32, <b[^>]*>10<\/b>\]/)
    expect(String(html)).toMatch(/\[<b[^>]*>64<\/b>, 1\]/)
    expect(plain).toBe(`ShapeError: ${(error as Error).message}`)
  })

  test("says where in the model it happened, and escapes what the user named", () => {
    const last: nn.Linear = new nn.Linear(5, 2) // as a plain Linear, or the types would see that it does not fit
    const model = new nn.Sequential(new nn.Linear(10, 4), last)
    const html = bundleOf(thrownBy(() => model(zeros([3, 10]))))["text/html"]
    keepHtml("errors", "in a model", String(html))
    expect(text(html)).toMatch(/in Sequential › 1 = Linear\(5 -&gt; 2\)/)
  })
})

test("an optimizer's card has a line for each group, and counts the steps", () => {
  const model = new nn.Sequential(new nn.Linear(3, 2), new nn.Linear(2, 1))
  const [first, second] = model.children() as [nn.Linear, nn.Linear]
  const optimizer = new optim.Adam([{ params: first.parameters(), lr: 1e-4 }, { params: second.parameters() }], {
    lr: 0.01,
  })
  for (let i = 0; i < 2; i++) {
    F.mseLoss(model(ones([4, 3])), zeros([4, 1])).backward()
    optimizer.step()
  }
  const html = bundleOf(optimizer)["text/html"]
  keepHtml("optimizers", "two groups", String(html))
  expect(text(html)).toMatch(/Adam 2 steps taken parameters lr betas/)
  expect(text(html)).toMatch(/2 tensors, 8 numbers 0\.0001 \[0\.9, 0\.999\]/)
  expect(text(html)).toMatch(/2 tensors, 3 numbers 0\.01 /)
})

describe("a loader's card", () => {
  test("shows a batch and leaves the random stream where it was", () => {
    const loader = new DataLoader(new TensorDataset(rand([50, 3]), zeros([50, 1])), { batchSize: 16, shuffle: true })
    manualSeed(3)
    const expected = rand([2]).toString()
    manualSeed(3)
    const html = bundleOf(loader)["text/html"]
    keepHtml("loaders", "of tensors", String(html))
    expect(rand([2]).toString()).toBe(expected)
    expect(text(html)).toMatch(
      /DataLoader 4 batches of 16 · 50 samples · shuffled x Tensor\[16, 3\].* y Tensor\[16, 1\]/,
    )
  })

  test("gives back what a dataset draws, and says so when a batch cannot be made", () => {
    let fails = false
    const dataset = {
      length: 4,
      at: () => {
        if (fails) throw new Error("the file is gone")
        return randn([2])
      },
    }
    const loader = new DataLoader(dataset, { batchSize: 2 })
    manualSeed(3)
    const expected = rand([2]).toString()
    manualSeed(3)
    expect(text(bundleOf(loader)["text/html"])).toContain("Tensor[2, 2]")
    expect(rand([2]).toString()).toBe(expected)
    fails = true
    expect(text(bundleOf(loader)["text/html"])).toContain("its first batch cannot be made: the file is gone")
  })

  test("of a table shows columns as tensors", () => {
    const table = Table.from([
      { a: 1, b: 2, y: 0 },
      { a: 3, b: 4, y: 1 },
    ])
    expect(text(bundleOf(dataLoader(table, "y", { batchSize: 2 }))["text/html"])).toMatch(
      /x Tensor\[2, 2\].* y Tensor\[2/,
    )
  })
})

test("a tensor with a gradient shows that too, a parameter says that it is one", () => {
  const layer = new nn.Linear(3, 2)
  expect(text(bundleOf(layer.weight)["text/html"])).toMatch(/^Parameter\[2, 3\] float32 n=6/)
  layer(ones([4, 3]))
    .sum()
    .backward()
  const html = bundleOf(layer.weight)["text/html"]
  keepHtml("tensor-cards", "with its gradient", String(html))
  expect(text(html)).toMatch(/grad ✓.*gradient\[2, 3\] float32 n=6 .*x∈\[4, 4\]/)
})
