import { ArgumentError } from "../tensor/errors.js"
import { valueText } from "../tensor/messages.js"

/** A setting of an optimizer or scheduler out of its range. */
export function badSetting(optimizer: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${optimizer}: ${name} = ${valueText(value)}`, rule: `${name} ${rule}.` })
}

/** Something other than parameters. */
export function badParameters(optimizer: string, value: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({ call: `${optimizer}: ${valueText(value)}`, rule, hint })
}

/** A saved state that belongs to other parameters. */
export function stateSizes(optimizer: string, wanted: number, found: number): ArgumentError {
  return new ArgumentError({
    call: `${optimizer}.loadStateDict: a state for ${found} parameters`,
    rule: `The optimizer has ${wanted}; the state must come from one with the same parameters.`,
  })
}
