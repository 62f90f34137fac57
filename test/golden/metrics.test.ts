import { describe, expect, test } from "vitest"
import { metrics, tensor } from "../../src/index.js"
import { expectNear, golden, type Numbers } from "./support.js"

type Averages = { none: number[]; macro: number; weighted: number }
interface Gold {
  truth: number[]
  scores: number[][]
  labels: number[]
  chance: number[]
  confusion: number[][]
  precision: Averages
  recall: Averages
  f1: Averages
  y: number[]
  predicted: number[]
  tokens: number[][]
  logits: number[][][]
}

describe("metrics are what their definitions give", () => {
  const gold = golden<Gold & Record<string, Numbers>>("metrics")
  const scores = tensor(gold.scores)
  const near = (found: number, name: string) => expectNear([found], [gold[name] as number], { relative: 1e-6 })

  test("accuracy and the confusion matrix", () => {
    near(metrics.accuracy(gold.truth, scores), "accuracy")
    near(metrics.topKAccuracy(gold.truth, scores, 2), "top2")
    expect(metrics.confusionMatrix(gold.truth, scores.argmax(1)).tolist()).toEqual(gold.confusion)
  })

  test.each(["precision", "recall", "f1"] as const)("%s", (name) => {
    for (const average of ["none", "macro", "weighted"] as const) {
      const found = metrics[name](tensor(gold.truth, { dtype: "int32" }), scores, { average })
      expectNear([found].flat(), [gold[name][average]].flat(), { relative: 1e-12, absolute: 0 })
    }
    const micro = metrics[name](gold.truth, scores, { average: "micro" })
    expect(micro).toBeCloseTo(metrics.accuracy(gold.truth, scores), 12)
  })

  test("rankings with ties", () => {
    near(metrics.rocAuc(gold.labels, gold.chance), "rocAuc")
    near(metrics.averagePrecision(gold.labels, tensor(gold.chance)), "averagePrecision")
  })

  test("errors of measurements", () => {
    near(metrics.meanSquaredError(gold.y, gold.predicted), "mse")
    near(metrics.meanAbsoluteError(gold.y, tensor(gold.predicted, { dtype: "float64" })), "mae")
    near(metrics.r2(gold.y, gold.predicted), "r2")
  })

  test("perplexity", () => {
    near(metrics.perplexity(tensor(gold.logits), tensor(gold.tokens, { dtype: "int32" })), "perplexity")
  })
})
