import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Boundary } from "../../kernel/boundary.js"
import { InterruptError } from "../../kernel/interrupt.js"

const boundary = new Boundary()

describe("Boundary", () => {
  test("gives what the call returns, and throws what it throws", () => {
    expect(boundary.call(() => 7)).toBe(7)
    expect(boundary.call(() => boundary.call(() => "inner"))).toBe("inner")
    const error = new RangeError("mine")
    expect(() => boundary.call(() => raise(error))).toThrow(error)
  })

  // In a process of its own: a termination ends whatever runs, be it the test runner.
  test("turns the termination of an endless loop into an error; what ran before keeps its values", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(import.meta.dirname, "support", "terminate.mjs"),
    ])
    expect(stdout).toBe("InterruptError InterruptError InterruptError InterruptError InterruptError\n")
  })

  test("guards: an interrupt is a silent end, other errors pass", () => {
    let interrupted = 0
    const enter = boundary.guard(() => interrupted++)
    enter(() => raise(new InterruptError()))
    expect(interrupted).toBe(1)
    expect(() => enter(() => raise(new TypeError("other")))).toThrow("other")
  })
})

describe("guarded callbacks", () => {
  const { setTimeout, setInterval, setImmediate, queueMicrotask } = globalThis
  const { nextTick } = process
  const running = new Set<() => void>()

  beforeAll(() => {
    boundary.guardCallbacks(() => ({
      enter: (run) => run(),
      scheduled: (cancel) => {
        running.add(cancel)
        return () => running.delete(cancel)
      },
    }))
  })

  afterAll(() => {
    Object.assign(globalThis, { setTimeout, setInterval, setImmediate, queueMicrotask })
    process.nextTick = nextTick
  })

  test("are called with their values", async () => {
    const called: unknown[] = []
    await new Promise<void>((resolve) => {
      globalThis.queueMicrotask(() => called.push("microtask"))
      process.nextTick((value: string) => called.push(value), "tick")
      globalThis.setTimeout((a: number, b: number) => called.push(a + b), 1, 2, 3)
      globalThis.setImmediate((value: string) => called.push(value), "immediate")
      const interval = globalThis.setInterval(
        (value: string) => {
          called.push(value)
          clearInterval(interval)
          resolve()
        },
        15,
        "interval",
      )
    })
    expect(new Set(called)).toEqual(new Set(["tick", "microtask", "immediate", 5, "interval"]))
  })

  test("work with util.promisify", async () => {
    await expect(promisify(globalThis.setTimeout)(1, "value")).resolves.toBe("value")
    await expect(promisify(globalThis.setImmediate)("value")).resolves.toBe("value")
  })

  test("are refused when they are no functions", () => {
    expect(() => globalThis.setTimeout("code" as never, 1)).toThrow(/callback.*must be of type function/)
    expect(() => process.nextTick(null as never)).toThrow(/callback.*must be of type function/)
  })

  test("are cancelled by an interrupt while they are due, and forgotten afterwards", async () => {
    running.clear()
    let fired = 0
    globalThis.setTimeout(() => fired++, 1)
    globalThis.setImmediate(() => fired++)
    expect(running.size).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect({ fired, left: running.size }).toEqual({ fired: 2, left: 0 })
    globalThis.setInterval(() => fired++, 1)
    globalThis.setTimeout(() => fired++, 1)
    for (const cancel of running) cancel()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(fired).toBe(2)
  })
})

function raise(error: Error): never {
  throw error
}
