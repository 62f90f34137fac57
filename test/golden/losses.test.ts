import { describe, expect, test } from "vitest"
import { gradcheck, gradgradcheck, nn, type Tensor, tensor } from "../../src/index.js"
import { gradientsOf } from "./layer-case.js"
import { expectNear, golden, golds, type Numbers } from "./support.js"

type Reduction = "mean" | "sum" | "none"
interface Case {
  readonly inputs: readonly Numbers[]
  readonly [reduction: string]: { value: Numbers; gradients: Record<string, Numbers> } | readonly Numbers[]
}
const { torch: _, ...gold } = golden<Record<string, Case>>("nn-losses") as Record<string, Case | string>

/** A loss with its reduction made, ready for the inputs. */
type Make = (options: { reduction: Reduction }) => (...inputs: Tensor[]) => Tensor
const weight = tensor([0.2, 1, 3]).to("float64") // as float32 holds them

/** The weights of each element, which the golden script draws after what this loss takes. */
const elementWeights = () => golds((gold.elementWeights as Case).inputs[0] as Numbers).to("float64")

/** Each loss as a module, and which inputs are whole numbers or plain lists. */
const losses: Record<string, [make: Make, wholeNumbers?: readonly number[]]> = {
  smoothL1: [(o) => new nn.SmoothL1Loss(o)],
  smoothL1Beta: [(o) => new nn.SmoothL1Loss({ ...o, beta: 0.4 })],
  smoothL1Zero: [(o) => new nn.SmoothL1Loss({ ...o, beta: 0 })],
  huber: [(o) => new nn.HuberLoss({ ...o, delta: 0.7 })],
  mse: [(o) => new nn.MSELoss(o)],
  l1: [(o) => new nn.L1Loss(o)],
  bce: [(o) => new nn.BCELoss(o)],
  bceWeight: [(o) => new nn.BCELoss({ ...o, weight: elementWeights() })],
  bceEdges: [(o) => new nn.BCELoss(o)],
  bceWithLogits: [(o) => new nn.BCEWithLogitsLoss(o)],
  bceWithLogitsZero: [(o) => new nn.BCEWithLogitsLoss(o)],
  bceWithLogitsWeights: [(o) => new nn.BCEWithLogitsLoss({ ...o, weight: elementWeights(), posWeight: weight })],
  crossEntropyPixels: [(o) => new nn.CrossEntropyLoss(o), [1]],
  crossEntropyPixelsWeight: [(o) => new nn.CrossEntropyLoss({ ...o, weight, ignoreIndex: 1 }), [1]],
  crossEntropyPixelsSmooth: [(o) => new nn.CrossEntropyLoss({ ...o, labelSmoothing: 0.2, ignoreIndex: 1 }), [1]],
  crossEntropyAll: [(o) => new nn.CrossEntropyLoss({ ...o, weight, labelSmoothing: 0.3 }), [1]],
  crossEntropySoft: [(o) => new nn.CrossEntropyLoss(o)],
  crossEntropySoftAll: [(o) => new nn.CrossEntropyLoss({ ...o, weight, labelSmoothing: 0.1 })],
  crossEntropyOne: [(o) => new nn.CrossEntropyLoss(o), [1]],
  nllPixels: [(o) => new nn.NLLLoss({ ...o, weight, ignoreIndex: 2 }), [1]],
  klDiv: [(o) => new nn.KLDivLoss(o)],
  klDivLog: [(o) => new nn.KLDivLoss({ ...o, logTarget: true })],
  klDivZero: [(o) => new nn.KLDivLoss(o)],
  hingeEmbedding: [(o) => new nn.HingeEmbeddingLoss({ ...o, margin: 0.8 })],
  marginRanking: [(o) => new nn.MarginRankingLoss({ ...o, margin: 0.5 })],
  softMargin: [(o) => new nn.SoftMarginLoss(o)],
  multiMargin: [(o) => new nn.MultiMarginLoss(o), [1]],
  multiMarginSquared: [(o) => new nn.MultiMarginLoss({ ...o, p: 2, margin: 1.5, weight }), [1]],
  multiMarginOne: [(o) => new nn.MultiMarginLoss(o), [1]],
  multiLabelMargin: [(o) => new nn.MultiLabelMarginLoss(o), [1]],
  multiLabelMarginOne: [(o) => new nn.MultiLabelMarginLoss(o), [1]],
  multiLabelSoftMargin: [(o) => new nn.MultiLabelSoftMarginLoss({ ...o, weight })],
  cosineEmbedding: [(o) => new nn.CosineEmbeddingLoss({ ...o, margin: 0.1 })],
  cosineEmbeddingOne: [(o) => new nn.CosineEmbeddingLoss(o)],
  tripletMargin: [(o) => new nn.TripletMarginLoss(o)],
  tripletMarginSwap: [(o) => new nn.TripletMarginLoss({ ...o, margin: 2, p: 1.5, swap: true })],
  tripletDistance: [
    (o) =>
      new nn.TripletMarginWithDistanceLoss({
        ...o,
        margin: 0.5,
        swap: true,
        distanceFunction: (a, b) => a.sub(b).abs().sum(-1),
      }),
  ],
  gaussianNll: [(o) => new nn.GaussianNLLLoss(o)],
  gaussianNllFull: [(o) => new nn.GaussianNLLLoss({ ...o, full: true })],
  gaussianNllRows: [(o) => new nn.GaussianNLLLoss({ ...o, eps: 1e-2 })],
  poissonNll: [(o) => new nn.PoissonNLLLoss(o)],
  poissonNllFull: [(o) => new nn.PoissonNLLLoss({ ...o, logInput: false, full: true })],
  ctc: [(o) => ctc(new nn.CTCLoss(o)), [1, 2, 3]],
  ctcFlat: [(o) => ctc(new nn.CTCLoss(o)), [1, 2, 3]],
  ctcBlank: [(o) => ctc(new nn.CTCLoss({ ...o, blank: 3 })), [1, 2, 3]],
  ctcEmpty: [(o) => ctc(new nn.CTCLoss(o)), [1, 2, 3]],
  ctcInfinite: [(o) => ctc(new nn.CTCLoss({ ...o, zeroInfinity: true })), [1, 2, 3]],
}

