import { expect, test } from "vitest"
import { plot } from "../../src/display/index.js"
import { DisplayError } from "../../src/display/messages.js"
import { tensor, zeros } from "../../src/ops/index.js"
import { CellgradError } from "../../src/tensor/errors.js"

const table = { columns: ["weight", "mpg"], numRows: 2, values: (name: string) => (name === "mpg" ? [20, 30] : [1, 2]) }

/** What charts must refuse, and what they say. */
const bad: Record<string, () => unknown> = {
  "loss curve of nothing": () => plot.lossCurve({}),
  "loss curve of NaN only": () => plot.lossCurve({ train: [Number.NaN] }),
  "loss curve of words": () => plot.lossCurve({ train: ["low", "lower"] as never }),
  "loss curve with too few positions": () => plot.lossCurve({ train: [1, 2, 3] }, { x: [1, 2] }),
  "best of a series that is not there": () => plot.lossCurve({ train: [1] }, { best: "val" }),
  "scatter of different lengths": () => plot.scatter([1, 2, 3], [1, 2]),
  "scatter of a wide tensor": () => plot.scatter(zeros([4, 2]), zeros([4, 2])),
  "scatter of a column that is not there": () => plot.scatter(table, "weigth", "mpg"),
  "scatter of a table without names": () => plot.scatter(table, 3 as never, "mpg"),
  "predictions of different lengths": () => plot.predictions([1, 2], [1]),
  "histogram of nothing": () => plot.histogram([]),
  "histogram of a number": () => plot.histogram(3 as never),
  "line of a word": () => plot.line("steep" as never),
  "histogram with half an interval": () => plot.histogram([1, 2], { bins: 0.5 }),
  "bars of different lengths": () => plot.bar(["a", "b"], [1]),
  "heat map of ragged rows": () => plot.heatmap([[1, 2], [3]]),
  "heat map of a vector": () => plot.heatmap(tensor([1, 2, 3])),
  "heat map with too few names": () => plot.heatmap([[1, 2]], { columns: ["a"] }),
  "activation that is not known": () => plot.activation("rellu" as never),
  "activation that gives words": () => plot.activation((() => "x") as never),
  "activation over an empty range": () => plot.activation("relu", { range: [1, 1] }),
  "confusion of different lengths": () => plot.confusionMatrix([0, 1], [0]),
  "confusion with a class that is not listed": () => plot.confusionMatrix(["a"], ["c"], { labels: ["a", "b"] }),
  "images with the channels last": () => plot.images(zeros([2, 8, 8, 3])),
  "images with too few labels": () => plot.images(zeros([2, 8, 8]), { labels: [1] }),
  "weights of nothing": () => plot.weights({}),
  "boundary of points in space": () => plot.decisionBoundary((x) => x, zeros([5, 3]), [0, 0, 0, 0, 0]),
  "boundary of a model that sums up": () => plot.decisionBoundary((x) => x.sum(), zeros([5, 2]), [0, 0, 0, 0, 0]),
  "attention of a vector": () => plot.attention([0.2, 0.8]),
  "attention of a batch of layers": () => plot.attention(zeros([2, 2, 2, 3, 3])),
  "attention nested without end": () => {
    const loop: unknown[] = []
    loop.push(loop)
    return plot.attention(loop)
  },
  "attention of a number": () => plot.attention(3 as never),
  "attention of nothing": () => plot.attention(zeros([2, 0, 0])),
  "attention of NaN only": () => plot.attention([[Number.NaN]]),
  "attention of ragged rows": () => plot.attention([[1, 0], [1]]),
  "attention of layers that differ": () => plot.attention([zeros([2, 3, 3]), zeros([2, 4, 4])]),
  "attention of words": () => plot.attention([["a"]]),
  "attention with too few tokens": () => plot.attention(zeros([3, 3]), { tokens: ["a", "b"] }),
  "attention to another text without its tokens": () => plot.attention(zeros([2, 3]), { tokens: ["a", "b"] }),
  "attention with too many key tokens": () => plot.attention(zeros([2, 3]), { keyTokens: ["a", "b", "c", "d"] }),
  "attention of a layer that is not there": () => plot.attention(zeros([2, 1, 3, 3]), { layer: 2 }),
  "attention of too many heads": () => plot.attention(zeros([40, 2, 2])),
  "ROC of different lengths": () => plot.roc([0, 1], [0.5]),
  "ROC of three classes": () => plot.roc([0, 1, 2], [0.1, 0.2, 0.3]),
  "ROC of one class": () => plot.roc([1, 1], [0.1, 0.2]),
  "ROC of nothing": () => plot.roc([], []),
  "ROC of NaN": () => plot.roc([0, 1], [0.5, Number.NaN]),
  "ROC of a score for each class": () => plot.roc([0, 1], zeros([2, 2])),
  "positions of half a dimension": () => plot.positionalEncoding(2.5),
  "positions of no length": () => plot.positionalEncoding(8, { length: 0 }),
  "positions of a batch": () => plot.positionalEncoding(zeros([2, 4, 4])),
  "positions of NaN only": () => plot.positionalEncoding([[Number.NaN]]),
  "learning rate of nothing": () => plot.learningRate([]),
  "learning rate of NaN only": () => plot.learningRate(() => Number.NaN),
  "learning rate that is a word": () => plot.learningRate((() => "fast") as never),
  "learning rate over no steps": () => plot.learningRate(() => 1, { steps: 0 }),
  "learning rate with too few positions": () => plot.learningRate([1, 2, 3], { x: [1, 2] }),
  "a file of another kind": () => plot.line([1, 2]).save("chart.gif"),
}

