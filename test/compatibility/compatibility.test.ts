import { expect, test } from "vitest"
import { leftOut, renamed } from "./names.js"
import { compatibilityTable, sections } from "./table.js"

test("docs/compatibility.md is what the code gives", async () => {
  await expect(compatibilityTable()).toMatchFileSnapshot("../../docs/compatibility.md")
})

test("every name of PyTorch has a counterpart or a reason", () => {
  const all = sections()
  expect([...all.keys()]).toContain("torch.nn.functional")
  for (const [section, rows] of all) {
    expect(rows.length, section).toBeGreaterThan(1)
    for (const row of rows) expect(row.ours !== null || row.why !== "", `${section}.${row.torch}`).toBe(true)
  }
})

test("the tables of names hold only names of PyTorch", () => {
  const all = sections()
  const known = (section: string, name: string) => all.get(section)?.some((row) => row.torch === name) === true
  const strangers = [
    ...Object.entries(renamed).flatMap(([section, names]) =>
      Object.keys(names).map((name) => [section, name] as const),
    ),
  ].filter(([section, name]) => !known(section, name))
  expect(strangers).toEqual([])
})

test("every reason is that of some name", () => {
  const names = [...sections()].flatMap(([section, rows]) => rows.map((row) => `${section}.${row.torch}`))
  expect(leftOut.filter(([pattern]) => !names.some((name) => pattern.test(name))).map(([, why]) => why)).toEqual([])
})
