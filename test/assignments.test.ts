import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../kernel/client.js"
import { handOutNotebooks } from "../kernel/handout.js"
import { type CodeCell, readNotebook } from "../kernel/notebook.js"
import { root } from "./requirements.js"

// Each assignment in a kernel of its own, as a student has it: solved, every check is content; unsolved, it runs to its end and the
// checks say "not yet"; and mistakes that students make are called by their name.

const folder = join(root, "notebooks/assignments")
const names = readdirSync(join(folder, "solutions"))
  .filter((file) => file.endsWith(".ipynb"))
  .sort()

interface Mistake {
  /** What of the solution becomes what. */
  readonly change: readonly [right: string, wrong: string]
  readonly check: string
  readonly says: RegExp
}

const mistakes: Record<string, readonly Mistake[]> = {
  "01-perceptron.ipynb": [
    { change: ["x.matmul(w).add(b)", "x.matmul(w)"], check: "Task 1", says: /✗ one point[^✗]*The bias is missing/ },
    { change: ["x.matmul(w).add(b)", "x.mul(w).add(b)"], check: "Task 1", says: /did not add up/ },
    { change: [".gt(0).float()", ".ge(0).float()"], check: "Task 2", says: /exactly on the line/ },
    { change: ["- predict(x.at(i), w, b).item()", "+ 0"], check: "Task 3", says: /✗/ },
    {
      change: ["w = w.add(x.at(i).mul(lr * error))", "w.add(x.at(i).mul(lr * error))"],
      check: "Task 3",
      says: /add gives a new tensor/,
    },
    { change: ["return -(w1 * x1 + b) / w2", "return (w1 * x1 + b) / w2"], check: "Task 4", says: /The sign/ },
    { change: [".float().mean().item()", ".float().sum().item()"], check: "Task 5", says: /divide by the number/ },
  ],
  "02-backpropagation.ipynb": [
    { change: ["z.neg().exp()", "z.exp()"], check: "Task 1", says: /The sign in the exponent/ },
    {
      change: ["sigmoid(W1.matmul(x).add(b1))", "W1.matmul(x).add(b1)"],
      check: "Task 1",
      says: /The activation is missing/,
    },
    { change: ["p.sub(t).mul(2)", "p.sub(t)"], check: "Task 3", says: /factor of 2/ },
    { change: ["dh.mul(h).mul(h.neg().add(1))", "dh"], check: "Task 3", says: /slope of the sigmoid/ },
    { change: ["W1: dz.outer(x)", "W1: x.outer(dz)"], check: "Task 3", says: /It is transposed/ },
    { change: ["  lossOf(forward(own, x).p, t).backward()\n", ""], check: "Task 4", says: /Was backward\(\) called/ },
    { change: ["b2: weights.b2.sub(", "b2: weights.b2.add("], check: "Task 5", says: /uphill/ },
  ],
  "03-mini-batches.ipynb": [
    { change: ["table.dropMissing()", "table"], check: "Task 1", says: /Rows with a missing value are still there/ },
    { change: ['.oneHot("Origin")', ""], check: "Task 1", says: /The column Origin is still text/ },
    {
      change: ["val: scaler.transform(valTable)", "val: valTable.standardize().table"],
      check: "Task 2",
      says: /standardised by themselves/,
    },
    { change: ["batchSize: 32, shuffle: true", "batchSize: 32"], check: "Task 3", says: /same order twice/ },
    { change: ["return this.fc3(x)", "return x"], check: "Task 4", says: /The last layer is missing/ },
    {
      change: ["return this.fc3(x)", "return this.fc3(x).relu()"],
      check: "Task 4",
      says: /no ReLU after the last layer/,
    },
    { change: ["      optimizer.zeroGrad()\n", ""], check: "Task 5", says: /add up from batch to batch/ },
    { change: ["      optimizer.step()\n", ""], check: "Task 5", says: /Nothing changed/ },
  ],
  "04-classification.ipynb": [
    { change: ["e.sum(1, { keepdim: true })", "e.sum()"], check: "Task 1", says: /each row has its own/ },
    { change: ["z.sub(z.amax(1, { keepdim: true })).exp()", "z.exp()"], check: "Task 1", says: /subtract the largest/ },
    { change: [".log().mean().neg()", ".log().mean()"], check: "Task 2", says: /the minus is missing/ },
    {
      change: ["this.out(this.hidden(x).relu())", "this.out(this.hidden(x).relu()).softmax(1)"],
      check: "Task 3",
      says: /there is a softmax in forward/,
    },
    { change: ["      optimizer.step()\n", ""], check: "Task 3", says: /does it take its steps/ },
    {
      change: [
        "counts[y.at(n).item()]![predicted.at(n).item()]!++",
        "counts[predicted.at(n).item()]![y.at(n).item()]!++",
      ],
      check: "Task 4",
      says: /Rows are the truth/,
    },
  ],
  "05-convolution.ipynb": [
    {
      change: ["x[i + m]![j + n]!", "x[i + w.length - 1 - m]![j + w.length - 1 - n]!"],
      check: "Task 1",
      says: /turned round/,
    },
    { change: ["/ stride) + 1", "/ stride)"], check: "Task 2", says: /One place is missing/ },
    { change: ["2 * padding", "padding"], check: "Task 2", says: /both sides/ },
    {
      change: ["16 * 7 * 7", "16 * 14 * 14"],
      check: "Task 3",
      says: /ShapeError: .*\n[\s\S]*3136[\s\S]*in ConvNet > fc/,
    },
    { change: ["      optimizer.step()\n", ""], check: "Task 4", says: /no better than a guess/ },
  ],
  "06-recurrent.ipynb": [
    { change: [".add(b).tanh()", ".add(b)"], check: "Task 1", says: /The activation is missing/ },
    { change: [".add(Wh.matmul(h))", ""], check: "Task 1", says: /The old state is not used/ },
    {
      change: ["h = step(cell, xs.at(t), h)\n    states.push(h)", "states.push(step(cell, xs.at(t), h))"],
      check: "Task 2",
      says: /Every step begins with zeros/,
    },
    {
      change: ["series.narrow(0, start + length, 1)", "series.narrow(0, start + length - 1, 1)"],
      check: "Task 3",
      says: /the next one is asked for/,
    },
    {
      change: ["new nn.RNN(1, 24, { batchFirst: true })", "new nn.RNN(1, 24)"],
      check: "Task 4",
      says: /batchFirst: true is missing/,
    },
    {
      change: ["this.head(states.select(1, -1))", "this.head(states)"],
      check: "Task 4",
      says: /A forecast at every step/,
    },
    { change: ["      optimizer.step()\n", ""], check: "Task 5", says: /zeroGrad, backward, step in each batch/ },
  ],
  "07-attention.ipynb": [
    {
      change: ["return Q.matmul(K.mT()).div(Math.sqrt(K.size(-1)))", "return Q.matmul(K.mT())"],
      check: "Task 1",
      says: /√d_k is missing/,
    },
    {
      change: [
        "return Q.matmul(K.mT()).div(Math.sqrt(K.size(-1))).softmax(-1)",
        "return Q.matmul(K.mT()).div(Math.sqrt(K.size(-1))).softmax(0)",
      ],
      check: "Task 1",
      says: /runs over the columns/,
    },
    {
      change: ["return Q.matmul(K.mT())", "return Q.matmul(K.t())"],
      check: "Task 1",
      says: /✗ a whole batch with heads/,
    },
    {
      change: ["scores = scores.maskedFill", "scores.maskedFill"],
      check: "Task 2",
      says: /maskedFill gives a new tensor/,
    },
    {
      change: [
        "    scores = scores.maskedFill(triu(ones([n, n]), 1).gt(0), -Infinity)\n  }\n  return scores",
        "    return scores.softmax(-1).maskedFill(triu(ones([n, n]), 1).gt(0), 0).matmul(V)\n  }\n  return scores",
      ],
      check: "Task 2",
      says: /Mask the scores before it/,
    },
    { change: ["(2 * i) / d", "(4 * i) / d"], check: "Task 3", says: /share a wave length/ },
    {
      change: ["return x.add(this.ff(this.norm2(x)))", "return this.ff(this.norm2(x))"],
      check: "Task 4",
      says: /the stream must come through/,
    },
    { change: [".add(positionalEncoding(ids.size(1), width))", ""], check: "Task 5", says: /are they added/ },
  ],
}