test.each(Object.entries(bad))("%s", (_, run) => {
  let error: unknown
  try {
    run()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(DisplayError)
  expect(error).toBeInstanceOf(CellgradError)
  expect((error as Error).message).toMatchSnapshot()
})

test("a loss that became NaN says since when, one that only misses a value does not", () => {
  const subtitle = (chart: { spec: { [key: string]: unknown } }) => (chart.spec.title as { subtitle?: string }).subtitle
  const lost = [5, 20, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]
  expect(subtitle(plot.lossCurve({ train: lost }))).toBe(
    "train is NaN from epoch 3 on: the learning rate may be too large",
  )
  expect(subtitle(plot.lossCurve({ train: [5, Number.NaN, 4] }))).toBe("1 NaN or infinite, not drawn")
  const live = plot.live({ xLabel: "step" })
  for (const train of [3, Number.POSITIVE_INFINITY]) live.log({ train })
  expect(subtitle(live.chart())).toBe("train is infinite from step 2 on: the learning rate may be too large")
})

test("of scores for each class, a confusion matrix takes the highest", () => {
  const scores = tensor([
    [2, 1, 0],
    [0, 3, 1],
    [0, 1, 5],
  ])
  expect(plot.confusionMatrix([0, 1, 1], scores).text).toBe("Confusion matrix · accuracy 66.7 % · 3 samples")
  expect(plot.confusionMatrix([0, 1, 1], scores).spec).toEqual(plot.confusionMatrix([0, 1, 1], [0, 1, 2]).spec)
})

test("points of two numbers each stand for x and y", () => {
  const points = tensor([
    [1, 2],
    [3, 4],
  ])
  const { data, encoding } = plot.scatter(points, { color: ["a", "b"] }).spec as Record<string, unknown>
  expect(data).toEqual({
    values: [
      { x: 1, y: 2, c: "a" },
      { x: 3, y: 4, c: "b" },
    ],
  })
  expect(encoding).toMatchObject({ x: { title: "x1" }, y: { title: "x2" } })
  expect(() => plot.scatter(tensor([[1, 2, 3]]))).toThrow(DisplayError)
})

test("half of the values missing are left out and counted", () => {
  const title = (chart: { spec: { [key: string]: unknown } }) => (chart.spec.title as { subtitle: string }).subtitle
  const holes = [1, Number.NaN, 3, null, 5, Number.POSITIVE_INFINITY]
  expect(title(plot.line(holes))).toBe("3 NaN or infinite, not drawn")
  expect(title(plot.histogram(holes))).toContain("3 NaN or infinite, not drawn")
  expect(title(plot.scatter(holes, holes))).toBe("3 NaN or infinite, not drawn")
  expect(title(plot.lossCurve({ train: [1, 0, -1, 2] }, { log: true }))).toBe("2 not above 0, not drawn")
})
