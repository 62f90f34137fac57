import * as messages from "./messages.js"

/**
 * Makes `x[0]` an error that says what to write. Without it JavaScript gives undefined, and `x[0] = 1` a property of that
 * name: no word is said, and the mistake shows far from its place. Those who write brackets begin with small numbers.
 */
export function refuseBrackets(prototype: object): void {
  for (let index = -4; index < 64; index++) {
    Object.defineProperty(prototype, String(index), {
      get: () => {
        throw messages.bracketRead(index)
      },
      set: () => {
        throw messages.bracketWrite(index)
      },
    })
  }
}
