import { noGrad } from "../autograd/mode.js"
import { save } from "../io/save.js"
import type { Module, StateDict } from "../nn/module.js"
import { clipGradNorm_ } from "../nn/utils.js"
import { cat } from "../ops/join.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { History, rememberHistory } from "./history.js"
import * as messages from "./messages.js"
import { checkOptions, type FitCallbacks, type FitOptions, type FitState, type Pair, type Schedule } from "./options.js"

/** A model that maps the inputs of a batch to an output. */
export type Trainable<X> = Module & ((x: X) => Tensor)

/**
 * The course of one training: what is done with each batch, after each epoch and at the end. The loops around it, plain or
 * asynchronous, stand in `fit.ts`.
 */
export class Training<X, Y> {
  readonly history: History
  readonly epochs: number
  stopped = false
  readonly #model: Trainable<X>
  readonly #options: FitOptions<X, Y>
  readonly #callbacks: readonly FitCallbacks[]
  readonly #monitor: string
  readonly #sign: 1 | -1
  readonly #patience: number
  readonly #minDelta: number
  readonly #keepsBest: boolean
  #epoch = 0
  #step = 0
  #sum = 0
  #samples = 0
  #batches = 0
  #valSum = 0
  #valSamples = 0
  #outputs: Tensor[] = []
  #targets: Tensor[] = []
  #last = { loss: Number.NaN, valLoss: undefined as number | undefined, metrics: {} as Record<string, number> }
  #bestEpoch = 0

  constructor(model: Trainable<X>, options: FitOptions<X, Y>) {
    checkOptions(options)
    const { epochs = 1, validation, monitor, mode, earlyStopping, bestWeights = false, callbacks = [] } = options
    this.#model = model
    this.#options = options
    this.epochs = epochs
    this.history = options.history ?? new History()
    this.#monitor = monitor ?? (validation === undefined ? "train" : "val")
    const isLoss = this.#monitor === "train" || this.#monitor === "val"
    this.#sign = (mode ?? (isLoss ? "min" : "max")) === "min" ? 1 : -1
    const stopping = typeof earlyStopping === "number" ? { patience: earlyStopping } : earlyStopping
    this.#patience = stopping?.patience ?? Number.POSITIVE_INFINITY
    this.#minDelta = stopping?.minDelta ?? 0
    this.#keepsBest = bestWeights || stopping !== undefined
    this.#callbacks = [callbacks]
      .flat()
      .map((callback) => (typeof callback === "function" ? { onEpochEnd: callback } : callback))
    this.#bestEpoch = this.history.epochs
    this.history.start()
    rememberHistory(model, this.history)
    this.#tell("onStart")
  }

  startEpoch(): void {
    this.#epoch++
    this.#sum = this.#samples = this.#batches = this.#valSum = this.#valSamples = 0
    this.#outputs = []
    this.#targets = []
    this.#model.train()
  }

