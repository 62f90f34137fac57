import { describe, expect, it } from "vitest"
import { CellgradError, nn, ones, optim, tensor, zeros } from "../../src/index.js"

/** What TypeScript would refuse, as it comes from a file of data or from untyped code. */
const wrong = (value: unknown) => value as never
const parameter = () => tensor([1], { requiresGrad: true })
const sgd = (settings = {}) => new optim.SGD([parameter()], { lr: 0.1, ...settings })
const lr = { lr: -1 }

/** Bad calls of optimizers and schedules, as users make them. Each message is held by the snapshot. */
const badSamples: Record<string, () => unknown> = {
  "SGD: lr": () => new optim.SGD([parameter()], lr),
  "SGD: lr is NaN": () => new optim.SGD([parameter()], { lr: Number.NaN }),
  "SGD: nesterov without momentum": () => new optim.SGD([parameter()], { nesterov: true }),
  "SGD: momentum": () => new optim.SGD([parameter()], { momentum: -0.9 }),
  "Adam: a module": () => new optim.Adam(wrong(new nn.Linear(1, 1))),
  "Adam: a tensor": () => new optim.Adam(wrong(parameter())),
  "Adam: no parameters": () => new optim.Adam([]),
  "Adam: numbers": () => new optim.Adam(wrong([1, 2])),
  "Adam: twice the same": () => ((a) => new optim.Adam([a, a]))(parameter()),
  "Adam: a computed tensor": () => new optim.Adam([parameter().mul(2)]),
  "Adam: a view": () => new optim.Adam([ones([2, 3]).mT()]),
  "Adam: betas": () => new optim.Adam([parameter()], { betas: [0.9, 1] }),
  "Adam: one beta": () => new optim.Adam([parameter()], { betas: wrong([0.9]) }),
  "AdamW: weight decay": () => new optim.AdamW([parameter()], { weightDecay: -1 }),
  "RMSprop: alpha": () => new optim.RMSprop([parameter()], { alpha: -1 }),
  "Adagrad: lrDecay": () => new optim.Adagrad([parameter()], { lrDecay: -1 }),
  "Adafactor: beta2Decay": () => new optim.Adafactor([parameter()], { beta2Decay: 0.5 }),
  "Adafactor: d": () => new optim.Adafactor([parameter()], { d: 0.5 }),
  "Adadelta: rho": () => new optim.Adadelta([parameter()], { rho: 1 }),
  "Adamax: eps": () => new optim.Adamax([parameter()], { eps: -1 }),
  "NAdam: momentumDecay": () => new optim.NAdam([parameter()], { momentumDecay: -1 }),
  "RAdam: betas": () => new optim.RAdam([parameter()], { betas: [1, 0.9] }),
  "ASGD: weight decay": () => new optim.ASGD([parameter()], { weightDecay: -1 }),
  "Rprop: etas": () => new optim.Rprop([parameter()], { etas: [1.2, 0.5] }),
  "Rprop: stepSizes": () => new optim.Rprop([parameter()], { stepSizes: [1, 0.1] }),
  "LBFGS: no closure": () => new optim.LBFGS([parameter()]).step(),
  "LBFGS: groups": () => new optim.LBFGS(wrong([{ params: [parameter()] }, { params: [parameter()] }])),
  "LBFGS: line search": () => new optim.LBFGS([parameter()], { lineSearch: wrong("wolfe") }),
  "LBFGS: maximize": () => new optim.LBFGS([parameter()], { maximize: true }),
  "a group's lr": () => new optim.SGD([{ params: [parameter()], lr: -3 }]),
  "a state of other parameters": () => sgd().loadStateDict(new optim.SGD([parameter(), parameter()]).stateDict()),

  "StepLR: no optimizer": () => new optim.StepLR(wrong(new nn.Linear(1, 1)), { stepSize: 1 }),
  "StepLR: a scheduler": () => new optim.StepLR(wrong(new optim.ExponentialLR(sgd(), { gamma: 0.9 })), { stepSize: 1 }),
  "StepLR: stepSize": () => new optim.StepLR(sgd(), { stepSize: 0 }),
  "MultiStepLR: milestones": () => new optim.MultiStepLR(sgd(), { milestones: wrong(30) }),
  "ExponentialLR: gamma": () => new optim.ExponentialLR(sgd(), { gamma: -1 }),
  "ConstantLR: factor": () => new optim.ConstantLR(sgd(), { factor: 2 }),
  "LinearLR: startFactor": () => new optim.LinearLR(sgd(), { startFactor: 0 }),
  "LinearLR: endFactor": () => new optim.LinearLR(sgd(), { endFactor: 2 }),
  "PolynomialLR: totalIters": () => new optim.PolynomialLR(sgd(), { totalIters: 0 }),
  "CosineAnnealingLR: tMax": () => new optim.CosineAnnealingLR(sgd(), { tMax: 0.5 }),
  "CosineAnnealingWarmRestarts: t0": () => new optim.CosineAnnealingWarmRestarts(sgd(), { t0: 0 }),
  "LambdaLR: a number": () => new optim.LambdaLR(sgd(), { lrLambda: wrong(0.9) }),
  "MultiplicativeLR: too many": () => new optim.MultiplicativeLR(sgd(), { lrLambda: [() => 1, () => 1] }),
  "CyclicLR: mode": () => new optim.CyclicLR(sgd(), { baseLr: 0.1, maxLr: 1, mode: wrong("exp_range") }),
  "CyclicLR: no momentum": () => new optim.CyclicLR(wrong(new optim.Adagrad([parameter()])), { baseLr: 0.1, maxLr: 1 }),
  "OneCycleLR: no steps": () => new optim.OneCycleLR(sgd(), { maxLr: 1 }),
  "OneCycleLR: too many steps": () => {
    const schedule = new optim.OneCycleLR(sgd(), { maxLr: 1, totalSteps: 2 })
    for (let step = 0; step < 4; step++) schedule.step()
  },
  "ReduceLROnPlateau: factor": () => new optim.ReduceLROnPlateau(sgd(), { factor: 1 }),
  "ReduceLROnPlateau: mode": () => new optim.ReduceLROnPlateau(sgd(), { mode: wrong("minimum") }),
  "ReduceLROnPlateau: no measure": () => new optim.ReduceLROnPlateau(sgd()).step(),
  "SequentialLR: milestones": () => {
    const o = sgd()
    return new optim.SequentialLR(o, { schedulers: [new optim.ExponentialLR(o, { gamma: 0.9 })], milestones: [3] })
  },
  "SequentialLR: another optimizer": () =>
    new optim.SequentialLR(sgd(), { schedulers: [new optim.ExponentialLR(sgd(), { gamma: 0.9 })], milestones: [] }),
  "ChainedScheduler: nothing": () => new optim.ChainedScheduler([]),
  "ChainedScheduler: a plateau": () => new optim.ChainedScheduler([new optim.ReduceLROnPlateau(sgd())]),
  "a schedule's state": () => new optim.ExponentialLR(sgd(), { gamma: 0.9 }).loadStateDict({}),
  "AveragedModel: parameters": () => new optim.AveragedModel(wrong([zeros([1])])),
  "AveragedModel: decay": () => new optim.AveragedModel(new nn.Linear(1, 1), { decay: 2 }),
  "AveragedModel: another model": () =>
    new optim.AveragedModel(new nn.Linear(1, 1)).updateParameters(wrong(new nn.ReLU())),
  "SWALR: annealStrategy": () => new optim.SWALR(sgd(), { swaLr: 0.1, annealStrategy: wrong("cosine") }),
}

describe("messages of bad calls", () => {
  it.each(Object.entries(badSamples))("%s", (_, call) => {
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CellgradError)
    expect(`${(error as CellgradError).name}: ${(error as CellgradError).message}`).toMatchSnapshot()
  })
})
