import { readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { readCsv } from "../data/csv.js"
import { readJson } from "../data/json.js"
import { badArgument } from "../data/messages.js"
import { nearestName } from "../data/nearest-name.js"
import type { Table } from "../data/table.js"

/** A car of 1970 to 1982. */
export type Car = {
  Name: string
  Miles_per_Gallon: number | null
  Cylinders: number
  Displacement: number
  Horsepower: number | null
  Weight_in_lbs: number
  Acceleration: number
  Year: string
  Origin: "USA" | "Europe" | "Japan"
}

/** A penguin of the Palmer archipelago. */
export type Penguin = {
  Species: "Adelie" | "Chinstrap" | "Gentoo"
  Island: string
  "Beak Length (mm)": number | null
  "Beak Depth (mm)": number | null
  "Flipper Length (mm)": number | null
  "Body Mass (g)": number | null
  Sex: string | null
}

/** A day of weather in Seattle. */
export type SeattleDay = {
  date: string
  precipitation: number
  temp_max: number
  temp_min: number
  wind: number
  weather: string
}

/** A month's price of a share. */
export type StockPrice = { symbol: string; date: string; price: number }

/** A point of one of Anscombe's four sets, which have the same mean, variance and regression line. */
export type AnscombePoint = { Series: "I" | "II" | "III" | "IV"; X: number; Y: number }

/** A country's wealth and health over the years. */
export type GapminderRow = {
  year: number
  country: string
  cluster: number
  pop: number
  life_expect: number
  fertility: number
}

/** The yield of a variety of barley at one site in one year. */
export type BarleyRow = { yield: number; variety: string; year: number; site: string }

/**
 * 406 cars of 1970 to 1982: miles per gallon, power, weight, origin. Some values are missing.
 *
 * @example datasets.cars().numRows // 406
 */
export function cars(): Table<Car> {
  return load<Car>("cars")
}

/**
 * 344 penguins of three species: beak, flippers, weight. Some values are missing.
 *
 * @example datasets.penguins().columns[0] // "Species"
 */
export function penguins(): Table<Penguin> {
  return load<Penguin>("penguins")
}

/** Four years of weather in Seattle, day by day. */
export function seattleWeather(): Table<SeattleDay> {
  return load<SeattleDay>("seattle-weather")
}

/** The prices of five shares, month by month. */
export function stocks(): Table<StockPrice> {
  return load<StockPrice>("stocks")
}

/** Anscombe's four sets of points. */
export function anscombe(): Table<AnscombePoint> {
  return load<AnscombePoint>("anscombe")
}

/** Population, life expectancy and fertility of countries, 1955 to 2005. */
export function gapminder(): Table<GapminderRow> {
  return load<GapminderRow>("gapminder")
}

/** Yields of barley: ten varieties, six sites, two years. */
export function barley(): Table<BarleyRow> {
  return load<BarleyRow>("barley")
}

/**
 * Any table of the `vega-datasets` package by its name, read from disk: `load("movies")`.
 *
 * @param name the file's name without its ending; `names()` lists them
 */
export function load<Row extends object = Record<string, unknown>>(name: string): Table<Row> {
  const files = tableFiles()
  const file = files.get(name)
  if (file === undefined) {
    const near = nearestName(String(name), [...files.keys()])
    throw badArgument(
      "load",
      "name",
      name,
      "There is no table of that name; names() lists them.",
      near === undefined ? undefined : `did you mean "${near}"?`,
    )
  }
  return file.endsWith(".json") ? readJson<Row>(file) : readCsv<Row>(file)
}

/** The names that `load` takes. */
export function names(): string[] {
  return [...tableFiles().keys()]
}

/** Maps and pictures of the package, which are no tables. */
const notTables = new Set([
  "annual-precip",
  "budgets",
  "crimea",
  "earthquakes",
  "flare",
  "londonBoroughs",
  "londonCentroids",
  "londonTubeLines",
  "miserables",
  "platformer-terrain",
  "us-10m",
  "volcano",
  "weekly-weather",
  "world-110m",
])

let found: Map<string, string> | undefined

/** The package's tables: name to path. */
function tableFiles(): Map<string, string> {
  if (found === undefined) {
    const main = createRequire(import.meta.url).resolve("vega-datasets")
    const folder = join(dirname(main), "..", "data")
    const files = readdirSync(folder).filter((file) => /\.(json|csv|tsv)$/.test(file))
    found = new Map(files.map((file) => [file.replace(/\.\w+$/, ""), join(folder, file)]))
    for (const name of notTables) found.delete(name)
  }
  return found
}
