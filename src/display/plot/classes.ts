import { isTensorLike, type Numbers, readNumbers } from "../numbers.js"

/** The class of each sample as text: names as they are, numbers by `labels` where there are any. */
export function readClasses(call: string, role: string, values: Numbers, labels?: readonly string[]): string[] {
  if (typeof values === "object" && !isTensorLike(values)) {
    const list = Array.from(values as Iterable<unknown>)
    if (list.every((value): value is string => typeof value === "string")) return list
  }
  return readNumbers(call, role, values).map((value) => labels?.[value] ?? String(value))
}
