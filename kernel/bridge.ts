import type { CommMessage } from "../src/display/host.js"
import type { Connection } from "./connection.js"
import type { CapturedDescriptors } from "./descriptors.js"
import type { Language } from "./language.js"
import type { LiveValues } from "./live-values.js"
import type { Header, JsonObject } from "./messages.js"

/** What the worker is started with. */
export interface ServerData {
  readonly connection: Connection
  readonly cwd: string
  /** The words that both threads read and write; see interrupt.ts. */
  readonly words: SharedArrayBuffer
  readonly descriptors: CapturedDescriptors | undefined
}

/** The request under which output appears: that of a cell or of a comm message. */
export interface Origin {
  readonly id: number
  readonly parent: Header
  /** Whether the front end answers questions. */
  readonly allowStdin: boolean
}

/** The methods of the language that the main thread calls in the worker. */
export type LanguageCall = {
  [M in CalledMethod]: { method: M; args: Parameters<Language[M]> }
}[CalledMethod]

type CalledMethod = "check" | "explain" | "commit"

/** What the worker tells the main thread. */
export type ToMain =
  | { type: "listening" }
  | {
      type: "execute"
      origin: Origin
      code: string
      silent: boolean
      storeHistory: boolean
      userExpressions: Record<string, string>
    }
  | { type: "comm"; origin: Origin; message: CommMessage }
  | { type: "interrupt"; epoch: number; leftovers: boolean }
  | { type: "input"; id: number; value: string }
  | { type: "language"; id: number; value: unknown; error?: string }
  | { type: "shutdown" }

/** What some messages have beside their content. */
export interface Extras {
  metadata?: JsonObject
  buffers?: readonly Uint8Array[]
}

/** What the main thread tells the worker. */
export type ToWorker =
  | { type: "ready" }
  | ({ type: "iopub"; message: string; content: JsonObject; parent: Header | undefined; credits: number } & Extras)
  | { type: "closed" }
  | { type: "live"; values: LiveValues }
  | { type: "comm"; message: CommMessage; parent: Header | undefined }
  | { type: "executed"; id: number; content: JsonObject }
  | { type: "commHandled"; id: number }
  | { type: "input"; id: number; origin: number; prompt: string; password: boolean }
  | ({ type: "language"; id: number } & LanguageCall)
