import type { JoinKind } from "./join.js"

/** The name of a column of a row type. */
export type ColumnName<Row> = keyof Row & string

/** A row type with some columns under new names. */
export type Renamed<Row, Names> = {
  [K in keyof Row as K extends keyof Names ? (Names[K] extends string ? Names[K] : K) : K]: Row[K]
}

/** What can be put in the place of a missing value: a value of the column, or the name of a statistic of it. */
export type FillValue<Value> = Value | "mode" | (Value extends number ? "mean" | "median" : never)

/** The rows of two tables side by side; where a partner can be lacking, its values can be null. */
export type Joined<Left, Right, On extends PropertyKey, How extends JoinKind> = (How extends "outer"
  ? { [K in keyof Left]: K extends On ? Left[K] : Left[K] | null }
  : Left) & {
  [K in Exclude<keyof Right, On>]: How extends "inner" ? Right[K] : Right[K] | null
}

/** A row type in which one column has become columns of 0 and 1. */
export type OneHot<Row, K extends string> = Omit<Row, K> & { [N in `${K}_${string}`]: number }
