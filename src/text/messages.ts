import { ArgumentError } from "../tensor/errors.js"
import { valueText } from "../tensor/messages.js"

/** A token that the vocabulary does not have. */
export function unknownToken(call: string, token: string, size: number, hint: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${JSON.stringify(token)}`,
    rule: `This token is none of the ${size} in the vocabulary.`,
    hint,
  })
}

/** A number that stands for no token. */
export function unknownId(call: string, id: unknown, size: number): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${valueText(id)}`,
    rule: `The vocabulary has ${size} tokens; a token's number is a whole number from 0 to ${size - 1}.`,
  })
}

/** An argument that a tokenizer or a dataset of tokens does not take. */
export function badText(call: string, name: string, value: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} ${valueText(value)}`, rule, hint })
}