/** CTC from scores, as the golden script calls it. */
function ctc(loss: nn.CTCLoss): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const [scores, targets, inputLengths, targetLengths] = inputs as [Tensor, Tensor, Tensor, Tensor]
    return loss(scores.logSoftmax(2), targets, inputLengths, targetLengths)
  }
}

/** Where the gradient is one-sided or cut off, central differences cannot see it. */
const cutOff = new Set(["bceEdges", "gaussianNllRows"])

describe("losses and their gradients are PyTorch's", () => {
  test.each(Object.keys(losses))("%s", (name) => {
    const { inputs, ...reductions } = gold[name] as Case
    const [make, wholeNumbers = []] = losses[name] as (typeof losses)[string]
    for (const dtype of ["float32", "float64"] as const) {
      const near = dtype === "float32" ? { relative: 1e-5, absolute: 2e-6 } : { relative: 1e-10, absolute: 1e-12 }
      for (const [reduction, wanted] of Object.entries(reductions)) {
        const { value, gradients } = wanted as { value: Numbers; gradients: Record<string, Numbers> }
        const leaves = inputs.map((numbers, i) => {
          if (wholeNumbers.includes(i)) return tensor(numbers as number[], { dtype: "int32" })
          const x = golds(numbers).to(dtype).detach() // by way of float32, whose nine digits they are
          x.requiresGrad = String(i) in gradients
          return x
        })
        const loss = make({ reduction: reduction as Reduction })
        const found = loss(...leaves)
        expectNear(found.detach(), value, near)
        const variables = leaves.filter((x) => x.requiresGrad)
        gradientsOf(variables, found).forEach((gradient, i) => {
          expectNear(gradient as Tensor, Object.values(gradients)[i] as Numbers, near)
        })
        if (dtype === "float64" && reduction === "none" && !cutOff.has(name)) {
          expect(gradcheck(() => loss(...leaves), variables, { atol: 1e-6 })).toBe(true)
          // CTC has no second derivatives, here as in PyTorch.
          if (!name.startsWith("ctc")) expect(gradgradcheck(() => loss(...leaves), variables)).toBe(true)
        }
      }
    }
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(losses)).toEqual(Object.keys(gold).filter((name) => name !== "elementWeights"))
  })
})
