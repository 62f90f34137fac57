/** Where text goes: how wide the terminal is, and whether it shows colors. */
export interface Terminal {
  readonly columns: number
  readonly color: boolean
  /** Whether it shows pictures too. */
  readonly images?: boolean
}

/** Puts text in the color of series number `i`. */
export type Paint = (text: string, i: number) => string

// The colors that every terminal has, in an order like that of the palette: blue, yellow, green, red, magenta, cyan.
const codes = [34, 33, 32, 31, 35, 36] as const

export const plain: Paint = (text) => text

const colored: Paint = (text, i) => (i < 0 ? text : `\x1b[${codes[i % codes.length]}m${text}\x1b[39m`)

/** How a terminal colors. */
export function paintOf({ color }: Terminal): Paint {
  return color ? colored : plain
}

/** Quiet text: axes and notes. */
export function dim(text: string, { color }: Terminal): string {
  return color && text !== "" ? `\x1b[2m${text}\x1b[22m` : text
}

/** The terminal that the process itself writes to, if it is one. NO_COLOR and FORCE_COLOR are honoured. */
export function ownTerminal(): Terminal | undefined {
  const { stdout, env } = process
  if (!stdout?.isTTY || env.TERM === "dumb") return undefined
  const color = env.NO_COLOR ? false : env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : true
  return { columns: stdout.columns || 80, color }
}
