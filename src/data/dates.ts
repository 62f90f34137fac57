import { badArgument } from "./messages.js"

/** ISO 8601, also with a space before the time; without a zone it is taken for UTC, so that it is the same everywhere. */
const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/

/** What each part of a pattern stands for, and the digits it has. */
const parts: Readonly<Record<string, string>> = {
  YYYY: "(?<year>\\d{4})",
  YY: "(?<shortYear>\\d\\d)",
  MM: "(?<month>\\d\\d?)",
  DD: "(?<day>\\d\\d?)",
  hh: "(?<hour>\\d\\d?)",
  mm: "(?<minute>\\d\\d)",
  ss: "(?<second>\\d\\d)",
}

/**
 * A function that makes a date of a text, or undefined of one that is none: ISO 8601 without a pattern, else as the pattern
 * says, of the parts `YYYY` (or `YY`), `MM`, `DD`, `hh`, `mm` and `ss`. Times are UTC where no zone stands.
 */
export function dateReader(call: string, pattern?: string): (text: string) => Date | undefined {
  if (pattern === undefined) return readIso
  if (!/YY/.test(pattern) || !/MM/.test(pattern) || !/DD/.test(pattern))
    throw badArgument(
      call,
      "dates",
      pattern,
      "A pattern has YYYY (or YY), MM and DD, and perhaps hh, mm and ss.",
      'as in "DD/MM/YYYY".',
    )
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const form = new RegExp(`^${escaped.replace(/YYYY|YY|MM|DD|hh|mm|ss/g, (part) => parts[part] as string)}$`)
  return (text) => {
    const found = form.exec(text.trim())?.groups
    if (found === undefined) return undefined
    const { year, shortYear, month, day, hour = 0, minute = 0, second = 0 } = found
    // As POSIX does: 69 to 99 belong to the last century.
    const full = year ?? Number(shortYear) + (Number(shortYear) < 69 ? 2000 : 1900)
    return dateOf([full, month, day, hour, minute, second].map(Number))
  }
}

function readIso(text: string): Date | undefined {
  const found = iso.exec(text.trim())
  if (found === null) return undefined
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = 0, zone = "Z"] = found
  const date = dateOf([year, month, day, hour, minute, second].map(Number))
  if (date === undefined) return undefined
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(zone) ?? []
  const offset = sign === undefined ? 0 : Number(`${sign}1`) * (60 * Number(hours) + Number(minutes))
  return new Date(date.getTime() + Math.floor(1000 * Number(fraction)) - 60_000 * offset)
}

/** The date of these parts, or undefined when there is no such day or time. */
function dateOf(numbers: readonly number[]): Date | undefined {
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const isThere = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
  return isThere && minute < 60 && second < 60 ? date : undefined
}
