import { countBins } from "./bins.js"
import type { MimeBundle } from "./host.js"
import { escapeHtml } from "./html.js"
import { count, extent, moments, short } from "./numbers.js"
import { bars } from "./sparkline.js"

/** What the view reads of a table. */
export interface ViewedTable {
  readonly columns: readonly string[]
  readonly numRows: number
  values(name: string): ArrayLike<unknown>
  type(name: never): string
  missing(name: never): number
  toString(): string
}

const shownRows = 8
/** The next rows are folded, in pages. */
const pageRows = 25
const mostPages = 4
const shownColumns = 16
const quiet = "opacity:.65;font-weight:400"
const border = "border:0;border-bottom:1px solid rgba(128,128,128,.3)"

/** A table as HTML: column names with types, missing counts and small histograms, the first rows, and the next in folded pages. */
export function tableView(table: ViewedTable): MimeBundle {
  const { columns, numRows } = table
  const shown = columns.slice(0, shownColumns)
  const data = shown.map((name) => table.values(name))
  const kinds = shown.map((name) => table.type(name as never))
  const align = (i: number) => (kinds[i] === "number" ? "right" : "left")
  const cell = (i: number, text: string, style = "") =>
    `<td style="text-align:${align(i)};padding:2px 10px;${border};${style}">${text}</td>`
  const names = shown.map((name, i) => cell(i, `<b>${escapeHtml(name)}</b>`))
  const types = shown.map((name, i) => {
    const missing = table.missing(name as never)
    const holes = missing > 0 ? ` <b style="color:#D1373F">${count(missing)} missing</b>` : ""
    return cell(i, `<span style="${quiet}">${kinds[i]}</span>${holes}`)
  })
  const shapes = data.map((values, i) =>
    cell(i, columnShape(values, kinds[i] ?? ""), "font-size:11px;white-space:nowrap"),
  )
  const rowsFrom = (start: number, end: number) =>
    Array.from({ length: Math.max(0, end - start) }, (_, k) => {
      const cells = data.map((values, i) => cell(i, cellHtml(values[start + k]), "white-space:nowrap"))
      return `<tr>${cells.join("")}</tr>`
    }).join("")
  const paged = Math.min(numRows, shownRows + mostPages * pageRows)
  const more = [
    numRows > paged ? counted(numRows - paged, "more row") : "",
    columns.length > shown.length ? counted(columns.length - shown.length, "more column") : "",
  ].filter((text) => text !== "")
  const size = `<b>Table</b> <span style="${quiet}">${counted(numRows, "row")} × ${counted(columns.length, "column")}</span>`
  const head = [names, types, shapes].map((line) => `<tr style="background:transparent">${line.join("")}</tr>`).join("")
  const grid = `<table style="border-collapse:collapse;margin:4px 0;font-size:12px"><thead>${head}</thead><tbody>${rowsFrom(0, Math.min(shownRows, numRows))}</tbody></table>`
  const pages = Array.from({ length: Math.ceil((paged - Math.min(shownRows, numRows)) / pageRows) }, (_, p) => {
    const start = shownRows + p * pageRows
    const end = Math.min(paged, start + pageRows)
    const titles = `<tr style="background:transparent">${shown.map((name, i) => cell(i, `<span style="${quiet}">${escapeHtml(name)}</span>`)).join("")}</tr>`
    const page = `<table style="border-collapse:collapse;margin:4px 0;font-size:12px"><thead>${titles}</thead><tbody>${rowsFrom(start, end)}</tbody></table>`
    return `<details><summary style="${quiet};font-size:12px;cursor:pointer">rows ${count(start + 1)} to ${count(end)}</summary>${page}</details>`
  }).join("")
  const rest = more.length > 0 ? `<div style="${quiet};font-size:12px">… ${more.join(", ")}</div>` : ""
  return {
    "text/html": `<div><div style="font-size:12px">${size}</div><div style="overflow-x:auto">${grid}${pages}</div>${rest}</div>`,
    "text/plain": table.toString(),
  }
}

/** What a column is like: the distribution of numbers, the most frequent of words. */
function columnShape(values: ArrayLike<unknown>, kind: string): string {
  const present = Array.from(values).filter((value) => value !== null && value !== undefined && !Number.isNaN(value))
  if (present.length === 0) return ""
  if (kind === "number") {
    const numbers = present.map(Number)
    const range = extent(numbers)
    if (!range) return ""
    const { mean, deviation } = moments(numbers)
    const heights = countBins(numbers, 10, range).counts
    const title = `mean ${short(mean)}, deviation ${short(deviation)}`
    return `<span title="${escapeHtml(title)}"><span style="${quiet}">${short(range[0])}</span> ${bars(heights)} <span style="${quiet}">${short(range[1])}</span></span>`
  }
  if (kind === "boolean")
    return `<span style="${quiet}">${Math.round((100 * present.filter(Boolean).length) / present.length)} % true</span>`
  if (kind === "date") {
    const times = extent(present.map(Number))
    const day = (time: number) => new Date(time).toISOString().slice(0, 10)
    return times ? `<span style="${quiet}">${day(times[0])} – ${day(times[1])}</span>` : ""
  }
  const different = new Set(present.map(String))
  const words = `${count(different.size)} different`
  const few = different.size <= 4 ? [...different].map((word) => shorten(word, 10)).join(", ") : words
  return `<span style="${quiet}">${escapeHtml(few)}</span>`
}

function cellHtml(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '<span style="color:#D1373F">—</span>'
  if (typeof value === "number")
    return escapeHtml(Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5))))
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString().replace(/T00:00:00.000Z$/, "")
  }
  return escapeHtml(shorten(String(value), 40))
}

const counted = (n: number, noun: string) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