const codeCells = (path: string) => readNotebook(path).cells.filter((cell) => cell.cell_type === "code") as CodeCell[]

interface Ran {
  readonly text: string
  readonly pictures: number
}

/** Runs code as a cell and gives what stands under it. */
async function run(client: KernelClient, code: string): Promise<Ran> {
  let text = ""
  let pictures = 0
  for await (const event of client.execute(code)) {
    if (event.type === "error") throw new Error(`${code}\n${event.content.traceback.join("\n")}`)
    if (event.type === "stream") text += event.content.text
    if (event.type === "execute_result" || event.type === "display_data") {
      text += `${event.content.data["text/plain"] ?? ""}\n`
      if (event.content.data["image/png"] !== undefined) pictures++
    }
  }
  return { text, pictures }
}

const launch = () =>
  KernelClient.launch({
    argv: [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"],
    cwd: folder,
    env: { ...process.env, CELLGRAD_CHECK_PATIENCE: "10000" },
  })

const out = mkdtempSync(join(tmpdir(), "cellgrad-assignments-"))
afterAll(() => rmSync(out, { recursive: true, force: true }))

test("the students' notebooks are what `cellgrad handout` makes of the solutions", () => {
  const written = handOutNotebooks({ notebooks: names.map((name) => join(folder, "solutions", name)), out })
  expect(written.map((path) => basename(path))).toEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ipynb"))
      .sort(),
  )
  const again = "node bin/cellgrad.js handout notebooks/assignments/solutions/*.ipynb --out notebooks/assignments"
  for (const path of written) {
    expect(readFileSync(join(folder, basename(path)), "utf8"), `write them anew: ${again}`).toBe(
      readFileSync(path, "utf8"),
    )
  }
})

