import type { CellgradError } from "../tensor/errors.js"
import type { MimeBundle } from "./host.js"
import { escapeHtml, monospace } from "./html.js"
import { ink } from "./theme.js"

/** An error of ours as a card: the call, the operands below one another with the sizes that break the rule marked, and what to do. */
export function errorCard(error: CellgradError): MimeBundle {
  const { name, call, rows, rule, hint, path } = error
  const broken = new Set(rule.match(/\d+/g))
  const lines = rows.map(({ role, what, note = "" }) => {
    const cell = (text: string, style = "") =>
      `<td style="border:0;padding:1px 16px 1px 0;text-align:left;${style}">${text}</td>`
    return `<tr style="background:transparent">${cell(escapeHtml(role), "opacity:.7")}${cell(marked(what, broken))}${cell(escapeHtml(note), "opacity:.7")}</tr>`
  })
  const operands =
    lines.length > 0
      ? `<table style="border-collapse:collapse;margin:4px 0 4px 12px;${monospace};font-size:12px">${lines.join("")}</table>`
      : ""
  const below = [
    `<div>${escapeHtml(rule)}</div>`,
    hint === undefined ? "" : `<div><b>hint:</b> ${escapeHtml(hint)}</div>`,
    path.length === 0 ? "" : `<div style="opacity:.7">in ${escapeHtml(path.join(" › "))}</div>`,
  ]
  const head = `<div><b style="color:${ink.alarm}">${escapeHtml(name)}</b> ${escapeHtml(call)}</div>`
  return {
    "text/html": `<div style="${monospace};font-size:12px;line-height:1.5;border-left:3px solid ${ink.alarm};padding-left:10px">${head}${operands}${below.join("")}</div>`,
    "text/plain": `${name}: ${error.message}`,
  }
}

/** A shape with the sizes that the rule names in red. */
function marked(what: string, broken: ReadonlySet<string>): string {
  if (!/^\[[\d, ]*\]$/.test(what)) return escapeHtml(what)
  return what.replace(/\d+/g, (size) => (broken.has(size) ? `<b style="color:${ink.alarm}">${size}</b>` : size))
}
