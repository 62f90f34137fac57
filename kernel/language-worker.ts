// The thread of LanguageThread: answers its questions by the language server of one notebook.
import { parentPort, workerData } from "node:worker_threads"
import type { Language } from "./language.js"
import { startLanguage } from "./language-server.js"
import type { LanguageReply, LanguageRequest } from "./language-thread.js"
import { LanguageUnavailable } from "./lsp.js"

const port = parentPort
if (port === null) throw new Error("language-worker.ts is started by language-thread.ts")
const language = startLanguage({ cwd: workerData as string })

port.on("message", async ({ id, method, values }: LanguageRequest) => {
  let reply: LanguageReply
  try {
    const answer = language[method] as (this: Language, ...values: readonly unknown[]) => Promise<unknown>
    reply = { id, value: await answer.apply(language, values as unknown[]) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    reply = { id, error: { message, unavailable: error instanceof LanguageUnavailable } }
  }
  port.postMessage(reply)
  if (method === "close") port.close()
})
