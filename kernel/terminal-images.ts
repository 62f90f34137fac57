import { encodeSixel } from "./sixel.js"

/** The ways in which terminals show pictures. */
export type ImageProtocol = "kitty" | "iterm" | "sixel"

/** A picture in PNG as what a terminal is sent to show it; `width` is in CSS pixels, the picture's own if not known. */
export type DrawImage = (png: Uint8Array, width: number | undefined, columns: number) => string

const protocols: readonly string[] = ["kitty", "iterm", "sixel"]

/**
 * How this terminal shows pictures: what CELLGRAD_IMAGES says (`kitty`, `iterm`, `sixel` or `off`), else what the terminal says
 * of itself in the environment. Undefined where it does not, and inside tmux and screen, which keep pictures back.
 */
export function imageProtocol(env: NodeJS.ProcessEnv = process.env): ImageProtocol | undefined {
  const { CELLGRAD_IMAGES: asked, TERM: term = "", TERM_PROGRAM: program = "" } = env
  if (asked !== undefined && asked !== "") return protocols.includes(asked) ? (asked as ImageProtocol) : undefined
  if (env.TMUX !== undefined || env.STY !== undefined || term === "dumb") return undefined
  if (env.KITTY_WINDOW_ID !== undefined || term === "xterm-kitty" || /ghostty/i.test(term + program)) return "kitty"
  if (program === "iTerm.app" || program === "WezTerm" || env.LC_TERMINAL === "iTerm2") return "iterm"
  if (/^(foot|mlterm|yaft|contour)\b|sixel/.test(term)) return "sixel"
  return undefined
}

/** What shows pictures by a protocol. */
export async function imageDrawer(protocol: ImageProtocol): Promise<DrawImage> {
  if (protocol === "kitty") return drawKitty
  if (protocol === "iterm") return drawIterm
  const { decode } = await import("fast-png")
  return (png, width) => encodeSixel(decode(png), width)
}

/** How wide a column of text is taken to be, in CSS pixels. */
const columnWidth = 8

/** How many columns a picture takes. */
function columnsOf(png: Uint8Array, width: number | undefined, columns: number): number {
  const pixels = new DataView(png.buffer, png.byteOffset).getUint32(16) // of the PNG's header
  return Math.max(1, Math.min(columns, Math.round((width ?? pixels) / columnWidth)))
}

const largestChunk = 4096

/** Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol): base64 in pieces, then a line of its own. */
const drawKitty: DrawImage = (png, width, columns) => {
  const text = Buffer.from(png).toString("base64")
  const pieces = text.match(new RegExp(`.{1,${largestChunk}}`, "g")) ?? []
  const parts = pieces.map((piece, i) => {
    const more = i < pieces.length - 1 ? 1 : 0
    const keys = i === 0 ? `a=T,f=100,q=2,c=${columnsOf(png, width, columns)},m=${more}` : `m=${more}`
    return `\x1b_G${keys};${piece}\x1b\\`
  })
  return parts.join("")
}

/** iTerm2's inline images (https://iterm2.com/documentation-images.html). */
const drawIterm: DrawImage = (png, width, columns) =>
  `\x1b]1337;File=inline=1;preserveAspectRatio=1;width=${columnsOf(png, width, columns)}:${Buffer.from(png).toString("base64")}\x07`
