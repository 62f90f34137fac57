import { cannotFetch } from "./messages.js"

/** How the bytes of a web address are fetched. */
export interface FetchOptions {
  /** Called as the bytes come in; `total` is undefined when the server does not say how many there will be. */
  onProgress?: (done: number, total: number | undefined) => void
  /** What to do instead where there is no network. */
  hint?: string
}

/** The bytes behind a web address. */
export async function fetchBytes(
  call: string,
  url: string | URL,
  { onProgress, hint = "with no network, put the file on this machine and give its path." }: FetchOptions = {},
): Promise<Uint8Array> {
  const address = String(url)
  let response: Response
  try {
    response = await fetch(address)
  } catch (error) {
    throw cannotFetch(call, address, reason(error), hint)
  }
  if (!response.ok || response.body === null)
    throw cannotFetch(call, address, `the server answered ${response.status} ${response.statusText}`.trim(), hint)
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  const isEncoded = response.headers.get("content-encoding") !== null // then the length is that of the packed bytes
  const total = Number.isFinite(length) && !isEncoded ? length : undefined
  const parts: Uint8Array[] = []
  let done = 0
  try {
    for await (const part of response.body) {
      parts.push(part)
      done += part.length
      onProgress?.(done, total)
    }
  } catch (error) {
    throw cannotFetch(call, address, `the connection broke after ${done} bytes: ${reason(error)}`, hint)
  }
  if (total !== undefined && done !== total)
    throw cannotFetch(call, address, `the connection ended after ${done} of ${total} bytes`, hint)
  return Buffer.concat(parts)
}

/** Whether a text is a web address. */
export function isWebAddress(source: unknown): boolean {
  if (source instanceof URL) return source.protocol !== "file:"
  return typeof source === "string" && /^https?:\/\//.test(source)
}

/** What `fetch` says is only that it failed; why stands in the cause. */
function reason(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string }
  if (cause?.code === "ENOTFOUND" || cause?.code === "EAI_AGAIN") return "the name of the server could not be resolved"
  if (cause?.code === "ECONNREFUSED") return "the server refused the connection"
  return cause?.message || message || String(error)
}
