import { ArgumentError, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"
import { ColumnError, ReadError } from "./errors.js"
import { nearestName } from "./nearest-name.js"

/** Names in quotes; a long list is cut. */
function nameList(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `"${name}"`)
  return shown.join(", ") + (names.length > shown.length ? `, … (${names.length} in all)` : "")
}

/** A call of the user that needs a column which the table does not have. */
export function noSuchColumn(call: string, name: unknown, columns: readonly string[]): ColumnError {
  const near = typeof name === "string" ? nearestName(name, columns) : undefined
  return new ColumnError({
    call: `${call}: no column ${valueText(name)}`,
    rule: columns.length === 0 ? "The table has no columns." : `The columns are ${nameList(columns)}.`,
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  })
}

/** A column with holes where only numbers will do. */
export function missingValues(
  call: string,
  column: string,
  count: number,
  rows: number,
  first: number,
  rule = "A tensor holds numbers only; null, undefined and NaN have no place in it.",
): ColumnError {
  return new ColumnError({
    call: `${call}: column "${column}" has missing values`,
    rows: [{ role: column, what: `${count} of ${rows} rows missing`, note: `the first in row ${first}` }],
    rule,
    hint: `leave those rows out with dropMissing(), or fill them: fillMissing({ ${propertyName(column)}: 0 }).`,
  })
}

/** How numbers can stand in a column of text. */
export type NumberForm = "plain" | "thousands" | "decimal comma"

function numbersHint(column: string, form: NumberForm): string {
  if (form === "thousands") return 'the numbers have commas between their thousands: readCsv(…, { thousands: "," }).'
  if (form === "decimal comma") return 'the numbers have a comma before their fractions: readCsv(…, { decimal: "," }).'
  return `the numbers stand there as text: withColumn("${column}", (row) => Number(row${access(column)})).`
}

/** A column of text or dates where only numbers will do. */
export function notNumeric(
  call: string,
  column: string,
  value: unknown,
  row: number,
  numbersAsText: NumberForm | undefined,
): ColumnError {
  const kind = value instanceof Date ? "a date" : typeof value === "string" ? "text" : valueText(value)
  return new ColumnError({
    call: `${call}: column "${column}" holds ${kind}`,
    rows: [
      { role: column, what: value instanceof Date ? value.toISOString() : valueText(value), note: `in row ${row}` },
    ],
    rule: "A tensor holds numbers and booleans only.",
    hint: numbersAsText
      ? numbersHint(column, numbersAsText)
      : value instanceof Date
        ? `make a number of it, such as the year: withColumn("year", (row) => row${access(column)}.getUTCFullYear()).`
        : `drop("${column}"), or turn categories into columns of 0 and 1: oneHot("${column}").`,
  })
}

/** A value of a column of dates that is none. */
export function notADate(call: string, column: string, value: string, row: number): ColumnError {
  return new ColumnError({
    call: `${call}: column "${column}" holds ${valueText(value)}`,
    rows: [{ role: column, what: valueText(value), note: `in row ${row}` }],
    rule: "This is no date in the form that was given, YYYY-MM-DD if none was.",
    hint: `say how they are written: readCsv(…, { dates: { ${propertyName(column)}: "DD/MM/YYYY" } }).`,
  })
}

/** A column of several kinds of values where a file has one type for each. */
export function mixedColumn(call: string, column: string): ColumnError {
  return new ColumnError({
    call: `${call}: column "${column}" holds values of several kinds`,
    rule: "In a Parquet file all values of a column are numbers, texts, booleans or dates.",
    hint: `make text of them: withColumn("${column}", (row) => String(row${access(column)})).`,
  })
}

/** A column of text as the target of a loader. */
export function textTarget(
  call: string,
  column: string,
  table: { values(name: string): ArrayLike<unknown> },
): ColumnError {
  return new ColumnError({
    call: `${call}: target column "${column}" holds text`,
    rows: [{ role: column, what: valueText(Array.from(table.values(column)).find((value) => value !== null)) }],
    rule: "A tensor holds numbers and booleans only.",
    hint: `to predict its categories as classes: dataLoader(…, "${column}", { classes: true }).`,
  })
}

