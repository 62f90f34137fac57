import { readFileSync } from "node:fs"
import { badArgument, cannotOpen } from "./messages.js"

/** The text itself if it has a line break or is JSON, else the content of the file of that name. */
export function readText(call: string, source: string): string {
  if (typeof source !== "string")
    throw badArgument(
      call,
      "source",
      source,
      "It is a file's path, or the text itself.",
      (source as unknown) instanceof Promise ? "this is a promise; write await before it." : undefined,
    )
  if (source.includes("\n") || /^\s*[[{]/.test(source)) return source
  try {
    return readFileSync(source, "utf8")
  } catch (error) {
    throw cannotOpen(call, source, error)
  }
}
