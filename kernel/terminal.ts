/** The part of a terminal or a pipe that we write to. */
export interface TextOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Text styles; each returns its text unchanged where colour is not wanted. */
export type Styles = Record<"bold" | "dim" | "red" | "green" | "yellow" | "blue", (text: string) => string>

/** Whether to colour what is written to `output` (https://no-color.org, and FORCE_COLOR). */
export function wantsColor(output: TextOutput, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0"
  return output.isTTY === true && env.TERM !== "dumb"
}

/** The styles for an output with or without colour. */
export function styles(color: boolean): Styles {
  const style = (on: number, off: number) => (text: string) => (color ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    blue: style(34, 39),
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g

/** The text without its escape sequences. */
export function stripAnsi(text: string): string {
  return text.replace(escapes, "")
}

/** The text cut to `width` characters, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`
}
