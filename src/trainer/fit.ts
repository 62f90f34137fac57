import { progress as progressBar } from "../display/progress.js"
import type { History } from "./history.js"
import { badOption } from "./messages.js"
import type { FitOptions, Pair } from "./options.js"
import { type Trainable, Training } from "./training.js"

/**
 * Trains a model: for each epoch goes through the batches, computes the loss, its gradients and a step of the optimizer, then
 * looks at the validation set. It is the loop that one writes by hand, with a progress bar, and with the rest by options.
 *
 * Gives the history of the losses, which `plot.lossCurve` draws. After an interrupt, `historyOf(model)` has it, and the
 * model can be trained on.
 *
 * Errors: options that make no sense; batches that are no pairs; a loss that is NaN.
 *
 * @param loader batches `[x, y]`, such as a `DataLoader`
 * @example
 * const history = fit(model, loader, {
 *   loss: new nn.CrossEntropyLoss(),
 *   optimizer: new optim.Adam(model.parameters()),
 *   epochs: 10,
 *   validation: valLoader,
 *   metrics: { accuracy: metrics.accuracy },
 *   earlyStopping: 3,
 * })
 */
export function fit<X, Y>(model: Trainable<X>, loader: Iterable<Pair<X, Y>>, options: FitOptions<X, Y>): History {
  const training = new Training(model, options)
  const validation = options.validation
  if (validation !== undefined && !(Symbol.iterator in validation))
    throw badOption("validation", validation, "Its batches come asynchronously.", "await fitAsync(…) takes such.")
  function* steps(): Generator<void> {
    for (let epoch = 0; epoch < training.epochs && !training.stopped; epoch++) {
      training.startEpoch()
      for (const batch of loader) {
        training.trainOn(batch)
        yield
        if (training.stopped) break
      }
      if (validation !== undefined) {
        training.startValidation()
        for (const batch of validation as Iterable<Pair<X, Y>>) training.validateOn(batch)
      }
      training.endEpoch()
      bar?.set(training.figures())
    }
    if (training.stopped) bar?.complete()
  }
  const bar = options.progress === false ? undefined : progressBar(steps(), barOptions(loader, training.epochs))
  for (const _ of bar ?? steps()) bar?.set(training.figures())
  return training.finish()
}

/**
 * `fit` for batches that have to be waited for, such as those of a loader over files: goes through them with `for await`, and
 * lets timers and messages have their turn after each.
 */
export async function fitAsync<X, Y>(
  model: Trainable<X>,
  loader: Iterable<Pair<X, Y>> | AsyncIterable<Pair<X, Y>>,
  options: FitOptions<X, Y>,
): Promise<History> {
  const training = new Training(model, options)
  async function* steps(): AsyncGenerator<void> {
    for (let epoch = 0; epoch < training.epochs && !training.stopped; epoch++) {
      training.startEpoch()
      for await (const batch of batchesOf(loader)) {
        training.trainOn(batch)
        yield
        await new Promise(setImmediate)
        if (training.stopped) break
      }
      if (options.validation !== undefined) {
        training.startValidation()
        for await (const batch of batchesOf(options.validation)) training.validateOn(batch)
      }
      training.endEpoch()
      bar?.set(training.figures())
    }
    if (training.stopped) bar?.complete()
  }
  const bar = options.progress === false ? undefined : progressBar(steps(), barOptions(loader, training.epochs))
  for await (const _ of bar ?? steps()) bar?.set(training.figures())
  return training.finish()
}

/** A loader can be gone through in both ways; the asynchronous one reads ahead. */
function batchesOf<T>(source: Iterable<T> | AsyncIterable<T>): AsyncIterable<T> | Iterable<T> {
  return Symbol.asyncIterator in source ? { [Symbol.asyncIterator]: () => source[Symbol.asyncIterator]() } : source
}

function barOptions(loader: object, epochs: number): { label: string; unit: string; total?: number } {
  const length = (loader as { length?: unknown }).length
  const known = typeof length === "number" && Number.isFinite(length)
  return { label: "fit", unit: "batch", ...(known ? { total: length * epochs } : {}) }
}
