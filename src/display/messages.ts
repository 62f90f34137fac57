import { inspect } from "node:util"
import { nearestName } from "../data/nearest-name.js"
import { CellgradError } from "../tensor/errors.js"

/** What a chart or a display function was given that it cannot use. */
export class DisplayError extends CellgradError {
  override name = "DisplayError"
}

function message(call: string, rows: readonly (readonly [string, string])[], rule: string, hint?: string) {
  return new DisplayError({ call, rows: rows.map(([role, what]) => ({ role, what })), rule, hint })
}

function didYouMean(name: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(name, known)
  return nearest === undefined ? undefined : `did you mean ${nearest}?`
}

const seen = (value: unknown) => inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 60)

export const notNumbers = (call: string, role: string, value: unknown) =>
  message(call, [[role, seen(value)]], `${role} must hold numbers: a tensor, an array, or a column of a table.`)

export const notANumber = (call: string, role: string, value: unknown, index?: number) =>
  message(
    call,
    [[index === undefined ? role : `${role}[${index}]`, seen(value)]],
    `${role} must hold numbers; this is ${Array.isArray(value) ? "a list" : `a ${typeof value}`}.`,
  )

export const notOneColumn = (call: string, role: string, shape: readonly number[]) =>
  message(
    call,
    [[role, `[${shape.join(", ")}]`]],
    `${role} must hold one number for each point: shape [N] or [N, 1].`,
    `pick a column first, for example ${role}.at(":", 0).`,
  )

export const lengthsDiffer = (call: string, rows: readonly (readonly [string, number])[]) =>
  message(
    call,
    rows.map(([role, length]) => [role, `${length} value${length === 1 ? "" : "s"}`] as const),
    "All must have the same number of values, one for each point.",
  )

export const nothingToDraw = (call: string, role: string) =>
  message(call, [[role, "0 values"]], "There is nothing to draw: give at least one number that is not NaN.")

export const noSuchColumn = (call: string, name: string, columns: readonly string[]) =>
  message(
    call,
    [["column", name]],
    `The table has no such column. It has: ${columns.join(", ")}.`,
    didYouMean(name, columns),
  )

export const needsColumnName = (call: string, role: string, value: unknown) =>
  message(
    call,
    [[role, seen(value)]],
    `When the first argument is a table, ${role} must be the name of one of its columns.`,
  )

export const unknownEnding = (file: string) =>
  message(
    `chart.save(${JSON.stringify(file)})`,
    [["file", file]],
    "The ending says how to save: .png, .svg, or .json for the Vega-Lite specification.",
  )

export const notARectangle = (call: string, role: string, detail: string) =>
  message(
    call,
    [[role, detail]],
    `${role} must be a matrix: rows of the same length, or a tensor of shape [rows, columns].`,
  )

export const unknownName = (call: string, role: string, name: string, known: readonly string[]) =>
  message(call, [[role, name]], `${role} must be one of: ${known.join(", ")}.`, didYouMean(name, known))

export const badOption = (call: string, option: string, value: unknown, rule: string) =>
  message(call, [[option, seen(value)]], rule)

export const badImages = (call: string, shape: readonly number[]) =>
  message(
    call,
    [["images", `[${shape.join(", ")}]`]],
    "Images must be [H, W], [N, H, W] or [N, C, H, W] with 1 or 3 channels.",
    shape.length === 4 && shape[3] === 3 ? "the channels are last; try images.permute(0, 3, 1, 2)." : undefined,
  )

export const notIterable = (value: unknown) =>
  message("progress", [["iterable", seen(value)]], "progress goes over something iterable, or counts to a number.")

export const notAnImage = (value: unknown) =>
  message("image", [["value", seen(value)]], "An image is made of PNG, JPEG or GIF bytes, a file name, or a tensor.")

export const goesBack = (call: string, position: number, last: number) =>
  message(
    call,
    [
      ["position", String(position)],
      ["last", String(last)],
    ],
    "A live curve grows to the right: the position must not be below the last one.",
    "make a new plot.live() for a new run.",
  )

export const badSummaryInput = (value: unknown) =>
  message(
    "summary",
    [["input", seen(value)]],
    "The input is the shape of a batch, or a tensor.",
    "write summary(model, [32, 10]) for a batch of 32 samples with 10 features.",
  )

export const updateNeedsId = () =>
  message(
    "display",
    [["displayId", "undefined"]],
    "To update an output, say which: give displayId, or use the handle that the first display returned.",
  )

export const notPoints = (call: string, rows: number, columns: number) =>
  message(call, [["x", `[${rows}, ${columns}]`]], "x must hold points of the plane: shape [N, 2].")

export const notClassScores = (call: string, rows: number, output: unknown) => {
  const shape =
    typeof output === "object" && output !== null && "shape" in output ? `[${String(output.shape)}]` : seen(output)
  return message(
    call,
    [
      ["input", `[${rows}, 2]`],
      ["output", shape],
    ],
    `The model must give one number or one score for each class: [${rows}], [${rows}, 1] or [${rows}, classes].`,
  )
}

const shapeText = (shape: readonly number[]) => `[${shape.join(", ")}]`

export const wrongRank = (call: string, role: string, shape: readonly number[], expected: string) =>
  message(call, [[role, shapeText(shape)]], `${role} must have the shape ${expected}.`)