  /** Trains on one batch. */
  trainOn(batch: Pair<X, Y>): void {
    const [x, y] = pairOf(batch)
    const { optimizer, loss, clipGradNorm, scheduler, allowNaN = false } = this.#options
    // As a closure, since LBFGS computes the loss several times in a step.
    const value = optimizer.step(() => {
      optimizer.zeroGrad()
      const result = loss(this.#model(x), y)
      if (!isTensor(result) || result.numel() !== 1) throw messages.notALoss(result)
      const number = result.item()
      if (!Number.isFinite(number) && !allowNaN) throw messages.lossIsNaN(this.#epoch, this.#batches + 1, number)
      result.backward()
      if (clipGradNorm !== undefined) clipGradNorm_(this.#model.parameters(), clipGradNorm)
      return number
    })
    const samples = countOf(x)
    this.#sum += value * samples
    this.#samples += samples
    this.#batches++
    this.#step++
    this.#last = { loss: value, valLoss: undefined, metrics: {} }
    this.history.addStep(value)
    if (scheduler !== undefined && "scheduler" in scheduler && scheduler.every === "batch")
      stepSchedule(scheduler.scheduler, value)
    this.#tell("onBatchEnd")
  }

  startValidation(): void {
    this.#model.eval()
  }

  /** Looks at one batch of the validation set. */
  validateOn(batch: Pair<X, Y>): void {
    const [x, y] = pairOf(batch)
    noGrad(() => {
      const output = this.#model(x)
      const samples = countOf(x)
      this.#valSum += this.#options.loss(output, y).item() * samples
      this.#valSamples += samples
      if (this.#options.metrics === undefined) return
      this.#outputs.push(output)
      if (isTensor(y)) this.#targets.push(y)
    })
  }

  endEpoch(): void {
    if (this.#batches === 0) throw messages.noBatches()
    this.#model.train()
    const { metrics = {}, optimizer, scheduler, checkpoint } = this.#options
    const train = this.#sum / this.#samples
    const val = this.#valSamples === 0 ? undefined : this.#valSum / this.#valSamples
    const measured: Record<string, number> = {}
    if (val !== undefined && Object.keys(metrics).length > 0) {
      const [yPred, yTrue] = [cat(this.#outputs), cat(this.#targets)]
      for (const [name, metric] of Object.entries(metrics)) measured[name] = metric(yTrue, yPred)
    }
    this.history.addEpoch(train, val, optimizer.paramGroups[0]?.lr ?? Number.NaN, measured)
    this.#last = { loss: train, valLoss: val, metrics: measured }
    const watched = { train, val, ...measured }[this.#monitor] ?? train
    const best = this.history.best
    if (
      best === undefined ||
      Number.isNaN(best.value) ||
      this.#sign * watched < this.#sign * best.value - this.#minDelta
    ) {
      this.#bestEpoch = this.history.epochs
      this.history.setBest(watched, this.#keepsBest ? copyOf(this.#model) : undefined)
      if (checkpoint !== undefined) save(this.#model, checkpoint)
    } else if (this.history.epochs - this.#bestEpoch >= this.#patience) {
      this.history.endEarly()
      this.stopped = true
    }
    if (scheduler !== undefined && !("scheduler" in scheduler)) stepSchedule(scheduler, watched)
    else if (scheduler !== undefined && scheduler.every === "epoch") stepSchedule(scheduler.scheduler, watched)
    this.#tell("onEpochEnd")
  }

  finish(): History {
    // A history that is gone on with may have its best epoch in a training that did not keep the values.
    if (this.#keepsBest && this.history.keepsBest) this.history.restoreBest(this.#model)
    this.#tell("onEnd")
    return this.history
  }

  /** What the progress bar shows. */
  figures(): Record<string, unknown> {
    const { loss, valLoss, metrics } = this.#last
    const before = this.history.val.at(-1)
    return {
      epoch: `${this.#epoch}/${this.epochs}`,
      loss,
      ...((valLoss ?? before) === undefined ? {} : { val: valLoss ?? before }),
      ...metrics,
      ...(this.history.stoppedEarly ? { stopped: `early, best in epoch ${this.history.best?.epoch}` } : {}),
    }
  }

  #tell(event: keyof FitCallbacks): void {
    if (this.#callbacks.length === 0) return
    const state: FitState = {
      model: this.#model,
      history: this.history,
      epoch: this.#epoch,
      epochs: this.epochs,
      step: this.#step,
      ...this.#last,
      stop: () => {
        this.stopped = true
      },
    }
    for (const callbacks of this.#callbacks) callbacks[event]?.(state)
  }
}

function pairOf<X, Y>(batch: Pair<X, Y>): Pair<X, Y> {
  if (!Array.isArray(batch) || batch.length < 2) throw messages.notAPair(batch)
  return batch
}

/** How many samples a batch has, so that a last one that is not full counts less. */
function countOf(x: unknown): number {
  return isTensor(x) ? (x.shape[0] ?? 1) : 1
}

function copyOf(model: Module): StateDict {
  return Object.fromEntries(Object.entries(model.stateDict()).map(([name, value]) => [name, value.clone()]))
}

/** Plain schedules take no argument; `ReduceLROnPlateau` takes the watched value. */
function stepSchedule(schedule: Schedule, value: number): void {
  if (schedule.step.length > 0) schedule.step(value)
  else (schedule.step as () => void).call(schedule)
}
