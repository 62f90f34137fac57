import { cellScheme } from "./evaluate.js"
import { frameOf, type Sources, showsAll } from "./traceback.js"

/** Where the kernel and the runtime stand: frames from there are not the user's. */
const own = new URL("../", import.meta.url).href
const frameLine = /^(\s+)at .*:\d+:\d+\)?$/

/**
 * Printed text, in which the stack of an error shows places as a traceback does: the user's cells and files by their own lines,
 * without the frames of the kernel and the runtime. Any other text stays as it is.
 */
export function withUserFrames(text: string, sources: Sources): string {
  if (!text.includes(cellScheme) || showsAll()) return text
  const lines = text.split("\n").flatMap((line) => {
    const indent = frameLine.exec(line)?.[1]
    if (indent === undefined) return [line]
    const frame = frameOf(line, sources)
    if (frame) {
      const inside = frame.name === "" ? "" : ` in ${frame.name}`
      return [`${indent}at ${frame.where}, line ${frame.at.line + 1}, column ${frame.at.column + 1}${inside}`]
    }
    return line.includes(own) || /\bnode:(?:vm|inspector|internal)\b|\bat <anonymous>:1:1$/.test(line) ? [] : [line]
  })
  return lines.join("\n")
}
