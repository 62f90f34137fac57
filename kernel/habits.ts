// What people write who come from Python and PyTorch, or from Deno's kernel, and how it is said here: the fix under an error that the compiler can
// only describe in its own terms.
import { lineWith } from "./fixes.js"
import type { Diagnostic } from "./language.js"
import { offsetAt } from "./positions.js"

/** Names of Python's and of other kernels: what is written in their place, or in a sentence how it is said. */
const names: Record<string, { readonly instead: string } | { readonly say: string }> = {
  print: { instead: "console.log" },
  None: { instead: "null" },
  True: { instead: "true" },
  False: { instead: "false" },
  self: { instead: "this" },
  str: { instead: "String" },
  float: { instead: "Number" },
  int: { instead: "Math.trunc" },
  abs: { instead: "Math.abs" },
  len: { say: "x.length of a list, x.size(0) of a tensor, table.numRows of a table" },
  range: { say: "for (let i = 0; i < n; i++) { … }" },
  enumerate: { say: "for (const [i, x] of list.entries()) { … }" },
  no_grad: { say: "noGrad(() => { … })" },
  np: { say: "tensors take the place of NumPy's arrays: tensor([1, 2]), zeros([2, 3]), x.mean()" },
  numpy: { say: "tensors take the place of NumPy's arrays: tensor([1, 2]), zeros([2, 3]), x.mean()" },
  pd: { say: "readCsv(…) and Table take the place of pandas: table.head(), table.dropMissing()" },
  plt: { say: "plot.lossCurve(…), plot.scatter(…), plot.heatmap(…) take the place of matplotlib" },
  Deno: { say: 'import { Deno } from "cellgrad/deno"' },
  tslab: { say: 'import * as tslab from "tslab"' },
  tf: { say: "tensor(…), nn, optim are there without a prefix" },
}

const onlyProcessor = "everything computes on the processor: leave it out"

/** Members that tensors have elsewhere. */
const members: Record<string, string> = {
  T: "x.t() transposes a matrix, x.mT() the last two dimensions",
  numpy: "x.tolist() or x.toTypedArray()",
  cuda: onlyProcessor,
  cpu: onlyProcessor,
  device: "everything computes on the processor: there are no devices",
  astype: 'x.to("float32"), or x.float(), x.int(), x.bool()',
  float64: "x.double()",
  long: 'x.to("int32")',
  inv: "linalg.inv(x)",
  inverse: "linalg.inv(x)",
  det: "linalg.det(x)",
  svd: "linalg.svd(x)",
  toFixed: "a tensor of one number becomes a number by item(): x.item().toFixed(4)",
  length: "x.size(0), or x.numel() for all",
  forEach: "for (let i = 0; i < x.size(0); i++) { … x.at(i) … }, or x.tolist() for a list",
  map: "operations work on all elements: x.mul(2); or x.tolist() for a list",
}

/** Options that have another name elsewhere. */
const options: Record<string, string> = {
  learningRate: "lr",
  learning_rate: "lr",
  sep: "separator",
  delimiter: "separator",
}

/** A type error that comes of a habit: what it must say, what stands before its place and in it, and how it is written here. */
interface Habit {
  readonly codes: readonly number[]
  readonly message?: RegExp
  readonly before?: RegExp
  readonly written?: RegExp
  readonly say: string | ((written: string) => string | undefined)
}

const onTensor = /type '(?:Tensor|Parameter)'/
const positionOfDimension = "the dimension stands first, without a name: x.sum(0), x.mean(1, { keepdim: true })"

