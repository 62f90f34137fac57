import { randomUUID } from "node:crypto"
import { userInfo } from "node:os"

/** The version of Jupyter's messaging protocol that we speak. */
export const protocolVersion = "5.4"

/** Any JSON object of a message: its parts are read by what they hold, never trusted to be complete. */
export type JsonObject = Record<string, unknown>

/** The header of a message: who sent what, when. */
export interface Header {
  readonly msg_id: string
  readonly msg_type: string
  readonly session: string
  readonly username: string
  readonly date: string
  readonly version: string
  /** The subshell that a request is for (JEP 91). */
  readonly subshell_id?: string | null
}

/** A Jupyter message, as it is before signing and after checking. */
export interface Message<Content = JsonObject> {
  /** The frames before the delimiter: the way back on a ROUTER, the topic on a PUB. */
  readonly identities: readonly (Buffer | string)[]
  readonly header: Header
  /** The header of the request that this answers; empty for none. */
  readonly parentHeader: Header | Record<string, never>
  readonly metadata: JsonObject
  readonly content: Content
  readonly buffers: readonly Buffer[]
}

let username: string | undefined

function ownName(): string {
  if (username === undefined) {
    try {
      username = userInfo().username
    } catch {
      username = "user" // a container may run under a number without a name
    }
  }
  return username
}

/** A new header of type `type` in session `session`. */
export function createHeader(type: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: ownName(),
    date: new Date().toISOString(),
    version: protocolVersion,
  }
}

/** A message to be sent; what is left out is empty. */
export function createMessage<Content extends object>(
  type: string,
  session: string,
  content: Content,
  {
    identities = [],
    parentHeader = {},
    metadata = {},
    buffers = [],
  }: Partial<Pick<Message, "identities" | "parentHeader" | "metadata" | "buffers">> = {},
): Message<Content> {
  return { identities, header: createHeader(type, session), parentHeader, metadata, content, buffers }
}

/** The contents of the requests a front end sends, by message type. What a client leaves out has its default. */
export interface RequestContents {
  kernel_info_request: Record<string, never>
  execute_request: {
    code: string
    silent?: boolean
    store_history?: boolean
    user_expressions?: Record<string, string>
    allow_stdin?: boolean
    stop_on_error?: boolean
  }
  is_complete_request: { code: string }
  complete_request: { code: string; cursor_pos: number }
  inspect_request: { code: string; cursor_pos: number; detail_level?: 0 | 1 }
  history_request: {
    output?: boolean
    raw?: boolean
    hist_access_type: "range" | "tail" | "search"
    session?: number
    start?: number
    stop?: number
    n?: number
    pattern?: string
    unique?: boolean
  }
  comm_info_request: { target_name?: string }
  interrupt_request: Record<string, never>
  create_subshell_request: Record<string, never>
  delete_subshell_request: { subshell_id: string }
  list_subshell_request: Record<string, never>
  debug_request: { seq?: number; type?: "request"; command?: string; arguments?: JsonObject }
  shutdown_request: { restart: boolean }
}

/** Why a request failed, in the words of every reply whose status is `error`. */
export interface ErrorContent {
  status: "error"
  ename: string
  evalue: string
  traceback: string[]
}

/** The value of a user expression, or why it has none. */
export type UserExpressionResult = { status: "ok"; data: JsonObject; metadata: JsonObject } | ErrorContent

/** The reply to `execute_request`. */
export type ExecuteReply =
  | {
      status: "ok"
      execution_count: number
      payload: JsonObject[]
      user_expressions: Record<string, UserExpressionResult>
    }
  | (ErrorContent & { execution_count: number })
  | { status: "aborted"; execution_count?: number }

/** The reply to `kernel_info_request`. */
export interface KernelInfoReply {
  status: "ok"
  protocol_version: string
  implementation: string
  implementation_version: string
  language_info: {
    name: string
    version: string
    mimetype: string
    file_extension: string
    codemirror_mode: string | JsonObject
    pygments_lexer: string
    nbconvert_exporter: string
  }
  banner: string
  debugger: boolean
  supported_features: string[]
  help_links: { text: string; url: string }[]
}

/** The contents of what the kernel broadcasts on iopub, by message type. */
export interface IopubContents {
  status: { execution_state: "starting" | "busy" | "idle" }
  execute_input: { code: string; execution_count: number }
  stream: { name: "stdout" | "stderr"; text: string }
  execute_result: DisplayContent & { execution_count: number }
  display_data: DisplayContent
  update_display_data: DisplayContent
  clear_output: { wait: boolean }
  error: { ename: string; evalue: string; traceback: string[] }
}

/** A value as a front end shows it: the same thing in several MIME types. */
export interface DisplayContent {
  data: JsonObject
  metadata: JsonObject
  /** Never null: nbclient fails on null. */
  transient?: { display_id?: string }
}

/** What `kernel_info_reply` says of us. */
export function kernelInfo(versions: { cellgrad: string; typescript: string }): KernelInfoReply {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "cellgrad",
    implementation_version: versions.cellgrad,
    language_info: {
      name: "typescript",
      version: versions.typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      codemirror_mode: { name: "javascript", typescript: true },
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Cellgrad ${versions.cellgrad} · TypeScript ${versions.typescript} · Node ${process.versions.node}`,
    debugger: false,
    supported_features: ["kernel subshells"],
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: `https://nodejs.org/docs/latest-v${process.versions.node.split(".")[0]}.x/api/` },
      { text: "PyTorch (the names are the same)", url: "https://docs.pytorch.org/docs/stable/" },
    ],
  }
}
