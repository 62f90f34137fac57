import type { Language } from "./language.js"
import { LanguageThread } from "./language-thread.js"
import { LiveLanguage } from "./live-language.js"
import type { Session, SessionOptions } from "./session.js"
import type { TerminalOutput } from "./terminal-output.js"

/** A session with its language, as the prompt uses them. */
export interface Engine {
  readonly session: Session
  readonly language: Language
  /** Starts the language server in the background, ahead of the first question. */
  warmUp(): void
  /** The cells that ran without an error. */
  readonly cells: readonly string[]
  /** Runs a cell; false when it failed. */
  run(code: string): Promise<boolean>
  close(): Promise<void>
}

/** Starts a session. Its parts are loaded here, not at the top: the prompt stands before they are needed. */
export async function startEngine(
  cwd: string,
  output: TerminalOutput,
  options: Pick<SessionOptions, "checkPatienceMs"> = {},
): Promise<Engine> {
  const { Session } = await import("./session.js")
  const thread = new LanguageThread({ cwd })
  const language = new LiveLanguage(thread, cwd)
  const session = new Session({ output, cwd, language, ...options })
  const cells: string[] = []
  const late = (error: unknown) => session.reportLate(error)
  process.on("uncaughtException", late)
  process.on("unhandledRejection", late)
  return {
    session,
    language,
    cells,
    warmUp: () => thread.warmUp(),
    async run(code) {
      const { status } = await session.execute(code)
      session.streams.flush()
      output.endCell()
      if (status === "ok") cells.push(code)
      language.update(session.liveValues())
      return status === "ok"
    },
    async close() {
      await language.close()
      process.off("uncaughtException", late)
      process.off("unhandledRejection", late)
    },
  }
}
