// Whether threads pay: each training workload with one thread and with two, in turn, in one process. Prints a line of JSON for
// each: the shortest time of a step in ms for both, and the loss after 3 steps for 1, 2 and 3 threads, which must be the same.
import { setNumThreads } from "../../dist/src/index.js"
import { makeStep } from "./cellgrad-steps.mjs"
import { workloads } from "./workloads.mjs"

const rounds = 12
const msPerRound = 15

/** The shortest time of a step, of as many as fit in a round. */
function shortest(step) {
  let best = Infinity
  const end = performance.now() + msPerRound
  for (let now = performance.now(); now < end; ) {
    step()
    const after = performance.now()
    best = Math.min(best, after - now)
    now = after
  }
  return best
}

for (const [name, workload] of Object.entries(workloads)) {
  const losses = [1, 2, 3].map((threads) => {
    setNumThreads(threads)
    const step = makeStep(workload)
    for (let i = 0; i < 3; i++) step()
    return step.loss()
  })
  const step = makeStep(workload)
  const times = { 1: Infinity, 2: Infinity }
  for (let round = 0; round < rounds; round++) {
    for (const threads of [1, 2]) {
      setNumThreads(threads)
      times[threads] = Math.min(times[threads], shortest(step))
    }
  }
  console.log(JSON.stringify({ name, one: times[1], two: times[2], losses }))
}
