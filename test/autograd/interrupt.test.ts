import { expect, it } from "vitest"
import { setGradEnabled } from "../../src/autograd/mode.js"
import { isGradEnabled, restoreRecording, tensor } from "../../src/index.js"
import { openScope } from "../../src/native/pool.js"

it("recording can be put back after an interrupt that ran no finally", () => {
  setGradEnabled(false)
  const open: never[] = []
  openScope(12345, open)
  restoreRecording()
  expect(isGradEnabled()).toBe(true)
  tensor([1]).add(1)
  expect(open).toEqual([])
})