const isIdentifier = (name: string) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
const propertyName = (name: string) => (isIdentifier(name) ? name : JSON.stringify(name))
const access = (name: string) => (isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`)

/** Something that a table is not made of. */
export function notColumns(value: unknown, column?: string): ArgumentError {
  return new ArgumentError({
    call: column === undefined ? `Table: ${valueText(value)}` : `Table: column "${column}" is ${valueText(value)}`,
    rule: "A table is made of an object of columns, each an array with one value per row: new Table({ x: [1, 2] }).",
    hint: Array.isArray(value) ? "of an array of rows, Table.from(rows) makes one." : undefined,
  })
}

/** Columns that do not make a table together. */
export function columnLengths(first: string, length: number, other: string, otherLength: number): ColumnError {
  return new ColumnError({
    call: "Table: columns of different length",
    rows: [
      { role: first, what: `${length} rows` },
      { role: other, what: `${otherLength} rows` },
    ],
    rule: "All columns of a table have the same number of rows.",
  })
}

/** A name that two columns would have. */
export function columnExists(call: string, name: string, hint?: string): ColumnError {
  return new ColumnError({
    call: `${call}: there would be two columns "${name}"`,
    rule: "Each name stands for one column.",
    hint,
  })
}

/** A value that is none of the categories which its column is coded with. */
export function unknownCategory(
  call: string,
  column: string,
  value: unknown,
  row: number,
  categories: readonly unknown[],
): ColumnError {
  return new ColumnError({
    call: `${call}: column "${column}" holds ${valueText(value)}`,
    rows: [{ role: column, what: valueText(value), note: `in row ${row}` }],
    rule: `The categories are ${nameList(categories.map(String))}.`,
    hint: "categories that are taken from the training rows must contain all that occurs later.",
  })
}

/** A statistic that there is none of. */
export function unknownStatistic(call: string, name: unknown, known: readonly string[]): ArgumentError {
  const near = typeof name === "string" ? nearestName(name, known) : undefined
  return new ArgumentError({
    call: `${call}: ${valueText(name)}`,
    rule: `A statistic is one of ${nameList(known)}, or a function of the group.`,
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  })
}

/** A statistic of a column that has no value for it. */
export function nothingToCount(call: string, statistic: string, column: string): ColumnError {
  return new ColumnError({
    call: `${call}: ${statistic} of column "${column}"`,
    rule: "The column has no values that it could be computed from.",
  })
}

/** Tables that cannot be put below one another. */
export function columnsDiffer(call: string, first: readonly string[], other: readonly string[]): ColumnError {
  return new ColumnError({
    call: `${call}: tables with different columns`,
    rows: [
      { role: "first", what: nameList(first) },
      { role: "other", what: nameList(other) },
    ],
    rule: "Tables that are put below one another have the same columns.",
    hint: "select() the columns that both have.",
  })
}

/** A column with a single value where a spread is needed, or none left to work on. */
export function noColumns(call: string, wanted: string): ColumnError {
  return new ColumnError({ call, rule: `There must be at least one ${wanted} column.` })
}

/** A table without rows where some are needed. */
export function noRows(call: string): ShapeError {
  return new ShapeError({
    call: `${call}: 0 rows`,
    rule: "At least one row is needed.",
    hint: "a filter() or dropMissing() before may have left none.",
  })
}

/** An argument out of its range. */
export function badArgument(call: string, name: string, value: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} ${valueText(value)}`, rule, hint })
}

