import { describe, expect, test } from "vitest"
import { type Answer, type Checker, check, score, todo, whenDone } from "../../src/assignment/index.js"
import { jupyterDisplay } from "../../src/display/host.js"
import { tensor, zeros } from "../../src/index.js"

/** The one line that a check says to a wrong answer. */
function said(given: unknown, wanted: Answer, options: Parameters<Checker["gives"]>[3] = {}): string | undefined {
  const { rows } = check("said", (t) => t.gives("it", () => given, wanted, options))
  return rows[0]?.why
}

describe("an answer is right", () => {
  test.each<[unknown, Answer]>([
    [2, 2],
    [0.30000001, 0.3],
    [tensor(2), 2],
    [tensor([1, 2]), [1, 2]],
    [
      [tensor(1), tensor(2)],
      [1, 2],
    ],
    [new Float64Array([1, 2]), [1, 2]],
    [[[1], [2]], tensor([[1], [2]])],
    [tensor([1, 0], { dtype: "bool" }), [1, 0]],
    [true, true],
    ["cat", "cat"],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [Number.NaN, Number.NaN],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])("%s for %s", (given, wanted) => {
    expect(said(given, wanted)).toBeUndefined()
  })
})

describe("what is said to a wrong answer", () => {
  test.each<[unknown, Answer, string]>([
    [3, 2, "It gives 3, but 2 is right."],
    [tensor([1, 5]), [1, 2], "At [1] it gives 5, but 2 is right."],
    [
      [
        [1, 2],
        [3, 9],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      "At [1, 1] it gives 9, but 4 is right.",
    ],
    [undefined, 2, "It gives nothing (undefined). Is there a `return` missing?"],
    [null, 2, "It gives null: nothing was computed yet, such as a gradient before backward()."],
    [Promise.resolve(2), 2, "It gives a promise. Write the function without `async`, or `await` what it gives."],
    [() => 2, 2, "It gives a function, not what the function computes. Are the parentheses of the call missing?"],
    ["2", 2, 'It gives "2", but a number such as 2 is wanted.'],
    [[[1], [2, 3]], [[1, 2]], "It gives [[1],[2,3]], but numbers of shape [1, 2] are wanted."],
    ["dog", "cat", 'It gives "dog", but "cat" is right.'],
    [
      tensor([[1], [2]]),
      [1, 2],
      "Its shape is [2, 1], but [2] is wanted. The numbers are right: only the shape is not.",
    ],
    [
      tensor([
        [1, 3, 5],
        [2, 4, 6],
      ]),
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      "Its shape is [2, 3], but [3, 2] is wanted. The numbers are right: it is transposed.",
    ],
    [zeros([3]), [1, 2], "Its shape is [3], but [2] is wanted."],
    [
      tensor([
        [1, 3],
        [2, 4],
      ]),
      [
        [1, 2],
        [3, 4],
      ],
      "At [0, 1] it gives 3, but 2 is right. It is transposed.",
    ],
    [tensor([-1, 2]), [1, -2], "At [0] it gives -1, but 1 is right. All is right but for the sign."],
    [tensor([2, 0, 6]), [1, 0, 3], "At [0] it gives 2, but 1 is right. Every number is 2 times what it should be."],
    [
      Number.NaN,
      1,
      "It gives NaN, but 1 is right. NaN is no number: it comes from 0 / 0, from the logarithm of a negative number, or from ∞ - ∞.",
    ],
  ])("%s for %s", (given, wanted, text) => {
    expect(said(given, wanted)).toBe(text)
  })

  test("a mistake that is known gets its own advice, any other the hint", () => {
    const options = { mistakes: [[2, "Divide by n."]] as const, hint: "See task 1." }
    expect(said(2, 1, options)).toBe("It gives 2, but 1 is right.\nDivide by n.")
    expect(said(3, 1, options)).toBe("It gives 3, but 1 is right.\nSee task 1.")
  })

  test("the tolerance is relative, and for small numbers absolute", () => {
    expect(said(1000.05, 1000)).toBeUndefined()
    expect(said(1000.2, 1000)).toBeDefined()
    expect(said(0.00005, 0)).toBeUndefined()
    expect(said(1.05, 1, { tolerance: 0.1 })).toBeUndefined()
  })
})

describe("a check", () => {
  const report = check(
    "everything",
    (t) => {
      t.gives("the sum", () => 2, 2)
      t.holds("a condition", () => false, { hint: "Think again." })
      t.holds("a reason", () => "The loss grew.")
      t.gives("an error", () => tensor([1, 2]).matmul(tensor([1, 2, 3])), 0)
      t.gives("it once more", () => tensor([1, 2]).matmul(tensor([1, 2, 3])), 0)
      t.gives("a task", () => todo("the neuron"), 0)
      todo()
    },
    { points: 14 },
  )

  test("says what is right, wrong and open, and never throws", () => {
    expect(String(report)).toMatchInlineSnapshot(`
      "everything: 1 of 7 right, 2 not yet
        ✓ the sum
        ✗ a condition
            This does not hold.
            Think again.
        ✗ a reason
            The loss grew.
        ✗ an error
            It stops with an error.
            ShapeError: matmul: [2] @ [3]
              left   [2]  last size 2
              right  [3]  first size 3
            The last size of the left (2) must equal the first size of the right (3).
        ✗ it once more
            It stops with the same error.
        ○ a task (not yet: the neuron)
        ○ the code runs on (not yet)"
    `)
    expect([report.right, report.earned, report.passed]).toEqual([1, 2, false])
  })

  test("is a card in the notebook, in which what students wrote is text only", () => {
    const { "text/html": html } = check("<b>", (t) => t.gives("it", () => "<script>", "x"))[jupyterDisplay]()
    expect(html).toContain("&lt;b&gt;")
    expect(html).not.toContain("<script>")
    expect(html).toContain("#D1373F")
  })

  test("that asks nothing is not passed", () => {
    expect(check("nothing", () => {}).passed).toBe(false)
  })
})

test("the score holds each check once, as it came out last", () => {
  check("counted", (t) => t.gives("it", () => 1, 2))
  const before = score()
  check("counted", (t) => t.gives("it", () => 2, 2))
  const after = score()
  expect([after.points - before.points, after.earned - before.earned]).toEqual([0, 1])
  expect(String(after)).toMatch(/^Score: \S+ of \S+ points\n[\s\S]*\n {2}counted {2,}1 \/ 1 {2}all right/)
  const data = after[jupyterDisplay]()["application/vnd.cellgrad.score+json"] as {
    tasks: { title: string; earned: number }[]
  }
  expect(data.tasks.filter(({ title }) => title === "counted")).toMatchObject([{ earned: 1, points: 1 }])
})

test("whenDone waits for a task and lets other errors through", () => {
  expect(whenDone(() => 42)).toBe(42)
  expect(String(whenDone(() => todo()))).toBe("○ This shows something once the task is done.")
  expect(() => whenDone(() => tensor([1]).matmul(tensor([1, 2])))).toThrow("matmul")
})
