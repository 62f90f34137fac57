import type { MimeBundle } from "../display/host.js"
import { escapeHtml, monospace, Rich } from "../display/html.js"
import { short } from "../display/numbers.js"
import { ink } from "../display/theme.js"

/** What became of one thing that a check asked. */
export interface CheckRow {
  readonly what: string
  readonly state: "right" | "wrong" | "not yet"
  /** What is wrong, or what is still to be written. */
  readonly why?: string | undefined
}

const marks = {
  right: { sign: "✓", color: "#1F9E89" },
  wrong: { sign: "✗", color: ink.alarm },
  "not yet": { sign: "○", color: "#7A828E" },
} as const

/** What a check found out, as a card in the notebook and as text in the terminal. */
export class CheckReport extends Rich {
  /** How many of the things asked are right. */
  readonly right: number

  constructor(
    readonly title: string,
    readonly rows: readonly CheckRow[],
    readonly points: number,
  ) {
    super(reportBundle(title, rows))
    this.right = countOf(rows, "right")
  }

  /** Whether everything that was asked is right. */
  get passed(): boolean {
    return this.rows.length > 0 && this.right === this.rows.length
  }

  /** The points that were earned: the share of what is right. */
  get earned(): number {
    return this.rows.length === 0 ? 0 : (this.points * this.right) / this.rows.length
  }

  override toString(): string {
    return String(this.data["text/plain"])
  }
}

/** What stands where a result will be, once a student has written what it needs. */
export class PendingTask extends Rich {
  constructor(task: string) {
    const what = task === "this" ? "the task is done" : `${task} is written`
    const text = `${marks["not yet"].sign} This shows something once ${what}.`
    super({ "text/html": `<div style="font-size:13px;opacity:.75">${escapeHtml(text)}</div>`, "text/plain": text })
  }

  override toString(): string {
    return String(this.data["text/plain"])
  }
}

const countOf = (rows: readonly CheckRow[], state: CheckRow["state"]) =>
  rows.filter((row) => row.state === state).length

/** How a task stands, in a few words. */
export function standing(rows: readonly CheckRow[]): string {
  const [right, open] = [countOf(rows, "right"), countOf(rows, "not yet")]
  if (rows.length === 0) return "nothing was asked"
  if (right === rows.length) return "all right"
  if (open === rows.length) return "not yet"
  return `${right} of ${rows.length} right${open > 0 ? `, ${open} not yet` : ""}`
}

function whyText({ state, why }: CheckRow): string | undefined {
  if (state !== "not yet") return why
  return why === undefined ? "not yet" : `not yet: ${why}`
}

function reportBundle(title: string, rows: readonly CheckRow[]): MimeBundle {
  const lines = rows.flatMap((row) => {
    const why = whyText(row)
    if (row.state === "not yet") return [`  ${marks[row.state].sign} ${row.what} (${why})`]
    const reasons = why === undefined ? [] : why.split("\n").map((line) => `      ${line}`)
    return [`  ${marks[row.state].sign} ${row.what}`, ...reasons]
  })
  return {
    "text/html": card(title, standing(rows), rows.map(rowHtml).join(""), colorOf(rows)),
    "text/plain": [`${title}: ${standing(rows)}`, ...lines].join("\n"),
  }
}

function colorOf(rows: readonly CheckRow[]): string {
  if (rows.some((row) => row.state === "wrong")) return marks.wrong.color
  return rows.every((row) => row.state === "right") ? marks.right.color : marks["not yet"].color
}

function rowHtml(row: CheckRow): string {
  const { sign, color } = marks[row.state]
  const why = whyText(row)
  const head = `<div><b style="color:${color};display:inline-block;width:1.4em">${sign}</b>${escapeHtml(row.what)}`
  if (why === undefined) return `${head}</div>`
  if (row.state === "not yet") return `${head} <span style="opacity:.7">(${escapeHtml(why)})</span></div>`
  // The first sentence speaks; lines below it may be an error's operands, which stand one below the other.
  const [first = "", ...rest] = why.split("\n")
  const aligned = rest.some((line) => /^ {2}\S/.test(line))
  const below = rest.map(
    (line) =>
      `<div style="${aligned ? `${monospace};font-size:12px;white-space:pre-wrap` : ""}">${escapeHtml(line)}</div>`,
  )
  return `${head}</div><div style="margin:0 0 4px 1.4em">${escapeHtml(first)}${below.join("")}</div>`
}

/** A card with a bar at the left, whose color says how things stand. */
function card(title: string, stands: string, body: string, color: string): string {
  const head = `<div><b>${escapeHtml(title)}</b> <span style="opacity:.7">${escapeHtml(stands)}</span></div>`
  return `<div style="font-size:13px;line-height:1.55;border-left:3px solid ${color};padding-left:10px">${head}${body}</div>`
}

/** All checks of a notebook in one table. */
export class ScoreReport extends Rich {
  readonly earned: number
  readonly points: number

  constructor(reports: readonly CheckReport[]) {
    const earned = reports.reduce((sum, report) => sum + report.earned, 0)
    const points = reports.reduce((sum, report) => sum + report.points, 0)
    super(scoreBundle(reports, earned, points))
    this.earned = earned
    this.points = points
  }

  override toString(): string {
    return String(this.data["text/plain"])
  }
}

/** The type under which a notebook keeps its points, for programs that read executed notebooks. */
export const scoreMimeType = "application/vnd.cellgrad.score+json"

function scoreBundle(reports: readonly CheckReport[], earned: number, points: number): MimeBundle {
  const total = `${short(earned, 3)} of ${short(points, 3)} points`
  const width = Math.max(0, ...reports.map((report) => report.title.length))
  const score = (report: CheckReport) => `${short(report.earned, 3)} / ${short(report.points, 3)}`
  const lines = reports.map((report) => `  ${report.title.padEnd(width)}  ${score(report)}  ${standing(report.rows)}`)
  const cell = (text: string, style = "") =>
    `<td style="border:0;text-align:left;padding:1px 18px 1px 0;${style}">${text}</td>`
  const rows = reports.map(
    (report) =>
      `<tr style="background:transparent">${cell(escapeHtml(report.title))}${cell(score(report), monospace)}${cell(`<span style="color:${colorOf(report.rows)}">${escapeHtml(standing(report.rows))}</span>`)}</tr>`,
  )
  const table = `<table style="border-collapse:collapse;font-size:13px;margin:2px 0">${rows.join("")}</table>`
  return {
    "text/html": card("Score", total, table, colorOf(reports.flatMap((report) => report.rows))),
    "text/plain": [`Score: ${total}`, ...lines].join("\n"),
    [scoreMimeType]: {
      earned,
      points,
      tasks: reports.map((report) => ({
        title: report.title,
        earned: report.earned,
        points: report.points,
        rows: report.rows,
      })),
    },
  }
}