describe.each(names)("%s", (name) => {
  const solution = codeCells(join(folder, "solutions", name))
  let client: KernelClient
  let points: string | undefined
  beforeAll(async () => {
    client = await launch()
  }, 60_000)
  afterAll(() => client?.shutdown())

  test("solved, every check is content, within ten seconds", { timeout: 60_000 }, async () => {
    const started = performance.now()
    let pictures = 0
    let checks = 0
    for (const { source, outputs } of solution) {
      expect(outputs, "kept without outputs").toEqual([])
      const ran = await run(client, source)
      pictures += ran.pictures
      points = ran.text.match(/^Score: (\d+) of \1 points\n/)?.[1] ?? points
      if (!source.startsWith("check(")) continue
      checks++
      expect(ran.text, source).toMatch(/^.*: all right\n/)
    }
    expect(checks).toBeGreaterThanOrEqual(4)
    expect(pictures).toBeGreaterThanOrEqual(1)
    expect(points, "the points of a notebook that is solved").toBeDefined()
    // Ten seconds is meant for a machine that does nothing else.
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  test.each(mistakes[name] ?? [])(
    "$change.1 instead of $change.0: $says",
    { timeout: 60_000 },
    async ({ change, check, says }) => {
      const [right, wrong] = change
      const cell = solution.find(({ source }) => source.includes(right))
      const checking = solution.find(({ source }) => source.startsWith(`check("${check}`))
      if (cell === undefined || checking === undefined)
        throw new Error(`no cell with ${right}, or none that checks ${check}`)
      await run(
        client,
        cell.source.replace(right, () => wrong),
      )
      const { text } = await run(client, checking.source)
      await run(client, cell.source)
      expect(text).toMatch(says)
    },
  )

  test("unsolved, it runs to its end and the checks say what is still to be done", { timeout: 60_000 }, async () => {
    expect(mistakes[name]?.length, "mistakes that it should recognise").toBeGreaterThanOrEqual(3)
    const student = await launch()
    try {
      for (const { source } of codeCells(join(folder, name))) {
        const { text } = await run(student, source)
        if (source.startsWith("check(")) expect(text, source).toMatch(/^.*: not yet\n/)
        if (source.startsWith("score(")) expect(text).toMatch(new RegExp(`^Score: 0 of ${points} points\\n`))
      }
    } finally {
      await student.shutdown()
    }
  })
})
