import type { Spec } from "vega"

/** What the tests use of Vega-Lite, whatever its version. */
export interface VegaLite {
  readonly version: string
  compile(spec: unknown, options?: { logger: unknown }): { readonly spec: Spec }
}

const load = async (name: string) => (await import(name)) as VegaLite

/** The versions that compile our charts: JupyterLab's and Notebook 7's own, the one that draws our pictures, and the newest. */
export const vegaLites: readonly VegaLite[] = [
  await load("vega-lite-5.6.1"),
  await load("vega-lite"),
  await load("vega-lite-6"),
]

/** What a version complains about in a specification. */
export function warningsOf(vegaLite: VegaLite, spec: unknown): string[] {
  const warnings: string[] = []
  const logger: Record<string, (...words: unknown[]) => unknown> = {}
  for (const level of ["level", "error", "warn", "info", "debug"]) {
    logger[level] = (...words) => {
      if (level === "warn" || level === "error") warnings.push(words.join(" "))
      return logger
    }
  }
  vegaLite.compile(spec, { logger })
  return warnings
}
