import { badSetting, schedulersDiffer } from "./messages.js"
import type { Optimizer } from "./optimizer.js"
import { ReduceLROnPlateau } from "./plateau.js"
import { initialRate, Scheduler, type SchedulerState } from "./scheduler.js"

function checkSchedulers(name: string, schedulers: readonly Scheduler[], optimizer: Optimizer | undefined): void {
  if (!Array.isArray(schedulers) || schedulers.length === 0)
    throw badSetting(name, "schedulers", schedulers, "must be an array of schedulers")
  schedulers.forEach((scheduler, i) => {
    if (!(scheduler instanceof Scheduler)) throw badSetting(name, `schedulers[${i}]`, scheduler, "must be a scheduler")
    if (scheduler instanceof ReduceLROnPlateau)
      throw badSetting(name, `schedulers[${i}]`, scheduler, "cannot be ReduceLROnPlateau, which needs a measure")
    if (scheduler.optimizer !== optimizer) throw schedulersDiffer(name, i)
  })
}

/** What a schedule made of others saves. */
function savedStates(schedulers: readonly Scheduler[]): SchedulerState[] {
  return schedulers.map((scheduler) => scheduler.stateDict())
}

function loadStates(schedulers: readonly Scheduler[], states: unknown): void {
  schedulers.forEach((scheduler, i) => {
    scheduler.loadStateDict((states as SchedulerState[])[i] as SchedulerState)
  })
}

/**
 * One schedule after another: each takes over at its milestone, from its own epoch 0.
 *
 * Errors: as many milestones as schedules (there is one less), schedules of another optimizer, and `ReduceLROnPlateau`.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const warmUp = new optim.LinearLR(o, { startFactor: 0.5, totalIters: 2 }); const s = new optim.SequentialLR(o, { schedulers: [warmUp, new optim.ExponentialLR(o, { gamma: 0.5 })], milestones: [2] }); [0, 1, 2].map(() => (s.step(), o.paramGroups[0].lr)) // [0.75, 1, 0.5]
 */
export class SequentialLR extends Scheduler {
  readonly #schedulers: readonly Scheduler[]
  readonly milestones: readonly number[]

  constructor(
    optimizer: Optimizer,
    { schedulers, milestones }: { schedulers: readonly Scheduler[]; milestones: readonly number[] },
  ) {
    super(optimizer)
    checkSchedulers("SequentialLR", schedulers, optimizer)
    if (!Array.isArray(milestones) || milestones.length !== schedulers.length - 1)
      throw badSetting(
        "SequentialLR",
        "milestones",
        milestones,
        `must be an array of epochs, one less than there are schedulers (${schedulers.length - 1})`,
      )
    this.#schedulers = schedulers
    this.milestones = milestones
    this.lastEpoch = 0
    for (const group of optimizer.paramGroups) group.lr = initialRate(group)
    this.#undoAll()
    this.#at(0).begin()
  }

  /** The schedule of an epoch. */
  #at(epoch: number): Scheduler {
    return this.#schedulers[this.milestones.filter((milestone) => milestone <= epoch).length] as Scheduler
  }

  #undoAll(): void {
    for (const scheduler of this.#schedulers) scheduler.undo()
  }

  override undo(): void {
    this.#undoAll()
    super.undo()
  }

  override begin(): void {
    this.advance()
  }

  protected override advance(): void {
    this.lastEpoch++
    const scheduler = this.#at(this.lastEpoch)
    if (this.milestones.includes(this.lastEpoch)) scheduler.restart()
    else scheduler.step()
  }

  protected rate(lr: number): number {
    return lr // the schedules set it
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), schedulers: savedStates(this.#schedulers) }
  }

  override loadStateDict({ schedulers, ...state }: SchedulerState): void {
    super.loadStateDict(state)
    loadStates(this.#schedulers, schedulers)
  }
}

/**
 * Several schedules at once: what each of them does to the rate adds up.
 *
 * Errors: schedules of different optimizers, and `ReduceLROnPlateau`.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.ChainedScheduler([new optim.ConstantLR(o, { factor: 0.5, totalIters: 1 }), new optim.ExponentialLR(o, { gamma: 0.5 })]); s.step(); o.paramGroups[0].lr // 0.5
 */
export class ChainedScheduler extends Scheduler {
  readonly #schedulers: readonly Scheduler[]

  constructor(schedulers: readonly Scheduler[]) {
    checkSchedulers("ChainedScheduler", schedulers, schedulers?.[0]?.optimizer)
    super((schedulers[0] as Scheduler).optimizer)
    this.#schedulers = schedulers
    this.lastEpoch = 0
  }

  override undo(): void {
    for (const scheduler of this.#schedulers) scheduler.undo()
    super.undo()
  }

  override begin(): void {
    this.lastEpoch++
    for (const scheduler of this.#schedulers) scheduler.begin()
  }

  override restart(): void {
    this.lastEpoch = 0
    for (const scheduler of this.#schedulers) scheduler.restart()
  }

  protected override advance(): void {
    this.lastEpoch++
    for (const scheduler of this.#schedulers) scheduler.step()
  }

  protected rate(lr: number): number {
    return lr // the schedules set it
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), schedulers: savedStates(this.#schedulers) }
  }

  override loadStateDict({ schedulers, ...state }: SchedulerState): void {
    super.loadStateDict(state)
    loadStates(this.#schedulers, schedulers)
  }
}
