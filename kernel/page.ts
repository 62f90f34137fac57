import type { Notebook } from "./notebook.js"

export interface PageOptions {
  readonly name: string
  readonly folder: string
}

/** A page of its own that shows an executed notebook. */
export function renderPage(_notebook: Notebook, { name }: PageOptions): string {
  return name
}
