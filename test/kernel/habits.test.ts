import { tmpdir } from "node:os"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { fixOfHabit } from "../../kernel/habits.js"
import { root } from "../requirements.js"

// What people write who come from Python, in a real kernel: the error that they see ends with what to write instead.

let client: KernelClient

beforeAll(async () => {
  client = await KernelClient.launch({
    argv: [process.execPath, `${root}/bin/cellgrad.js`, "kernel", "{connection_file}"],
    cwd: tmpdir(), // where no tsconfig.json stands
    env: { ...process.env, CELLGRAD_CHECK_PATIENCE: "10000", NO_COLOR: "1" },
  })
  await run(
    "const x = tensor([[1, 2], [3, 4]])\nconst net = new nn.Sequential(new nn.Linear(2, 1))\nconst people = new Table({ age: [1, 2], size: [3, 4] })",
  )
}, 60_000)
afterAll(() => client?.shutdown())

/** Runs a cell and gives its error, without colours; "" when there is none. */
async function run(code: string): Promise<string> {
  const reply = await client.execute(code).reply
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes
  return reply.status === "error" ? reply.traceback.join("\n").replace(/\x1b\[[0-9;]*m/g, "") : ""
}

const fixesIn = (text: string) => Array.from(text.matchAll(/^(?:fix|hint): (.*)$/gm), ([, fix]) => fix)

describe("a fix for what comes from Python", () => {
  test.each([
    ["print(x)", "console.log(x)"],
    ["Deno.jupyter.md`# hi`", 'import { Deno } from "cellgrad/deno"'],
    ['tslab.display.html("<b>b</b>")', 'import * as tslab from "tslab"'],
    ["const p = None", "const p = null"],
    ["const p = True", "const p = true"],
    ["len(x)", "x.length of a list, x.size(0) of a tensor, table.numRows of a table"],
    ["for (const i of range(3)) {}", "for (let i = 0; i < n; i++) { … }"],
    ["lr = 0.1", "let lr = 0.1"],
    ["x.mean(axis=0)", "the dimension stands first, without a name: x.sum(0), x.mean(1, { keepdim: true })"],
    ["x.sum({ dim: 0 })", "the dimension stands first, without a name: x.sum(0), x.mean(1, { keepdim: true })"],
    ["torch.manual_seed(1)", "manualSeed is there without a prefix"],
    ["torch.nn.functional.relu(x)", "F is there without a prefix"],
    ["np.array([1])", "tensors take the place of NumPy's arrays: tensor([1, 2]), zeros([2, 3]), x.mean()"],
    ["x * 2", "if it is a tensor, by methods: x.mul(2), x.add(y), x.matmul(w)"],
    ["x + x", "tensors are calculated with by methods: x.mul(2), x.add(y); a tensor of one number is x.item()"],
    ["x.sum() > 5", "tensors are compared by methods, x.gt(5); a tensor of one number by x.item() > 5"],
    ["x.T", "x.t() transposes a matrix, x.mT() the last two dimensions"],
    ["x.numpy()", "x.tolist() or x.toTypedArray()"],
    ['x.to("cuda")', "everything computes on the processor: leave it out"],
    ["x.mean().toFixed(2)", "a tensor of one number becomes a number by item(): x.item().toFixed(4)"],
    ["x.shape()", "shape is a property, without parentheses"],
    ["zeros(2, 3)", "a shape is a list: zeros([2, 3])"],
    ["tensor([1, 2], [3, 4])", "the rows stand in one list: tensor([[1, 2], [3, 4]])"],
    ["const c = nn.MSELoss()", "const c = new nn.MSELoss()"],
    [
      "new nn.Sequential([new nn.ReLU()])",
      "the layers stand one after the other, not in a list: new nn.Sequential(layer, layer)",
    ],
    ["new optim.Adam(net)", "an optimizer takes parameters: model.parameters()"],
    ["new optim.Adam(net.parameters(), 0.01)", "options stand in an object: { …: 0.01 }"],
    ["new optim.Adam(net.parameters(), lr=0.01)", "named arguments are an object: { lr: … }"],
    ["new optim.Adam(net.parameters(), { learningRate: 0.1 })", "new optim.Adam(net.parameters(), { lr: 0.1 })"],
    ["dataLoader(people, 'age', 32)", "options stand in an object: { …: 32 }"],
    ["dataLoader(people, { batchSize: 2 })", 'the column to predict stands second: dataLoader(table, "column", { … })'],
    ["people.age", 'table.column("age") gives the values of a column'],
    ["new nn.LSTM(2, 3)(x).shape", "it is a list of several values: const [first, second] = …"],
    ["Math.min(x.sum(), 3)", "a tensor of one number becomes a number by item(): x.sum().item()"],
    ["new DataLoader(x, { batchSize: 2 })", /^a loader takes a dataset/],
    ["x.mean().item().backward()", "item() made a number of it; backward() is called on the tensor"],
    ["for (const p of net.parameters) {}", "the parentheses of the call are missing: net.parameters()"],
    ["for (const [a, b] in x) {}", "the elements come by of: for (const [x, y] of loader) { … }"],
    ["for (const a, b of x) {}", "several values of one step stand in brackets: for (const [x, y] of loader) { … }"],
    ["new nn.Linear(2, 1).weight = x", "its numbers are replaced in place: noGrad(() => layer.weight.copy_(x))"],
    ["x = x.add(1)", "what changes is declared by let: let x = …"],
    ["new nn.Linear(2)", "the argument outFeatures is missing"],
    ["x.inverse()", "linalg.inv(x)"],
    ['x.to("int")', 'the types are "float32", "float64", "int32" and "bool"'],
    ["people.length", "table.numRows, table.numColumns"],
    ["people.numRows()", "numRows is a property, without parentheses"],
    [
      'readCsv("age,b\\n1,2\\n").filter((row) => row.age > 3)',
      'say what the columns hold: readCsv<{ age: number; city: string }>("people.csv")',
    ],
    ["people.map((row) => row.age + 1)", /^map makes rows of rows/],
    ['readCsv("a;b\\n1;2\\n", { delimiter: ";" })', 'readCsv("a;b\\n1;2\\n", { separator: ";" })'],
    [
      "if (x.sum().lt(3)) x.sum()",
      "ask for its number: if (loss.item() < 0.1); of many, if (x.gt(0).any().item()); both at once: a.logicalAnd(b)",
    ],
    ["while (!x.gt(0).all() && true) break", /^ask for its number/],
    ["const p = x.gt(1) && x.lt(3)", /^ask for its number.*logicalAnd/],
    ["const p = x.eq(x).all() ? 1 : 2", /^ask for its number/],
    ["x.softmax()", "it is taken over a dimension: softmax(-1), the last, is the usual one"],
    ["F.mseLoss(x, [[1, 2], [3, 4]])", "tensor([[1, 2], [3, 4]])"],
    [
      'tensor(["a", "b"])',
      'a tensor holds numbers: number the categories first, table.codes("city") or table.oneHot("city")',
    ],
    ["plot.lossCurve([x.mean()])", "a curve is drawn of numbers: losses.push(loss.item())"],
    [
      "class A extends nn.Module {\n  constructor() {\n    super()\n    this.fc = new nn.Linear(2, 1)\n  }\n  forward(x: Tensor) { return x }\n}",
      "make it a field, above the constructor: fc = new nn.Linear(2, 1)",
    ],
    [
      "class B extends nn.Module {\n  fc = new nn.Linear(2, 1)\n  constructor() {}\n  forward(x: Tensor) { return x }\n}",
      "super() is the first line of the constructor",
    ],
    [
      "class C extends nn.Module {\n  fc = new nn.Linear(2, 1)\n  forward(x: Tensor) { return fc(x) }\n}",
      "forward(x: Tensor) { return this.fc(x) }",
    ],
    ["x[0]", 'x.at(0) gives a part of it, x.at(0, "1:3") rows and columns, x.at(0).item() a number.'],
    ["x[0] = 5", "x.put(0, value)."],
    ["import torch", /^tensor, nn, optim, F, plot and the rest are there without an import/],
    ["from torch import nn", /without an import/],
    ["def f(x):\n  return x", /^a function: function f/],
    ["class Net(nn.Module):\n  pass", /^a class: class Net extends nn.Module/],
    ["for i in range(3):\n  f(i)", /^a loop: for \(const x of list\)/],
    ["if x > 3:\n  y = 1", /^a block stands in braces/],
    ["with torch.no_grad():\n  pass", /^noGrad/],
    ["const f = lambda x: x", /^a function without a name/],
    ['const s = f"loss {x}"', /^text with values in it stands in backquotes/],
    ["# a comment", "a comment begins with //"],
    ["x @ x", "matrices are multiplied by a.matmul(b)"],
    ["x[:, 0]", /^parts of a tensor are x\.at/],
    ["!pip install numpy", /^packages of npm come by/],
    ["if (not x) {}", /^not, and, or are/],
  ])("%s", async (code, fix) => {
    const fixes = fixesIn(await run(code))
    if (typeof fix === "string") expect(fixes).toContain(fix)
    else expect(fixes).toEqual([expect.stringMatching(fix)])
  })

  test.each([
    "if (x.sum().lt(3).item()) x.sum()",
    "const price = { lt: (n: number) => n > 1 }\nif (price.lt(2)) price.lt(3)",
    "const mask = x.gt(3)",
    "if (x.gt(3).any().item() || x.sum().item() > 3) x.sum()",
  ])("%s is a condition, and no tensor", async (code) => {
    expect(await run(code)).toBe("")
  })

  test.each(["const a: string = 5", "'a' in {} ? 1 +", "[1, 2].lenght", "(5).foo", "[1, 2, 3].map((x) => x.y)"])(
    "%s is no habit, and gets no fix of those",
    async (code) => {
      const text = await run(code)
      expect(text).toMatch(/Error/)
      expect(text).not.toMatch(/tensor|Python|braces|stands|without a prefix/)
    },
  )
})

test("brackets where a tsconfig.json asks for strictness", () => {
  const message =
    "Element implicitly has an 'any' type because expression of type '0' can't be used to index type 'Tensor'."
  const place = { start: { line: 0, column: 0 }, end: { line: 0, column: 4 } }
  const fix = fixOfHabit("x[0]", { severity: "error", code: 7053, message, ...place })
  expect(fix).toBe('a tensor is indexed by a method: x.at(0), x.at(0, "1:3")')
})

describe("a name that an earlier cell was to set", () => {
  test("of a cell that did not run: which it is; once it ran, nothing", async () => {
    await run("const batch: number = 'x'")
    const text = await run("batch + 1")
    expect(text).toMatch(
      /Cannot find name 'batch'[\s\S]*fix: cell \d+ declares batch, but it did not run; mend that one first/,
    )
    expect(await run("const batch = 32")).toBe("")
    expect(await run("batch + 1")).toBe("")
  })

  test("of a cell that stopped with an error", async () => {
    await run("const early = 1\nconst model = (() => { throw new Error('no') })() as { fit(): void }")
    const text = await run("model.fit(); early")
    expect(text).toMatch(
      /reading 'fit'\)[\s\S]*hint: model was not set: cell \d+, which declares it, stopped before it came so far$/,
    )
    expect(text).not.toContain("early was not set")
    await run("const model = { fit() { return undefined as unknown as { then(): void } } }")
    expect(await run("model.fit().then()")).not.toContain("hint:")
  })
})
