import { ArgumentError } from "../tensor/errors.js"
import { valueText } from "../tensor/messages.js"

/** A setting of an optimizer or scheduler out of its range. */
export function badSetting(optimizer: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${optimizer}: ${name} = ${valueText(value)}`, rule: `${name} ${rule}.` })
}

/** Something other than parameters. */
export function badParameters(optimizer: string, value: unknown, rule: string, hint?: string): ArgumentError {
  const what = typeof value === "string" ? value : valueText(value) // words say what it is
  return new ArgumentError({ call: `${optimizer}: ${what}`, rule, hint })
}

/** A saved state that belongs to other parameters. */
export function stateSizes(optimizer: string, wanted: number, found: number): ArgumentError {
  return new ArgumentError({
    call: `${optimizer}.loadStateDict: a state for ${found} parameters`,
    rule: `The optimizer has ${wanted}; the state must come from one with the same parameters.`,
  })
}

/** A step of an optimizer that has to ask for the loss again, without a way to do so. */
export function needsClosure(optimizer: string): ArgumentError {
  return new ArgumentError({
    call: `${optimizer}.step()`,
    rule: `${optimizer} asks for the loss several times in a step, so it needs a function that computes it.`,
    hint: "optimizer.step(() => { optimizer.zeroGrad(); const loss = criterion(model(x), y); loss.backward(); return loss }).",
  })
}

/** Several groups for an optimizer that takes one. */
export function oneGroup(optimizer: string, found: number): ArgumentError {
  return new ArgumentError({
    call: `${optimizer}: ${found} groups of parameters`,
    rule: `${optimizer} moves all parameters together, so there can be no groups.`,
  })
}

/** A scheduler for something that is no optimizer. */
export function notAnOptimizer(scheduler: string, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${scheduler}: ${valueText(value)}`,
    rule: "A scheduler takes the optimizer whose learning rate it sets.",
    hint: typeof value === "object" && value !== null && "step" in value ? "is this a scheduler itself?" : undefined,
  })
}

/** A momentum to be cycled that is not there. */
export function needsMomentum(scheduler: string, optimizer: string): ArgumentError {
  return new ArgumentError({
    call: `${scheduler}: cycleMomentum with ${optimizer}`,
    rule: `${optimizer} has no momentum that could go up and down.`,
    hint: "pass { cycleMomentum: false }.",
  })
}

/** Schedules that do not belong together. */
export function schedulersDiffer(name: string, at: number): ArgumentError {
  return new ArgumentError({
    call: `${name}: schedulers[${at}]`,
    rule: "All schedulers must belong to the same optimizer.",
  })
}

/** Something other than a model. */
export function notAModel(call: string, value: unknown): ArgumentError {
  return new ArgumentError({ call: `${call}: ${valueText(value)}`, rule: "It takes a model, an nn.Module." })
}

/** A model with other parameters than the one that is averaged. */
export function otherModel(wanted: number, found: number): ArgumentError {
  return new ArgumentError({
    call: `AveragedModel.updateParameters: a model of ${found} tensors`,
    rule: `The average is of a model of ${wanted}; the model must be the same, or made alike.`,
  })
}

/** What is said of a step that found no gradient: a warning, since PyTorch lets it pass. */
export function idleStep(optimizer: string): string {
  return [
    `${optimizer}.step: none of the parameters has a gradient, so nothing moved.`,
    "hint: the order is zeroGrad(), backward(), step(). If the model was made anew, make the optimizer anew with its parameters.",
  ].join("\n")
}
