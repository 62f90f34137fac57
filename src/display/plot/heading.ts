import { joined } from "../numbers.js"

/** The title of a chart, with a line below that says what was run and what was left out; undefined when all is empty. */
export function heading(title: string, ...parts: readonly (string | undefined)[]) {
  const subtitle = joined(...parts)
  if (title === "" && subtitle === undefined) return undefined
  return subtitle === undefined ? { text: title } : { text: title, subtitle }
}