/** A value that is no table in any form we know. */
export function notATable(call: string, value: unknown, hint?: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${valueText(value)}`,
    rule: "A table is a Table, an array of objects, an object of columns, or a data frame of arquero, polars, Arrow or DuckDB.",
    hint: value instanceof Promise ? "this is a promise; write await before it." : hint,
  })
}

/** Tensors of a dataset that do not have the same number of samples. */
export function sampleCounts(shapes: readonly (readonly number[])[]): ShapeError {
  return new ShapeError({
    call: `TensorDataset: ${shapes.map(shapeText).join(", ")}`,
    rows: shapes.map((shape, i) => ({
      role: `tensor ${i}`,
      what: shapeText(shape),
      note: shape.length === 0 ? "no dimensions" : `${shape[0]} samples`,
    })),
    rule: "The first dimension counts the samples and must be the same in all tensors.",
  })
}

/** Datasets side by side that are not equally long. */
export function stackedLengths(lengths: readonly number[]): ShapeError {
  return new ShapeError({
    call: `StackDataset: datasets of ${lengths.join(", ")} samples`,
    rule: "All datasets must have the same number of samples.",
  })
}

/** Parts of a split that do not add up. */
export function splitLengths(lengths: readonly number[], count: number): ArgumentError {
  const sum = lengths.reduce((a, b) => a + b, 0)
  return new ArgumentError({
    call: `randomSplit: ${shapeText(lengths)} of ${count} samples`,
    rule: `The parts must be whole numbers that add up to ${count}, or fractions that add up to 1; they add up to ${sum}.`,
  })
}

/** A sample that the dataset does not have. */
export function noSuchSample(call: string, index: unknown, count: number): ArgumentError {
  return new ArgumentError({
    call: `${call}: sample ${valueText(index)}`,
    rule:
      count === 0
        ? "The dataset is empty."
        : `There are ${count} samples; an index is a whole number from 0 to ${count - 1}.`,
  })
}

/** A file that is not there or cannot be opened. */
export function cannotOpen(call: string, path: string, error: unknown): ReadError {
  const code = (error as { code?: string }).code
  const url = /^https?:\/\//.test(path)
  const short = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return new ReadError({
    call: `${call}: ${short}`,
    rule: url
      ? "Only files on this machine are opened."
      : code === "ENOENT"
        ? `There is no such file, seen from ${process.cwd()}.`
        : code === "EISDIR"
          ? "This is a folder."
          : `The file cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    hint: url ? `await readTable("${short}") fetches it.` : undefined,
  })
}

/** A web address that cannot be reached. */
export function cannotFetch(call: string, url: string, reason: string, hint: string): ReadError {
  return new ReadError({ call: `${call}: ${url}`, rule: `It could not be fetched: ${reason}.`, hint })
}

/** A file that cannot be written. */
export function cannotWrite(call: string, path: string, error: unknown): ReadError {
  const code = (error as { code?: string }).code
  return new ReadError({
    call: `${call}: ${path}`,
    rule:
      code === "ENOENT"
        ? `The folder of this file does not exist, seen from ${process.cwd()}.`
        : `The file cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
  })
}

/** A text that is not what it should be. */
export function cannotParse(call: string, place: string, rule: string, hint?: string): ReadError {
  return new ReadError({ call: `${call}: ${place}`, rule, hint })
}

/** A sample that cannot become part of a tensor. */
export function notCollatable(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `DataLoader: a sample holds ${valueText(value)}`,
    rule: "Samples are tensors, numbers, booleans or texts, or arrays and objects of them.",
    hint:
      value instanceof Promise
        ? "samples that have to be waited for come with for await (const batch of loader)."
        : "to put them together otherwise, pass a collate function.",
  })
}

/** A dataset that is none. */
export function notADataset(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `DataLoader: ${valueText(value)}`,
    rule: "A dataset has a length and a method at(index).",
    hint: "for a table use dataLoader(table, targetColumn); for tensors new TensorDataset(x, y).",
  })
}

/** Something that cannot be gone through. */
export function notIterable(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `IterableDataset: ${valueText(value)}`,
    rule: "It is made with a function that gives something to go through each time, such as a generator function.",
    hint:
      typeof value === "object" && value !== null && Symbol.asyncIterator in value
        ? "these samples come asynchronously; go through them with for await."
        : undefined,
  })
}

/** An order asked of samples that come as they come. */
export function noOrderToChoose(option: string): ArgumentError {
  return new ArgumentError({
    call: `DataLoader: ${option} with an IterableDataset`,
    rule: "These samples come one after the other in an order of their own.",
    hint: "gather them in an array first, or mix them where they are made.",
  })
}

/** Samples that are promises, in a loop that does not wait. */
export function asyncSamples(): ArgumentError {
  return new ArgumentError({
    call: "DataLoader: a sample is a promise",
    rule: "Samples that have to be waited for come with for await.",
    hint: "for await (const batch of loader) { … }.",
  })
}
