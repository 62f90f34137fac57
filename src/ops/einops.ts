import { badOption } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { Tensor } from "../tensor/tensor.js"
import { stack } from "./join.js"
import * as messages from "./messages.js"
import { all, amax, amin, any, mean, prod, sum } from "./reduce.js"

// Patterns of named axes, as einops writes them: "b (h w) c -> b c h w".
// Source: Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation", 2022.

/** The sizes of axes that the tensor alone does not tell; in the editor only names of the pattern are taken. */
export type AxisSizes<P extends string = string> = { readonly [Axis in AxisNames<P>]?: number }

/** The names of the axes in a pattern such as `"b (h w) -> b h w"`. */
export type AxisNames<P extends string> = string extends P
  ? string
  : Exclude<Unbracketed<Words<P>>, "->" | "..." | "…" | "" | `${number}`>
type Words<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Words<Rest> : S
type Unbracketed<S extends string> = S extends `(${infer Rest}` | `${infer Rest})` ? Unbracketed<Rest> : S

/** One dimension of a pattern: the axes that it is made of. An axis is a name, a number, or a part of `...`. */
type Dimension = readonly string[]

/** All dimensions that are not named, each for itself; in brackets they share one dimension. */
const rest: Dimension = ["..."]

/**
 * The same elements in another order and grouping, by the names of the axes. Axes in brackets share one dimension;
 * `...` stands for dimensions not named; `1` is a dimension of size 1.
 *
 * Errors: names on one side only; sizes that do not fit or cannot be told.
 *
 * @example rearrange(zeros([2, 12, 3]), "b (h w) c -> b c h w", { h: 4 }).shape // [2, 3, 4, 3]
 */
export function rearrange<P extends string>(
  x: Tensor | readonly Tensor[],
  pattern: P,
  sizes: AxisSizes<P> = {} as AxisSizes<P>,
): Tensor {
  return transform("rearrange", joined(x), pattern, sizes, null)
}

/** How axes that the output does not name are taken together. */
export type AxisReduction = "sum" | "mean" | "max" | "min" | "prod" | "any" | "all"

/**
 * A reduction over the axes that stand on the left of the arrow only, together with what `rearrange` does.
 *
 * @example reduce(tensor([[1, 2], [3, 4]]), "rows columns -> rows", "sum") // tensor([3., 7.])
 * @example reduce(ones([1, 4, 4, 3]), "b (h 2) (w 2) c -> b h w c", "mean").shape // [1, 2, 2, 3]
 */
export function reduce<P extends string>(
  x: Tensor | readonly Tensor[],
  pattern: P,
  reduction: AxisReduction,
  sizes: AxisSizes<P> = {} as AxisSizes<P>,
): Tensor {
  if (!Object.hasOwn(reductions, reduction)) throw badOption("reduce", "reduction", reduction, Object.keys(reductions))
  return transform("reduce", joined(x), pattern, sizes, reduction)
}

/** New axes, and what `rearrange` does: the names on the right of the arrow only are repeated. For `repeat`. */
export function repeatByPattern(x: Tensor, pattern: string, sizes: AxisSizes): Tensor {
  return transform("repeat", x, pattern, sizes, null)
}

const reductions: { readonly [R in AxisReduction]: (x: Tensor, dims: readonly number[]) => Tensor } = {
  sum: (x, dims) => sum(x, dims),
  mean: (x, dims) => mean(x, dims),
  max: (x, dims) => amax(x, dims),
  min: (x, dims) => amin(x, dims),
  prod: (x, dims) => [...dims].sort((a, b) => b - a).reduce((out, d) => prod(out, d), x),
  any: (x, dims) => any(x, dims),
  all: (x, dims) => all(x, dims),
}

function joined(x: Tensor | readonly Tensor[]): Tensor {
  return x instanceof Tensor ? x : stack(x)
}

