import { badArgument } from "../data/messages.js"
import { load } from "./vega.js"

/** Where the words of each kind stand in the package's tables. */
const sources = {
  cities: { table: "zipcodes", column: "city" },
  airports: { table: "airports", column: "name" },
  movies: { table: "movies", column: "Title" },
} as const

/** The kinds of names that `words` gives. */
export type WordKind = keyof typeof sources

/**
 * Real names to learn to invent: 18,931 `"cities"` and towns of the USA, 3,237 `"airports"`, or 3,167 `"movies"`, each name
 * once, in the order in which the tables of the `vega-datasets` package have them.
 *
 * @example datasets.words("cities").slice(0, 2) // ["Holtsville", "Adjuntas"]
 */
export function words(kind: WordKind = "cities"): string[] {
  if (!Object.hasOwn(sources, kind))
    throw badArgument("words", "kind", kind, `It is one of ${Object.keys(sources).join(", ")}.`)
  const { table, column } = sources[kind]
  const values = load(table).column(column)
  return [...new Set(values.filter((value) => typeof value === "string" && value !== "") as string[])]
}

/**
 * The same names as one text, a name a line: what a language model of characters is trained on.
 *
 * @example datasets.corpus("cities").split("\n")[1] // "Adjuntas"
 */
export function corpus(kind: WordKind = "cities"): string {
  return `${words(kind).join("\n")}\n`
}
