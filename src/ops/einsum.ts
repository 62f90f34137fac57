import { notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"

/** The letters of one operand: those before `...`, how many dimensions `...` stands for, and those after. */
type Subscript = readonly string[]

/**
 * Products and sums by the names of the dimensions, after Einstein: letters that stand on the left of `->` and not on its
 * right are summed over. Without `->` the letters that appear once remain, in the order of the alphabet. `...` stands for
 * the dimensions not named, which broadcast; a letter that an operand has twice takes its diagonal.
 *
 * Formula: `ij,jk->ik` is `out[i, k] = Σⱼ a[i, j] · b[j, k]`.
 *
 * Errors: equations that do not fit the operands; a letter with two sizes.
 *
 * @example einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])) // tensor([[11.]])
 * @example einsum("ii", tensor([[1, 2], [3, 4]])) // tensor(5.)
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  if (typeof equation !== "string")
    throw messages.badPattern("einsum", equation, 'The equation is a string such as "ij,jk->ik".')
  const tensors = operands.length === 1 && Array.isArray(operands[0]) ? (operands[0] as Tensor[]) : operands
  for (const x of tensors) if (!(x instanceof Tensor)) throw notATensor("einsum", x, "tensors")
  const { inputs, output } = parse(equation, tensors)
  const sizes = new Map<string, number>()
  const remaining = inputs.map((letters, i) => withoutRepeats(equation, tensors[i] as Tensor, letters, sizes))

  // From the left: the product of two at a time, summed over what neither the others nor the output name.
  let first = remaining[0] as Operand
  for (let i = 1; i < remaining.length; i++) {
    const needed = new Set([...output, ...remaining.slice(i + 1).flatMap((operand) => operand.letters)])
    first = contract(first, remaining[i] as Operand, needed)
  }
  first = summed(first, new Set(output))
  for (const letter of output) {
    if (!first.letters.includes(letter))
      throw messages.badPattern("einsum", equation, `The output names "${letter}", which no operand has.`)
  }
  return first.x.permute(output.map((letter) => first.letters.indexOf(letter)))
}

interface Operand {
  readonly x: Tensor
  /** One letter per dimension, each once. */
  readonly letters: readonly string[]
}

/** The letters of each operand and of the output; the dimensions of `...` get names that are no letters. */
function parse(equation: string, tensors: readonly Tensor[]): { inputs: Subscript[]; output: Subscript } {
  const bad = (rule: string) => messages.badPattern("einsum", equation, rule)
  const sides = equation.replaceAll(" ", "").split("->")
  if (sides.length > 2) throw bad("There may be one arrow.")
  const terms = (sides[0] as string).split(",")
  if (terms.length !== tensors.length)
    throw bad(
      `The equation names ${terms.length} operand${terms.length === 1 ? "" : "s"}; ${tensors.length} were given.`,
    )
  const hidden = terms.map((term, i) => {
    const letters = term.replace("...", "")
    if (!/^[a-zA-Z]*$/.test(letters)) throw bad(`"${term}" must be letters, with "..." at most once.`)
    const rank = (tensors[i] as Tensor).shape.length
    const extra = rank - letters.length
    if (extra < 0 || (extra > 0 && letters === term))
      throw bad(`"${term}" names ${letters.length} dimensions; operand ${i} has ${rank}.`)
    return extra
  })
  const most = Math.max(0, ...hidden.filter((_, i) => (terms[i] as string).includes("...")))
  const dots = (count: number) => Array.from({ length: count }, (_, k) => `.${most - count + k}`)
  const expand = (term: string, count: number): Subscript => {
    const [before = "", after] = term.split("...")
    return after === undefined ? [...before] : [...before, ...dots(count), ...after]
  }
  const inputs = terms.map((term, i) => expand(term, hidden[i] as number))
  if (sides.length === 2) {
    const text = sides[1] as string
    const letters = text.replace("...", "")
    if (!/^[a-zA-Z]*$/.test(letters)) throw bad(`"${text}" must be letters, with "..." at most once.`)
    if (new Set(letters).size !== letters.length) throw bad("A letter may stand once in the output.")
    return { inputs, output: expand(text, most) }
  }
  const all = inputs.flat().filter((letter) => !letter.startsWith("."))
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort()
  return { inputs, output: [...(terms.some((term) => term.includes("...")) ? dots(most) : []), ...once] }
}

