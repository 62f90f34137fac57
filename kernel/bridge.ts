import type { Connection } from "./connection.js"
import type { Language } from "./language.js"
import type { Header, JsonObject } from "./messages.js"

/** What the worker is started with. */
export interface ServerData {
  readonly connection: Connection
  readonly cwd: string
  /** The words that both threads read and write; see interrupt.ts. */
  readonly words: SharedArrayBuffer
}

/** The methods of the language that the main thread calls in the worker. */
export type LanguageCall = { [M in "check" | "commit"]: { method: M; args: Parameters<Language[M]> } }[
  | "check"
  | "commit"]

/** What the worker tells the main thread. */
export type ToMain =
  | { type: "listening" }
  | {
      type: "execute"
      id: number
      parent: Header
      code: string
      silent: boolean
      storeHistory: boolean
      allowStdin: boolean
      userExpressions: Record<string, string>
    }
  | { type: "interrupt"; epoch: number }
  | { type: "input"; id: number; value: string }
  | { type: "language"; id: number; value: unknown; error?: string }
  | { type: "shutdown" }

/** What the main thread tells the worker. */
export type ToWorker =
  | { type: "ready" }
  | { type: "iopub"; message: string; content: JsonObject; parent: Header | undefined; credits: number }
  | { type: "closed" }
  | { type: "executed"; id: number; content: JsonObject }
  | { type: "input"; id: number; execute: number; prompt: string; password: boolean }
  | ({ type: "language"; id: number } & LanguageCall)
