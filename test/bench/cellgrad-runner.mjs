// Cellgrad's side of the training benchmark.
import { currentBackend } from "../../dist/src/index.js"
import { makeStep } from "./cellgrad-steps.mjs"
import { serve } from "./workloads.mjs"

await serve(`cellgrad (${currentBackend().name})`, makeStep)
