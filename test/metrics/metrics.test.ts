import { describe, expect, test } from "vitest"
import { metrics, plot, tensor, zeros } from "../../src/index.js"

describe("classes", () => {
  test("may be numbers, booleans, texts and scores", () => {
    expect(metrics.accuracy(["cat", "dog"], ["cat", "cat"])).toBe(0.5)
    expect(metrics.accuracy([true, false], [1, 0])).toBe(1)
    expect(metrics.accuracy(tensor([[0], [1]], { dtype: "int32" }), [0, 1])).toBe(1)
    expect(metrics.confusionMatrix(["b", "a"], ["a", "a"]).tolist()).toEqual([
      [1, 0],
      [1, 0],
    ])
    expect(metrics.confusionMatrix([0], [0], { classes: [1, 0] }).tolist()).toEqual([
      [0, 0],
      [0, 1],
    ])
  })

  test("two of them count the positive one, more the mean", () => {
    const [truth, guess] = [
      [1, 1, 1, 0, 0],
      [1, 0, 0, 1, 0],
    ]
    expect(metrics.precision(truth, guess)).toBe(0.5)
    expect(metrics.recall(truth, guess)).toBeCloseTo(1 / 3, 12)
    expect(metrics.precision(truth, guess, { positive: 0 })).toBeCloseTo(1 / 3, 12)
    expect(metrics.precision([0, 1, 2], [0, 2, 2])).toBeCloseTo((1 + 0 + 0.5) / 3, 12)
    const each: number[] = metrics.recall([0, 1, 2], [0, 2, 2], { average: "none" })
    expect(each).toEqual([1, 0, 1])
    expect(metrics.f1(["no", "yes"], ["no", "yes"], { average: "binary", positive: "yes" })).toBe(1)
    expect(metrics.precision([0, 0], [0, 0])).toBe(0)
  })

  test("are reported one by one", () => {
    const report = metrics.classificationReport(["a", "b", "b"], ["a", "b", "a"])
    expect(report.rows()).toEqual([
      { class: "a", precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
      { class: "b", precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
    ])
  })
})

describe("the charts show what is computed", () => {
  test("of the ROC curve and of the confusion matrix", () => {
    const [truth, scores] = [
      [0, 0, 1, 1, 0, 1],
      [0.1, 0.4, 0.35, 0.8, 0.3, 0.3],
    ]
    expect(plot.roc(truth, scores).text).toContain(`AUC ${Number(metrics.rocAuc(truth, scores).toFixed(4))}`)
    const guess = [0, 1, 1, 1, 0, 0]
    const accuracy = (100 * metrics.accuracy(truth, guess)).toFixed(1)
    expect(plot.confusionMatrix(truth, guess).text).toContain(`accuracy ${accuracy} %`)
  })
})

describe("a curve", () => {
  test("goes from corner to corner, a step for each score", () => {
    const curve = metrics.rocCurve([0, 1, 1, 0], [0.2, 0.9, 0.2, 0.1])
    expect(curve.map((point) => [point.falsePositiveRate, point.truePositiveRate, point.threshold])).toEqual([
      [0, 0, Number.POSITIVE_INFINITY],
      [0, 0.5, 0.9],
      [0.5, 1, 0.2],
      [1, 1, 0.1],
    ])
    expect(metrics.rocAuc([true, false], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(1)
  })
})

describe("bad input", () => {
  const cases: Record<string, () => unknown> = {
    "scores for classes": () => metrics.accuracy([0, 1], [0.3, 0.7]),
    "lengths that differ": () => metrics.accuracy([0, 1, 2], [0, 1]),
    "scores of both classes": () => metrics.rocAuc([0, 1], [0.1, 0.9, 0.5, 0.5]),
    "no samples": () => metrics.f1([], []),
    "three classes where there are two": () => metrics.precision([0, 1, 2], [0, 1, 2], { average: "binary" }),
    "a class that is not listed": () => metrics.confusionMatrix([0, 3], [0, 0], { classes: [0, 1] }),
    "an average that is none": () => metrics.recall([0, 1], [0, 1], { average: "mean" as never }),
    "labels that are not 0 and 1": () => metrics.rocCurve([1, 2], [0.1, 0.2]),
    "only one class": () => metrics.averagePrecision([1, 1], [0.1, 0.2]),
    "NaN among the scores": () => metrics.rocAuc([0, 1], [Number.NaN, 0.2]),
    "text for a measurement": () => metrics.r2(["a"] as never, [1]),
    "logits without targets": () => metrics.perplexity(zeros([2, 3])),
    "logits of another shape": () => metrics.perplexity(zeros([2, 3]), zeros([3], { dtype: "int32" })),
    "more tops than classes": () => metrics.topKAccuracy([0], zeros([1, 3]), 4),
    "classes for top-k": () => metrics.topKAccuracy([0], zeros([3])),
  }
  test.each(Object.keys(cases))("%s", (name) => {
    expect(cases[name]).toThrowErrorMatchingSnapshot()
  })
})
