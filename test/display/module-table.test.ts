import { expect, test } from "vitest"
import { jupyterDisplay, type MimeBundle } from "../../src/display/host.js"
import { summary } from "../../src/display/module-table.js"
import "../../src/display/register.js"
import { randn, type Tensor } from "../../src/index.js"
import * as nn from "../../src/nn/index.js"
import { keepHtml } from "./gallery.js"

class FeedForwardNN extends nn.Module {
  fc1 = new nn.Linear(10, 64)
  fc2 = new nn.Linear(64, 64)
  dropout = new nn.Dropout(0.5)
  fc3 = new nn.Linear(64, 1)
  forward(x: Tensor): Tensor {
    return this.fc3(this.dropout(this.fc2(this.fc1(x).relu()).relu()))
  }
}

const bundleOf = (value: object) => (value as { [jupyterDisplay](): MimeBundle })[jupyterDisplay]()
const text = (html: unknown) =>
  String(html)
    .replace(/<\/t[dh]>/g, " ")
    .replace(/<[^>]*>/g, "")

test("lists the layers with parameters, and output shapes once the model has run", () => {
  const model = new FeedForwardNN()
  const before = bundleOf(model)
  expect(text(before["text/html"])).not.toContain("output shape")
  expect(before["text/plain"]).toContain("(fc1): Linear(")
  model(randn([32, 10]))
  const after = text(bundleOf(model)["text/html"])
  keepHtml("modules", "after a batch", String(bundleOf(model)["text/html"]))
  expect(after).toContain("[32, 64] 704")
  expect(after).toContain("[32, 1] 65")
  expect(after).toContain("4,929 parameters · 4,929 trainable · 19.3 KiB")
})

test("says which layers are frozen", () => {
  const model = new FeedForwardNN()
  model.fc1.requiresGrad_(false)
  expect(text(bundleOf(model)["text/html"])).toContain("704 frozen")
  expect(text(bundleOf(model)["text/html"])).toContain("4,929 parameters · 4,225 trainable")
})

test("summary runs the model on zeros, leaves its mode alone, and has a text for terminals", () => {
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.Sequential(new nn.ReLU(), new nn.Linear(3, 2)))
  const shown = bundleOf(summary(model, [5, 4]))
  keepHtml("modules", "summary", String(shown["text/html"]))
  expect(model.training).toBe(true)
  expect(String(shown["text/plain"]).split("\n")).toEqual([
    "Sequential  input [5, 4]",
    expect.stringMatching(/^layer +type +output shape +parameters$/),
    expect.stringMatching(/^0 +Linear\(.*\) +\[5, 3\] +15$/),
    expect.stringMatching(/^1 +Sequential +\[5, 2\] +$/),
    expect.stringMatching(/^ {2}0 +ReLU +\[5, 3\] +-$/),
    expect.stringMatching(/^ {2}1 +Linear\(.*\) +\[5, 2\] +8$/),
    "23 parameters · 23 trainable · 92 B",
  ])
})

test("summary says what it needs", () => {
  expect(() => summary(new nn.Linear(4, 3), 4 as never)).toThrow("The input is the shape of a batch, or a tensor.")
  expect(() => summary(new nn.Linear(4, 3), [5, 7])).toThrow(/Linear/)
})