const habits: readonly Habit[] = [
  {
    codes: [2339, 2551],
    message: onTensor,
    say: (written) => (Object.hasOwn(members, written) ? members[written] : undefined),
  },
  {
    codes: [2339],
    message: /on type 'Table</,
    written: /^(?:length|size|shape)$/,
    say: "table.numRows, table.numColumns",
  },
  {
    codes: [2339],
    message: /on type 'Table</,
    say: (written) => `table.column("${written}") gives the values of a column`,
  },
  {
    codes: [2339],
    message: /on type '(?:readonly )?\[/,
    say: "it is a list of several values: const [first, second] = …",
  },
  {
    codes: [2349],
    written: /^(?:shape|ndim|dtype|grad|numRows|numColumns|columns)$/,
    say: (written) => `${written} is a property, without parentheses`,
  },
  { codes: [7053], message: onTensor, say: 'a tensor is indexed by a method: x.at(0), x.at(0, "1:3")' },
  // Arithmetic and comparisons
  { codes: [2362, 2363], say: "if it is a tensor, by methods: x.mul(2), x.add(y), x.matmul(w)" },
  {
    codes: [2365],
    message: /Operator '[<>=!].*'(?:Tensor|Parameter)'/,
    say: "tensors are compared by methods, x.gt(5); a tensor of one number by x.item() > 5",
  },
  {
    codes: [2365],
    message: /'(?:Tensor|Parameter)'/,
    say: "tensors are calculated with by methods: x.mul(2), x.add(y); a tensor of one number is x.item()",
  },
  // Making tensors
  {
    codes: [2345],
    message: /type 'number' .* 'readonly number\[\]'/,
    before: /\b(?:zeros|ones|empty|full|randn?|randint)\($/,
    say: "a shape is a list: zeros([2, 3])",
  },
  {
    codes: [2559],
    message: /type 'CreationOptions'/,
    written: /^\[/,
    say: "the rows stand in one list: tensor([[1, 2], [3, 4]])",
  },
  {
    codes: [2322],
    message: /'string' .* 'TypedArray'/,
    say: 'a tensor holds numbers: number the categories first, table.codes("city") or table.oneHot("city")',
  },
  {
    codes: [2345, 2739, 2740],
    message: /[tT]ype 'number\[\](?:\[\])*' .*type 'Tensor'/,
    written: /^\[/,
    say: (written) => `tensor(${written})`,
  },
  { codes: [2345], message: /"(?:cuda|cpu|mps)\b[^"]*"' .* 'DType'/, say: onlyProcessor },
  { codes: [2345], message: /'"\w+"' .* 'DType'/, say: 'the types are "float32", "float64", "int32" and "bool"' },
  // Tables
  {
    codes: [18046],
    message: /^'row\./,
    say: 'say what the columns hold: readCsv<{ age: number; city: string }>("people.csv")',
  },
  {
    codes: [2322],
    message: /type 'object'/,
    before: /\.map\(/,
    say: 'map makes rows of rows, such as { age: 3 }; a column is made by withColumn("name", (row) => …)',
  },
  // Arguments
  { codes: [2353], message: /'(?:dim|axis)' .* 'readonly number\[\]'/, say: positionOfDimension },
  {
    codes: [2554],
    written: /^(?:log)?[sS]oftm(?:ax|in)$/,
    say: "it is taken over a dimension: softmax(-1), the last, is the usual one",
  },
  {
    codes: [2559, 2769],
    message: /Type '[\w."]+' has no properties in common with type '(?:Partial<)?\w+(?:Settings|Options)/,
    written: /^(?![\w.]+\s*=)/,
    say: (written) => `options stand in an object: { …: ${written} }`,
  },
  {
    codes: [2769],
    message: /'\w+' does not exist in type 'readonly .*\[\]'/,
    before: /\bdataLoader\(/,
    say: 'the column to predict stands second: dataLoader(table, "column", { … })',
  },
  {
    codes: [2769],
    before: /\bSequential\($/,
    written: /^\[/,
    say: "the layers stand one after the other, not in a list: new nn.Sequential(layer, layer)",
  },
  {
    codes: [2345],
    message: /type 'Parameters<\w+Settings>'/,
    say: "an optimizer takes parameters: model.parameters()",
  },
  { codes: [2345], message: /'Tensor\[\]'.* 'Losses/, say: "a curve is drawn of numbers: losses.push(loss.item())" },
  {
    codes: [2345],
    message: /type 'Tensor' .* parameter of type 'number'/,
    say: (written) => `a tensor of one number becomes a number by item(): ${written}.item()`,
  },
  {
    codes: [2345],
    message: /parameter of type 'LoaderSource</,
    say: 'a loader takes a dataset: new TensorDataset(x, y); of a table, dataLoader(table, "column")',
  },
  {
    codes: [2339],
    message: /'backward' does not exist on type 'number'/,
    say: "item() made a number of it; backward() is called on the tensor",
  },
  {
    codes: [2488],
    message: /Type '\(\) =>/,
    say: (written) => `the parentheses of the call are missing: ${written}()`,
  },
  { codes: [2491], say: "the elements come by of: for (const [x, y] of loader) { … }" },
  {
    codes: [2540],
    written: /^(?:weight|bias)$/,
    say: "its numbers are replaced in place: noGrad(() => layer.weight.copy_(x))",
  },
  { codes: [2588], say: (written) => `what changes is declared by let: let ${written} = …` },
  {
    codes: [2801],
    message: /a tensor is an object/,
    say: "ask for its number: if (loss.item() < 0.1); of many, if (x.gt(0).any().item()); both at once: a.logicalAnd(b)",
  },
  { codes: [2377], say: "super() is the first line of the constructor" },
]

/** The fix of a type error that comes of a habit; undefined for any other error. */
export function fixOfHabit(code: string, diagnostic: Diagnostic): string | undefined {
  const { message, start, end } = diagnostic
  const [from, to] = [offsetAt(code, start), offsetAt(code, end)]
  const [before, written, behind] = [code.slice(0, from), code.slice(from, to), code.slice(to)]
  if (diagnostic.code === 2304 || diagnostic.code === 2552) return fixOfName(code, diagnostic, written, behind)
  if (diagnostic.code === 2339 && /\bthis\.$/.test(before)) return fixOfField(written, behind)
  const [, option = ""] = /'(\w+)' does not exist in type/.exec(message) ?? []
  if (Object.hasOwn(options, option)) return lineWith(code, { start, end }, options[option] ?? option)
  const habit = habits.find(
    ({ codes, ...habit }) =>
      codes.includes(diagnostic.code) &&
      (habit.message?.test(message) ?? true) &&
      (habit.before?.test(before) ?? true) &&
      (habit.written?.test(written) ?? true),
  )
  return typeof habit?.say === "function" ? habit.say(written) : habit?.say
}

/** A layer that is set in the constructor, as Python has it, but is no field of the class. */
function fixOfField(name: string, behind: string): string | undefined {
  const [, value] = /^\s*=(?!=)\s*(.+)/.exec(behind) ?? []
  return value === undefined ? undefined : `make it a field, above the constructor: ${name} = ${value.trim()}`
}

function fixOfName(code: string, { start, end }: Diagnostic, written: string, behind: string): string | undefined {
  if (Object.hasOwn(names, written)) {
    const habit = names[written]
    if (habit === undefined) return undefined
    return "say" in habit ? habit.say : lineWith(code, { start, end }, habit.instead)
  }
  if (written === "torch") {
    const member = /^\.(?:nn\.functional|nn|optim|Tensor|\w+)/.exec(behind)?.[0]
    return member === undefined ? undefined : `${nameHere(member)} is there without a prefix`
  }
  if (!/^\s*=(?![=>])/.test(behind)) return undefined
  const before = code.slice(code.lastIndexOf("\n", offsetAt(code, start) - 1) + 1, offsetAt(code, start))
  if (/^\s*$/.test(before)) return `let ${code.slice(offsetAt(code, start)).split("\n", 1)[0]?.trim() ?? written}`
  if (/^(?:dim|axis|keepdims?)$/.test(written)) return positionOfDimension
  return /[(,]\s*$/.test(before) ? `named arguments are an object: { ${written}: … }` : undefined
}

/** What goes by a name of torch's here: `torch.manual_seed` is `manualSeed`. */
function nameHere(member: string): string {
  if (member === ".nn.functional") return "F"
  return member.slice(1).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Lines of Python's, by which one knows them, and how they are said. */
const lines: readonly (readonly [RegExp, string])[] = [
  [
    /^\s*(?:from\s+[\w.]+\s+import\s|import\s+[\w.]+(?:\s+as\s+\w+)?\s*$)/,
    'tensor, nn, optim, F, plot and the rest are there without an import; packages of npm come by import x from "npm:name"',
  ],
  [/^\s*(?:async\s+)?def\s/, "a function: function f(x: Tensor) { return … }; a method has no word before its name"],
  [/^\s*class\s+\w+\s*(?:\([^)]*\))?\s*:/, "a class: class Net extends nn.Module { … }"],
  [
    /^\s*for\s*\(\s*(?:const|let)\s+\w+\s*,/,
    "several values of one step stand in brackets: for (const [x, y] of loader) { … }",
  ],
  [/^\s*for\s+.+\s+in\s.*:\s*(?:#.*)?/, "a loop: for (const x of list) { … }, for (let i = 0; i < n; i++) { … }"],
  [/^\s*with\s+(?:torch\.)?no_grad/, "noGrad(() => { … })"],
  [
    /^\s*(?:if|elif|else|while|with|try|except|finally)\b.*:\s*(?:#.*)?$/,
    "a block stands in braces and its condition in parentheses: if (a > b) { … } else { … }",
  ],
  [/\blambda\b.*:/, "a function without a name: (x) => x.mul(2)"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the user should write
  [/(?:^|[\s(=,])f(?:"|')/, "text with values in it stands in backquotes: `loss ${loss.item()}`"],
  [/^\s*#/, "a comment begins with //"],
  [/\S\s+#\s/, "a comment begins with //"],
  [/^\s*[!%]\s*pip\s/, 'packages of npm come by import x from "npm:name"'],
  [/^\s*[!%]/, "commands of IPython are not known here"],
  [/[\w)\]]\s*@\s*[\w([]/, "matrices are multiplied by a.matmul(b)"],
  [/\[[^\]]*:[^\]]*\]/, 'parts of a tensor are x.at("1:3", 0); of a list, list.slice(1, 3)'],
  [/\bnot\s+\w|\w\s+(?:and|or)\s+\w/, "not, and, or are !, && and ||"],
]

/** How a line is said that Python would understand; undefined when it is none of those that we know. `at` is the line of the error, from 0. */
export function fixOfSyntax(code: string, at: number): string | undefined {
  const all = code.split("\n")
  // An import that misses its end is noticed on the line after.
  for (const line of [all[at], all[at - 1]]) {
    const known = line === undefined ? undefined : lines.find(([pattern]) => pattern.test(line))
    if (known !== undefined) return known[1]
  }
  return undefined
}
