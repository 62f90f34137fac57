import { readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"
import type { Language } from "../../kernel/language.js"
import { LaterLanguage } from "../../kernel/language-later.js"
import { Conversation } from "./support/conversation.js"

/** The programs that a process has started and that still run. */
function children(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  const ids = threads.flatMap(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").match(/\d+/g) ?? [],
  )
  return ids.map((id) => readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " "))
}

// The children of a process are told by /proc.
test.runIf(process.platform === "linux")("the language server starts after the first request, not before", async () => {
  const kernel = await Conversation.start(tmpdir())
  try {
    // Longer than it takes to start where nobody waits for a request.
    await sleep(300)
    expect(children(kernel.process.pid as number)).toEqual([])
    await kernel.ask("kernel_info_request", {})
    await expect
      .poll(() => children(kernel.process.pid as number), { timeout: 10_000 })
      .toEqual([expect.stringMatching(/tsc --lsp/)])
  } finally {
    await kernel.close()
  }
})

function counted(): { language: LaterLanguage; loads: () => number } {
  let loads = 0
  const language = new LaterLanguage(async () => {
    loads++
    return { check: async () => [], close: async () => {} } as unknown as Language
  })
  return { language, loads: () => loads }
}

test("a language is loaded once, by whoever needs it first", async () => {
  const { language, loads } = counted()
  expect(loads()).toBe(0)
  expect(await language.check("1", 1)).toEqual([])
  language.start()
  await language.check("2", 2)
  expect(loads()).toBe(1)
})

test("a language that was closed before it was needed stays unloaded", async () => {
  const { language, loads } = counted()
  await language.close()
  language.start()
  expect(loads()).toBe(0)
})

test("where a language does not load, questions say why", async () => {
  const language = new LaterLanguage(() => Promise.reject(new Error("not installed")))
  language.start()
  await expect(language.check("1", 1)).rejects.toThrow("not installed")
})
