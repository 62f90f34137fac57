import { ArgumentError } from "../tensor/errors.js"
import { badSetting, notAnOptimizer } from "./messages.js"
import { Optimizer } from "./optimizer.js"

/** What a scheduler knows, for saving: plain numbers and lists. */
export type SchedulerState = Readonly<Record<string, unknown>>

/** The rate that each group began with, before any scheduler changed it. */
const initialRates = new WeakMap<object, number>()

/** The rate that a group began with. */
export function initialRate(group: { lr: number }): number {
  const known = initialRates.get(group)
  if (known !== undefined) return known
  initialRates.set(group, group.lr)
  return group.lr
}

/**
 * The base of the schedules: after every epoch `step()` sets the learning rate of each group.
 *
 * A schedule of your own sets its fields in the constructor, calls `start()` at its end, and says in `rate` what a rate
 * becomes.
 */
export abstract class Scheduler {
  /** How many steps were taken. */
  lastEpoch = -1
  /** The learning rate that each group began with. */
  readonly baseLrs: readonly number[]

  constructor(readonly optimizer: Optimizer) {
    if (!(optimizer instanceof Optimizer)) throw notAnOptimizer(this.constructor.name, optimizer)
    this.baseLrs = optimizer.paramGroups.map(initialRate)
  }

  /**
   * What the learning rate of a group becomes at `lastEpoch`.
   *
   * @param lr what it is
   * @param base what the group began with
   * @param group the position of the group
   */
  protected abstract rate(lr: number, base: number, group: number): number

  /** Sets the rates of epoch 0; the last thing that a constructor does. */
  protected start(): void {
    this.advance()
  }

  /** Goes on to the next epoch. */
  step(): void {
    this.advance()
  }

  /** Sets the rates of the next epoch. */
  protected advance(): void {
    this.lastEpoch++
    this.optimizer.paramGroups.forEach((group, i) => {
      group.lr = this.rate(group.lr, this.baseLrs[i] ?? group.lr, i)
    })
  }

  /** @internal Starts from epoch 0 in the middle of a training, when a sequence comes to this schedule. */
  restart(): void {
    this.lastEpoch = 0
    this.optimizer.paramGroups.forEach((group, i) => {
      const base = this.baseLrs[i] ?? group.lr
      group.lr = this.rate(this.goesFromBase ? base : group.lr, base, i)
    })
  }

  /** Whether a restart begins with the rate that a group began with, rather than the one it has. */
  protected get goesFromBase(): boolean {
    return true
  }

  /** @internal Takes back the step that the constructor took; `begin` takes it again. */
  undo(): void {
    this.lastEpoch--
  }

  /** @internal Takes the first step again. */
  begin(): void {
    this.advance()
  }

  /** The learning rates of the groups as they are now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr)
  }

  /** Where the schedule stands, to go on with another time. The rates themselves are saved with the optimizer. */
  stateDict(): SchedulerState {
    const { optimizer: _, ...state } = this as Record<string, unknown> & this
    return Object.fromEntries(Object.entries(state).filter(([, value]) => typeof value !== "function"))
  }

  /** Takes up a saved state. */
  loadStateDict(state: SchedulerState): void {
    if (typeof state !== "object" || state === null || typeof state.lastEpoch !== "number")
      throw new ArgumentError({
        call: `${this.constructor.name}.loadStateDict`,
        rule: "The state must be what stateDict() of a scheduler of this kind gave.",
      })
    Object.assign(this, state)
  }
}

/** Refuses a number of steps or epochs that is none. */
export function checkCount(scheduler: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw badSetting(scheduler, name, value, `must be a whole number of at least ${least}`)
}

/** Refuses what is no function. */
export function checkFunction(scheduler: string, name: string, value: unknown): void {
  if (typeof value !== "function") throw badSetting(scheduler, name, value, "must be a function")
}
