import { describe, expect, test } from "vitest"
import { cars, load, names, penguins } from "../../src/datasets/vega.js"

describe("vega-datasets", () => {
  test("cars has its rows, columns and holes", () => {
    const table = cars()
    expect(table.numRows).toBe(406)
    expect(table.columns).toEqual([
      "Name",
      "Miles_per_Gallon",
      "Cylinders",
      "Displacement",
      "Horsepower",
      "Weight_in_lbs",
      "Acceleration",
      "Year",
      "Origin",
    ])
    expect(table.missing("Horsepower")).toBe(6)
    expect(table.missing("Miles_per_Gallon")).toBe(8)
    expect(table.dropMissing().numRows).toBe(392)
  })

  test("penguins is typed, so that a misspelt column does not compile", () => {
    const mass = penguins().dropMissing("Body Mass (g)").column("Body Mass (g)")
    expect(mass.reduce((a, b) => a + b) / mass.length).toBeCloseTo(4201.75, 1)
    // @ts-expect-error no such column
    expect(() => penguins().column("Body Mass")).toThrow('did you mean "Body Mass (g)"?')
  })

  test("every table that is named can be read", () => {
    for (const name of names().filter((name) => !name.startsWith("flights-"))) {
      const table = load(name)
      expect(table.numRows, name).toBeGreaterThan(0)
      expect(table.numColumns, name).toBeGreaterThan(1)
    }
  })

  test("a wrong name is met with the nearest", () => {
    expect(() => load("penguin")).toThrow('did you mean "penguins"?')
    expect(() => load("../../../etc/passwd")).toThrow("There is no table of that name")
  })
})
