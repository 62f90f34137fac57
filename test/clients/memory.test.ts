import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { root } from "../requirements.js"

const trainingCell = `
const network = new nn.Sequential(new nn.Linear(10, 64), new nn.ReLU(), new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 1))
const adam = new optim.Adam(network.parameters(), { lr: 1e-3 })
const squared = new nn.MSELoss()
const inputs = randn([32, 10])
const targets = inputs.sum(1, { keepdim: true })
const rss: number[] = []
let first = NaN
let last = NaN
for (let step = 0; step < 20_000; step++) {
  const loss = squared(network(inputs), targets)
  adam.zeroGrad()
  loss.backward()
  adam.step()
  if (step === 0) first = loss.item()
  last = loss.item()
  if (step % 1_000 === 999) rss.push(process.memoryUsage.rss() / 2 ** 20)
}
console.log(JSON.stringify({ rss, first, last }))
`

describe("memory", () => {
  let client: KernelClient

  beforeAll(async () => {
    const argv = [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"]
    client = await KernelClient.launch({ argv, cwd: root })
  }, 60_000)
  afterAll(() => client?.shutdown())

  test("20,000 training steps in one cell keep the kernel's memory flat", async () => {
    let output = ""
    const run = client.execute(trainingCell)
    for await (const event of run) {
      // Not stderr, where the kernel says once which kernels compute when they are not the native ones.
      if (event.type === "stream" && event.content.name === "stdout") output += event.content.text
      if (event.type === "error") expect.fail(event.content.traceback.join("\n"))
    }
    const { rss, first, last } = JSON.parse(output) as { rss: number[]; first: number; last: number }
    expect(rss).toHaveLength(20)
    expect(last).toBeLessThan(first / 100)
    // A leak of one 32 × 64 activation a step would be 8 KB a step, 98 MB over the last 12,000 steps. WebAssembly's memory
    // takes 8,000 to find its plateau, and moves by some 45 MB on it.
    const settled = rss.slice(8)
    expect(Math.max(...settled) - Math.min(...settled)).toBeLessThan(60)
    expect(Math.max(...rss)).toBeLessThan(500)
  }, 180_000)
})
