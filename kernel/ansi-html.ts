import { stripAnsi } from "./terminal.js"

/** Text with the five characters that mean something in HTML written as entities. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const

interface Style {
  color?: string | undefined
  background?: string | undefined
  classes: Set<string>
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const graphics = /\x1b\[([\d;:]*)m/g

/** Terminal text as HTML: colours become classes `ansi-red`, `ansi-bold` …, other escape sequences go. */
export function ansiToHtml(text: string): string {
  const style: Style = { classes: new Set() }
  let html = ""
  let from = 0
  const source = applyReturns(text)
  const emit = (piece: string) => {
    const plain = stripAnsi(piece)
    if (plain !== "") html += wrap(escapeHtml(plain), style)
  }
  for (const match of source.matchAll(graphics)) {
    const start = match.index ?? 0
    emit(source.slice(from, start))
    from = start + match[0].length
    applyCodes((match[1] ?? "").split(/[;:]/).map(Number), style)
  }
  emit(source.slice(from))
  return html
}

function wrap(html: string, { color, background, classes }: Style): string {
  const list = [...classes]
  let css = ""
  for (const [property, value] of [
    ["color", color],
    ["background", background],
  ] as const) {
    if (value === undefined) continue
    if (value.startsWith("#")) css += `${property}:${value};`
    else list.push(property === "color" ? `ansi-${value}` : `ansi-on-${value}`)
  }
  if (list.length === 0 && css === "") return html
  const attributes = (list.length > 0 ? ` class="${list.join(" ")}"` : "") + (css === "" ? "" : ` style="${css}"`)
  return `<span${attributes}>${html}</span>`
}

function applyCodes(codes: number[], style: Style): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 0) {
      style.color = undefined
      style.background = undefined
      style.classes.clear()
    } else if (code === 38 || code === 48) {
      const color = codes[i + 1] === 5 ? indexed(codes[i + 2] ?? 0) : rgb(codes.slice(i + 2, i + 5))
      i += codes[i + 1] === 5 ? 2 : 4
      if (code === 38) style.color = color
      else style.background = color
    } else if (code === 1) style.classes.add("ansi-bold")
    else if (code === 2) style.classes.add("ansi-dim")
    else if (code === 3) style.classes.add("ansi-italic")
    else if (code === 4) style.classes.add("ansi-underline")
    else if (code === 22) {
      style.classes.delete("ansi-bold")
      style.classes.delete("ansi-dim")
    } else if (code === 23) style.classes.delete("ansi-italic")
    else if (code === 24) style.classes.delete("ansi-underline")
    else if (code === 39) style.color = undefined
    else if (code === 49) style.background = undefined
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) style.color = names[code % 10]
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) style.background = names[code % 10]
  }
}

function rgb(parts: number[]): string {
  return `#${[0, 1, 2]
    .map((i) =>
      Math.min(255, parts[i] || 0)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`
}

/** A colour of the 256-colour palette: 16 named, a 6 × 6 × 6 cube, 24 greys. */
function indexed(index: number): string {
  if (index < 16) return names[index % 8] ?? "white"
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return rgb([grey, grey, grey])
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step)
  const cube = index - 16
  return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)])
}

/** What is left on each line after carriage returns, as a progress bar uses them. */
function applyReturns(text: string): string {
  if (!text.includes("\r")) return text
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
    .join("\n")
}