export const nestedTooDeep = (call: string, path: string, expected: string) =>
  message(call, [[path, "a list"]], `This is nested too deep: the shape must be ${expected}.`)

export const partsDiffer = (
  call: string,
  role: string,
  first: readonly number[],
  index: number,
  other: readonly number[],
) =>
  message(
    call,
    [
      [`${role}[0]`, first.length === 0 ? "a number" : shapeText(first)],
      [`${role}[${index}]`, other.length === 0 ? "a number" : shapeText(other)],
    ],
    "All parts must have the same shape.",
  )

export const tokensDoNotFit = (call: string, option: string, tokens: number, what: string, size: number) =>
  message(
    call,
    [
      [`options.${option}`, `${tokens} token${tokens === 1 ? "" : "s"}`],
      ["weights", `${size} ${what}`],
    ],
    `There must be one token for each of the ${what}.`,
    option === "tokens" && what === "keys"
      ? "when queries and keys are different texts, give keyTokens too."
      : undefined,
  )

export const noSuchLayer = (call: string, layer: number, layers: number) =>
  message(
    call,
    [
      ["options.layer", String(layer)],
      ["layers", String(layers)],
    ],
    `layer must be a whole number from 0 to ${layers - 1}.`,
  )

export const tooManyPanels = (call: string, layers: number, heads: number) =>
  message(
    call,
    [
      ["layers", String(layers)],
      ["heads", String(heads)],
    ],
    "At most 16 heads and 24 layers can be read beside one another.",
    "pick a layer with the option layer, or narrow the heads first.",
  )

export const notBinary = (call: string, role: string, value: unknown, index: number) =>
  message(
    call,
    [[`${role}[${index}]`, seen(value)]],
    `${role} must hold 0 or 1 (or false and true): 1 is the class that high scores stand for.`,
    "for one class of several, compare first, for example labels.eq(3).",
  )

export const oneClassOnly = (call: string, role: string, value: number, samples: number) =>
  message(
    call,
    [[role, `${samples} sample${samples === 1 ? "" : "s"}, all ${value}`]],
    `${role} must hold both classes: with only ${value === 1 ? "positive" : "negative"} samples there is no curve.`,
  )

export const notAnOrder = (call: string, role: string, value: number, index: number) =>
  message(call, [[`${role}[${index}]`, String(value)]], `${role} must not hold NaN: it has no place in the order.`)

export const notAModel = (call: string, value: unknown) =>
  message(call, [["model", seen(value)]], "The model must be an nn.Module, or named tensors: { weight: tensor }.")

export const noGradients = (call: string, parameters: number) =>
  message(
    call,
    [["model", `${parameters} parameter${parameters === 1 ? "" : "s"} without a gradient`]],
    "There are no gradients to draw.",
    "call loss.backward() before, and draw before zeroGrad().",
  )

export const noLayerOutput = (call: string) =>
  message(
    call,
    [["model", "no layer gave a tensor"]],
    "There is nothing to draw: the model has no layers that were run.",
  )

export const notALoss = (call: string, value: unknown) =>
  message(
    call,
    [["loss", seen(value)]],
    "The loss must be a function that gives one number, as a number or a one-element tensor.",
    "write () => F.mseLoss(model(x), y).",
  )

export const tooFewPoints = (call: string, rows: number, least: number) =>
  message(call, [["x", `${rows} row${rows === 1 ? "" : "s"}`]], `A projection needs at least ${least} points.`)

export const noSuchHead = (call: string, head: number, heads: number) =>
  message(
    call,
    [
      ["options.head", String(head)],
      ["heads", String(heads)],
    ],
    `head must be a whole number from 0 to ${heads - 1}.`,
  )

export const notFinite = (call: string, role: string, index: number, value: number) =>
  message(call, [[`${role}[${index}]`, String(value)]], `${role} must hold finite numbers only.`)

export const tooManyLines = (call: string, tokens: number, heads: number) =>
  message(
    call,
    [
      ["tokens", String(tokens)],
      ["heads", String(heads)],
    ],
    "At most 60 tokens and 12 heads can be read as lines.",
    "pick a head with the option head, or draw plot.attention(weights).",
  )

export const noFrontEnd = (call: string) =>
  message(call, [], "there is no front end to talk to: comms work in a notebook only.")

export const commClosed = (target: string) =>
  message("comm.send", [["comm", target]], "this comm is closed.", "open another one with new Comm(target, data).")

export const notATape = (value: unknown) =>
  message("graph", [["result", seen(value)]], "graph shows how a tensor was computed: give the loss, or any tensor.")

export const noTape = (requiresGrad: boolean) =>
  message(
    "graph",
    [["result", requiresGrad ? "a parameter" : "a tensor without a gradient"]],
    "No recorded operation has computed this tensor, so there is nothing to show.",
    "only what depends on a parameter is recorded, and nothing within noGrad().",
  )

export const tapeReleased = () =>
  message(
    "graph",
    [["result", "its tape is gone"]],
    "A backward pass lets go of the operations it went through.",
    "call graph(loss) before loss.backward().",
  )

export const unknownGraphEnding = (file: string) =>
  message(`graph.save(${JSON.stringify(file)})`, [["file", file]], "The ending says how to save: .png, .svg, or .dot.")

export const noChain = (model: string) =>
  message(
    "diagram",
    [["model", model]],
    "Units are drawn of networks whose only learned layers are nn.Linear, one after the other.",
    'leave out kind, or say kind: "blocks".',
  )
