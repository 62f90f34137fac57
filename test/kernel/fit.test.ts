import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { root } from "../requirements.js"

let client: KernelClient
beforeAll(async () => {
  client = await KernelClient.launch({
    argv: [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"],
    cwd: root,
  })
  await run(`
    manualSeed(1)
    const { x, y } = datasets.moons(64, { seed: 1 })
    const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 16, shuffle: true })
    const net = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 2))
    const optimizer = new optim.Adam(net.parameters(), { lr: 0.01 })
  `)
})
afterAll(() => client?.shutdown())

/** What a cell prints, shows and fails with. */
async function run(code: string, { interruptAt }: { interruptAt?: string } = {}) {
  const found = { printed: "", shown: [] as Record<string, unknown>[], error: undefined as string | undefined }
  for await (const event of client.execute(code)) {
    if (event.type === "stream") found.printed += event.content.text
    if (event.type === "error") found.error = event.content.ename
    if (event.type === "display_data" || event.type === "update_display_data" || event.type === "execute_result") {
      const data = (event.content as { data: Record<string, unknown> }).data
      found.shown.push(data)
      if (interruptAt !== undefined && String(data["text/plain"]).includes(interruptAt)) {
        interruptAt = undefined
        await client.interrupt()
      }
    }
  }
  return found
}

describe("fit in a notebook", () => {
  test("shows one bar while it runs, and its losses when it is the cell's value", async () => {
    const { shown, error } = await run("fit(net, loader, { loss: F.crossEntropy, optimizer, epochs: 3 })")
    expect(error).toBeUndefined()
    const bars = shown.filter((data) => String(data["text/html"]).includes("<progress"))
    expect(String(bars.at(-1)?.["text/plain"])).toContain("12/12")
    expect(String(bars.at(-1)?.["text/plain"])).toContain("epoch 3/3")
    const result = shown.at(-1) as Record<string, unknown>
    expect(result["application/vnd.vegalite.v5+json"]).toBeDefined()
    expect(String(result["text/plain"])).toMatch(/^History\(3 epochs, train /)
  })

  test("can be interrupted, after which model and history are there to go on with", async () => {
    const endless = "const history = fit(net, loader, { loss: F.crossEntropy, optimizer, epochs: 1e9 })"
    const { error } = await run(endless, { interruptAt: "epoch" })
    expect(error).toBe("InterruptError")
    const { printed } = await run(`
      const before = historyOf(net)!
      const [epochs, first] = [before.epochs, before.train[0]!]
      const after = fit(net, loader, { loss: F.crossEntropy, optimizer, epochs: 2, history: before, progress: false })
      console.log(epochs > 0, after.epochs - epochs, after.train.at(-1)! < first, net(x).shape.join())
    `)
    expect(printed).toBe("true 2 true 64,2\n")
  })

  test("waits for its batches without holding up an interrupt, which ends it", async () => {
    const endless = `
      async function* batches() {
        let given = 0
        for (;;) for (const batch of loader) {
          if (++given === 4) display("three batches are done")
          await new Promise((resolve) => setTimeout(resolve, 5))
          yield batch
        }
      }
      await fitAsync(net, batches(), { loss: F.crossEntropy, optimizer })
    `
    const { error } = await run(endless, { interruptAt: "three batches are done" })
    expect(error).toBe("InterruptError")
    const { printed } = await run(`
      const steps = historyOf(net)!.steps.length
      await new Promise((resolve) => setTimeout(resolve, 150))
      console.log(steps > 0, historyOf(net)!.steps.length - steps)
    `)
    expect(printed).toBe("true 0\n")
  })
})
