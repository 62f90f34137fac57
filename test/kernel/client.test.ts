import { afterEach, describe, expect, test } from "vitest"
import { KernelClient, KernelDied } from "../../kernel/client.js"
import { scriptedArgv } from "./support/scripted.js"

const clients: KernelClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.shutdown()
})

async function launch(): Promise<KernelClient> {
  const client = await KernelClient.launch({ argv: scriptedArgv })
  clients.push(client)
  return client
}

describe("the client", () => {
  test("yields what a cell broadcasts, from busy to idle, then its reply", async () => {
    const client = await launch()
    const execution = client.execute("print hello\nresult 42")
    const types: string[] = []
    for await (const event of execution) types.push(event.type)
    expect(types).toEqual(["status", "execute_input", "stream", "execute_result", "status"])
    expect(await execution.reply).toMatchObject({ status: "ok", execution_count: 1 })
  })

  test("keeps the events of cells apart that were sent together", async () => {
    const client = await launch()
    const texts: string[] = []
    const runs = ["print one", "fail Oops two", "print three"].map((code) => client.execute(code))
    for (const run of runs) {
      for await (const event of run) {
        if (event.type === "stream") texts.push(event.content.text.trim())
        if (event.type === "error") texts.push(event.content.ename)
      }
    }
    expect(texts).toEqual(["one", "Oops", "three"])
  })

  test("interrupts", async () => {
    const client = await launch()
    const { reply } = client.execute("hang")
    setTimeout(() => client.interrupt(), 50)
    expect(await reply).toMatchObject({ status: "error", ename: "InterruptError" })
  })

  test("answers a cell that asks for input", async () => {
    const client = await launch()
    client.onInput = (prompt) => `${prompt} Ada`
    let text = ""
    for await (const event of client.execute("ask name?")) if (event.type === "stream") text += event.content.text
    expect(text).toBe("you said name? Ada\n")
  })

  test("does not wait for ever for an idle that is lost", async () => {
    const client = await launch()
    expect((await client.execute("lose-idle").reply).status).toBe("ok")
  })

  test("says that the kernel died, how, and what it wrote", async () => {
    const client = await launch()
    const error = await client.execute("die 3").reply.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(KernelDied)
    expect((error as KernelDied).message).toBe("the kernel died (exit code 3)")
    expect((error as KernelDied).output).toContain("something terrible happened")
    await expect(client.execute("print after").reply).rejects.toThrow("the kernel died")
    await expect(client.kernelInfo()).rejects.toThrow("the kernel died")
  })

  test("says so when the kernel cannot start, and when there is no such program", async () => {
    const failing = [process.execPath, "-e", "console.error('no luck'); process.exit(4)"]
    const error = await KernelClient.launch({ argv: failing }).catch((error: unknown) => error as KernelDied)
    expect(error).toMatchObject({ message: "the kernel died (exit code 4)", output: "no luck\n" })
    await expect(KernelClient.launch({ argv: ["/no/such/program"] })).rejects.toThrow("it could not be started")
  })

  test("shuts the kernel down, and its connection file goes with it", async () => {
    const client = await KernelClient.launch({ argv: scriptedArgv })
    await client.shutdown()
    expect(await client.process.exited).toEqual({ code: 0, signal: null })
  })
})
