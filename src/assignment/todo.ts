/** What `todo` throws: a task that is still to be done, which a check reports as "not yet" instead of as a mistake. */
export class NotYet extends Error {
  override readonly name = "NotYet"

  readonly #task: string

  constructor(task: string) {
    super(`${task} is still to be written: replace this todo(…) by your own code.`)
    this.#task = task
  }

  /** What is still to be done. */
  get task(): string {
    return this.#task
  }
}

/**
 * Stands where a student's code belongs: it has every type, so that the cell passes the type check, and throws `NotYet`
 * when it is reached.
 *
 * @example (() => { try { return todo("the neuron") } catch (error) { return error.name } })() // "NotYet"
 */
export function todo(task = "this"): never {
  throw new NotYet(task)
}
