/** What type errors do to a cell: stop it, be shown while it runs, or nothing. */
export type CheckMode = "error" | "warn" | "off"

export const checkModes: readonly CheckMode[] = ["error", "warn", "off"]

/** What the comments at the top of a cell say of its check: `// @check off`, or TypeScript's own `// @ts-nocheck`. */
export function modeIn(code: string): CheckMode | undefined {
  const comments = /^(?:\s*\/\/[^\n]*\n?|\s*\/\*[\s\S]*?\*\/)*/.exec(code)?.[0] ?? ""
  const asked = /(?:\/\/|\*)\s*@check\s+(\w+)/.exec(comments)?.[1]
  if (asked !== undefined && isMode(asked)) return asked
  return /(?:\/\/|\*)\s*@ts-nocheck\b/.test(comments) ? "off" : undefined
}

/** The mode that the environment asks for. */
export function modeOfEnvironment({ CELLGRAD_CHECK: mode = "" }: NodeJS.ProcessEnv = process.env): CheckMode {
  return isMode(mode) ? mode : "error"
}

/** Whether a word is a check mode. */
export function isMode(word: string): word is CheckMode {
  return (checkModes as readonly string[]).includes(word)
}
