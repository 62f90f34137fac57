import type { CommonSettings, Optimizer } from "../optim/optimizer.js"
import type { MimeBundle } from "./host.js"
import { escapeHtml, monospace } from "./html.js"
import { count, short } from "./numbers.js"

/** An optimizer as a card: a line for each group of parameters, with its settings and how many steps were taken. */
export function optimizerCard<Settings extends CommonSettings>(optimizer: Optimizer<Settings>): MimeBundle {
  const steps = Math.max(0, ...optimizer.stateDict().steps)
  const names = [...new Set(optimizer.paramGroups.flatMap((group) => Object.keys(group)))].filter(
    (key) => key !== "params",
  )
  const cell = (tag: "td" | "th", text: string, style = "") =>
    `<${tag} style="text-align:left;padding:3px 12px;border:0;border-bottom:1px solid rgba(128,128,128,.3);${style}">${text}</${tag}>`
  const quiet = "opacity:.7;font-weight:600"
  const head = ["parameters", ...names].map((name) => cell("th", escapeHtml(name), quiet)).join("")
  const rows = optimizer.paramGroups.map((group) => {
    const numbers = group.params.reduce((sum, parameter) => sum + parameter.numel(), 0)
    const settings: Record<string, unknown> = Object.fromEntries(Object.entries(group))
    const cells = names.map((name) => cell("td", escapeHtml(settingText(settings[name])), monospace))
    return `<tr style="background:transparent">${cell("td", `${count(group.params.length)} tensors, ${count(numbers)} numbers`)}${cells.join("")}</tr>`
  })
  const title = `<b>${escapeHtml(optimizer.constructor.name)}</b> <span style="opacity:.7">${count(steps)} step${steps === 1 ? "" : "s"} taken</span>`
  const table = `<table style="border-collapse:collapse;margin:4px 0;font-size:12px"><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`
  return {
    "text/html": `<div style="font-size:12px"><div>${title}</div>${table}</div>`,
    "text/plain": optimizer.toString(),
  }
}

function settingText(value: unknown): string {
  if (typeof value === "number") return short(value)
  if (Array.isArray(value)) return `[${value.map(settingText).join(", ")}]`
  return String(value)
}
