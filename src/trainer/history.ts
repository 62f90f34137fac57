import { displayMetadata, jupyterDisplay, type MimeBundle } from "../display/host.js"
import { lossCurve } from "../display/plot/loss-curve.js"
import type { Module, StateDict } from "../nn/module.js"
import { nothingBest } from "./messages.js"

/** The best epoch of a training so far. */
export interface Best {
  /** Counted from 1. */
  readonly epoch: number
  /** What was to be as small (or as large) as possible. */
  readonly value: number
}

/**
 * What a training has come to: a value for each epoch. `plot.lossCurve(history)` draws its losses.
 *
 * It is written while the training runs, so it is right at every moment, also after an interrupt.
 */
export class History {
  /** The mean loss of each epoch, while it was trained. */
  readonly train: number[] = []
  /** The mean loss over the validation batches after each epoch; empty without a validation set. */
  readonly val: number[] = []
  // What is not a loss is kept out of the fields, so that a loss curve of a history shows losses.
  readonly #metrics: Record<string, number[]> = {}
  readonly #rates: number[] = []
  readonly #stepLosses: number[] = []
  #best: (Best & { state: StateDict | undefined }) | undefined
  #stoppedEarly = false

  /** The metrics of the validation set after each epoch, by name. */
  get metrics(): Readonly<Record<string, readonly number[]>> {
    return this.#metrics
  }

  /** The learning rate of each epoch. */
  get lr(): readonly number[] {
    return this.#rates
  }

  /** The loss of every batch. */
  get steps(): readonly number[] {
    return this.#stepLosses
  }

  /** How many epochs are complete. */
  get epochs(): number {
    return this.train.length
  }

  /** The best epoch, by what the training watches; undefined before the first. */
  get best(): Best | undefined {
    return this.#best && { epoch: this.#best.epoch, value: this.#best.value }
  }

  /** Whether early stopping ended the training. */
  get stoppedEarly(): boolean {
    return this.#stoppedEarly
  }

  /** Puts the values of the best epoch back into the model, when they were kept. */
  restoreBest(model: Module): void {
    if (this.#best?.state === undefined) throw nothingBest()
    model.loadStateDict(this.#best.state)
  }

  /** @internal A training begins, the first or one that goes on. */
  start(): void {
    this.#stoppedEarly = false
  }

  /** @internal Whether the values of the best epoch are here. */
  get keepsBest(): boolean {
    return this.#best?.state !== undefined
  }

  /** @internal */
  addStep(loss: number): void {
    this.#stepLosses.push(loss)
  }

  /** @internal */
  addEpoch(train: number, val: number | undefined, lr: number, metrics: Readonly<Record<string, number>>): void {
    this.train.push(train)
    if (val !== undefined) this.val.push(val)
    this.#rates.push(lr)
    for (const [name, value] of Object.entries(metrics)) {
      this.#metrics[name] ??= []
      this.#metrics[name].push(value)
    }
  }

  /** @internal */
  setBest(value: number, state: StateDict | undefined): void {
    this.#best = { epoch: this.epochs, value, state }
  }

  /** @internal */
  endEarly(): void {
    this.#stoppedEarly = true
  }

  toString(): string {
    const last = (values: readonly number[]) => values.at(-1)?.toPrecision(4)
    const parts = [
      `${this.epochs} epoch${this.epochs === 1 ? "" : "s"}`,
      this.epochs > 0 && `train ${last(this.train)}`,
      this.val.length > 0 && `val ${last(this.val)}`,
      ...Object.entries(this.#metrics).map(([name, values]) => `${name} ${last(values)}`),
      this.#best && `best in epoch ${this.#best.epoch}`,
      this.#stoppedEarly && "stopped early",
    ]
    return `History(${parts.filter(Boolean).join(", ")})`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }

  /** A notebook shows the loss curve. */
  [jupyterDisplay](): MimeBundle {
    const text = { "text/plain": this.toString() }
    return this.epochs === 0 ? text : { ...lossCurve(this)[jupyterDisplay](), ...text }
  }

  get [displayMetadata](): Record<string, unknown> {
    return this.epochs === 0 ? {} : lossCurve(this)[displayMetadata]
  }
}

const histories = new WeakMap<Module, History>()

/**
 * The history of a model's last training, also of one that was interrupted before `fit` could return it; undefined when
 * there was none.
 */
export function historyOf(model: Module): History | undefined {
  return histories.get(model)
}

/** @internal */
export function rememberHistory(model: Module, history: History): void {
  histories.set(model, history)
}
