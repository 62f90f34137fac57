/** A selection by a click on the legend of a field; a second click, or one with shift, takes or adds. */
export function pickLegend(field: string) {
  return { name: "picked", select: { type: "point", fields: [field] }, bind: "legend" }
}

/** An opacity that fades what was not picked in the legend. */
export function picked(shown: number, faded: number) {
  return { condition: { param: "picked", value: shown }, value: faded }
}