/** Takes the dimensions apart into axes, reduces, orders, repeats and puts together. */
function transform(
  name: string,
  x: Tensor,
  pattern: string,
  given: AxisSizes,
  reduction: AxisReduction | null,
): Tensor {
  const bad = (rule: string, hint?: string) => messages.badPattern(name, pattern, rule, hint)
  if (typeof pattern !== "string") throw bad('A pattern is a string such as "b h w c -> b (h w) c".')
  const sides = pattern.split("->")
  if (sides.length !== 2) throw bad("A pattern has two sides with an arrow between them.")
  const [left, right] = sides.map((side) => parseSide(side, bad)) as [Dimension[], Dimension[]]
  const input = withDots(left, x, bad)
  const dots = input.flat().filter((axis) => axis.startsWith("."))
  const output = right.flatMap((dimension): Dimension[] => {
    if (!dimension.includes("...")) return [dimension]
    return dimension === rest
      ? dots.map((axis) => [axis])
      : [dimension.flatMap((axis) => (axis === "..." ? dots : [axis]))]
  })
  if (right.flat().includes("...") && !left.flat().includes("...")) throw bad('"..." must stand on the left too.')

  const sizes = axisSizes(name, pattern, input, x, given, bad)
  const from = input.flat()
  const to = output.flat()
  for (const axes of [from, to]) {
    const named = axes.filter((axis) => !isNumber(axis))
    if (new Set(named).size !== named.length) throw bad("A name may stand once on each side.")
  }
  for (const axis of Object.keys(given)) {
    if (!from.includes(axis) && !to.includes(axis))
      throw bad(`"${axis}" is given a size, but the pattern does not name it.`)
  }
  const gone = from.filter((axis) => !to.includes(axis) || isNumber(axis))
  const added = to.filter((axis) => !from.includes(axis) || isNumber(axis))
  if (reduction === null && gone.some((axis) => sizes.get(axis) !== 1))
    throw bad(
      `"${gone.find((axis) => sizes.get(axis) !== 1)}" stands on the left only.`,
      "to take axes away use reduce.",
    )
  if (name !== "repeat" && added.some((axis) => axis !== "1"))
    throw bad(`"${added.find((axis) => axis !== "1")}" stands on the right only.`, "to add axes use repeat.")
  for (const axis of added) {
    if (isNumber(axis)) sizes.set(axis, Number(axis))
    else if (given[axis] === undefined) throw bad(`The size of "${axis}" is not given.`)
    else sizes.set(axis, given[axis])
  }

  const size = (axis: string) => sizes.get(axis) as number
  let axes = x.reshape(from.map(size)) // one dimension per axis
  const drop = from.flatMap((axis, d) => (gone.includes(axis) ? [d] : []))
  if (drop.length > 0) {
    if (reduction === "mean" && !isFloatingPoint(axes.dtype))
      throw bad("A mean needs fractions.", "convert first: x.float().")
    axes =
      reduction === null
        ? axes.reshape(from.filter((axis) => !gone.includes(axis)).map(size))
        : reductions[reduction](axes, drop)
  }
  const kept = from.filter((axis) => !gone.includes(axis))
  const ordered = axes.permute(to.filter((axis) => kept.includes(axis)).map((axis) => kept.indexOf(axis)))
  const withNew = to.reduce((out, axis, d) => (kept.includes(axis) ? out : out.unsqueeze(d)), ordered)
  return withNew
    .expand(to.map(size))
    .reshape(output.map((dimension) => dimension.reduce((n, axis) => n * size(axis), 1)))
}

const isNumber = (axis: string) => /^\d+$/.test(axis)

/** One side of a pattern as dimensions. Numbers are told apart by a mark, as each is an axis of its own. */
function parseSide(side: string, bad: (rule: string) => Error): Dimension[] {
  const dimensions: Dimension[] = []
  let group: string[] | null = null
  for (const word of side
    .replace(/([()])/g, " $1 ")
    .trim()
    .split(/\s+/)) {
    if (word === "") continue
    if (word === "(") {
      if (group !== null) throw bad("Brackets may not stand in brackets.")
      group = []
    } else if (word === ")") {
      if (group === null) throw bad("A bracket is closed that was not opened.")
      dimensions.push(group)
      group = null
    } else {
      if (!/^([a-zA-Z_]\w*|\d+|\.\.\.|…)$/.test(word)) throw bad(`"${word}" is no name of an axis.`)
      const axis = word === "…" ? "..." : word
      if (group !== null) group.push(axis)
      else dimensions.push(axis === "..." ? rest : [axis])
    }
  }
  if (group !== null) throw bad("A bracket is not closed.")
  if (dimensions.flat().filter((axis) => axis === "...").length > 1) throw bad('"..." may stand once on each side.')
  return dimensions.map((dimension) => (dimension.length === 1 && dimension[0] === "1" ? [] : dimension))
}

/** The dimensions of the left side, `...` taken apart by the rank of the tensor. */
function withDots(dimensions: readonly Dimension[], x: Tensor, bad: (rule: string) => Error): Dimension[] {
  const place = dimensions.findIndex((dimension) => dimension.includes("..."))
  const rank = x.shape.length
  if (place === -1 ? dimensions.length !== rank : dimensions.length - 1 > rank)
    throw bad(`The left side has ${dimensions.length} dimensions, the tensor ${rank}.`)
  if (place === -1) return [...dimensions]
  if (dimensions[place] !== rest) throw bad('"..." in brackets may stand on the right only.')
  const hidden = Array.from({ length: rank - dimensions.length + 1 }, (_, i) => [`.${i}`])
  return [...dimensions.slice(0, place), ...hidden, ...dimensions.slice(place + 1)]
}

/** The size of every axis of the left side: given, or what is left of its dimension. */
function axisSizes(
  name: string,
  pattern: string,
  input: readonly Dimension[],
  x: Tensor,
  given: AxisSizes,
  bad: (rule: string) => Error,
): Map<string, number> {
  const sizes = new Map<string, number>()
  input.forEach((dimension, d) => {
    const whole = x.shape[d] as number
    const known = dimension.map((axis) => (isNumber(axis) ? Number(axis) : given[axis]))
    const unknown = dimension.filter((_, i) => known[i] === undefined)
    const product = known.reduce<number>((n, size) => n * (size ?? 1), 1)
    if (unknown.length > 1)
      throw bad(`The sizes of ${unknown.map((axis) => `"${axis}"`).join(" and ")} cannot be told.`)
    if (unknown.length === 0 ? product !== whole : product === 0 || whole % product !== 0)
      throw messages.patternSizes(name, pattern, `(${dimension.join(" ")})`, [whole, product])
    dimension.forEach((axis, i) => {
      sizes.set(axis, known[i] ?? whole / product)
    })
  })
  return sizes
}