/** An operand in which each letter stands once: the diagonal of the dimensions that share one. */
function withoutRepeats(equation: string, x: Tensor, letters: Subscript, sizes: Map<string, number>): Operand {
  letters.forEach((letter, d) => {
    const size = x.shape[d] as number
    const before = sizes.get(letter) ?? 1
    const fits = before === size || before === 1 || size === 1
    const name = letter.startsWith(".") ? "A dimension of ..." : `"${letter}"`
    if (!fits) throw messages.patternSizes("einsum", equation, name, [before, size])
    if (before === 1) sizes.set(letter, size)
  })
  let view = x
  let names = [...letters]
  for (let d = 0; d < names.length; d++) {
    let again = names.indexOf(names[d] as string, d + 1)
    while (again !== -1) {
      const letter = names[d] as string
      const pair: [number, number] = [view.shape[d] as number, view.shape[again] as number]
      if (pair[0] !== pair[1]) throw messages.patternSizes("einsum", equation, `"${letter}"`, pair)
      view = view.diagonal(0, d, again).movedim(-1, d) // the diagonal comes last and takes the first one's place
      names = names.filter((_, i) => i !== again)
      again = names.indexOf(letter, d + 1)
    }
  }
  return { x: view, letters: names }
}

/** Sums over the letters that nobody needs. */
function summed({ x, letters }: Operand, needed: ReadonlySet<string>): Operand {
  const dims = letters.flatMap((letter, d) => (needed.has(letter) ? [] : [d]))
  return dims.length === 0
    ? { x, letters }
    : { x: x.sum(dims), letters: letters.filter((letter) => needed.has(letter)) }
}

/** The product of two operands, summed over the letters that nobody needs after it: one batched matrix product. */
function contract(left: Operand, right: Operand, needed: ReadonlySet<string>): Operand {
  const a = summed(left, new Set([...needed, ...right.letters]))
  const b = summed(right, new Set([...needed, ...a.letters]))
  const shared = a.letters.filter((letter) => b.letters.includes(letter))
  const batch = shared.filter((letter) => needed.has(letter))
  const inner = shared.filter((letter) => !needed.has(letter))
  const own = a.letters.filter((letter) => !shared.includes(letter))
  const other = b.letters.filter((letter) => !shared.includes(letter))
  const sizeIn = ({ x, letters }: Operand, letter: string) => x.shape[letters.indexOf(letter)] as number
  // A size of 1 meets a larger one: it broadcasts.
  const common = (letter: string) =>
    Math.max(sizeIn(a, letter), sizeIn(b, letter)) * (sizeIn(a, letter) && sizeIn(b, letter) ? 1 : 0)
  const ordered = (operand: Operand, order: readonly string[]) => {
    const x = operand.x.permute(order.map((letter) => operand.letters.indexOf(letter)))
    return x.expand(order.map((letter) => (shared.includes(letter) ? common(letter) : sizeIn(operand, letter))))
  }
  const product = (sizes: readonly number[]) => sizes.reduce((n, size) => n * size, 1)
  const batchSizes = batch.map(common)
  const ownSizes = own.map((letter) => sizeIn(a, letter))
  const otherSizes = other.map((letter) => sizeIn(b, letter))
  const innerSize = product(inner.map(common))
  const rows = ordered(a, [...batch, ...own, ...inner]).reshape([product(batchSizes), product(ownSizes), innerSize])
  const columns = ordered(b, [...batch, ...inner, ...other]).reshape([
    product(batchSizes),
    innerSize,
    product(otherSizes),
  ])
  const out = batch.length === 0 ? rows.select(0, 0).matmul(columns.select(0, 0)) : rows.matmul(columns)
  return { x: out.reshape([...batchSizes, ...ownSizes, ...otherSizes]), letters: [...batch, ...own, ...other] }
}
